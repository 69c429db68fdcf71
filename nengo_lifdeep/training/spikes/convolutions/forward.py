"""Convolutions as sums over the spikes of their input, in Numba."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....support.compilation import compiled
from .lists import Plane, listed
from .vectors import LANES, add_rows

__all__ = ["add", "convolve"]


@compiled
def add(
    target: Any, i: int, source: Any, shift: int, places: Any, values: Any, begin: int, end: int,
    n: int,
) -> None:  # fmt: skip
    """`add_rows` of any number of vectors, four at a time.

    Parameters
    ----------
    target, i, source, shift, places, values, begin, end
        As `add_rows` has them.
    n : int
        Number of vectors of a row.
    """
    whole = n - n % 4
    for k in range(0, whole * LANES, 4 * LANES):
        add_rows(target, i + k, source, shift + k, places, values, begin, end, 4)
    i, shift, n = i + whole * LANES, shift + whole * LANES, n - whole
    if n == 1:
        add_rows(target, i, source, shift, places, values, begin, end, 1)
    elif n == 2:
        add_rows(target, i, source, shift, places, values, begin, end, 2)
    elif n == 3:
        add_rows(target, i, source, shift, places, values, begin, end, 3)


@compiled
def convolve(x: Any, kernel: Any, p: Plane, begin: int, end: int, out: Any) -> None:
    """Convolve some images.

    An output pixel has the spikes of a row of the kernel next to each other in the list, and their
    weights at a constant distance from their places: one sum in registers.

    Parameters
    ----------
    x : (images * rows * columns * channels,) array of float
        All input images.
    kernel : array of float
        ``(kernel_row, kernel_column, channel, filter)`` in one piece, filters filled up to whole
        vectors.
    p : Plane
        Sizes.
    begin, end : int
        First image, and the one after the last.
    out : (images * out_rows * out_columns * filters,) array of float
        All output images, of which those are written.
    """
    n_vectors = (p.filters + LANES - 1) // LANES
    width, row = n_vectors * LANES, p.columns * p.channels
    where, value = np.empty(row * p.rows, np.int64), np.empty(row * p.rows, x.dtype)
    first = np.empty((p.rows, p.columns + 1), np.int64)
    sums = np.empty(p.out_rows * p.out_columns * width, x.dtype)
    for image in range(begin, end):
        e = 0
        for y in range(p.rows):
            k = e
            e = listed(x, (image * p.rows + y) * row, row, where, value, e)
            for column in range(p.columns):
                first[y, column] = k
                while k < e and where[k] < (column + 1) * p.channels:
                    where[k] *= width
                    k += 1
            first[y, p.columns] = e
        sums[:] = 0
        for ky in range(p.kernel_rows):
            for oy in range(max(0, p.top - ky), min(p.out_rows, p.rows + p.top - ky)):
                y = oy - p.top + ky
                for ox in range(p.out_columns):
                    left = ox - p.left
                    a = first[y, max(0, left)]
                    b = first[y, min(p.columns, left + p.kernel_columns)]
                    if b > a:
                        shift = (ky * p.kernel_columns - left) * p.channels * width
                        to = (oy * p.out_columns + ox) * width
                        add(sums, to, kernel, shift, where, value, a, b, n_vectors)
        start = image * p.out_rows * p.out_columns * p.filters
        for pixel in range(p.out_rows * p.out_columns):
            to, of = start + pixel * p.filters, pixel * width
            out[to : to + p.filters] = sums[of : of + p.filters]
