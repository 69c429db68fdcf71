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
from ..support.arrays.owned_arrays import ReadOnlyDict
from ..support.checks import checked, instance, optional, text, word
from ..support.checks import seed as a_seed
from ..support.files import damage_reported, read_record
from ..support.short_repr import short_repr
from .finding import Finding
from .judged.facts import facts_of
from .judged.files import fact_fields, value_fields, write_values
from .judged.rows import value_row
from .judged.shown import shown_fingerprint
from .judged.values import check_values, values_of
from .judged.words import value_card, value_text
from .outputs.neurobench import neurobench_figures
from .outputs.tables import value_arrays, value_frame
from .spikes import SpikeRecord
from .value_judge import ErrorInTime, ValueJudge
from .value_scores import SCORES, bootstrap_interval, value_scores

__all__ = ["ValueEvaluation"]


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
        check_values(self)

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
        rate_values : (n_images, output) array, optional
            What the rate network gives.
        images : Split, optional
            The images themselves, at least as many as the record's: the result keeps their
            fingerprint. By default that of the record.
        data, command, indices, groups
            As the fields of the same name.

        Raises
        ------
        ValidationError
            If the judge saw other images than the record holds, or none, or the record is of other
            images.
        """
        values = values_of(
            record, targets, judge, rate_values=rate_values, indices=indices, groups=groups
        )
        return cls(
            **values,
            **facts_of(record),
            outputs=outputs,
            data=data,
            command=command,
            shown_images=shown_fingerprint(images, record),
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
        return value_row(self)

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
        return value_card(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write one file, atomically; it loads without TensorFlow. Returns its path.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        return write_values(self, path)

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
            return cls(**value_fields(arrays), **fact_fields(header))

    def __str__(self) -> str:
        return value_text(self)
