"""Answers that are values: what an evaluation may hold of them, and how a run gives them."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ...errors import ValidationError
from ...support.checks import check_fields, checked_names, instance, optional
from ...support.checks.arrays import checked_array
from ...support.words.counted import counted
from ..spikes import SpikeRecord
from ..value_judge import ErrorInTime, ValueJudge
from .facts import check_facts, first_places
from .notes import cut_notes, group_notes

__all__ = ["check_values", "values_of"]


def check_values(evaluation: Any) -> None:
    """Check, and put into their final form, all fields of an evaluation of values.

    Parameters
    ----------
    evaluation : ValueEvaluation
        While it is built.

    Raises
    ------
    ValidationError
        If they do not fit each other, or a figure is not one.
    """
    set_ = functools.partial(object.__setattr__, evaluation)
    set_("outputs", checked_names(evaluation.outputs, "ValueEvaluation.outputs"))
    shape: tuple[int, ...] | None = None
    for name in ("targets", "values", "rate_values"):
        if getattr(evaluation, name) is None and name == "rate_values":
            continue
        what = f"ValueEvaluation.{name}"
        array = checked_array(getattr(evaluation, name), what, dtype=np.float32, own=True)
        if array.ndim not in (2, 4) or not array.size or shape not in (None, array.shape):
            expected = "(image, output) or images" if shape is None else f"{shape}"
            raise ValidationError(f"{what} have shape {array.shape}; expected {expected}")
        shape = array.shape
        set_(name, array)
    n_values = evaluation.targets[0].size
    if evaluation.outputs and len(evaluation.outputs) != n_values:
        raise ValidationError(
            f"ValueEvaluation.outputs are {counted(len(evaluation.outputs), 'name')}; expected one "
            f"for each of {counted(n_values, 'value')}, or none"
        )
    check_fields(evaluation, in_time=optional(instance(ErrorInTime)))
    check_facts(evaluation, len(evaluation.targets), "in_time")


def values_of(
    record: SpikeRecord,
    targets: Any,
    judge: ValueJudge,
    *,
    rate_values: Any,
    indices: Any,
    groups: Any,
) -> dict[str, Any]:
    """The fields that a record's judge and the targets decide.

    Parameters
    ----------
    record : SpikeRecord
        What a simulator returned.
    targets : (n_images, output) or (n_images, row, column, channel) array
        What was to be given.
    judge : ValueJudge
        What took the outputs while they came.
    rate_values, indices, groups
        As of `ValueEvaluation.of`.

    Raises
    ------
    ValidationError
        If the judge saw other images than the record holds, or none.
    """
    n = record.n_images
    if n == 0 or judge.n_images != n:
        raise ValidationError(
            f"the judge saw {counted(judge.n_images, 'image')}, the record {n}; expected the "
            "same, and one at least"
        )
    targets = checked_array(targets, "targets", dtype=np.float32)
    if targets.ndim not in (2, 4) or targets[:n].size != judge.values.size:
        raise ValidationError(
            f"targets have shape {targets.shape}; the judge took {judge.values.shape} values"
        )
    shape = (n, *targets.shape[1:])
    if rate_values is not None:
        rate_values = checked_array(
            rate_values, "rate_values", shape=("image", judge.values.shape[1]), dtype=np.float32
        )
        if len(rate_values) < n:
            raise ValidationError(
                f"rate_values are of {counted(len(rate_values), 'image')}; record {n}"
            )
        rate_values = rate_values[:n].reshape(shape)
    indices = first_places(indices, "ValueEvaluation.indices", n)
    groups = first_places(groups, "ValueEvaluation.groups", n)
    return {
        "targets": targets[:n],
        "values": judge.values.reshape(shape),
        "in_time": judge.in_time(),
        "rate_values": rate_values,
        "notes": (*record.notes, *cut_notes(n, record.n_asked), *group_notes(groups)),
        "indices": indices,
        "groups": groups,
    }
