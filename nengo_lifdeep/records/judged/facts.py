"""What evaluations hold of a run besides its answers: names, timing, rates, spikes and notes."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import ValidationError
from ...inputs.presentation import timing_or_default
from ...support.arrays.owned_arrays import ReadOnlyDict
from ...support.checks import check_fields, checked_names, checked_number, checked_whole, text
from ...support.checks.arrays import checked_array
from ...support.words.counted import counted
from ..counters import checked_counters
from ..finding import Finding
from ..outputs.neurobench import checked_operations
from ..spikes import SpikeRecord

__all__ = ["check_facts", "facts_of", "first_places"]


def check_facts(evaluation: Any, n: int, over_time: str) -> None:
    """Check, and put into their final form, the fields that every evaluation has.

    Parameters
    ----------
    evaluation : Evaluation or ValueEvaluation
        While it is built.
    n : int
        Images that it judges.
    over_time : str
        Name of its field with figures over time.

    Raises
    ------
    ValidationError
        If a field is of another kind, negative, or does not fit the images.
    """
    kind = type(evaluation).__name__
    set_ = functools.partial(object.__setattr__, evaluation)
    set_("notes", checked_names(evaluation.notes, f"{kind}.notes"))
    wrong = [f for f in tuple(evaluation.findings) if not isinstance(f, Finding)]
    if wrong:
        raise ValidationError(f"{kind}.findings hold {wrong[0]!r}; expected Finding")
    set_("findings", tuple(evaluation.findings))
    for name in ("indices", "groups"):
        if getattr(evaluation, name) is not None:
            array = checked_array(
                getattr(evaluation, name), f"{kind}.{name}", kind="whole", shape=(n,), low=0,
                dtype=np.int64, own=True,
            )  # fmt: skip
            set_(name, array)
    check_fields(
        evaluation,
        simulator=text,
        model=text,
        data=text,
        presentation=timing_or_default,
        command=text,
        trained_weights=text,
        shown_images=text,
    )
    timing, found = evaluation.presentation, getattr(evaluation, over_time)
    if found is not None and (timing is None or found.n_steps != timing.n_steps):
        raise ValidationError(
            f"{kind}.{over_time} {'are' if over_time.endswith('s') else 'is'} of {found.n_steps} "
            f"steps; the presentation is {timing}"
        )
    for name in ("layer_rates", "layer_spikes"):
        set_(name, _by_population(getattr(evaluation, name), f"{kind}.{name}"))
    for name in ("mean_rate", "seconds"):
        set_(name, checked_number(getattr(evaluation, name), f"{kind}.{name}", low=0))
    n_asked = checked_whole(evaluation.n_asked, f"{kind}.n_asked") or n
    if n_asked < n:
        raise ValidationError(f"{kind}.n_asked is {n_asked}, less than the {counted(n, 'image')}")
    set_("n_asked", n_asked)
    set_("counters", checked_counters(evaluation.counters, f"{kind}.counters"))
    set_("operations", checked_operations(evaluation.operations, f"{kind}.operations"))


def _by_population(given: Any, what: str) -> ReadOnlyDict:
    if not isinstance(given, Mapping):
        raise ValidationError(
            f"{what} is a {type(given).__name__}; expected figures by population, as a dict"
        )
    return ReadOnlyDict(
        {key: checked_number(value, f"{what}[{key!r}]", low=0) for key, value in given.items()}
    )


def facts_of(record: SpikeRecord) -> dict[str, Any]:
    """The fields that a record decides.

    Parameters
    ----------
    record : SpikeRecord
        What a simulator returned.
    """
    return {
        "simulator": record.simulator,
        "model": record.model,
        "presentation": record.presentation,
        "layer_rates": {k: float(v.mean()) for k, v in record.layer_rates.items()},
        "layer_spikes": {k: float(v.mean()) for k, v in record.image_spikes.items()},
        "mean_rate": record.mean_rate,
        "seconds": record.seconds,
        "n_asked": record.n_asked,
        "counters": record.counters,
        "trained_weights": record.trained_weights,
    }


def first_places(given: Any, what: str, n: int) -> np.ndarray | None:
    """Numbers of the first images, those that were judged; None where they are not given.

    Parameters
    ----------
    given : array of int, optional
        One number for every image that was asked for: a position, or a group.
    what : str
        Name of the field, for the message.
    n : int
        How many images were judged.
    """
    if given is None:
        return None
    return checked_array(given, what, kind="whole", shape=("image",), low=0, dtype=np.int64)[:n]
