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
from ..support.checks import (
    check_fields,
    checked,
    checked_names,
    checked_number,
    flag,
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
from .binary_scores import BINARY_SCORES, binary_interval, binary_scores
from .finding import Finding
from .interval import grouped_interval, wilson_interval
from .judge import Judge
from .outputs.neurobench import neurobench_figures
from .outputs.tables import evaluation_arrays, evaluation_frame
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
from .windows import Windows

__all__ = ["Evaluation", "wilson_interval"]


#: additions and comparisons that saving may spend on counting every window
_WORTH_SAVING = 2.5e9

#: classes whose confusion is counted, as a matrix of their square (512 MiB)
_MOST_CONFUSED = 8192


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
        set_ = functools.partial(object.__setattr__, self)
        set_("classes", checked_names(self.classes, "Evaluation.classes"))
        labels = _classes_of(self.labels, "labels", ("image",), len(self.classes))
        n = len(labels)
        if n == 0:
            raise ValidationError("Evaluation.labels are of no image; there is nothing to judge")
        set_("labels", labels)
        set_("predictions", _classes_of(self.predictions, "predictions", (n,), len(self.classes)))
        check_fields(self, windows=optional(instance(Windows)))
        check_facts(self, n, "windows")
        if self.margins is not None:
            margins = checked_array(
                self.margins, "Evaluation.margins", shape=(n,), dtype=np.float32, own=True
            )
            set_("margins", margins)
            if len(self.classes) != 2:
                raise ValidationError(
                    f"Evaluation.margins are of two classes; there are {len(self.classes)}"
                )
        for name in ("agreement", "rate_accuracy", "top5_accuracy"):
            if getattr(self, name) is not None:
                share = checked_number(getattr(self, name), f"Evaluation.{name}", low=0, high=1)
                set_(name, share)

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
        data : str
            Name of the images.
        rate_predictions : (n_images,) array of int, optional
            The rate network's predictions to the same images.
        command : str
            What was typed to run it.
        grid : bool
            Whether correct predictions are counted for every ``t_c`` and ``t_p`` at once. Otherwise
            they are counted on demand, from scores that are kept up to 64 MiB.
        judge : Judge, optional
            What took the scores while they came; by default those of the record are judged.
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
            If there are fewer labels than images in the record, or a label is no class of it.
        """
        n, n_classes = record.n_images, record.outputs.shape[2]
        if n == 0:
            raise ValidationError("the record holds no finished image; nothing can be judged")
        labels = _classes_of(labels, "labels", ("image",), n_classes)[:n]
        if len(labels) < n:
            raise ValidationError(
                f"{counted(len(labels), 'label')} for the record's {counted(n, 'image')}"
            )
        if judge is None:
            record.scores()  # raises if there are no scores
            judge = Judge.of(record.outputs, labels, record.presentation, grid)
        answers = judge.predictions
        if len(answers) != n:
            raise ValidationError(f"the judge saw {counted(len(answers), 'image')}, the record {n}")
        rate = None
        if rate_predictions is not None:
            rate = _classes_of(rate_predictions, "rate_predictions", ("image",), n_classes)[:n]
            if len(rate) < n:
                raise ValidationError(
                    f"{len(rate)} rate_predictions for the record's {counted(n, 'image')}"
                )
        classes = tuple(classes) or tuple(map(str, range(n_classes)))
        together = None if groups is None else _positions(groups, "groups")[:n]
        return cls(
            **facts_of(record),
            data=data,
            labels=labels,
            predictions=answers,
            classes=classes,
            windows=judge.windows(),
            agreement=None if rate is None else float((answers == rate).mean()),
            rate_accuracy=None if rate is None else float((labels == rate).mean()),
            notes=(
                *record.notes,
                *_sample_notes(labels, classes, record.n_asked),
                *group_notes(together),
            ),
            top5_accuracy=judge.top5_accuracy,
            command=command,
            indices=None if indices is None else _positions(indices)[:n],
            margins=judge.margins,
            shown_images=shown_fingerprint(images, n),
            groups=together,
        )

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
        n = len(self.classes)
        if n > _MOST_CONFUSED:
            raise ValidationError(
                f"the confusion of {n:,} classes would take {n * n * 8 / 2**30:,.1f} GiB; at most "
                f"{_MOST_CONFUSED:,} classes can be counted. Count pairs of labels and predictions "
                "with numpy.unique(pairs, axis=0, return_counts=True)"
            )
        matrix = np.zeros((n, n), dtype=np.int64)
        np.add.at(matrix, (self.labels, self.predictions), 1)
        return matrix

    @property
    def spikes_per_image(self) -> float | None:
        """Mean spikes of the whole network per image; None without spikes."""
        return sum(self.layer_spikes.values()) if self.layer_spikes else None

    def summary(self) -> dict[str, Any]:
        """The figures that fit into one row of a table, JSON-ready."""
        low, high = self.interval
        return {
            **names(self),
            "error_percent": self.error,
            "error_interval_percent": [100 * (1 - high), 100 * (1 - low)],
            "top5_error_percent": None
            if self.top5_accuracy is None
            else 100 * (1 - self.top5_accuracy),
            "rate_error_percent": None
            if self.rate_accuracy is None
            else 100 * (1 - self.rate_accuracy),
            "agreement_percent": None if self.agreement is None else 100 * self.agreement,
            **(self.binary_scores or {}),
            **{f"{n}_interval": list(self.binary_interval(n)) for n in self.binary_scores or ()},
            **figures(self),
        }

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
        low, high = self.interval
        rates = ", ".join(f"{k} {v:.1f}" for k, v in self.layer_rates.items())
        beside = None if self.rate_accuracy is None else f"{100 - 100 * self.rate_accuracy:.2f} %"
        spikes = None if self.spikes_per_image is None else f"{self.spikes_per_image:,.0f}"
        return html_card(
            f"{self.model} in {self.simulator}: {100 * self.accuracy:.2f} % right",
            [
                ("images", f"{self.n_images:,} of {self.data}"),
                ("error", f"{self.error:.2f} % (95 %: {100 - 100 * high:.2f} to "
                          f"{100 - 100 * low:.2f})"),
                ("error in rates", beside),
                *((name, f"{value:.4f}") for name, value in (self.binary_scores or {}).items()),
                ("presentation", self.presentation),
                ("rates [Hz]", rates or None),
                ("spikes per image", spikes),
                ("findings", "; ".join(map(str, self.findings)) or None),
            ],
        )  # fmt: skip

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write one file, atomically; it loads without TensorFlow. Returns its path.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        skip = ("labels", "predictions", "windows", "indices", "margins", "groups")
        header = facts_header(self, skip)
        arrays = {"run/labels": self.labels, "run/predictions": self.predictions}
        for name in ("indices", "margins", "groups"):
            if getattr(self, name) is not None:
                arrays[f"run/{name}"] = getattr(self, name)
        windows = self.windows
        if windows is not None and self._saves_grid(windows):
            arrays["run/accuracy_grid"] = windows.grid()
        elif windows is not None:
            arrays["run/window_starts"] = windows.starts
            arrays["run/window_accuracy"] = windows.accuracy
        return write_record(path, "Evaluation", header, arrays)

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
            run = grouped(arrays)["run"]
            return cls(
                labels=run["labels"],
                predictions=run["predictions"],
                windows=_windows_in(run),
                indices=run.get("indices"),
                margins=run.get("margins"),
                groups=run.get("groups"),
                **facts_read(header),
            )

    def _saves_grid(self, windows: Windows) -> bool:
        """Whether a file gets all windows: where they are counted, or that takes a moment."""
        work = self.n_images * len(self.classes) * windows.n_steps**2
        return windows.is_whole or (windows.is_able and work < _WORTH_SAVING)

    def __str__(self) -> str:
        low, high = self.interval
        text = (
            f"{self.model} on {self.data}, {self.simulator}: error {self.error:.2f} % "
            f"(95 %: {100 * (1 - high):.2f} to {100 * (1 - low):.2f}), "
            f"{in_groups(self)}"
        )
        if "roc_auc" in (self.binary_scores or ()):
            text += f", AUC {self.binary_scores['roc_auc']:.4f}"  # type: ignore[index]
        if self.presentation is not None:
            text += f"; {self.presentation}"
        return "\n".join([text, *map(str, self.findings)])


def _windows_in(run: Mapping[str, np.ndarray]) -> Windows | None:
    """Windows as a file holds them: all, or those that were counted."""
    if "accuracy_grid" in run:
        return Windows(np.arange(len(run["accuracy_grid"])), run["accuracy_grid"])
    if "window_starts" in run:
        return Windows(run["window_starts"], run["window_accuracy"])
    return None


def _classes_of(values: Any, what: str, shape: tuple[int | str, ...], n_classes: int) -> np.ndarray:
    return checked_array(
        values, what, kind="whole", shape=shape, low=0, high=n_classes - 1, dtype=np.int64,
        own=True,
    )  # fmt: skip


def _sample_notes(labels: np.ndarray, classes: tuple[str, ...], n_asked: int) -> tuple[str, ...]:
    """What the choice of the images does to the figures."""
    notes = []
    if len(labels) < n_asked:
        notes.append(
            f"interrupted: only the first {len(labels):,} of {n_asked:,} images were judged"
        )
    if len(labels) > 1 and len(classes) > 1 and (labels == labels[0]).all():
        name = classes[labels[0]]
        notes.append(
            f"all {len(labels):,} images are of one class ({name}): a network that always predicts "
            f"{name} would make no error; evaluate images of all classes"
        )
    return tuple(notes)


def _positions(indices: Any, name: str = "indices") -> np.ndarray:
    """Positions of images in their data, for as many as there are."""
    what = f"Evaluation.{name}"
    return checked_array(indices, what, kind="whole", shape=("image",), low=0, dtype=np.int64)
