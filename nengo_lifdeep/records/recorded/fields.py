"""The fields of a `SpikeRecord`, while it is put together."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import ValidationError
from ...inputs.presentation import timing_or_default
from ...support.arrays.owned_arrays import ReadOnlyDict
from ...support.checks import (
    check_fields,
    checked_names,
    checked_number,
    checked_whole,
    flag,
    text,
)
from ...support.checks.arrays import checked_array
from ...support.words.counted import counted
from ..counters import checked_counters
from ..judge import require_finite

__all__ = ["check_record"]


def check_record(record: Any) -> None:
    """Check, and put into their final form, the fields of a record.

    Parameters
    ----------
    record : SpikeRecord
        While it is built.

    Raises
    ------
    ValidationError
        If the arrays do not fit each other, or one holds what it cannot.
    """
    check_fields(
        record, simulator=text, model=text, presentation=timing_or_default, is_static=flag,
        trained_weights=text, shown_images=text,
    )  # fmt: skip
    timing, n_asked = record.presentation, record.n_asked
    outputs = checked_array(
        record.outputs, "SpikeRecord.outputs", shape=("image", "step", "class"), finite=False,
        dtype=np.float32, own=True,
    )  # fmt: skip
    steps = 1 if timing is None else timing.n_steps
    if outputs.shape[1] not in (steps, 0):
        raise ValidationError(f"outputs have {counted(outputs.shape[1], 'step')}; expected {steps}")
    require_finite(outputs, names=("outputs", "output"))
    set_ = functools.partial(object.__setattr__, record)
    set_("outputs", outputs)
    n = len(outputs)
    for field, check in (
        ("layer_rates", _rates),
        ("image_spikes", _spikes),
        ("rasters", _rows),
    ):
        arrays = getattr(record, field)
        if not isinstance(arrays, Mapping):
            raise ValidationError(
                f"SpikeRecord.{field} is a {type(arrays).__name__}; expected arrays by "
                "population, as a dict"
            )
        checked = {name: check(name, array, n, steps) for name, array in arrays.items()}
        set_(field, ReadOnlyDict(checked))
    for name, rows in record.rasters.items():
        neurons = np.size(record.layer_rates.get(name, ()))
        if len(rows) and rows[:, 2].max() >= neurons:
            raise ValidationError(
                f"population {name!r}: a single spike is of neuron {rows[:, 2].max()}; "
                f"expected one of its {neurons}"
            )
    set_("notes", checked_names(record.notes, "SpikeRecord.notes"))
    for name in ("seconds", "build_seconds"):
        set_(name, checked_number(getattr(record, name), f"SpikeRecord.{name}", low=0))
    n_asked = checked_whole(n_asked, "SpikeRecord.n_asked") or n
    if n_asked < n:
        raise ValidationError(
            f"SpikeRecord.n_asked is {n_asked}, less than the {counted(n, 'image')} recorded"
        )
    set_("n_asked", n_asked)
    set_("counters", checked_counters(record.counters, "SpikeRecord.counters"))
    dense = checked_counters({"dense": record.dense}, "SpikeRecord")["dense"]
    if any(images > n for images in dense.values()):
        raise ValidationError(
            f"SpikeRecord.dense is {record.dense}; there are {counted(n, 'image')}"
        )
    set_("dense", dense)


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
