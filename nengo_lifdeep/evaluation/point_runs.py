"""Runs of operating points in a file that grows with every finished run."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ValidationError
from ..inputs.as_trained import was_trained_on_spikes
from ..inputs.presentation import Presentation
from ..inputs.recommended import Recommended
from ..jobs.fingerprints import fingerprint
from ..neurons.parameters import neuron_to_dict
from ..support.files import damage_reported, read_record, write_record
from ..support.interrupts import uninterrupted
from ..support.short_repr import short_repr
from ..support.temporaries import alone_at
from ..support.writing import try_file

if TYPE_CHECKING:
    from ..datasets.base import Split
    from ..models import SpikingModel, TrainedModel

__all__ = ["OperatingRuns"]

_KIND = "OperatingRuns"

#: what a file must agree in with what is asked for, and how it is called
_NAMES = {
    "network": "another network",
    "images": "other images",
    "files": "images whose files were changed since",
    "device": "another device",
}

#: numbers of one point, all of them above or equal to 0, beside its accuracy or R2
_NUMBERS = ("tau_s", "scale", "t_c", "t_p", "events", "updates", "joules")


@dataclasses.dataclass
class OperatingRuns:
    """What was measured so far for one network, images and device.

    Parameters
    ----------
    file : Path or None
        Where it is kept, as a whole after every run; None keeps it nowhere.
    question : dict
        Fingerprints of network and images, and the device's name; of images that stay in their
        files also of when these were changed.
    runs : list of dict
        For every run its ``tau_s`` and ``t_p`` in seconds, its ``scale``, and its ``points``: one
        dict of numbers for every start of averaging.
    """

    file: Path | None
    question: dict[str, str]
    runs: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    __repr__ = short_repr

    @classmethod
    def of(
        cls,
        file: str | os.PathLike[str] | None,
        trained: TrainedModel | SpikingModel,
        images: Split,
        device: str,
    ) -> OperatingRuns:
        """What the file holds, if it is there.

        Parameters
        ----------
        file : str, os.PathLike or None
            The file; None keeps the runs in memory only.
        trained : TrainedModel or SpikingModel
            The network.
        images : Split
            The images.
        device : str
            Name of the device.

        Raises
        ------
        ValidationError
            If it belongs to another network, to other images (or to these before their files were
            changed) or another device.
        ModelFileError
            If it is damaged, or could not be written.
        """
        if file is None:
            return cls(None, {})
        place = try_file(file)
        question = _question(trained, images, device)
        return cls(place, question, _read(place, question)[0])

    def get(
        self, tau: float, scale: float, time: float, starts: Sequence[float]
    ) -> list[dict[str, Any]] | None:
        """The points of a run, one for each start of averaging; None if it is still to be done.

        Parameters
        ----------
        tau : float
            Time constant of the synapses, in seconds.
        scale : float
            Factor on the firing rates.
        time : float
            Presentation time, in seconds.
        starts : sequence of float
            Starts of the average, in seconds.
        """
        for run in self.runs:
            same = (run["tau_s"], run["scale"], run["t_p"]) == (tau, scale, time)
            if same and [point["t_c"] for point in run["points"]] == list(starts):
                return list(run["points"])
        return None

    def add(self, tau: float, scale: float, time: float, points: list[dict[str, Any]]) -> None:
        """Take a run that has ended, and keep it.

        Runs that other processes have put into the file in the meantime are taken over.

        Parameters
        ----------
        tau : float
            Time constant of the synapses, in seconds.
        scale : float
            Factor on the firing rates.
        time : float
            Presentation time, in seconds.
        points : list of dict
            One entry for each start of the average.

        Raises
        ------
        ValidationError
            If the file belongs to another network, other images or another device by now.
        ModelFileError
            If it is damaged, or cannot be written.
        """
        keys = {"tau_s": float(tau), "scale": float(scale), "t_p": float(time)}
        self.runs.append({**keys, "points": points})
        if self.file is None:
            return
        with uninterrupted(), alone_at(self.file):
            others, question = _read(self.file, self.question)
            known = {_asked(run) for run in others}
            self.runs[:] = [*others, *(run for run in self.runs if _asked(run) not in known)]
            header = {"question": question, "runs": self.runs}
            write_record(self.file, _KIND, header, {})


def _asked(run: dict[str, Any]) -> tuple[float, ...]:
    """What was run: equal for two runs that are the same."""
    return run["tau_s"], run["scale"], run["t_p"], *(point["t_c"] for point in run["points"])


def _read(place: Path, question: dict[str, str]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Runs in the file, none if it is not there, and the question that they answer."""
    if not place.exists():
        return [], question
    header, _ = read_record(place, _KIND)
    with damage_reported(place):
        runs = [_checked(run) for run in header["runs"]]
        found = dict(header["question"])
    known = {name: value for name, value in question.items() if name != "files" or name in found}
    other = [_NAMES[name] for name, value in known.items() if found.get(name) != value]
    if other:
        raise ValidationError(
            f"{place} holds runs of {' and '.join(other)}; give another file, or remove this "
            "one to start again"
        )
    return runs, known  # a file of before does not say when the images were changed


def _question(network: TrainedModel | SpikingModel, images: Split, device: str) -> dict[str, str]:
    from ..training.request import data_arrays

    said, arrays = _contents(network)
    header, prepared = network.preprocessing.to_arrays()
    whole = fingerprint(*arrays, *(prepared[name] for name in sorted(prepared)))
    known = _remembered(network)
    shown: Any = images.images
    return {
        "network": f"{whole}-{_digest((*said, header, *([known] if known else [])))}",
        "images": fingerprint(*data_arrays(images)),
        **({"files": fingerprint(shown.version)} if images.is_lazy else {}),
        "device": device,
    }


def _contents(network: TrainedModel | SpikingModel) -> tuple[tuple[Any, ...], list[Any]]:
    """What makes a network what it is, in words and in arrays."""
    from ..models import TrainedModel

    if isinstance(network, TrainedModel):
        weights = [network.weights[name] for name in sorted(network.weights)]
        arrays = [group[name] for group in weights for name in sorted(group)]
        return (network.architecture.to_dict(), neuron_to_dict(network.neuron)), arrays
    found = {"output/bias": network.output_bias}
    populations = [each.to_header(found) for each in network.populations]
    connections = [
        each.to_header(f"connection{i}", found) for i, each in enumerate(network.connections)
    ]
    said = ("spikes", network.initial_voltage, populations, connections)
    return said, [found[name] for name in sorted(found)]


def _remembered(network: TrainedModel | SpikingModel) -> dict[str, Any]:
    """What a run reads from the network's provenance; empty where nothing in it has an effect."""
    from ..models import TrainedModel

    known, found = network.provenance, dict[str, Any]()
    if was_trained_on_spikes(known):
        found = {name: known["spikes"].get(name) for name in ("coding", "read_out_leak")}
    if float(known.get("dt", Presentation().dt)) != Presentation().dt:
        found["dt"] = float(known["dt"])
    recommended = Recommended.of(known) if isinstance(network, TrainedModel) else None
    if recommended is not None and recommended.initial_voltage != "zero":
        found["initial_voltage"] = recommended.initial_voltage
    return found


def _digest(said: Any) -> str:
    import hashlib
    import json

    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def _checked(run: Any) -> dict[str, Any]:
    """A run as `OperatingRuns.add` wrote it."""
    points: list[dict[str, Any]] = [
        {name: float(point[name]) for name in _NUMBERS} for point in run["points"]
    ]
    if not all(0 <= value < math.inf for point in points for value in point.values()):
        raise ValueError("a number of a point is below 0 or not finite")
    for point, given in zip(points, run["points"], strict=True):
        point["accuracy"] = _score(given["accuracy"])
        if point["accuracy"] is None:
            point["r2"] = _score(given["r2"])
        elif not 0 <= point["accuracy"] <= 1:
            raise ValueError("an accuracy is no share")
    return {**{name: float(run[name]) for name in ("tau_s", "scale", "t_p")}, "points": points}


def _score(given: Any) -> float | None:
    """An accuracy or an R2; None for an accuracy of values."""
    if given is None:
        return None
    if not math.isfinite(given):
        raise ValueError("a score is not finite")
    return float(given)
