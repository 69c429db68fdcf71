"""Gradients of convolutions as sums over the spikes of their input, in Numba."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....support.compilation import compiled
from .forward import add
from .lists import Plane, by_channel, surround
from .vectors import LANES, dot

__all__ = ["errors_at_spikes", "kernel_errors"]

#: Spikes per channel after which the sums of a kernel's gradient are put aside: sums of sums lose
#: less than one long sum.
_SPIKES = 256


@compiled
def kernel_errors(x: Any, errors: Any, p: Plane, begin: int, end: int, total: Any) -> None:
    """Gradient of the kernel, of some images.

    A spike adds the errors of ``kernel_columns`` output pixels, which lie next to each other, to a
    row of the kernel in reversed order.

    Parameters
    ----------
    x : (images * rows * columns * channels,) array of float
        All input images.
    errors : (images * out_rows * out_columns * filters,) array of float
        Gradients of all output images.
    p : Plane
        Sizes.
    begin, end : int
        First image, and the one after the last.
    total : array of float
        ``(kernel_row, channel, reversed kernel_column and filter)`` in one piece, the last axis
        filled up to four vectors; overwritten.
    """
    n_vectors = 4 * ((p.kernel_columns * p.filters + 4 * LANES - 1) // (4 * LANES))
    length, size = n_vectors * LANES, p.rows * p.columns * p.channels
    row = (p.columns + p.kernel_columns - 1) * p.filters
    where, scratch = np.empty(size, np.int64), np.empty(size, np.int64)
    place, value = np.empty(size, np.int64), np.empty(size, x.dtype)
    last = np.empty(p.channels + 1, np.int64)
    around = np.zeros((p.rows + p.kernel_rows - 1) * row + 4 * LANES, x.dtype)
    sums = np.zeros(len(total), x.dtype)
    total[:] = 0
    waiting = 0
    for image in range(begin, end):
        n = by_channel(x, image, p, row, where, place, value, last, scratch)
        surround(errors, image, p, row, around)
        for ky in range(p.kernel_rows):
            a, shift = 0, (p.kernel_rows - 1 - ky) * row
            for channel in range(p.channels):
                b = last[channel]
                if b > a:
                    to = (ky * p.channels + channel) * length
                    add(sums, to, around, shift, place, value, a, b, n_vectors)
                a = b
        waiting += n
        if waiting >= _SPIKES * p.channels or image == end - 1:
            waiting = 0
            for k in range(len(total)):
                total[k] += sums[k]
                sums[k] = 0


@compiled
def errors_at_spikes(
    x: Any, errors: Any, kernel: Any, p: Plane, begin: int, end: int, out: Any
) -> None:
    """Gradient of the input, of some images, where the input has spikes; 0 elsewhere.

    Parameters
    ----------
    x : (images * rows * columns * channels,) array of float
        All input images.
    errors : (images * out_rows * out_columns * filters,) array of float
        Gradients of all output images.
    kernel : array of float
        As ``total`` of `kernel_errors`, with zeros in the filling.
    p : Plane
        Sizes.
    begin, end : int
        First image, and the one after the last.
    out : (images * rows * columns * channels,) array of float
        Gradients of all input images, of which those are written.
    """
    n_blocks = (p.kernel_columns * p.filters + 4 * LANES - 1) // (4 * LANES)
    length, size = n_blocks * 4 * LANES, p.rows * p.columns * p.channels
    row = (p.columns + p.kernel_columns - 1) * p.filters
    where, scratch = np.empty(size, np.int64), np.empty(size, np.int64)
    place, value = np.empty(size, np.int64), np.empty(size, x.dtype)
    last = np.empty(p.channels + 1, np.int64)
    around = np.zeros((p.rows + p.kernel_rows - 1) * row + 4 * LANES, x.dtype)
    step = p.channels * length
    for image in range(begin, end):
        by_channel(x, image, p, row, where, place, value, last, scratch)
        surround(errors, image, p, row, around)
        start, a = image * size, 0
        out[start : start + size] = 0
        for channel in range(p.channels):
            for e in range(a, last[channel]):
                of = place[e] + (p.kernel_rows - 1) * row
                out[start + where[e]] = dot(
                    around, of, -row, kernel, channel * length, step, p.kernel_rows, n_blocks
                )
            a = last[channel]
