"""Layers that change the size of an image: zeros around it, a part of it, more pixels."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..errors import ValidationError
from ..support.checks import MOST_UNITS, checked, each, is_whole, pair, sizes, whole, word
from ..support.checks.refusal import refused
from .layer import Layer, Pair, Shape, require_image

__all__ = ["Cropping2D", "UpSampling2D", "ZeroPadding2D"]

#: ((rows before, after), (columns before, after)) of an image
Border = tuple[tuple[int, int], tuple[int, int]]


def _side(value: Any, what: str) -> tuple[int, int]:
    """One number for both ends of an axis, or two."""
    pixels = whole(0, MOST_UNITS)
    if is_whole(value):
        return pixels(value, what), pixels(value, what)
    before, after = each(pixels, "two")(value, what)
    return before, after


def _border(value: Any, what: str) -> Border:
    """One number for all sides, one for rows and one for columns, or two of each, as in Keras."""
    try:
        rows, cols = each(_side, "two")((value, value) if is_whole(value) else value, what)
    except (ValidationError, ValueError):
        expected = "pixels >= 0: a number, (rows, columns), or ((before, after), (before, after))"
        raise refused(value, what, expected) from None
    return rows, cols


@dataclasses.dataclass(frozen=True)
class ZeroPadding2D(Layer):
    """Zeros around an image.

    Parameters
    ----------
    padding : int, (int, int) or ((int, int), (int, int))
        Pixels: on all sides, by rows and columns, or ((top, bottom), (left, right)).

    Examples
    --------
    >>> ZeroPadding2D(((0, 1), (2, 2))).output_shape((8, 8, 3))
    (9, 12, 3)
    """

    padding: Any = 1

    stem = "padding"
    allowed = {**Layer.allowed, "padding": _border}

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        """Rows and columns with the zeros around them; channels stay."""
        require_image(self, shape, (1, 1), "same")
        rows, cols = (n + sum(border) for n, border in zip(shape, self.padding, strict=False))
        return rows, cols, shape[2]

    def describe(self) -> str:
        """The zeros on all four sides."""
        return f"ZeroPadding2D {self.padding}"


@dataclasses.dataclass(frozen=True)
class Cropping2D(Layer):
    """An image without its border.

    Parameters
    ----------
    cropping : int, (int, int) or ((int, int), (int, int))
        Pixels: on all sides, by rows and columns, or ((top, bottom), (left, right)).

    Examples
    --------
    >>> Cropping2D((1, 2)).output_shape((8, 8, 3))
    (6, 4, 3)
    """

    cropping: Any = 1

    stem = "cropping"
    allowed = {**Layer.allowed, "cropping": _border}

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        """Rows and columns that are left; channels stay."""
        require_image(self, shape, (1, 1), "same")
        rows, cols = (n - sum(border) for n, border in zip(shape, self.cropping, strict=False))
        if min(rows, cols) < 1:
            raise self._refuse(f"cropping is {self.cropping}; nothing would be left of {shape}")
        return rows, cols, shape[2]

    def describe(self) -> str:
        """The pixels cut off on all four sides."""
        return f"Cropping2D {self.cropping}"


@dataclasses.dataclass(frozen=True)
class UpSampling2D(Layer):
    """More pixels: each several times, or values between them.

    Parameters
    ----------
    size : int or (int, int)
        How many times as many rows and columns.
    interpolation : {"nearest", "bilinear"}
        As in Keras.

    Examples
    --------
    >>> UpSampling2D(2).output_shape((8, 8, 3))
    (16, 16, 3)
    """

    size: Pair = (2, 2)
    interpolation: str = "nearest"

    stem = "upsampling"
    allowed = {**Layer.allowed, "size": pair, "interpolation": word("nearest", "bilinear")}

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        """``size`` times the rows and columns; channels stay."""
        require_image(self, shape, (1, 1), "same")
        return shape[0] * self.size[0], shape[1] * self.size[1], shape[2]

    def describe(self) -> str:
        """Size and interpolation, e.g. ``"UpSampling2D 2x2 nearest"``."""
        return f"UpSampling2D {self.size[0]}x{self.size[1]} {self.interpolation}"
