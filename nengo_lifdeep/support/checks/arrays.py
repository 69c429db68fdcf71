"""Checks of the arrays that values are made of: each names what is wrong, and where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import LifdeepError, ValidationError
from ..arrays.owned_arrays import adopted, owned
from .shapes import MOST_UNITS

__all__ = ["checked_array", "checked_indices", "checked_numbers", "plain_array"]

_KINDS = {"real": "biuf", "number": "iuf", "whole": "iu"}
_WORDS = {"real": "real numbers", "number": "real numbers", "whole": "whole numbers"}


def plain_array(value: Any, what: str, error: type[LifdeepError] = ValidationError) -> np.ndarray:
    """A plain NumPy array; a masked array only if nothing in it is masked.

    Parameters
    ----------
    value : array_like
        What was given.
    what : str
        Its name in messages.
    error : type
        What is raised.

    Examples
    --------
    >>> plain_array(np.ma.masked_array([1, 2], mask=[False, True]), "labels")
    Traceback (most recent call last):
        ...
    nengo_lifdeep.errors.ValidationError: labels: element [1] is masked (1 of 2 are); there is \
no value to compute with. Drop those elements, or fill them with .filled(value)
    """
    if isinstance(value, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(value)
        if mask.any():
            first = np.argwhere(mask)[0].tolist()
            raise error(
                f"{what}: element {first} is masked ({int(mask.sum())} of {mask.size} are); there "
                "is no value to compute with. Drop those elements, or fill them with "
                ".filled(value)"
            )
        value = value.data
    try:
        return np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as problem:
        raise error(
            f"{what}: {type(value).__name__} cannot become an array ({problem}); expected a NumPy "
            "array of numbers"
        ) from problem


def checked_array(
    value: Any,
    what: str,
    *,
    kind: str = "real",
    shape: Sequence[int | str] | None = None,
    low: float | None = None,
    high: float | None = None,
    finite: bool = True,
    dtype: Any = None,
    own: bool = False,
    error: type[LifdeepError] = ValidationError,
) -> np.ndarray:
    """A read-only array of numbers that fits, or an error that says why it does not.

    Parameters
    ----------
    value : array_like
        What was given; it is not copied where it has the right type already.
    what : str
        Its name in messages, e.g. ``"Evaluation.labels"``.
    kind : {"real", "number", "whole"}
        Numbers, numbers but no booleans, or integers.
    shape : sequence of int or str, optional
        Expected shape; a str names an axis of any length.
    low, high : float, optional
        Least and largest value allowed.
    finite : bool
        Whether NaN and infinity are refused.
    dtype : dtype, optional
        What it becomes.
    own : bool
        Whether it is kept by a value: then it is a copy where somebody else could write to it.
    error : type
        What is raised.

    Raises
    ------
    LifdeepError
        Of the type ``error``: complex numbers, text, objects, masked elements, another shape,
        NaN, or a value out of bounds, with its place.

    Examples
    --------
    >>> checked_array([1, 2], "rates", shape=("neuron",), low=0, dtype=float)
    array([1., 2.])
    """
    array = plain_array(value, what, error)
    if array.dtype.kind not in _KINDS[kind]:
        raise error(f"{what} is of type {array.dtype}; expected {_WORDS[kind]}")
    if shape is not None and not _fits(array.shape, shape):
        raise error(
            f"{what} has shape {array.shape}; expected ({', '.join(map(str, shape))}"
            + (",)" if len(shape) == 1 else ")")
        )
    if finite:
        _finite(array, what, error)
    wide = array.astype(np.float32) if array.dtype == np.float16 else array  # takes any bound
    if low is not None and array.size and wide.min() < low:
        _refuse(array, wide >= low, f"numbers from {low:g} up", what, error)
    if high is not None and array.size and wide.max() > high:
        _refuse(array, wide <= high, f"numbers up to {high:g}", what, error)
    if dtype is not None:
        wanted = np.dtype(dtype)
        if wanted.kind in "iu" and array.size and int(array.max()) > np.iinfo(wanted).max:
            most = np.iinfo(wanted).max
            _refuse(array, array <= most, f"numbers up to {most}", what, error)
        if finite and wanted.kind == "f" and array.size:
            largest = float(np.finfo(wanted).max)
            if max(float(array.max()), -float(array.min())) > largest:
                within = (array <= largest) & (array >= -largest)
                _refuse(array, within, f"numbers up to {largest:.3g}, as {wanted}", what, error)
        array = array.astype(wanted, copy=False)
    if own:
        return owned(array)
    view = array.view()
    view.flags.writeable = False
    return view


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
        Of the value's own: a copy, unless nobody else can write to what was given
        (`owned_arrays.owned`).

    Raises
    ------
    ValidationError
        For text, objects, complex or masked numbers, NaN, infinity, and other shapes.

    Examples
    --------
    >>> checked_numbers([1, 2], "bias", (2,))
    array([1., 2.], dtype=float32)
    """
    axes = None if shape is None else ["n" if size is None else size for size in shape]
    array = checked_array(values, what, kind="number", shape=axes, finite=False)
    if array.dtype not in (np.float32, np.float64):
        exact = array.dtype.kind == "f" and array.dtype.itemsize > 4
        large = array.dtype.kind in "iu" and np.any((array > 2**24) | (array < -(2**24)))
        array = adopted(array.astype(np.float64 if exact or large else np.float32))
    _finite(array, what, ValidationError)
    return owned(array)


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
    array = plain_array(values, what)
    if array.dtype.kind not in "iu" and array.size:
        raise ValidationError(f"{what} have type {array.dtype}; expected integers")
    if array.ndim != 1:
        raise ValidationError(f"{what} have shape {array.shape}; expected one axis")
    wrong = np.flatnonzero((array < low) | (array > high))
    if len(wrong):
        raise ValidationError(
            f"{what} hold {array[wrong[0]]} at place {wrong[0]}; expected {low} to {high}"
        )
    array = array.astype(np.int32 if high <= MOST_UNITS else np.int64, copy=False)
    if type(array.base) is bytes:
        return array
    return np.frombuffer(array.tobytes(), array.dtype)  # bytes stay as they are


def _fits(found: tuple[int, ...], expected: Sequence[int | str]) -> bool:
    return len(found) == len(expected) and all(
        isinstance(want, str) or have == want for have, want in zip(found, expected, strict=True)
    )


def _finite(array: np.ndarray, what: str, error: type[LifdeepError]) -> None:
    if array.dtype.kind == "f":
        with np.errstate(over="ignore", invalid="ignore"):
            total = array.sum(dtype=np.float64)  # no array of booleans, where all is well
        if not math.isfinite(total):
            _refuse(array, np.isfinite(array), "finite numbers", what, error)


def _refuse(
    array: np.ndarray, good: np.ndarray, expected: str, what: str, error: type[LifdeepError]
) -> None:
    bad = np.argwhere(~good)
    if len(bad):
        place = bad[0].tolist()
        raise error(f"{what}: element {place} is {array[tuple(place)]}; expected {expected}")
