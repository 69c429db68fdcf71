"""Figures under NeuroBench's names: algorithm track, with modelled energy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import ValidationError
from ...support.arrays.owned_arrays import ReadOnlyDict
from ...support.checks import checked_number, checked_whole, shown

__all__ = ["LABEL", "checked_operations", "neurobench_figures"]

#: what NeuroBench's rules ask to be said of figures that no chip has measured
LABEL = "algorithm track, energy modelled"


_WHOLE = ("neurons", "steps", "dense", "parameters", "bytes", "weights", "zeros")
_OF_INPUT = ("effective", "once", "dense", "steps")


def checked_operations(given: Any, what: str) -> ReadOnlyDict:
    """Counted operations in their final form; empty where none were counted.

    Parameters
    ----------
    given : dict
        As `energy.operations.operations_of` gives them.
    what : str
        Name of the field, for the message.

    Raises
    ------
    ValidationError
        If a figure is missing, no number, negative or not finite.
    """
    if not isinstance(given, Mapping):
        raise ValidationError(f"{what} is {shown(given)}; expected counted operations, as a dict")
    if not given:
        return ReadOnlyDict({})
    wanted = {*_WHOLE, "spikes", "events", "input", "joules"}
    if set(given) != wanted:
        raise ValidationError(f"{what} are {sorted(given)}; expected {sorted(wanted)}")
    found: dict[str, Any] = {n: checked_whole(given[n], f"{what}[{n!r}]") for n in _WHOLE}
    found["spikes"] = checked_number(given["spikes"], f"{what}['spikes']", low=0)
    for name in ("events", "joules"):
        found[name] = _numbers(given[name], f"{what}[{name!r}]")
    first = given["input"]
    if not isinstance(first, Mapping) or set(first) != {*_OF_INPUT, "is_spikes"}:
        raise ValidationError(f"{what}['input'] is {shown(first)}; expected {_OF_INPUT}")
    numbers = dict(_numbers({n: first[n] for n in _OF_INPUT}, f"{what}['input']"))
    whole = {n: checked_whole(first[n], f"{what}['input'][{n!r}]") for n in ("dense", "steps")}
    found["input"] = ReadOnlyDict({**numbers, **whole, "is_spikes": bool(first["is_spikes"])})
    return ReadOnlyDict(found)


def _numbers(given: Any, what: str) -> ReadOnlyDict:
    if not isinstance(given, Mapping):
        raise ValidationError(f"{what} is {shown(given)}; expected numbers by name")
    return ReadOnlyDict({n: checked_number(v, f"{what}[{n!r}]", low=0) for n, v in given.items()})


def neurobench_figures(
    operations: Mapping[str, Any], scores: Mapping[str, float]
) -> dict[str, Any]:
    """Counted operations under the names that NeuroBench's harness gives them.

    Parameters
    ----------
    operations : dict
        What ``evaluate(..., operations=True)`` has counted.
    scores : dict of str to float
        What the network's answers are worth, by NeuroBench's names.

    Raises
    ------
    ValidationError
        If nothing was counted.

    Examples
    --------
    >>> counted = {"events": {"a": 8.0}, "spikes": 2.0, "neurons": 5, "steps": 10, "dense": 30,
    ...            "input": {"effective": 40.0, "once": 4.0, "dense": 10, "is_spikes": False,
    ...                      "steps": 1},
    ...            "parameters": 35, "bytes": 140, "zeros": 3, "weights": 30, "joules": {}}
    >>> found = neurobench_figures(counted, {"ClassificationAccuracy": 0.9})
    >>> found["SynapticOperations"]
    {'Effective_MACs': 40.0, 'Effective_ACs': 8.0, 'Dense': 300.0}
    >>> found["SynapticOperations, first layer once"]
    {'Effective_MACs': 4.0, 'Effective_ACs': 8.0, 'Dense': 210.0}
    >>> found["ActivationSparsity"], found["ConnectionSparsity"]
    (0.96, 0.1)
    """
    if not operations:
        raise ValidationError(
            "operations were not counted, so NeuroBench's figures are not known; evaluate in a "
            "simulator with spikes and with operations=True (on the command line --operations)"
        )
    counted = dict(operations)
    first, steps = counted["input"], counted["steps"]
    places = counted["neurons"] * steps
    silent = max(0.0, 1 - counted["spikes"] / places) if places else 0.0
    return {
        "label": LABEL,
        "Footprint": counted["bytes"],
        "ParameterCount": counted["parameters"],
        "ConnectionSparsity": round(counted["zeros"] / max(counted["weights"], 1), 4),
        **scores,
        "ActivationSparsity": silent,
        "SynapticOperations": _synaptic(counted, first["effective"], steps),
        "SynapticOperations, first layer once": _synaptic(counted, first["once"], first["steps"]),
        "joules per image": dict(counted["joules"]),
    }


def _synaptic(counted: Mapping[str, Any], of_input: float, input_steps: int) -> dict[str, float]:
    """Operations per image, with the first layer computed so many times."""
    first, events = counted["input"], float(sum(counted["events"].values()))
    hidden = (counted["dense"] - first["dense"]) * counted["steps"]
    return {
        "Effective_MACs": 0.0 if first["is_spikes"] else of_input,
        "Effective_ACs": events + (of_input if first["is_spikes"] else 0.0),
        "Dense": float(hidden + first["dense"] * input_steps),
    }
