"""`Evaluation`: predictions, accuracy and spikes of one network under one protocol."""

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
from ..support.checks import checked, checked_names, flag, instance, optional, text, word
from ..support.checks import seed as a_seed
from ..support.files import damage_reported, read_record
from ..support.short_repr import short_repr
from ..support.words.counted import counted
from .binary_scores import BINARY_SCORES, binary_interval, binary_scores
from .finding import Finding
from .interval import grouped_interval, wilson_interval
from .judge import Judge
from .judged.answers import answers_of, check_answers
from .judged.confusion import confusion_counts
from .judged.facts import facts_of
from .judged.files import class_fields, fact_fields, write_classes
from .judged.rows import class_row
from .judged.shown import shown_fingerprint
from .judged.words import class_card, class_text
from .outputs.neurobench import neurobench_figures
from .outputs.tables import evaluation_arrays, evaluation_frame
from .spikes import SpikeRecord
from .windows import Windows

__all__ = ["Evaluation", "wilson_interval"]


@dataclasses.dataclass(frozen=True, eq=False)
class Evaluation:
    """Predictions of a network for labelled images, with accuracy, firing rates and spike counts.

    Parameters
    ----------
    simulator, model, data : str
        Names of the simulator, the network and the images.
    presentation : Presentation or None
        Timing; None where there is no time.
    labels, predictions : (n_images,) arrays of int
        True and given classes.
    classes : tuple of str
        Names of the classes.
    windows : Windows or None
        Accuracy for other ``t_c`` and ``t_p``; None where there is no time.
    layer_rates : dict of str to float
        Mean rate of each population, in Hz.
    layer_spikes : dict of str to float
        Mean spikes per image of each population; empty without spikes.
    mean_rate : float
        Mean firing rate over all neurons of the network, in Hz.
    agreement : float or None
        Share of images with the rate network's prediction.
    rate_accuracy : float or None
        The rate network's accuracy on the same images.
    seconds : float
        Wall-clock time of the run, in seconds.
    n_asked : int
        Images the run was asked for.
    notes : tuple of str
        What the reader of the numbers must know.
    top5_accuracy : float or None
        Share of images whose class is among the five best; None below 100 classes.
    command : str
        What was typed to run it; empty in a notebook.
    indices : (n_images,) array of int, optional
        Positions of the images in the data they were drawn from; None where they are all of it.
    counters : dict of str to dict of str to int
        What the simulator counted besides spikes; see `SpikeRecord`.
    findings : tuple of Finding
        What is wrong with the run: populations that are silent, slow or saturated, predictions that
        have not settled, images of another scale. Each is among the notes in words.
    margins : (n_images,) array or None
        Of two classes: the mean score of class 1 less that of class 0 over the window.
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
        If the arrays do not fit each other, or a figure is not one: labels and predictions are
        classes, shares lie in [0, 1], rates and counts are finite and not negative.
    """

    simulator: str
    model: str
    data: str
    presentation: Presentation | None
    labels: np.ndarray
    predictions: np.ndarray
    classes: tuple[str, ...]
    windows: Windows | None
    layer_rates: Mapping[str, float]
    layer_spikes: Mapping[str, float]
    mean_rate: float
    agreement: float | None = None
    rate_accuracy: float | None = None
    seconds: float = 0.0
    n_asked: int = 0
    notes: tuple[str, ...] = ()
    top5_accuracy: float | None = None
    command: str = ""
    indices: np.ndarray | None = None
    counters: Mapping[str, Mapping[str, int]] = dataclasses.field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    margins: np.ndarray | None = None
    operations: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    trained_weights: str = ""
    shown_images: str = ""
    groups: np.ndarray | None = None

    __repr__ = short_repr

    def __post_init__(self) -> None:
        check_answers(self)

    @classmethod
    @checked(
        record=instance(SpikeRecord),
        classes=checked_names,
        data=text,
        command=text,
        grid=flag,
        judge=optional(instance(Judge)),
        images=optional(instance(Split)),
    )
    def of(
        cls,
        record: SpikeRecord,
        labels: np.ndarray,
        *,
        classes: tuple[str, ...] = (),
        data: str = "images",
        rate_predictions: np.ndarray | None = None,
        command: str = "",
        grid: bool = False,
        judge: Judge | None = None,
        indices: np.ndarray | None = None,
        images: Split | None = None,
        groups: np.ndarray | None = None,
    ) -> Evaluation:
        """Judge a record against the true labels.

        Parameters
        ----------
        record : SpikeRecord
            What a simulator returned.
        labels : (n_images,) array of int
            True classes of the images, in the record's order.
        classes : tuple of str
            Names of the classes; numbers by default.
        rate_predictions : (n_images,) array of int, optional
            The rate network's predictions to the same images.
        grid : bool
            Whether correct predictions are counted for every ``t_c`` and ``t_p`` at once. Otherwise
            they are counted on demand, from scores that are kept up to 64 MiB.
        judge : Judge, optional
            What took the scores while they came; by default those of the record are judged.
        images : Split, optional
            The images themselves, at least as many as the record's: the result keeps their
            fingerprint. By default that of the record.
        data, command, indices, groups
            As the fields of the same name.

        Raises
        ------
        ValidationError
            If there are fewer labels than images in the record, a label is no class of it, or the
            record is of other images.
        """
        answers = answers_of(
            record, labels, judge, grid=grid, rate_predictions=rate_predictions, classes=classes,
            indices=indices, groups=groups,
        )  # fmt: skip
        shown = shown_fingerprint(images, record)
        return cls(**answers, **facts_of(record), data=data, command=command, shown_images=shown)

    @property
    def accuracy_grid(self) -> np.ndarray | None:
        """Accuracy for every ``t_c`` and ``t_p``; see `SpikeRecord.accuracy_grid`.

        None where there is no time. Counted when it is first asked for; `ValidationError` where
        the scores were too much to keep (more than 64 MiB) and it was not asked for with
        ``evaluate(..., grid=True)``. `windows` has single rows and windows.
        """
        return None if self.windows is None else self.windows.grid()

    @property
    def n_images(self) -> int:
        """Number of images judged."""
        return len(self.labels)

    @property
    def score(self) -> float:
        """The one figure to compare runs by: `accuracy`."""
        return self.accuracy

    @property
    def rate_score(self) -> float | None:
        """The rate network's on the same images: `rate_accuracy`."""
        return self.rate_accuracy

    @property
    def accuracy(self) -> float:
        """Share of correct predictions."""
        return float((self.predictions == self.labels).mean())

    @property
    def error(self) -> float:
        """Error in percent, as the papers print it."""
        return 100.0 * (1.0 - self.accuracy)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the accuracy (binomial, Wilson); of ``groups`` that of whole groups."""
        right = self.predictions == self.labels
        if self.groups is not None:
            return grouped_interval(right, self.groups)
        return wilson_interval(float(right.sum()), self.n_images)

    @functools.cached_property
    def binary_scores(self) -> Mapping[str, float] | None:
        """Scores of two classes by name: roc_auc, f1, precision, recall; class 1 is positive.

        As ``sklearn.metrics`` has them; None where there are not two classes. Without margins, or
        where all images are of one class, there is no ``roc_auc``.
        """
        if len(self.classes) != 2:
            return None
        return ReadOnlyDict(binary_scores(self.labels, self.predictions, self.margins))

    @checked(score=word(*BINARY_SCORES), seed=a_seed)
    def binary_interval(self, score: str = "roc_auc", seed: int = 0) -> tuple[float, float]:
        """95 % interval of a score of two classes: bootstrap over the images, 1,000 draws.

        Parameters
        ----------
        score : {"roc_auc", "f1", "precision", "recall"}
            Which score.
        seed : int
            Decides the draws.

        Raises
        ------
        ValidationError
            If there is no such score, or these answers have it not.
        """
        if score not in (self.binary_scores or ()):
            raise ValidationError(
                f"there is no {score} of {counted(self.n_images, 'image')} and "
                f"{counted(len(self.classes), 'class', 'classes')}; expected two classes, and "
                "for roc_auc images of both"
            )
        return binary_interval(
            self.labels, self.predictions, self.margins, score, seed, groups=self.groups
        )

    @property
    def confusion(self) -> np.ndarray:
        """Counts, shape ``(true class, given class)``.

        Counted when it is asked for; `ValidationError` above 8,192 classes (512 MiB), where it
        would hold almost nothing but zeros: count pairs of ``labels`` and ``predictions`` there.
        """
        return confusion_counts(self.labels, self.predictions, len(self.classes))

    @property
    def spikes_per_image(self) -> float | None:
        """Mean spikes of the whole network per image; None without spikes."""
        return sum(self.layer_spikes.values()) if self.layer_spikes else None

    def summary(self) -> dict[str, Any]:
        """The figures that fit into one row of a table, JSON-ready."""
        return class_row(self)

    def neurobench(self) -> dict[str, Any]:
        """The figures under NeuroBench's names: algorithm track, with modelled energy.

        ``SynapticOperations`` per image as its harness counts them, the first layer at every step;
        beside them the same with the first layer once, where an image is shown unchanged. Zero
        weights and zero inputs cost nothing; biases are not counted.

        Raises
        ------
        ValidationError
            If operations were not counted: ``evaluate(..., operations=True)``.
        """
        return neurobench_figures(self.operations, {"ClassificationAccuracy": self.accuracy})

    def to_pandas(self) -> Any:
        """A row for every image, by its position in the data, as a ``pandas.DataFrame``.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        return evaluation_frame(self)

    def to_xarray(self) -> Any:
        """Labels and predictions by image, accuracy by window, as an ``xarray.Dataset``.

        Raises
        ------
        MissingDependencyError
            If xarray is not installed.
        """
        return evaluation_arrays(self)

    def to_json(self) -> str:
        """`summary` as JSON text."""
        return json.dumps(self.summary(), indent=2)

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        return class_card(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write one file, atomically; it loads without TensorFlow. Returns its path.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        return write_classes(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Evaluation:
        """Read a file that `save` wrote; `ModelFileError` if it is broken or newer.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        header, arrays = read_record(path, "Evaluation")
        with damage_reported(path):
            return cls(**class_fields(arrays), **fact_fields(header))

    def __str__(self) -> str:
        return class_text(self)
