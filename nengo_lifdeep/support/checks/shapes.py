"""Checks of sizes and shapes: whole numbers, one per axis."""

from __future__ import annotations

import math
from typing import Any

from ...errors import ValidationError
from .numbers import is_whole, whole
from .refusal import refused
from .several import each

__all__ = [
    "MOST_NEURONS",
    "MOST_UNITS",
    "checked_shape",
    "image_shape",
    "pair",
    "sizes",
    "whole_numbers",
]

#: Most neurons, pixels or inputs of one layer: positions are kept in 32 bits.
MOST_UNITS = 2**31 - 1

#: Most neurons of a network, and values of an image on its way through it: 2 GiB of float64.
MOST_NEURONS = 2**28


def sizes(value: Any, what: str) -> tuple[int, ...]:
    """Sizes of an array, each 1 or more.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.

    Examples
    --------
    >>> sizes([28, 28, 1], "shape")
    (28, 28, 1)
    """
    try:
        return each(whole(1), "sizes", least=1)(value, what)
    except ValidationError:
        raise refused(value, what, "sizes such as (28, 28, 1), each 1 or more") from None


def image_shape(value: Any, what: str) -> tuple[int, ...]:
    """Rows, columns and channels of an image, each 1 or more.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.

    Examples
    --------
    >>> image_shape((28, 28, 1), "shape")
    (28, 28, 1)
    """
    found = sizes(value, what)
    if len(found) != 3:
        raise refused(value, what, "three sizes, (row, column, channel)")
    return found


def pair(value: Any, what: str) -> tuple[int, int]:
    """Rows and columns, given as one whole number or as two.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.

    Examples
    --------
    >>> pair(3, "kernel_size"), pair([3, 5], "kernel_size")
    ((3, 3), (3, 5))
    """
    both = (value, value) if is_whole(value) else value
    try:
        rows, columns = each(whole(1), "two")(both, what)
    except (ValidationError, ValueError):
        expected = "a positive integer or a pair of them (rows, columns)"
        raise refused(value, what, expected) from None
    return rows, columns


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
        Entries in all, e.g. `MOST_NEURONS`.

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
        raise ValidationError(
            f"{what} is {sizes}, {math.prod(sizes):,} in all; expected at most {most:,}"
        )
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
        return each(whole(None), "whole numbers")(values, what)
    except ValidationError:
        raise refused(values, what, "whole numbers") from None
