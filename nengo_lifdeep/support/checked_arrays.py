"""Arrays and shapes that a value holds: checked when it is built, whoever builds it."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ..errors import ValidationError

__all__ = [
    "MOST_UNITS",
    "as_array",
    "checked_indices",
    "checked_numbers",
    "checked_shape",
    "whole_numbers",
]

#: Most neurons, pixels or inputs of one layer: positions are kept in 32 bits.
MOST_UNITS = 2**31 - 1


def checked_numbers(
    values: Any, what: str, shape: tuple[int | None, ...] | None = None
) -> np.ndarray:
    """Finite real numbers as an array that cannot be written to.

    Parameters
    ----------
    values : array_like
        Float32 and float64 stay what they are, other real numbers become float32 (whole numbers
        beyond 2^24, and longer floats, float64).
    what : str
        For the message, e.g. ``"layer 'conv1': kernel"``.
    shape : tuple of int or None, optional
        What is expected; None stands for any length.

    Returns
    -------
    array
        A view of what was given where that was right already, not a copy.

    Raises
    ------
    ValidationError
        For text, objects, complex or masked numbers, NaN, infinity, and other shapes.

    Examples
    --------
    >>> checked_numbers([1, 2], "bias", (2,))
    array([1., 2.], dtype=float32)
    """
    if isinstance(values, np.ma.MaskedArray) and np.ma.getmaskarray(values).any():
        raise ValidationError(f"{what} is a masked array; fill it first, e.g. filled(0)")
    array = as_array(values, what)
    if array.dtype.kind not in "fiu":
        raise ValidationError(f"{what} has type {array.dtype}; expected real numbers")
    if shape is not None and not _fits(array.shape, shape):
        expected = " x ".join("n" if n is None else str(n) for n in shape)
        raise ValidationError(
            f"{what} has shape {array.shape}; expected {expected or 'one number'}"
        )
    if array.dtype not in (np.float32, np.float64):
        exact = array.dtype.kind == "f" and array.dtype.itemsize > 4
        large = array.dtype.kind in "iu" and np.any((array > 2**24) | (array < -(2**24)))
        array = array.astype(np.float64 if exact or large else np.float32)
    if not np.isfinite(array).all():
        raise ValidationError(f"{what} holds NaN or infinity; expected finite numbers")
    return _frozen(array)


def checked_indices(values: Any, what: str, low: int, high: int) -> np.ndarray:
    """Whole numbers from ``low`` to ``high``, as a copy that cannot be written to.

    They become addresses; nobody can make the copy writeable again.

    Parameters
    ----------
    values : array_like of int
        The numbers.
    what : str
        Name of the value in the error message.
    low, high : int
        Smallest and largest number.

    Raises
    ------
    ValidationError
        For other types than integers, more than one axis, and numbers out of range.

    Examples
    --------
    >>> checked_indices([0, 2], "targets", 0, 2)
    array([0, 2], dtype=int32)
    """
    array = as_array(values, what)
    if array.dtype.kind not in "iu" and array.size:
        raise ValidationError(f"{what} have type {array.dtype}; expected integers")
    if array.ndim != 1:
        raise ValidationError(f"{what} have shape {array.shape}; expected one axis")
    wrong = np.flatnonzero((array < low) | (array > high))
    if len(wrong):
        raise ValidationError(
            f"{what} hold {array[wrong[0]]} at place {wrong[0]}; expected {low} to {high}"
        )
    array = array.astype(np.int32 if high <= MOST_UNITS else np.int64)
    return np.frombuffer(array.tobytes(), array.dtype)  # bytes stay as they are


def checked_shape(
    shape: Any, what: str, axes: tuple[int, ...] = (1, 3), most: float = math.inf
) -> tuple[int, ...]:
    """A shape as a tuple of Python's integers.

    Parameters
    ----------
    shape : sequence of int
        All positive.
    what : str
        For the message.
    axes : tuple of int
        How many there may be.
    most : int, optional
        Entries in all, e.g. `MOST_UNITS`.

    Raises
    ------
    ValidationError
        Unless it is one, and of at most so many entries.
    """
    sizes = whole_numbers(shape, what)
    if len(sizes) not in axes or min(sizes, default=0) < 1:
        expected = " or ".join({1: "(units,)", 3: "(rows, columns, channels)"}[n] for n in axes)
        raise ValidationError(f"{what} is {sizes}; expected {expected}, each 1 or more")
    if math.prod(sizes) > most:
        raise ValidationError(f"{what} is {sizes}; expected at most {most:,} in all")
    return sizes


def whole_numbers(values: Any, what: str) -> tuple[int, ...]:
    """A tuple of Python's integers; `ValidationError` for other numbers and booleans.

    Parameters
    ----------
    values : sequence of int
        The numbers.
    what : str
        Name of the value in the error message.
    """
    try:
        found = tuple(values)
        if any(isinstance(value, bool | np.bool_) for value in found):
            raise TypeError
        return tuple(operator.index(value) for value in found)
    except TypeError:
        raise ValidationError(f"{what} is {values!r}; expected whole numbers") from None


def as_array(values: Any, what: str) -> np.ndarray:
    """Any array; `ValidationError` for what NumPy cannot convert, e.g. rows of unequal length.

    Parameters
    ----------
    values : array_like
        The values.
    what : str
        Name of the value in the error message.
    """
    try:
        return np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValidationError(f"{what} is no array of numbers ({error})") from error


def _fits(given: tuple[int, ...], expected: tuple[int | None, ...]) -> bool:
    return len(given) == len(expected) and all(
        n is None or n == m for m, n in zip(given, expected, strict=True)
    )


def _frozen(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view
