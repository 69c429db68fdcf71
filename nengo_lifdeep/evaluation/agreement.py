"""Compare a simulator with its reference simulator on a few images, spike by spike."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets.base import Split
from ..errors import ValidationError
from ..inputs.as_trained import shown_as
from ..inputs.coding import Coding, coding_or_none
from ..inputs.inputs import Inputs, in_time
from ..inputs.presentation import Presentation, timing_or_default
from ..models import SpikingModel
from ..models.expected import spiking_model
from ..records.judge import window_scores
from ..simulators import SIMULATORS, complete, get_simulator, run
from ..support.checks import checked, whole
from ..support.checks import seed as a_seed
from ..support.files import damage_reported, read_record, write_record
from ..support.html_card import html_card
from ..support.words.counted import counted

__all__ = ["SpikeCheck", "check_spikes"]

#: Share of spikes that rounding may move to another step in float32.
TOLERATED_SHARE = 1e-3


@dataclasses.dataclass(frozen=True)
class SpikeCheck:
    """What a comparison with the judge found.

    Parameters
    ----------
    simulator : str
        What was compared.
    images : tuple of int
        Positions of the images in the data.
    spikes : dict of str to int
        Spikes of each population in the judge, over all these images.
    moved : dict of str to int
        Spikes that the other simulator has at another step, or not at all.
    other_decisions : int
        Images that are classified differently; 0 where the network gives values.
    judge : str
        The simulator it was compared with.
    value_difference : float or None
        Of values: their largest difference, as a share of the largest value's size.
    trained_weights : str
        `TrainedModel.fingerprint` of the network; empty where it is not known, as in files of
        before.
    """

    simulator: str
    images: tuple[int, ...]
    spikes: Mapping[str, int]
    moved: Mapping[str, int]
    other_decisions: int
    judge: str = "nengo.Simulator"
    value_difference: float | None = None
    trained_weights: str = ""

    def __post_init__(self) -> None:
        if set(self.spikes) != set(self.moved):
            raise ValidationError(
                f"spikes are of populations {sorted(self.spikes)}, moved spikes of "
                f"{sorted(self.moved)}; expected the same"
            )
        if not self.spikes or not self.images:
            raise ValidationError("a comparison needs at least one population and one image")

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        rows: list[tuple[str, object]] = [
            (name, f"{self.moved[name]:,} of {counted(n, 'spike')} moved")
            for name, n in self.spikes.items()
        ]
        rows.append(
            ("decided otherwise", f"{self.other_decisions} of {counted(len(self.images), 'image')}")
        )
        if self.value_difference is not None:
            rows.append(("values differ by", f"{100 * self.value_difference:.3g} %"))
        return html_card(f"{self.simulator} beside {self.judge}", rows)

    @property
    def share_moved(self) -> float:
        """Moved spikes over all spikes."""
        return sum(self.moved.values()) / max(sum(self.spikes.values()), 1)

    @property
    def passed(self) -> bool:
        """Whether no decision differs and fewer than one spike in a thousand has moved."""
        return self.other_decisions == 0 and self.share_moved < TOLERATED_SHARE

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write one file, atomically. Returns its path.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        return write_record(path, "SpikeCheck", dataclasses.asdict(self), {})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> SpikeCheck:
        """Read a file that `save` wrote; `ModelFileError` if it is broken or newer.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        header, _ = read_record(path, "SpikeCheck")
        with damage_reported(path):
            return cls(**{**header, "images": tuple(header["images"])})

    def __str__(self) -> str:
        worst = max(self.moved, key=lambda name: self.moved[name])
        where = f", most in {worst!r}" if self.moved[worst] else ""
        answers = counted(self.other_decisions, "other decision")
        if self.value_difference is not None:
            answers = f"values differ by up to {100 * self.value_difference:.3g} % of the largest"
        return (
            f"{self.simulator} against {self.judge}, {counted(len(self.images), 'image')}: "
            f"{sum(self.moved.values()):,} of {counted(sum(self.spikes.values()), 'spike')} "
            f"moved ({100 * self.share_moved:.3g} %{where}), {answers}"
        )


@checked(
    model=spiking_model,
    n=whole(1),
    seed=a_seed,
    presentation=timing_or_default,
    coding=coding_or_none,
)
def check_spikes(
    model: SpikingModel,
    images: Split | np.ndarray,
    n: int = 5,
    *,
    simulator: str = "events",
    presentation: Presentation | None = None,
    coding: Coding | None = None,
    seed: int = 0,
    **options: Any,
) -> SpikeCheck:
    """Run ``n`` random images in a simulator and in the judge, and compare every spike.

    The judge is `nengo.Simulator`; of ``"loihi-exact"`` it is ``nengo_loihi.Simulator``.
    References, which nothing judges, are refused.

    Parameters
    ----------
    model : SpikingModel
        The network.
    images : Split or array
        As for `run`; ``n`` of them are drawn.
    n : int
        How many images.
    simulator : str
        What to compare.
    presentation, coding
        As for `run`. Images are shown one by one, from the initial state.
    seed : int
        Decides which images, and random initial voltages.
    **options
        Those of ``simulator``, as for `run`.

    Returns
    -------
    SpikeCheck

    Raises
    ------
    ValidationError
        If ``n`` is not positive, or nothing judges the simulator.

    Examples
    --------
    >>> from nengo_lifdeep.conversion.swap import convert
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> trained, test = trained_example()
    >>> found = check_spikes(convert(trained), test, 2, dtype="float64")
    >>> found.passed, sum(found.moved.values())
    (True, 0)
    """
    compared = get_simulator(simulator)
    if compared.judged_by is None:
        why = "is a reference itself" if compared.spikes else "has no spikes to compare"
        able = [name for name, each in SIMULATORS.items() if each.judged_by is not None]
        raise ValidationError(f"simulator {simulator!r} {why}; use {' or '.join(map(repr, able))}")
    judge = get_simulator(compared.judged_by)
    timing, coding = shown_as(model.provenance, presentation, coding, over_time=in_time(images))
    timing = dataclasses.replace(timing, reset=True)
    inputs = Inputs.of(model, images, timing, coding)
    chosen = np.sort(np.random.default_rng(seed).permutation(len(inputs))[:n])
    shown = inputs.take(chosen)
    settings: dict[str, Any] = {"seed": seed, "rasters": len(chosen)}
    found = complete(run(model, shown, simulator=simulator, **{**options, **settings}))
    same = {k: v for k, v in options.items() if k in judge.own_options}  # e.g. the same cores
    truth = complete(run(model, shown, simulator=judge.name, **settings, **same))
    spikes, moved = {}, {}
    for name, rows in truth.rasters.items():
        expected, got = (Counter(map(tuple, r.tolist())) for r in (rows, found.rasters[name]))
        spikes[name] = len(rows)
        moved[name] = max((expected - got).total(), (got - expected).total())
    other, difference = 0, None
    if isinstance(images, Split) and images.has_values:
        values, true = (window_scores(r.outputs, timing).astype(float) for r in (found, truth))
        difference = float(np.abs(values - true).max() / max(np.abs(true).max(), 1e-30))
    else:
        other = int((found.predictions() != truth.predictions()).sum())
    places = tuple(chosen.tolist())
    return SpikeCheck(
        simulator, places, spikes, moved, other, judge.title, difference, model.trained_weights
    )
