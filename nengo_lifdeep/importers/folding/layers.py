"""Linear layers that graphs hold and that our layers say only in company: the importers' own.

They stand in nodes beside our layers; `region.folded` merges them into layers with weights.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from ...errors import UnsupportedLayerError
from ...layers.types import Layer, Shape

__all__ = ["Affine", "AxisMaps", "Maxima", "Windows", "pool_matrix", "uniform_pool"]


@dataclasses.dataclass(frozen=True)
class Affine(Layer):
    """``x * scale + shift``; both are arrays that fit the end of the shape of an image.

    Parameters
    ----------
    name : str
        Name of the layer.
    """


@dataclasses.dataclass(frozen=True)
class Windows(Layer):
    """A convolution with explicit zeros around the image.

    Its arrays are ``kernel (row, column, channel / groups, filter)`` and, if any, ``bias``.

    Parameters
    ----------
    filters : int
        Number of output channels.
    kernel_size, strides : (int, int)
        Rows and columns, in pixels.
    pads : ((int, int), (int, int))
        Zeros before and after the rows and the columns; negative ones crop.
    groups : int
        Groups of channels that do not see each other.
    """

    filters: int = 1
    kernel_size: tuple[int, int] = (1, 1)
    strides: tuple[int, int] = (1, 1)
    pads: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))
    groups: int = 1

    has_weights = True

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of an image after it.

        Parameters
        ----------
        shape : (row, column, channel)
            Of the image before it.
        """
        if len(shape) != 3:
            raise self._refuse(f"input has shape {shape}; expected an image (row, column, channel)")
        sizes = zip(shape, self.pads, self.kernel_size, self.strides, strict=False)
        rows, cols = ((n + sum(pad) - k) // s + 1 for n, pad, k, s in sizes)
        if min(rows, cols) < 1:
            raise self._refuse(
                f"window {self.kernel_size} does not fit into input {shape} with padding "
                f"{self.pads}"
            )
        return rows, cols, self.filters

    def describe(self) -> str:
        """Its padding, which our own layers do not have in this form."""
        return f"a convolution with padding {self.pads}"


@dataclasses.dataclass(frozen=True)
class AxisMaps(Layer):
    """The same matrix on every column of every channel, and another on every row.

    Pooling, padding of any kind, cropping and upsampling are such maps. Their arrays are ``rows
    (row after, row)`` and ``cols (column after, column)``.

    Parameters
    ----------
    what : str
        How an error calls it.
    after : (int, int)
        Rows and columns after it.
    """

    what: str = ""
    after: tuple[int, int] = (1, 1)

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of an image after it.

        Parameters
        ----------
        shape : (row, column, channel)
            Of the image before it.
        """
        if len(shape) != 3:
            raise self._refuse(f"input has shape {shape}; expected an image (row, column, channel)")
        return (*self.after, shape[2])

    def describe(self) -> str:
        """What it was in the graph."""
        return self.what


@dataclasses.dataclass(frozen=True)
class Maxima(Layer):
    """Largest value of each window, of the pixels inside the image.

    Parameters
    ----------
    pool_size, strides : (int, int)
        Rows and columns of a window, and steps between windows, in pixels.
    pads : ((int, int), (int, int))
        Pixels outside the image that windows reach to, before and after.
    before, after : (int, int)
        Rows and columns of the image, and of the maxima.
    """

    pool_size: tuple[int, int] = (1, 1)
    strides: tuple[int, int] = (1, 1)
    pads: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))
    before: tuple[int, int] = (1, 1)
    after: tuple[int, int] = (1, 1)

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of an image after it.

        Parameters
        ----------
        shape : (row, column, channel)
            Of the image before it.
        """
        return (*self.after, shape[2])

    def describe(self) -> str:
        """Window and padding, which our own layers do not have in this form."""
        return f"max pooling of {self.pool_size} with padding {self.pads}"


def pool_matrix(
    size: int, window: int, stride: int, pads: tuple[int, int], counted: bool, ceil: bool
) -> np.ndarray:
    """Averages along one axis, ``(after, before)``.

    Parameters
    ----------
    size, window, stride : int
        Length of the axis, of a window, and the step between windows, in pixels.
    pads : (int, int)
        Zeros before and after.
    counted : bool
        Whether the zeros count in the average (``count_include_pad``).
    ceil : bool
        Whether a last window may reach over the end (``ceil_mode``); what is beyond the zeros
        never counts.

    Raises
    ------
    UnsupportedLayerError
        If no window fits, or one sees no pixel.

    Examples
    --------
    >>> pool_matrix(4, 3, 2, (0, 0), True, True).round(2)
    array([[0.33, 0.33, 0.33, 0.  ],
           [0.  , 0.  , 0.5 , 0.5 ]])
    """
    room = size + sum(pads) - window
    after = (math.ceil(room / stride) if ceil else room // stride) + 1
    if ceil and (after - 1) * stride >= size + pads[0]:
        after -= 1  # a window must begin inside
    if after < 1:
        raise UnsupportedLayerError(f"a window of {window} does not fit into {size} pixels")
    matrix = np.zeros((after, size))
    for i in range(after):
        first = i * stride - pads[0]
        seen = range(max(first, 0), min(first + window, size))
        number = min(first + window, size + pads[1]) - first if counted else len(seen)
        if not seen:
            raise UnsupportedLayerError(f"window {i + 1} of the average sees padding only")
        matrix[i, seen.start : seen.stop] = 1 / number
    return matrix


def uniform_pool(matrix: np.ndarray) -> tuple[np.ndarray, int, tuple[int, int]] | None:
    """One kernel, a stride and the zeros around that are the same as a matrix of one axis.

    Parameters
    ----------
    matrix : (after, before) array
        The map of one axis.

    Returns
    -------
    (kernel, stride, pads), or None if no sliding window is this map.

    Examples
    --------
    >>> uniform_pool(pool_matrix(4, 3, 1, (1, 1), True, False))
    (array([0.33333333, 0.33333333, 0.33333333]), 1, (1, 1))
    """
    after, size = matrix.shape
    rows = [np.flatnonzero(row) for row in matrix]
    seen = [i for i, row in enumerate(rows) if len(row)]
    if not seen:
        return None
    width = max(int(rows[i][-1] - rows[i][0]) + 1 for i in seen)
    complete = [i for i in seen if rows[i][-1] - rows[i][0] + 1 == width]
    anchor = complete[0]
    kernel = matrix[anchor, rows[anchor][0] : rows[anchor][0] + width]
    pairs = zip(complete, complete[1:], strict=False)
    steps = {int(rows[b][0] - rows[a][0]) // (b - a) for a, b in pairs}
    strides = sorted(steps) or range(1, size + 1)
    for stride in strides:
        before = anchor * stride - int(rows[anchor][0])
        trailing = (after - 1) * stride + width - size - before
        if stride < 1 or before < 0:
            continue
        made = np.zeros((after, max(before + size + max(trailing, 0), 1)))
        for i in range(after):
            made[i, i * stride : i * stride + width] = kernel
        if np.allclose(made[:, before : before + size], matrix, rtol=1e-9, atol=0):
            return kernel, int(stride), (before, trailing)
    return None
