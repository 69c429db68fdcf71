"""Parameters and results as JSON and tables hold them: numbers, text, booleans and None."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from pathlib import PurePath
from types import FunctionType
from typing import Any

import numpy as np

from ..errors import ValidationError
from ..jobs.keys import key_of
from ..records import Evaluation, ValueEvaluation
from ..support.checks import shown

__all__ = ["plain_results", "plain_value"]

#: of evaluations: what differs from run to run, and what the parameters say
_NOT_KEPT = ("seconds", "command", "model", "data", "simulator")


def plain_value(value: Any) -> Any:
    """A parameter as it is written: plain values as they are, others in a few words and a key.

    The key is the beginning of `jobs.keys.key_of`, so that different values are different words.

    Parameters
    ----------
    value : object
        The value.

    Raises
    ------
    ValidationError
        If no key can be made of it.

    Examples
    --------
    >>> plain_value(np.float32(0.5)), plain_value(PurePath("a/b")), plain_value((1, ("a", 2)))
    (0.5, 'a/b', '1, (a, 2)')
    >>> plain_value(np.zeros(12)), plain_value(plain_value)
    ('an array of float64 of shape (12,) 6d05c543', 'nengo_lifdeep.sweeps.plain.plain_value')
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, tuple | list) and len(value) <= 8:
        return ", ".join(_inner(each) for each in value)
    if isinstance(value, type | FunctionType):
        return f"{value.__module__}.{value.__qualname__}"
    words = shown(value)
    if " at 0x" in words:  # an address, which is another one in every process
        words = f"a {type(value).__name__}"
    return f"{words} {key_of(value)[:8]}"


def _inner(value: Any) -> str:
    """A value within a sequence."""
    within = isinstance(value, tuple | list) and len(value) <= 8
    return f"({plain_value(value)})" if within else str(plain_value(value))


def plain_results(given: Any) -> dict[str, Any]:
    """What a function gave, as values by name.

    Parameters
    ----------
    given : number, dict, Evaluation or ValueEvaluation
        What it gave.

    Raises
    ------
    ValidationError
        If it is something else, or holds arrays.

    Examples
    --------
    >>> plain_results(np.float64(0.5)), plain_results({"error": 1, "name": "a"})
    ({'value': 0.5}, {'error': 1, 'name': 'a'})
    """
    if isinstance(given, Evaluation | ValueEvaluation):
        return {
            name: value
            for name, value in given.summary().items()
            if name not in _NOT_KEPT and (value is None or isinstance(value, int | float | str))
        }
    if not isinstance(given, Mapping):
        if isinstance(given, numbers.Real | np.bool_) or given is None:
            return {"value": plain_value(given)}
        raise ValidationError(
            f"the function gave {shown(given)}; expected a number, an Evaluation, or a dict of "
            "numbers and text by name"
        )
    for name, value in given.items():
        plain = value is None or isinstance(value, numbers.Real | np.bool_ | str | PurePath)
        if not isinstance(name, str) or not name or not plain:
            raise ValidationError(
                f"the function gave {shown(name)}: {shown(value)}; expected names, and numbers, "
                "text, booleans or None; save arrays in a file of their own"
            )
    return {name: plain_value(value) for name, value in given.items()}
