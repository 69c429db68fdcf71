"""Checks of whole and real numbers within bounds."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

from ...errors import LifdeepError, ValidationError
from .refusal import Check, raised_as, refused

__all__ = [
    "MOST_SEED",
    "checked_number",
    "checked_whole",
    "is_real",
    "is_whole",
    "real",
    "seed",
    "whole",
]

#: largest seed that every generator of random numbers takes
MOST_SEED = 2**32 - 1


def is_of_numpy(value: Any, *names: str) -> bool:
    """Whether its type is one of these of NumPy, which is not imported here.

    Parameters
    ----------
    value : object
        What was given.
    *names : str
        Names of types, e.g. ``"bool_"``.
    """
    return type(value).__module__ == "numpy" and type(value).__name__ in names


def is_whole(value: Any) -> bool:
    """Whether it is an integer of Python or NumPy; booleans and durations are none.

    Parameters
    ----------
    value : object
        What was given.
    """
    if type(value).__module__ == "numpy":  # not imported here; its durations are integers to it
        return isinstance(value, Integral) and type(value).__name__ != "timedelta64"
    return isinstance(value, int) and not isinstance(value, bool)


def is_real(value: Any) -> bool:
    """Whether it is a whole number or a float of Python or NumPy.

    Parameters
    ----------
    value : object
        What was given.
    """
    of_numpy = type(value).__module__ == "numpy" and not isinstance(value, Integral)
    return is_whole(value) or isinstance(value, float) or (of_numpy and isinstance(value, Real))


def whole(low: int | None = 0, high: int | None = None) -> Check:
    """Whole numbers from ``low`` to ``high``.

    Parameters
    ----------
    low : float, optional
        Smallest value that is allowed.
    high : float, optional
        Largest value that is allowed.

    Examples
    --------
    >>> import numpy as np
    >>> whole(1)(np.int64(3), "n")
    3
    >>> whole(1)(True, "n")
    Traceback (most recent call last):
        ...
    nengo_lifdeep.errors.ValidationError: n is True; expected a whole number, at least 1
    """
    bounds = _bounds(low, high)

    def check(value: Any, what: str) -> int:
        if (
            not is_whole(value)
            or not (low is None or low <= value)
            or not (high is None or value <= high)
        ):
            raise refused(value, what, f"a whole number{bounds}")
        return int(value)

    return check


def seed(value: Any, what: str) -> int:
    """A seed of random numbers.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.

    Examples
    --------
    >>> seed(0, "seed")
    0
    """
    return int(whole(0, MOST_SEED)(value, what))


def real(
    low: float = -math.inf,
    high: float = math.inf,
    *,
    above: float = -math.inf,
    below: float = math.inf,
    infinite: bool = False,
    unit: str = "",
) -> Check:
    """Numbers within bounds: ``low`` and ``high`` belong to them, ``above`` and ``below`` do not.

    Parameters
    ----------
    low : float, optional
        Smallest value that is allowed.
    high : float, optional
        Largest value that is allowed.
    above : float
        Values are larger than this.
    below : float
        Values are smaller than this.
    infinite : bool
        Whether infinity is allowed.
    unit : str
        Unit, for messages.

    Examples
    --------
    >>> real(above=0, unit="seconds")(-1.0, "dt")
    Traceback (most recent call last):
        ...
    nengo_lifdeep.errors.ValidationError: dt is -1.0; expected a finite number above 0, in seconds
    """
    outer = [f" above {above:g}"] if above > -math.inf else []
    outer += [f" below {below:g}"] if below < math.inf else []
    closed = _bounds(low if low > -math.inf else None, high if high < math.inf else None)
    expected = "a number" if infinite else "a finite number"
    expected += " and".join(outer) + closed + (f", in {unit}" if unit else "")

    def check(value: Any, what: str) -> int | float:
        if not is_real(value):
            raise refused(value, what, expected)
        inside = low <= value <= high and above < value < below
        if math.isinf(value):
            inside = infinite and low <= value <= high
        if not inside:
            raise refused(value, what, expected)
        return value if type(value) in (int, float) else float(value)

    return check


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
    >>> import numpy as np
    >>> checked_number(np.float32(0.5), "share", low=0, high=1)
    0.5
    """
    with raised_as(error):
        return float(real(low, high)(value, what))


def checked_whole(
    value: Any, what: str, *, low: int | None = 0, error: type[LifdeepError] = ValidationError
) -> int:
    """A whole number of at least ``low``, as one of Python.

    Parameters
    ----------
    value : int
        The number.
    what : str
        Name of the value in the error message.
    low : int or None
        The smallest allowed value.
    error : type of LifdeepError
        Type of the error to raise.

    Examples
    --------
    >>> import numpy as np
    >>> checked_whole(np.int64(3), "n_images")
    3
    """
    with raised_as(error):
        return int(whole(low)(value, what))


def _bounds(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" from {low:g} to {high:g}"
    if low is not None:
        return f", at least {low:g}"
    return "" if high is None else f", at most {high:g}"
