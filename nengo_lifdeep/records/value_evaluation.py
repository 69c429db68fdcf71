"""`ValueEvaluation`: values that a network gave beside their targets, under one protocol."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets.split import Split
from ..errors import ValidationError
from ..inputs.presentation import Presentation
from ..support.checks import (
    check_fields,
    checked,
    checked_names,
    instance,
    optional,
    text,
    word,
)
from ..support.checks import seed as a_seed
from ..support.checks.arrays import checked_array
from ..support.files import damage_reported, grouped, read_record, write_record
from ..support.html_card import html_card
from ..support.owned_arrays import ReadOnlyDict
from ..support.short_repr import short_repr
from ..support.words.counted import counted
from .finding import Finding
from .outputs.neurobench import neurobench_figures
from .outputs.tables import value_arrays, value_frame
from .run_facts import (
    check_facts,
    facts_header,
    facts_of,
    facts_read,
    figures,
    group_notes,
    in_groups,
    names,
    shown_fingerprint,
)
from .spikes import SpikeRecord
from .value_judge import ErrorInTime, ValueJudge
from .value_scores import SCORES, bootstrap_interval, value_scores

__all__ = ["ValueEvaluation"]

_ARRAYS = ("targets", "values", "rate_values", "indices", "groups")


@dataclasses.dataclass(frozen=True, eq=False)
class ValueEvaluation:
    """Values of a network beside what it was to give: a regression, or images.

    What `Evaluation` is for classes.

    Parameters
    ----------
    simulator, model, data : str
        Names of the simulator, the network and the images.
    presentation : Presentation or None
        Timing; None where there is no time.
    targets, values : (n_images, output) or (n_images, row, column, channel) arrays
        What was to be given, and the mean output over the window.
    outputs : tuple of str
        Names of the outputs; empty where they have none.
    in_time : ErrorInTime or None
        Errors for other windows; None where there is no time.
    layer_rates : dict of str to float
        Mean rate of each population, in Hz.
    layer_spikes : dict of str to float
        Mean spikes per image of each population; empty without spikes.
    mean_rate : float
        Mean firing rate over all neurons of the network, in Hz.
    rate_values : array of the targets' shape, optional
        What the rate network gives for the same images.
    seconds : float
        Wall-clock time of the run, in seconds.
    n_asked : int
        Images the run was asked for.
    notes : tuple of str
        What the reader of the numbers must know.
    command : str
        What was typed to run it; empty in a notebook.
    indices : (n_images,) array of int, optional
        Positions of the images in the data they were drawn from; None where they are all of it.
    counters : dict of str to dict of str to int
        What the simulator counted besides spikes; see `SpikeRecord`.
    findings : tuple of Finding
        What is wrong with the run; each is among the notes in words.
    operations : dict
        Operations per image and what the network holds, as ``evaluate(..., operations=True)``
        counts them; empty where they were not counted. See `neurobench`.
    trained_weights : str
        `TrainedModel.fingerprint` of the network; empty where it is not known.
    shown_images : str
        `Split.fingerprint` of the images that were judged; empty where it is not known.
    groups : (n_images,) array of int, optional
        Images with the same number belong together, such as steps of one series: intervals are
        those of whole groups. None where each is its own.

    Raises
    ------
    ValidationError
        If the arrays do not fit each other or are not finite, or a figure is not one.

    Examples
    --------
    >>> found = ValueEvaluation("rate", "net", "mine", None, [[1.0], [2.0]], [[1.0], [2.5]])
    >>> found.mean_absolute_error, found.r2
    (0.25, 0.5)
    """

    simulator: str
    model: str
    data: str
    presentation: Presentation | None
    targets: np.ndarray
    values: np.ndarray
    outputs: tuple[str, ...] = ()
    in_time: ErrorInTime | None = None
    layer_rates: Mapping[str, float] = dataclasses.field(default_factory=dict)
    layer_spikes: Mapping[str, float] = dataclasses.field(default_factory=dict)
    mean_rate: float = 0.0
    rate_values: np.ndarray | None = None
    seconds: float = 0.0
    n_asked: int = 0
    notes: tuple[str, ...] = ()
    command: str = ""
    indices: np.ndarray | None = None
    counters: Mapping[str, Mapping[str, int]] = dataclasses.field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    operations: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    trained_weights: str = ""
    shown_images: str = ""
    groups: np.ndarray | None = None

    __repr__ = short_repr

    def __post_init__(self) -> None:
        set_ = functools.partial(object.__setattr__, self)
        set_("outputs", checked_names(self.outputs, "ValueEvaluation.outputs"))
        shape: tuple[int, ...] | None = None
        for name in ("targets", "values", "rate_values"):
            if getattr(self, name) is None and name == "rate_values":
                continue
            what = f"ValueEvaluation.{name}"
            array = checked_array(getattr(self, name), what, dtype=np.float32, own=True)
            if array.ndim not in (2, 4) or not array.size or shape not in (None, array.shape):
                expected = "(image, output) or images" if shape is None else f"{shape}"
                raise ValidationError(f"{what} have shape {array.shape}; expected {expected}")
            shape = array.shape
            set_(name, array)
        if self.outputs and len(self.outputs) != self.targets[0].size:
            raise ValidationError(
                f"ValueEvaluation.outputs are {counted(len(self.outputs), 'name')}; expected one "
                f"for each of {counted(self.targets[0].size, 'value')}, or none"
            )
        check_fields(self, in_time=optional(instance(ErrorInTime)))
        check_facts(self, len(self.targets), "in_time")

    @classmethod
    @checked(
        record=instance(SpikeRecord),
        judge=instance(ValueJudge),
        data=text,
        command=text,
        images=optional(instance(Split)),
    )
    def of(
        cls,
        record: SpikeRecord,
        targets: np.ndarray,
        judge: ValueJudge,
        *,
        outputs: tuple[str, ...] = (),
        data: str = "images",
        rate_values: np.ndarray | None = None,
        command: str = "",
        indices: np.ndarray | None = None,
        images: Split | None = None,
        groups: np.ndarray | None = None,
    ) -> ValueEvaluation:
        """Put a run and what its judge took together.

        Parameters
        ----------
        record : SpikeRecord
            What a simulator returned.
        targets : (n_images, output) or (n_images, row, column, channel) array
            What was to be given, in the record's order; more than there are where a run was
            interrupted.
        judge : ValueJudge
            What took the outputs while they came.
        outputs : tuple of str
            Names of the outputs.
        data : str
            Name of the images.
        rate_values : (n_images, output) array, optional
            What the rate network gives.
        command : str
            What was typed to run it.
        indices : (n_images,) array of int, optional
            Positions of the images in the data they were drawn from.
        images : Split, optional
            The images themselves, at least as many as the record's: the result keeps their
            fingerprint.
        groups : (n_images,) array of int, optional
            Which images belong together, as `Split.groups`.

        Raises
        ------
        ValidationError
            If the judge saw other images than the record holds, or none.
        """
        n = record.n_images
        if n == 0 or judge.n_images != n:
            raise ValidationError(
                f"the judge saw {counted(judge.n_images, 'image')}, the record {n}; expected the "
                "same, and "
                "one at least"
            )
        targets = checked_array(targets, "targets", dtype=np.float32)
        if targets.ndim not in (2, 4) or targets[:n].size != judge.values.size:
            raise ValidationError(
                f"targets have shape {targets.shape}; the judge took {judge.values.shape} values"
            )
        shape = (n, *targets.shape[1:])
        if rate_values is not None:
            rate_values = checked_array(
                rate_values, "rate_values", shape=("image", judge.values.shape[1]),
                dtype=np.float32,
            )  # fmt: skip
            if len(rate_values) < n:
                raise ValidationError(
                    f"rate_values are of {counted(len(rate_values), 'image')}; record {n}"
                )
            rate_values = rate_values[:n].reshape(shape)
        kept: dict[str, Any] = {
            name: None
            if given is None
            else checked_array(
                given, f"ValueEvaluation.{name}", kind="whole", shape=("image",), low=0
            )[:n]
            for name, given in (("indices", indices), ("groups", groups))
        }
        cut: tuple[str, ...] = ()
        if n < record.n_asked:
            cut = (f"interrupted: only the first {n:,} of {record.n_asked:,} images were judged",)
        return cls(
            **facts_of(record),
            data=data,
            targets=targets[:n],
            values=judge.values.reshape(shape),
            outputs=outputs,
            in_time=judge.in_time(),
            rate_values=rate_values,
            notes=(*record.notes, *cut, *group_notes(kept["groups"])),
            command=command,
            shown_images=shown_fingerprint(images, n),
            **kept,
        )

    @property
    def n_images(self) -> int:
        """Number of images judged."""
        return len(self.targets)

    @functools.cached_property
    def scores(self) -> Mapping[str, float]:
        """All scores by name: r2, mean_absolute_error, mean_squared_error; of images psnr (dB)."""
        return ReadOnlyDict(value_scores(self.targets, self.values))

    @functools.cached_property
    def rate_scores(self) -> Mapping[str, float] | None:
        """The same of the rate network's values on the same images; None if it was not asked."""
        if self.rate_values is None:
            return None
        return ReadOnlyDict(value_scores(self.targets, self.rate_values))

    @property
    def score(self) -> float:
        """The one figure to compare runs by: `r2`."""
        return self.r2

    @property
    def rate_score(self) -> float | None:
        """The rate network's on the same images: its R2; None if it was not asked."""
        return None if self.rate_scores is None else self.rate_scores["r2"]

    @property
    def r2(self) -> float:
        """Share of the targets' variance that is explained (1 is best), as in scikit-learn.

        Of several outputs the mean; of images weighted by the pixels' variance.
        """
        return self.scores["r2"]

    @property
    def mean_absolute_error(self) -> float:
        """Mean absolute error, in units of the targets."""
        return self.scores["mean_absolute_error"]

    @property
    def mean_squared_error(self) -> float:
        """Mean squared error."""
        return self.scores["mean_squared_error"]

    @property
    def psnr(self) -> float | None:
        """Peak signal-to-noise ratio of images with full scale 1, in dB; None for other values."""
        return self.scores.get("psnr")

    @property
    def distance_to_rates(self) -> float | None:
        """Mean absolute difference from the rate network's values; None without them."""
        if self.rate_values is None:
            return None
        return float(np.abs(self.values.astype(float) - self.rate_values).mean())

    @checked(score=word(*SCORES), seed=a_seed)
    def interval(self, score: str = "r2", seed: int = 0) -> tuple[float, float]:
        """95 % interval of a score: bootstrap over the images (whole groups), 1,000 draws.

        Parameters
        ----------
        score : {"r2", "mean_absolute_error", "mean_squared_error", "psnr"}
            Which score.
        seed : int
            Decides the draws.

        Raises
        ------
        ValidationError
            If there is no such score, or these values have it not.
        """
        if score not in self.scores:
            raise ValidationError(
                f"{score} is of images; these are values {self.targets.shape[1:]}"
            )
        return bootstrap_interval(self.targets, self.values, score, seed, groups=self.groups)

    @property
    def spikes_per_image(self) -> float | None:
        """Mean spikes of the whole network per image; None without spikes."""
        return sum(self.layer_spikes.values()) if self.layer_spikes else None

    def summary(self) -> dict[str, Any]:
        """The figures that fit into one row of a table, JSON-ready."""
        return {
            "task": "regression",
            **names(self),
            **self.scores,
            **{f"{name}_interval": list(self.interval(name)) for name in self.scores},
            **{f"rate_{name}": value for name, value in (self.rate_scores or {}).items()},
            "distance_to_rates": self.distance_to_rates,
            **figures(self),
        }

    def neurobench(self) -> dict[str, Any]:
        """The figures under NeuroBench's names; see `Evaluation.neurobench`.

        Raises
        ------
        ValidationError
            If operations were not counted: ``evaluate(..., operations=True)``.
        """
        scores = {"R2": self.r2, "MSE": self.mean_squared_error}
        return neurobench_figures(self.operations, scores)

    def to_pandas(self) -> Any:
        """A row for every image, by its position in the data, as a ``pandas.DataFrame``.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        return value_frame(self)

    def to_xarray(self) -> Any:
        """Targets and values by image, as an ``xarray.Dataset``.

        Raises
        ------
        MissingDependencyError
            If xarray is not installed.
        """
        return value_arrays(self)

    def to_json(self) -> str:
        """`summary` as JSON text."""
        return json.dumps(self.summary(), indent=2)

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        rates = ", ".join(f"{k} {v:.1f}" for k, v in self.layer_rates.items())
        spikes = None if self.spikes_per_image is None else f"{self.spikes_per_image:,.0f}"
        beside = None if self.rate_scores is None else f"{self.rate_scores['r2']:.4f}"
        return html_card(
            f"{self.model} in {self.simulator}: R2 {self.r2:.4f}",
            [
                ("images", f"{self.n_images:,} of {self.data}"),
                *((name, f"{value:.4g}") for name, value in self.scores.items()),
                ("R2 in rates", beside),
                ("presentation", self.presentation),
                ("rates [Hz]", rates or None),
                ("spikes per image", spikes),
                ("findings", "; ".join(map(str, self.findings)) or None),
            ],
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write one file, atomically; it loads without TensorFlow. Returns its path.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        header = facts_header(self, (*_ARRAYS, "in_time"))
        found = {name: getattr(self, name) for name in _ARRAYS}
        arrays = {f"run/{name}": array for name, array in found.items() if array is not None}
        if self.in_time is not None:
            for name in ("starts", "absolute", "squared"):
                arrays[f"time/{name}"] = getattr(self.in_time, name)
        return write_record(path, "ValueEvaluation", header, arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> ValueEvaluation:
        """Read a file that `save` wrote; `ModelFileError` if it is broken or newer.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        header, arrays = read_record(path, "ValueEvaluation")
        with damage_reported(path):
            found: dict[str, Any] = grouped(arrays)
            return cls(
                in_time=ErrorInTime(**found["time"]) if "time" in found else None,
                **found["run"],
                **facts_read(header),
            )

    def __str__(self) -> str:
        low, high = self.interval()
        words = [f"R2 {self.r2:.4f} (95 %: {low:.4f} to {high:.4f})"]
        words.append(f"mean absolute error {self.mean_absolute_error:.4g}")
        if self.psnr is not None:
            words.append(f"PSNR {self.psnr:.2f} dB")
        line = f"{self.model} on {self.data}, {self.simulator}: {', '.join(words)}"
        line += f", {in_groups(self)}"
        if self.presentation is not None:
            line += f"; {self.presentation}"
        return "\n".join([line, *map(str, self.findings)])
