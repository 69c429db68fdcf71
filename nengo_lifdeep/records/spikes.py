"""`SpikeRecord`: the result of one run of a simulator."""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ConversionError, ValidationError
from ..inputs.presentation import Presentation, timing_or_default
from ..models import SpikingModel
from ..support.checks import (
    check_fields,
    checked,
    checked_names,
    checked_number,
    checked_whole,
    flag,
    instance,
    optional,
    real,
    text,
)
from ..support.checks.arrays import checked_array
from ..support.files import damage_reported, grouped, read_record, write_record
from ..support.html_card import html_card
from ..support.owned_arrays import ReadOnlyDict
from ..support.short_repr import short_repr
from ..support.words.counted import counted
from .counters import checked_counters, counters_line
from .judge import require_finite, window_scores
from .outputs.nir_data import nir_data
from .outputs.tables import record_arrays, record_frame
from .windows import Windows

__all__ = ["MOST_SINGLE_SPIKES", "SpikeRecord", "require_few_spikes"]

#: Single spikes that a record holds, over all populations: 12 bytes each, 0.75 GiB.
MOST_SINGLE_SPIKES = 2**26


@dataclasses.dataclass(frozen=True, eq=False)
class SpikeRecord:
    """Activity of a network over a batch of images.

    Parameters
    ----------
    simulator : str
        Name of the simulator that ran.
    model : str
        Name of the network.
    presentation : Presentation or None
        Timing; None where there is no time (simulator ``"rate"``).
    outputs : (image, step, class) array of float32
        Class scores at every step (one step for ``"rate"``); no step at all where a judge took
        them chunk by chunk, as in `evaluate`.
    layer_rates : dict of str to (n_neurons,) array
        Mean firing rate of every neuron over images and time, in Hz, by population. Spikes of
        negative sign (`nengo.Tanh`) are spikes.
    image_spikes : dict of str to (n_images,) array
        Spikes of each population during each image, of either sign; empty for ``"rate"``.
    rasters : dict of str to (n_spikes, 3) array of int32
        Single spikes as rows (image, step, neuron), of the images that were asked for.
    seconds : float
        Wall-clock time of the run without building, in seconds.
    build_seconds : float
        Wall-clock time of building the simulator, in seconds.
    n_asked : int
        Images the run was asked for; more than ``n_images`` if it was interrupted.
    notes : tuple of str
        What the reader of the numbers must know, e.g. what was changed for a chip.
    is_static : bool
        Whether every image was shown unchanged all the time.
    counters : dict of str to dict of str to int
        What a simulator counted besides spikes, over the whole run: name of the counter ->
        population -> count. ``"loihi-exact"`` counts registers that wrap around
        (`loihi.number_range.REGISTERS`).
    dense : dict of str to int
        Of how many images each connection was computed in dense products, where the simulator
        chooses: ``"events"``.
    trained_weights : str
        `TrainedModel.fingerprint` of the network; empty where it is not known.
    shown_images : str
        `Split.fingerprint` of the recorded images; empty where it is not known, as of frames at
        every step, of `Inputs`, and of records that were joined.

    Raises
    ------
    ValidationError
        If the arrays do not fit each other, or one holds what it cannot: NaN, text, masked
        elements, negative rates or counts.
    """

    simulator: str
    model: str
    presentation: Presentation | None
    outputs: np.ndarray
    layer_rates: Mapping[str, np.ndarray]
    image_spikes: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    rasters: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    build_seconds: float = 0.0
    n_asked: int = 0
    notes: tuple[str, ...] = ()
    is_static: bool = True
    counters: Mapping[str, Mapping[str, int]] = dataclasses.field(default_factory=dict)
    dense: Mapping[str, int] = dataclasses.field(default_factory=dict)
    trained_weights: str = ""
    shown_images: str = ""

    __repr__ = short_repr

    def __post_init__(self) -> None:
        check_fields(
            self, simulator=text, model=text, presentation=timing_or_default, is_static=flag,
            trained_weights=text, shown_images=text,
        )  # fmt: skip
        timing, n_asked = self.presentation, self.n_asked
        outputs = checked_array(
            self.outputs, "SpikeRecord.outputs", shape=("image", "step", "class"), finite=False,
            dtype=np.float32, own=True,
        )  # fmt: skip
        steps = 1 if timing is None else timing.n_steps
        if outputs.shape[1] not in (steps, 0):
            raise ValidationError(
                f"outputs have {counted(outputs.shape[1], 'step')}; expected {steps}"
            )
        require_finite(outputs, names=("outputs", "output"))
        set_ = functools.partial(object.__setattr__, self)
        set_("outputs", outputs)
        n = len(outputs)
        for field, check in (
            ("layer_rates", _rates),
            ("image_spikes", _spikes),
            ("rasters", _rows),
        ):
            arrays = getattr(self, field)
            if not isinstance(arrays, Mapping):
                raise ValidationError(
                    f"SpikeRecord.{field} is a {type(arrays).__name__}; expected arrays by "
                    "population, as a dict"
                )
            checked = {name: check(name, array, n, steps) for name, array in arrays.items()}
            set_(field, ReadOnlyDict(checked))
        for name, rows in self.rasters.items():
            neurons = np.size(self.layer_rates.get(name, ()))
            if len(rows) and rows[:, 2].max() >= neurons:
                raise ValidationError(
                    f"population {name!r}: a single spike is of neuron {rows[:, 2].max()}; "
                    f"expected one of its {neurons}"
                )
        set_("notes", checked_names(self.notes, "SpikeRecord.notes"))
        for name in ("seconds", "build_seconds"):
            set_(name, checked_number(getattr(self, name), f"SpikeRecord.{name}", low=0))
        n_asked = checked_whole(n_asked, "SpikeRecord.n_asked") or n
        if n_asked < n:
            raise ValidationError(
                f"SpikeRecord.n_asked is {n_asked}, less than the {counted(n, 'image')} recorded"
            )
        set_("n_asked", n_asked)
        set_("counters", checked_counters(self.counters, "SpikeRecord.counters"))
        dense = checked_counters({"dense": self.dense}, "SpikeRecord")["dense"]
        if any(images > n for images in dense.values()):
            raise ValidationError(
                f"SpikeRecord.dense is {self.dense}; there are {counted(n, 'image')}"
            )
        set_("dense", dense)

    @property
    def n_images(self) -> int:
        """Images that were run to their end."""
        return self.outputs.shape[0]

    @property
    def is_complete(self) -> bool:
        """Whether the run got through all the images it was asked for."""
        return self.n_images == self.n_asked

    @property
    def n_steps(self) -> int:
        """Steps per image."""
        return 1 if self.presentation is None else self.presentation.n_steps

    @property
    def has_outputs(self) -> bool:
        """Whether the class scores are here, and not with a judge."""
        return self.outputs.shape[1] > 0

    @property
    def spikes_per_image(self) -> float | None:
        """Mean number of spikes in the whole network per image; None without spikes."""
        if not self.image_spikes:
            return None
        return float(sum(spikes.mean() for spikes in self.image_spikes.values()))

    @property
    def mean_rate(self) -> float:
        """Mean firing rate over all neurons of the network, in Hz."""
        return float(np.concatenate([np.ravel(r) for r in self.layer_rates.values()]).mean())

    @checked(t_c=optional(real(0, unit="seconds")), t_p=optional(real(0, unit="seconds")))
    def scores(self, t_c: float | None = None, t_p: float | None = None) -> np.ndarray:
        """Mean output over ``[t_c, t_p)``, shape ``(image, class)``.

        Parameters
        ----------
        t_c, t_p : float, optional
            Window in seconds; the presentation's own by default.
        """
        self._require_outputs()
        if self.presentation is None:
            return self.outputs[:, 0]
        window = dataclasses.replace(
            self.presentation,
            t_c=self.presentation.t_c if t_c is None else t_c,
            t_p=self.presentation.t_p if t_p is None else t_p,
        )
        if window.n_steps > self.n_steps:
            raise ValidationError(
                f"t_p = {window.t_p} s is longer than the run's {self.presentation.t_p} s"
            )
        return window_scores(self.outputs, window)

    @checked(t_c=optional(real(0, unit="seconds")), t_p=optional(real(0, unit="seconds")))
    def predictions(self, t_c: float | None = None, t_p: float | None = None) -> np.ndarray:
        """Class with the largest mean output over ``[t_c, t_p)``, shape ``(image,)``.

        Parameters
        ----------
        t_c, t_p : float, optional
            Start and end of the average, in seconds; by default those of the presentation.
        """
        return self.scores(t_c, t_p).argmax(axis=1)

    def accuracy_grid(self, labels: np.ndarray) -> np.ndarray:
        """Accuracy for every window, from this one run; costs the square of the steps.

        Parameters
        ----------
        labels : (n_images,) array of int
            True classes.

        Returns
        -------
        grid : (n_steps, n_steps + 1) array
            ``grid[c, p]`` is the accuracy averaging over steps ``c <= step < p``; NaN where
            ``c >= p``.

        Raises
        ------
        ValidationError
            If there is not one label per image, or the grid would be larger than 1 GiB.
        """
        return self._windows(labels, [0]).grid()

    @checked(t_c=optional(real(0, unit="seconds")))
    def accuracy_row(self, labels: np.ndarray, t_c: float | None = None) -> np.ndarray:
        """Accuracy had the prediction been read earlier: one row of `accuracy_grid`, at its share.

        Parameters
        ----------
        labels : (n_images,) array of int
            True classes.
        t_c : float, optional
            Averaging begins here, in seconds; the presentation's own by default.

        Returns
        -------
        (n_steps + 1,) array
            Element ``p`` averages from ``t_c`` to before step ``p``; NaN where that is no step.
        """
        if self.presentation is None:
            raise ValidationError(f"simulator {self.simulator!r} has no time, and no windows of it")
        timing = self.presentation
        start = timing.c_steps if t_c is None else round(t_c / timing.dt)
        if not 0 <= start < self.n_steps:
            raise ValidationError(
                f"t_c is {t_c} s; expected a time from 0 to before the end at {timing.t_p:g} s"
            )
        return self._windows(labels, [start]).row(start)

    def _windows(self, labels: np.ndarray, starts: list[int]) -> Windows:
        self._require_outputs()
        labels = checked_array(
            labels, "labels", kind="whole", shape=(self.n_images,), low=0, dtype=np.int64
        )
        if not len(labels):
            raise ValidationError("the record holds no finished image; nothing can be judged")
        return Windows.of(self.outputs, labels, starts)

    def _require_outputs(self) -> None:
        if not self.has_outputs:
            raise ValidationError(
                "this run's class scores went to a judge chunk by chunk and are not in the record; "
                "run(...) without one keeps them"
            )

    def to_pandas(self) -> Any:
        """Spikes of every population by image, as a ``pandas.DataFrame``.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        return record_frame(self)

    def to_xarray(self) -> Any:
        """Outputs over time, spikes by image, rates by neuron, as an ``xarray.Dataset``.

        Raises
        ------
        MissingDependencyError
            If xarray is not installed.
        """
        return record_arrays(self)

    @checked(model=optional(instance(SpikingModel)))
    def to_nir_data(self, model: SpikingModel | None = None) -> Any:
        """Single spikes as NIR's data, a ``nir.data_ir.NIRGraphData``: events of every population.

        Times are the middle of their step, so that dividing by ``dt`` gives the step whatever the
        rounding. The names of its nodes are those that `to_nir` gives to the neurons.

        Parameters
        ----------
        model : SpikingModel, optional
            The network that ran: neurons are then numbered channel by channel, as in the graph that
            `to_nir` makes of it; without, as in the record.

        Raises
        ------
        ValidationError
            If there are no single spikes (``run(..., rasters=n)``), several of a neuron in one
            step, or the network is another.
        MissingDependencyError
            If nir is not installed, or older than 1.0.8, which has no data format.
        """
        return nir_data(self, model)

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        rates = ", ".join(f"{k} {v.mean():.1f}" for k, v in self.layer_rates.items())
        spikes = self.spikes_per_image
        return html_card(
            f"{self.model} in {self.simulator}, {counted(self.n_images, 'image')}",
            [
                ("presentation", self.presentation),
                ("rates [Hz]", rates or None),
                ("spikes per image", None if spikes is None else f"{spikes:,.0f}"),
                (
                    "single spikes kept of",
                    counted(len(self._drawn()), "image") if self.rasters else None,
                ),
                ("counted", counters_line(self.counters)),
                ("notes", "; ".join(self.notes) or None),
            ],
        )

    def _drawn(self) -> np.ndarray:
        """Images of which single spikes are kept and there are any."""
        return np.unique(np.concatenate([rows[:, 0] for rows in self.rasters.values()]))

    def content(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """What a file holds of it: a JSON-ready header, and arrays by name."""
        header = {
            "simulator": self.simulator,
            "model": self.model,
            "presentation": None if self.presentation is None else self.presentation.to_dict(),
            "seconds": self.seconds,
            "build_seconds": self.build_seconds,
            "n_asked": self.n_asked,
            "notes": list(self.notes),
            "is_static": self.is_static,
            "counters": self.counters,
            "dense": self.dense,
            "trained_weights": self.trained_weights,
            "shown_images": self.shown_images,
        }
        arrays: dict[str, np.ndarray] = {"run/outputs": self.outputs}
        for group in ("layer_rates", "image_spikes", "rasters"):
            arrays.update({f"{group}/{k}": v for k, v in getattr(self, group).items()})
        return header, arrays

    @classmethod
    def from_content(
        cls, header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
    ) -> SpikeRecord:
        """The record of which a file holds this.

        Parameters
        ----------
        header : mapping
            As `content` gave it.
        arrays : dict of str to array
            As `content` gave them.

        Raises
        ------
        ValidationError
            If something is missing, or is no such content.
        """
        try:
            groups = grouped(dict(arrays))
            fields = dict(header)
            timing = fields.pop("presentation")
            fields["notes"] = tuple(fields["notes"])
            return cls(
                presentation=None if timing is None else Presentation(**timing),
                outputs=groups["run"]["outputs"],
                layer_rates=groups["layer_rates"],
                image_spikes=groups.get("image_spikes", {}),
                rasters=groups.get("rasters", {}),
                **fields,
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, ValidationError):
                raise
            raise ValidationError(
                f"this is no content of a SpikeRecord ({error!r}); expected what content() gave"
            ) from error

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write one file, atomically. Returns its path.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        return write_record(path, "SpikeRecord", *self.content())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> SpikeRecord:
        """Read a file that `save` wrote; `ModelFileError` if it is broken or newer.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        header, arrays = read_record(path, "SpikeRecord")
        with damage_reported(path):
            return cls.from_content(header, arrays)


def require_few_spikes(n: float, where: str) -> None:
    """Raise `ConversionError` if single spikes, one row each, would fill the memory.

    Asked before the rows are made: neurons without a refractory period fire any number of times in
    one step.

    Parameters
    ----------
    n : float
        How many spikes.
    where : str
        Whose, for the message.
    """
    if not n <= MOST_SINGLE_SPIKES:
        raise ConversionError(
            f"{where}: {n:,.0f} single spikes were to be kept ({12 * n / 2**30:,.1f} GiB); "
            f"expected at most {MOST_SINGLE_SPIKES:,} in a run. Keep rasters of fewer images "
            "(rasters=...), or scale weights, biases or firing rates down"
        )


def _rates(name: str, rates: Any, n_images: int, n_steps: int) -> np.ndarray:
    return checked_array(rates, f"population {name!r}: rates", low=0, own=True)


def _spikes(name: str, spikes: Any, n_images: int, n_steps: int) -> np.ndarray:
    found = checked_array(spikes, f"population {name!r}: spikes", low=0, own=True)
    if found.shape != (n_images,):
        raise ValidationError(
            f"population {name!r}: spikes of {counted(np.size(spikes), 'image')}; expected "
            f"{n_images}"
        )
    return found


def _rows(name: str, rows: Any, n_images: int, n_steps: int) -> np.ndarray:
    what = f"population {name!r}: single spikes"
    found = checked_array(
        rows, what, kind="whole", shape=("spike", 3), low=0, dtype=np.int32, own=True
    )
    if len(found) and (found[:, 0].max() >= n_images or found[:, 1].max() >= n_steps):
        raise ValidationError(
            f"{what} reach image {found[:, 0].max()} and step {found[:, 1].max()}; expected below "
            f"{n_images} and {n_steps}"
        )
    return found
