"""Answers that are classes: what an evaluation may hold of them, and how a run gives them."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ...errors import ValidationError
from ...support.checks import check_fields, checked_names, checked_number, instance, optional
from ...support.checks.arrays import checked_array
from ...support.words.counted import counted
from ..judge import Judge
from ..spikes import SpikeRecord
from ..windows import Windows
from .facts import check_facts, first_places
from .notes import class_notes, cut_notes, group_notes

__all__ = ["answers_of", "check_answers"]


def check_answers(evaluation: Any) -> None:
    """Check, and put into their final form, all fields of an evaluation of classes.

    Parameters
    ----------
    evaluation : Evaluation
        While it is built.

    Raises
    ------
    ValidationError
        If they do not fit each other, or a figure is not one.
    """
    set_ = functools.partial(object.__setattr__, evaluation)
    set_("classes", checked_names(evaluation.classes, "Evaluation.classes"))
    n_classes = len(evaluation.classes)
    labels = _classes(evaluation.labels, "labels", ("image",), n_classes)
    n = len(labels)
    if n == 0:
        raise ValidationError("Evaluation.labels are of no image; there is nothing to judge")
    set_("labels", labels)
    set_("predictions", _classes(evaluation.predictions, "predictions", (n,), n_classes))
    check_fields(evaluation, windows=optional(instance(Windows)))
    check_facts(evaluation, n, "windows")
    if evaluation.margins is not None:
        margins = checked_array(
            evaluation.margins, "Evaluation.margins", shape=(n,), dtype=np.float32, own=True
        )
        set_("margins", margins)
        if n_classes != 2:
            raise ValidationError(f"Evaluation.margins are of two classes; there are {n_classes}")
    for name in ("agreement", "rate_accuracy", "top5_accuracy"):
        if getattr(evaluation, name) is not None:
            share = checked_number(getattr(evaluation, name), f"Evaluation.{name}", low=0, high=1)
            set_(name, share)


def answers_of(
    record: SpikeRecord,
    labels: Any,
    judge: Judge | None,
    *,
    grid: bool,
    rate_predictions: Any,
    classes: tuple[str, ...],
    indices: Any,
    groups: Any,
) -> dict[str, Any]:
    """The fields that a record's judge and the true labels decide.

    Parameters
    ----------
    record : SpikeRecord
        What a simulator returned.
    labels : (n_images,) array of int
        True classes.
    judge : Judge or None
        What took the scores while they came; None where they are in the record.
    grid, rate_predictions, classes, indices, groups
        As of `Evaluation.of`.

    Raises
    ------
    ValidationError
        If there are fewer labels than images in the record, or a label is no class of it.
    """
    n, n_classes = record.n_images, record.outputs.shape[2]
    if n == 0:
        raise ValidationError("the record holds no finished image; nothing can be judged")
    labels = _classes(labels, "labels", ("image",), n_classes)[:n]
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
        rate = _classes(rate_predictions, "rate_predictions", ("image",), n_classes)[:n]
        if len(rate) < n:
            raise ValidationError(
                f"{len(rate)} rate_predictions for the record's {counted(n, 'image')}"
            )
    classes = tuple(classes) or tuple(map(str, range(n_classes)))
    together = first_places(groups, "Evaluation.groups", n)
    cut = cut_notes(n, record.n_asked)
    return {
        "labels": labels,
        "predictions": answers,
        "classes": classes,
        "windows": judge.windows(),
        "agreement": None if rate is None else float((answers == rate).mean()),
        "rate_accuracy": None if rate is None else float((labels == rate).mean()),
        "notes": (*record.notes, *cut, *class_notes(labels, classes), *group_notes(together)),
        "top5_accuracy": judge.top5_accuracy,
        "indices": first_places(indices, "Evaluation.indices", n),
        "margins": judge.margins,
        "groups": together,
    }


def _classes(values: Any, what: str, shape: tuple[int | str, ...], n_classes: int) -> np.ndarray:
    return checked_array(
        values, what, kind="whole", shape=shape, low=0, high=n_classes - 1, dtype=np.int64,
        own=True,
    )  # fmt: skip
