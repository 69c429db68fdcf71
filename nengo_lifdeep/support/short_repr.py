"""A short repr for values that hold arrays: their kind and size, not every number."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from .consoles import visible

__all__ = ["short_repr"]

#: characters that one field may take
_WIDTH = 60


def short_repr(value: Any) -> str:
    """One line for a dataclass: arrays by type and shape, collections by their keys or length.

    Assigned in the class, ``__repr__ = short_repr``; `dataclasses` leaves it alone then.

    Parameters
    ----------
    value : dataclass
        The value.

    Examples
    --------
    >>> @dataclasses.dataclass(frozen=True, eq=False)
    ... class Weights:
    ...     name: str
    ...     kernel: np.ndarray
    ...     __repr__ = short_repr
    >>> Weights("conv1", np.zeros((3, 3, 1, 16)))
    Weights(name='conv1', kernel=<float64 array (3, 3, 1, 16)>)
    """
    parts = [
        f"{field.name}={_short(getattr(value, field.name))}"
        for field in dataclasses.fields(value)
        if field.repr
    ]
    return f"{type(value).__name__}({', '.join(parts)})"


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"<{value.dtype} array {value.shape}>"
    if isinstance(value, str):
        return repr(value) if len(value) <= _WIDTH else f"{value[: _WIDTH - 3]!r}..."
    if isinstance(value, Mapping):
        return "{" + _listed([str(key) for key in value]) + "}"
    if isinstance(value, tuple | list | set | frozenset):
        return _collection(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        text = repr(value)
        return text if len(text) <= 2 * _WIDTH else f"<{type(value).__name__}>"
    text = repr(value)
    return text if len(text) <= _WIDTH else f"<{type(value).__name__}>"


def _collection(value: Any) -> str:
    plain = all(isinstance(each, str | int | float | bool | np.number) for each in value)
    text = repr(value)[: _WIDTH + 1] if plain and len(value) <= 100 else "." * (_WIDTH + 1)
    if len(text) <= _WIDTH:
        return text
    kinds = {type(each).__name__ for each in value}
    return f"<{len(value)} {kinds.pop() if len(kinds) == 1 else 'item'}s>"


def _listed(names: list[str]) -> str:
    text = visible(", ".join(names))
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..., {len(names)} keys"
