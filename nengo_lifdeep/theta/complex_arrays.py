"""Arrays of complex numbers that are checked as those of real ones are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ValidationError
from ..support.checks.arrays import plain_array

__all__ = ["checked_state", "complex_array"]

#: how far a state may be outside of the unit circle by rounding
_ROUNDING = 1e-9


def complex_array(value: Any, what: str, shape: tuple[int | None, ...] | None = None) -> NDArray:
    """Finite complex numbers of a shape, as an array of complex128.

    Parameters
    ----------
    value : array_like
        Real numbers are complex too.
    what : str
        Its name in messages.
    shape : tuple of int or None, optional
        Expected shape; None stands for any length. Any shape by default.

    Raises
    ------
    ValidationError
        For other types, masked elements, another shape, NaN and infinity.

    Examples
    --------
    >>> complex_array([1, 2j], "z", (2,))
    array([1.+0.j, 0.+2.j])
    """
    array = plain_array(value, what)
    fits = shape is None or (
        array.ndim == len(shape)
        and all(n is None or n == m for n, m in zip(shape, array.shape, strict=True))
    )
    if array.dtype.kind not in "iufc" or not fits or not np.all(np.isfinite(array)):
        wanted = "" if shape is None else "".join(f"{n} " for n in shape if n is not None)
        raise ValidationError(
            f"{what} has type {array.dtype} and shape {array.shape}; expected {wanted}finite "
            "complex numbers"
            + ("" if shape is None else f" along {len(shape)} axes, one for every class")
        )
    return np.array(array, dtype=complex)


def checked_state(z: Any, n: int) -> NDArray:
    """A state, within the unit circle: outside of it rates would be negative.

    Parameters
    ----------
    z : (n,) array_like of complex
        Mean of ``exp(i theta)`` of every class.
    n : int
        Number of classes.

    Raises
    ------
    ValidationError
        If it is no array of so many complex numbers of size at most 1.
    """
    z = complex_array(z, "z", (n,))
    outside = np.abs(z) > 1 + _ROUNDING
    if np.any(outside):
        first = int(np.argmax(outside))
        raise ValidationError(
            f"z[{first}] is {z[first]:.6g}; expected a mean of exp(i theta), at most 1 in size"
        )
    return z
