"""Checks of the arrays and numbers that values are made of: each names what is wrong, and where."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import LifdeepError, ValidationError
from .arguments import is_real, is_whole, shown

__all__ = [
    "checked_array",
    "checked_names",
    "checked_number",
    "checked_whole",
    "plain_array",
    "read_only",
]

_KINDS = {"real": "biuf", "whole": "iu"}
_WORDS = {"real": "real numbers", "whole": "whole numbers"}


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
    error: type[LifdeepError] = ValidationError,
) -> np.ndarray:
    """A read-only array of numbers that fits, or an error that says why it does not.

    Parameters
    ----------
    value : array_like
        What was given; it is not copied where it has the right type already.
    what : str
        Its name in messages, e.g. ``"Evaluation.labels"``.
    kind : {"real", "whole"}
        Numbers, or integers (booleans are refused).
    shape : sequence of int or str, optional
        Expected shape; a str names an axis of any length.
    low, high : float, optional
        Least and largest value allowed.
    finite : bool
        Whether NaN and infinity are refused.
    dtype : dtype, optional
        What it becomes.
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
    if finite and array.dtype.kind == "f" and not math.isfinite(array.sum(dtype=np.float64)):
        _refuse(array, np.isfinite(array), "finite numbers", what, error)
    if low is not None and array.size and array.min() < low:
        _refuse(array, array >= low, f"numbers from {low:g} up", what, error)
    if high is not None and array.size and array.max() > high:
        _refuse(array, array <= high, f"numbers up to {high:g}", what, error)
    if dtype is not None:
        wanted = np.dtype(dtype)
        if wanted.kind in "iu" and array.size and array.max() > np.iinfo(wanted).max:
            most = np.iinfo(wanted).max
            _refuse(array, array <= most, f"numbers up to {most}", what, error)
        array = array.astype(wanted, copy=False)
    return read_only(array)


def read_only(array: np.ndarray) -> np.ndarray:
    """A view that cannot be written through.

    Parameters
    ----------
    array : array
        The array, of any shape.
    """
    view = array.view()
    view.flags.writeable = False
    return view


def checked_number(
    value: Any,
    what: str,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    error: type[LifdeepError] = ValidationError,
) -> float:
    """A finite number within bounds, as a float.

    Parameters
    ----------
    value : float
        The number.
    what : str
        Name of the value in the error message.
    low, high : float
        The bounds, which are allowed values.
    error : type of LifdeepError
        Type of the error to raise.

    Examples
    --------
    >>> checked_number(np.float32(0.5), "share", low=0, high=1)
    0.5
    """
    if not is_real(value) or not math.isfinite(value) or not low <= value <= high:
        bounds = [f"at least {low:g}"] if low > -math.inf else []
        bounds += [f"at most {high:g}"] if high < math.inf else []
        wanted = " and ".join(["a finite number", *bounds]) if bounds else "a finite number"
        raise error(f"{what} is {shown(value)}; expected {wanted}")
    return float(value)


def checked_whole(
    value: Any, what: str, *, low: int = 0, error: type[LifdeepError] = ValidationError
) -> int:
    """A whole number of at least ``low``.

    Parameters
    ----------
    value : int
        The number.
    what : str
        Name of the value in the error message.
    low : int
        The smallest allowed value.
    error : type of LifdeepError
        Type of the error to raise.

    Examples
    --------
    >>> checked_whole(np.int64(3), "n_images")
    3
    """
    if not is_whole(value) or value < low:
        least = f", at least {low}" if low > -(2**62) else ""
        raise error(f"{what} is {shown(value)}; expected a whole number{least}")
    return int(value)


def checked_names(
    value: Any, what: str, error: type[LifdeepError] = ValidationError
) -> tuple[str, ...]:
    """Several texts as a tuple; one text alone would become its letters, and is refused.

    Parameters
    ----------
    value : sequence of str
        The texts.
    what : str
        Name of the value in the error message.
    error : type of LifdeepError
        Type of the error to raise.
    """
    if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__iter__"):
        raise error(f"{what} is {shown(value)}; expected several names, such as ('cat', 'dog')")
    found = tuple(value) if getattr(value, "ndim", 1) == 1 else (value,)
    if not all(isinstance(name, str) for name in found):
        raise error(f"{what} is {shown(value)}; expected several names, such as ('cat', 'dog')")
    return tuple(map(str, found))


def _fits(found: tuple[int, ...], expected: Sequence[int | str]) -> bool:
    return len(found) == len(expected) and all(
        isinstance(want, str) or have == want for have, want in zip(found, expected, strict=True)
    )


def _refuse(
    array: np.ndarray, good: np.ndarray, expected: str, what: str, error: type[LifdeepError]
) -> None:
    bad = np.argwhere(~good)
    if len(bad):
        place = bad[0].tolist()
        raise error(f"{what}: element {place} is {array[tuple(place)]}; expected {expected}")
