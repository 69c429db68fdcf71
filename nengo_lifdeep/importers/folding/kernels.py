"""Linear maps that follow each other, as one: products of kernels, matrices and scales.

All arithmetic is in float64; what cannot be merged exactly is not merged.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...layers.types import Shape
from ...stages.grouping import full_kernel
from ...support.short_repr import short_repr

__all__ = ["Kernel", "Matrix", "merged", "pulled_back", "summed"]

_NO_PADS = ((0, 0), (0, 0))

#: largest number of weights of a merged layer
MOST_WEIGHTS = 2**27


@dataclasses.dataclass(frozen=True, eq=False)
class Kernel:
    """A convolution: ``kernel (row, column, channel / groups, filter)``, zeros around the image.

    Parameters
    ----------
    kernel : (row, column, channel of a group, filter) array
        The weights.
    bias : (filter,) array
        Added after it.
    strides : (int, int)
        Rows and columns.
    pads : ((int, int), (int, int))
        Zeros before and after the rows and the columns.
    groups : int
        Groups of channels.
    """

    kernel: np.ndarray
    bias: np.ndarray
    strides: tuple[int, int] = (1, 1)
    pads: tuple[tuple[int, int], tuple[int, int]] = _NO_PADS
    groups: int = 1

    __repr__ = short_repr

    @property
    def is_pointwise(self) -> bool:
        """Whether every pixel is mapped for itself."""
        return self.kernel.shape[:2] == (1, 1) and self.strides == (1, 1) and self.pads == _NO_PADS

    @property
    def is_by_channel(self) -> bool:
        """Whether every channel is mapped to itself alone."""
        return self.groups == self.kernel.shape[3] and self.kernel.shape[2] == 1

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of an image after it.

        Parameters
        ----------
        shape : (row, column, channel)
            Of the image before it.
        """
        sizes = zip(shape, self.pads, self.kernel.shape, self.strides, strict=False)
        rows, cols = ((n + sum(pad) - k) // s + 1 for n, pad, k, s in sizes)
        return rows, cols, self.kernel.shape[3]

    def scaled(self, scale: np.ndarray, shift: np.ndarray) -> Kernel:
        """Followed by ``x * scale + shift`` of every channel.

        Parameters
        ----------
        scale, shift : (filter,) arrays
            One number per channel.
        """
        return dataclasses.replace(self, kernel=self.kernel * scale, bias=self.bias * scale + shift)


@dataclasses.dataclass(frozen=True, eq=False)
class Matrix:
    """A dense layer: ``kernel (input, unit)`` of flattened images, and a bias.

    Parameters
    ----------
    kernel : (input, unit) array
        The weights.
    bias : (unit,) array
        Added after it.
    """

    kernel: np.ndarray
    bias: np.ndarray

    __repr__ = short_repr


def merged(first: Kernel, second: Kernel) -> Kernel | None:
    """Two convolutions as one, or None where the zeros between them make it inexact.

    Parameters
    ----------
    first, second : Kernel
        The second takes what the first gives.
    """
    pads = first.pads
    if second.pads != _NO_PADS:  # zeros of the second are zeros of the image only without a bias
        if not first.is_pointwise or np.any(first.bias != 0):
            return None
        pads = second.pads
    outer, groups = second.kernel, first.groups
    k1, k2, s1 = first.kernel.shape[:2], second.kernel.shape[:2], first.strides
    rows, cols = (a + (b - 1) * s for a, b, s in zip(k1, k2, s1, strict=True))
    inner = first.kernel
    if second.is_by_channel:
        whole = np.zeros((rows, cols, *inner.shape[2:]))
        parts = lambda i, j: inner * outer[i, j, 0]  # noqa: E731
    elif first.is_by_channel:
        groups = second.groups
        whole = np.zeros((rows, cols, *outer.shape[2:]))
        by_group = inner[:, :, 0].reshape(*k1, groups, -1)  # (row, column, group, channel of it)
        each = np.repeat(by_group, outer.shape[3] // groups, axis=2).swapaxes(2, 3)
        parts = lambda i, j: each * outer[i, j]  # noqa: E731
    else:
        inner, outer = full_kernel(inner, first.groups), full_kernel(outer, second.groups)
        groups = 1
        whole = np.zeros((rows, cols, inner.shape[2], outer.shape[3]))
        parts = lambda i, j: inner @ outer[i, j]  # noqa: E731
    if whole.size > MOST_WEIGHTS:
        return None
    for i in range(k2[0]):
        for j in range(k2[1]):
            at = (slice(i * s1[0], i * s1[0] + k1[0]), slice(j * s1[1], j * s1[1] + k1[1]))
            whole[at] += parts(i, j)
    passed = full_kernel(second.kernel, second.groups).sum((0, 1))
    strides = (s1[0] * second.strides[0], s1[1] * second.strides[1])
    return Kernel(whole, first.bias @ passed + second.bias, strides, pads, groups)


def pulled_back(first: Kernel, matrix: Matrix, shape: Shape) -> Matrix | None:
    """A convolution and a dense layer as one dense layer; None if it were too large.

    Parameters
    ----------
    first : Kernel
        The convolution.
    matrix : Matrix
        Of its flattened output.
    shape : (row, column, channel)
        Of the image before both.
    """
    units = matrix.kernel.shape[1]
    if np.prod(shape, dtype=float) * units > MOST_WEIGHTS:
        return None
    after = first.output_shape(shape)
    kernel = full_kernel(first.kernel, first.groups)
    seen = matrix.kernel.reshape(*after, units)
    (top, bottom), (left, right) = ((max(a, 0), max(b, 0)) for a, b in first.pads)
    whole = np.zeros((shape[0] + top + bottom, shape[1] + left + right, shape[2], units))
    cut = [-min(pad[0], 0) for pad in first.pads]
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            rows, cols = (
                slice(c + at, c + at + (n - 1) * s + 1, s)
                for c, at, n, s in zip(cut, (i, j), after, first.strides, strict=False)
            )
            whole[rows, cols] += np.einsum("ab,rcbu->rcau", kernel[i, j], seen, optimize=True)
    inside = whole[top : top + shape[0], left : left + shape[1]]
    bias = matrix.bias + np.einsum("b,rcbu->u", first.bias, seen, optimize=True)
    return Matrix(inside.reshape(-1, units), bias)


def summed(one: Kernel, other: Kernel) -> Kernel | None:
    """Two convolutions of one image, their outputs added; None if their strides differ.

    Parameters
    ----------
    one, other : Kernel
        Of the same image, with outputs of the same shape.
    """
    if one.strides != other.strides:
        return None
    both = [one, other]
    pads = []
    sizes = []
    for axis in (0, 1):
        front = max(k.pads[axis][0] for k in both)
        size = max(k.kernel.shape[axis] + front - k.pads[axis][0] for k in both)
        ends = [k.pads[axis][1] + size - k.kernel.shape[axis] - front + k.pads[axis][0]
                for k in both]  # fmt: skip
        pads.append((front, max(ends)))
        sizes.append(size)
    parts = []
    for k in both:
        kernel = full_kernel(k.kernel, k.groups)
        before = [pads[axis][0] - k.pads[axis][0] for axis in (0, 1)]
        widths = [(b, n - b - m) for b, n, m in zip(before, sizes, kernel.shape, strict=False)]
        parts.append(np.pad(kernel, [*widths, (0, 0), (0, 0)]))
    return Kernel(parts[0] + parts[1], one.bias + other.bias, one.strides, (pads[0], pads[1]))
