"""Our arrays in NIR's layout: channels first, square kernels, equal padding on both sides."""

from __future__ import annotations

import math

import numpy as np

from ...errors import ConversionError
from ...layers.types import Shape
from ...stages.types import Convolution

__all__ = ["channels_first", "image_first", "rows_first", "symmetric"]

#: pixels that a kernel may be widened by
_WIDEST = 8


def channels_first(shape: Shape) -> tuple[int, ...]:
    """(row, column, channel) as (channel, row, column); a flat shape as it is.

    Parameters
    ----------
    shape : tuple of int
        Shape of an image or of flat values.

    Examples
    --------
    >>> channels_first((32, 24, 3))
    (3, 32, 24)
    """
    return (shape[2], *shape[:2]) if len(shape) == 3 else tuple(shape)


def symmetric(stage: Convolution) -> tuple[np.ndarray, tuple[int, int]]:
    """A square kernel, and padding that is the same before and after; zeros in it do that.

    NIR's own inference of shapes takes a kernel's rows for its columns too.

    Parameters
    ----------
    stage : Convolution
        The convolution.

    Raises
    ------
    ConversionError
        If no such kernel exists.
    """
    axes = list(
        zip(stage.geometry(), stage.input_shape[:2], stage.window, stage.strides, strict=True)
    )
    for side in range(max(stage.window), max(stage.window) + _WIDEST):
        found = [_widening(*axis, side) for axis in axes]
        if None not in found:
            (row_pad, rows), (col_pad, cols) = (each for each in found if each is not None)
            return np.pad(stage.kernel, [rows, cols, (0, 0), (0, 0)]), (row_pad, col_pad)
    raise ConversionError(f"padding of {stage.window} every {stage.strides} has no twin in NIR")


def _widening(
    geometry: tuple[int, int], size: int, kernel: int, stride: int, side: int
) -> tuple[int, tuple[int, int]] | None:
    """Padding of an axis, and zeros before and after its kernel, for a kernel of ``side``."""
    length, before = geometry
    for pad in range(before, before + side - kernel + 1):
        front = pad - before
        if (size + 2 * pad - side) // stride + 1 == length:
            return pad, (front, side - kernel - front)
    return None


def image_first(values: np.ndarray) -> np.ndarray:
    """(row, column, channel) to (channel, row, column).

    Parameters
    ----------
    values : (row, column, channel) array
        The values of an image.
    """
    moved = values.transpose(2, 0, 1) if values.ndim == 3 else values
    return np.ascontiguousarray(moved, dtype=np.float32)


def rows_first(matrix: np.ndarray, shape: Shape) -> np.ndarray:
    """Rows of a matrix, which are the pixels of an image, in the order of channels first.

    Parameters
    ----------
    matrix : (row * column * channel, k) array
        The matrix.
    shape : (row, column, channel)
        Shape of the image.
    """
    if len(shape) != 3:
        return matrix
    image = np.asarray(matrix).reshape(*shape, -1)
    return image.transpose(2, 0, 1, 3).reshape(math.prod(shape), -1)
