"""Lists of the spikes of images, in Numba.

Images are ``(image, row, column, channel)`` in one piece of memory. A number that is not 0 counts
as a spike of that height, so that nothing here assumes what spikes are.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ....support.compilation import compiled
from .vectors import LANES, lowest, nonzero

__all__ = ["Plane", "by_channel", "count", "listed", "surround"]


class Plane(NamedTuple):
    """Sizes of a convolution of stride 1.

    Parameters
    ----------
    rows, columns, channels : int
        Of an input image.
    kernel_rows, kernel_columns, filters : int
        Of the kernel.
    out_rows, out_columns : int
        Of an output image.
    top, left : int
        Zeros before the first row and column of an input image.
    """

    rows: int
    columns: int
    channels: int
    kernel_rows: int
    kernel_columns: int
    filters: int
    out_rows: int
    out_columns: int
    top: int
    left: int


@compiled
def count(x: Any) -> int:
    """How many numbers are not 0.

    Parameters
    ----------
    x : (n,) array of float
        The numbers.
    """
    n, whole = 0, len(x) - len(x) % LANES
    for i in range(0, whole, LANES):
        bits = nonzero(x, i)
        while bits != 0:
            bits &= bits - 1
            n += 1
    for i in range(whole, len(x)):
        n += x[i] != 0
    return n


@compiled
def listed(x: Any, start: int, n: int, where: Any, value: Any, e: int) -> int:
    """List places, from 0, and values of what is not 0 in ``x[start : start + n]``.

    Parameters
    ----------
    x : (size,) array of float
        The numbers.
    start, n : int
        First one, and how many.
    where, value : (size,) array of int64, and of float
        The list.
    e : int
        Entry of the list to begin with.

    Returns
    -------
    int
        The entry after the last.
    """
    whole = n - n % LANES
    for i in range(0, whole, LANES):
        bits = nonzero(x, start + i)
        while bits != 0:
            place = i + lowest(bits)
            where[e], value[e] = place, x[start + place]
            bits &= bits - 1
            e += 1
    for place in range(whole, n):
        if x[start + place] != 0:
            where[e], value[e] = place, x[start + place]
            e += 1
    return e


@compiled
def by_channel(
    x: Any, image: int, p: Plane, row: int, where: Any, place: Any, value: Any, last: Any,
    scratch: Any,
) -> int:  # fmt: skip
    """List the spikes of an image, channel by channel, and where their errors begin.

    Parameters
    ----------
    x : (images * rows * columns * channels,) array of float
        All input images.
    image : int
        Which.
    p : Plane
        Sizes.
    row : int
        Numbers in a row of errors with a border (`surround`).
    where, place : (size,) array of int64
        Of every spike its place in the image, and that in the errors of the last row and column
        of the kernel.
    value : (size,) array of float
        Its height.
    last : (channels + 1,) array of int64
        Of every channel the entry after its last.
    scratch : (size,) array of int64
        Memory for the places in the order of pixels.

    Returns
    -------
    int
        Number of spikes.
    """
    size = p.rows * p.columns * p.channels
    n = listed(x, image * size, size, scratch, value, 0)
    last[:] = 0
    for e in range(n):
        last[scratch[e] % p.channels + 1] += 1
    for channel in range(p.channels):
        last[channel + 1] += last[channel]
    for e in range(n):  # `last` moves from the first of a channel to the last
        pixel = scratch[e] // p.channels
        channel, y = scratch[e] - pixel * p.channels, pixel // p.columns
        to = last[channel]
        place[to] = y * row + (pixel - y * p.columns) * p.filters
        where[to] = scratch[e]
        last[channel] += 1
    for e in range(n):
        value[e] = x[image * size + where[e]]
    return n


@compiled
def surround(errors: Any, image: int, p: Plane, row: int, around: Any) -> None:
    """Copy the errors of an image into a border of zeros, wide enough for every place of a kernel.

    Parameters
    ----------
    errors : (images * out_rows * out_columns * filters,) array of float
        Gradients of all output images.
    image : int
        Which.
    p : Plane
        Sizes.
    row : int
        Numbers in a row with its border, ``(columns + kernel_columns - 1) * filters``.
    around : array of float
        The copy, of ``rows + kernel_rows - 1`` rows; its border is there already.
    """
    n = p.out_columns * p.filters
    for y in range(p.out_rows):
        of = (image * p.out_rows + y) * n
        to = (y + p.kernel_rows - 1 - p.top) * row + (p.kernel_columns - 1 - p.left) * p.filters
        around[to : to + n] = errors[of : of + n]
