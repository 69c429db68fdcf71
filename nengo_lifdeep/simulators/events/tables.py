"""Where a spike goes: the rows of weights that it adds to the currents of the next layer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...layers.types import Shape
from ...stages.sparse import product_up_to
from ...stages.types import (
    AveragePool,
    Convolution,
    DenseMatrix,
    Elementwise,
    LocalWindows,
    Stage,
)
from ...stages.windowed import Windowed
from ..vectors.layout import Layout, aligned

__all__ = [
    "GROUP",
    "FanOut",
    "Pooling",
    "fan_out",
    "joint_fan_out",
    "no_fan_out",
    "no_pooling",
    "pooling",
]

#: Rows that are listed at once.
GROUP = 4

#: Weights up to which stages in a row have a table.
_MOST_ENTRIES = 2**21


class FanOut(NamedTuple):
    """Fan-out of every input of one linear stage, as whole rows of filters.

    Input ``i`` is channel ``i % channels`` of pixel ``i // channels``. For every ``k`` from
    ``first[pixel]`` to ``first[pixel + 1]`` it adds ``length`` weights, from
    ``row[k] + channel_row[channel]`` on, to the currents from ``target[k] +
    channel_target[channel]`` on. Pixels at a border have fewer rows: padding costs nothing.
    ``shift`` is the logarithm of ``channels`` to base 2 where that is whole, else -1. No pixel has
    more than ``most`` rows, a multiple of `GROUP`; after the last one's are as many empty entries,
    so that from every pixel on ``most`` may be read.

    Parameters
    ----------
    channels : int
        Channels of a pixel of the input.
    shift : int
        Logarithm of ``channels`` to base 2, or -1.
    most : int
        Largest number of rows of a pixel, rounded up to a multiple of `GROUP`.
    first : (pixel + 1,) array of int
        Where the rows of each pixel begin.
    target : (row,) array of int
        First current of each row.
    row : (row,) array of int
        First weight of each row.
    channel_target, channel_row : (channel,) arrays of int
        Offsets of each channel.
    weights : array of float
        The weights, in rows of ``length``.
    length : int
        Weights of a row.
    """

    channels: int
    shift: int
    most: int
    first: np.ndarray
    target: np.ndarray
    row: np.ndarray
    channel_target: np.ndarray
    channel_row: np.ndarray
    weights: np.ndarray
    length: int

    @property
    def mean_additions(self) -> float:
        """Weights that a spike of an average input adds, filling included."""
        return int(self.first[-1]) / (len(self.first) - 1) * self.length


class Pooling(NamedTuple):
    """Average pooling: an input adds ``share[k]`` to cell ``target[k] + channel``.

    Parameters
    ----------
    channels : int
        Channels of a pixel.
    first : (pixel + 1,) array of int
        Where the entries of each pixel begin.
    target : (entry,) array of int
        First cell of each entry.
    share : (entry,) array of float
        Share of each entry in its cell.
    n_cells : int
        Number of cells.
    """

    channels: int
    first: np.ndarray
    target: np.ndarray
    share: np.ndarray
    n_cells: int


def fan_out(stage: Stage, scale: float, dtype: type[np.floating]) -> FanOut | None:
    """The fan-out table of a stage, its weights times ``scale``; None where it has only `apply`.

    Parameters
    ----------
    stage : Stage
        The linear stage.
    scale : float
        Factor on the weights.
    dtype : numpy.float32 or numpy.float64
        Type of the numbers.

    Examples
    --------
    >>> table = fan_out(DenseMatrix((3,), np.ones((3, 2), np.float32)), 1.0, np.float32)
    >>> table.length, table.row.shape, table.channel_row.tolist()
    (16, (5,), [0, 16, 32])
    """
    rows = _ROWS.get(type(stage))
    return None if rows is None else rows(stage, scale, dtype)


def joint_fan_out(
    stages: tuple[Stage, ...], shape: Shape, scale: float, dtype: type[np.floating]
) -> FanOut | None:
    """The fan-out table of stages in a row, weight by weight; None where it would be large.

    Parameters
    ----------
    stages : tuple of Stage
        In order.
    shape : tuple of int
        Shape of the neurons that they lead to.
    scale : float
        Factor on the weights.
    dtype : numpy.float32 or numpy.float64
        Type of the numbers.
    """
    matrix = product_up_to(stages, _MOST_ENTRIES)
    if matrix is None:
        return None
    layout, unit = Layout.of(shape), matrix.indices
    none = np.zeros(1, np.int64)
    return FanOut(
        1,
        0,
        *_readable(
            matrix.indptr.astype(np.int32),
            unit // layout.channels * layout.width + unit % layout.channels,
            np.arange(unit.size),
        ),
        none.astype(np.int32),
        none,
        aligned((matrix.data * np.float64(scale)).astype(dtype)),
        1,
    )


def no_fan_out(dtype: type[np.floating]) -> FanOut:
    """The table that stands where no spike arrives.

    Parameters
    ----------
    dtype : numpy.float32 or numpy.float64
        Type of the numbers.
    """
    ints, longs = np.zeros(0, np.int32), np.zeros(0, np.int64)
    return FanOut(1, 0, 0, ints, ints, longs, ints, longs, np.zeros(0, dtype), 0)


def pooling(stage: AveragePool, dtype: type[np.floating]) -> Pooling:
    """The table of an average pool, borders clipped.

    Parameters
    ----------
    stage : AveragePool
        The pool.
    dtype : numpy.float32 or numpy.float64
        Type of the numbers.
    """
    channels = stage.input_shape[2]
    links = _links(stage)
    first, target, _ = _by_pixel(links)
    cells, inside = np.unique(target, return_counts=True)
    per_cell = np.zeros(cells.max() + 1)
    per_cell[cells] = 1 / inside
    return Pooling(
        channels,
        first,
        (target * channels).astype(np.int32),
        per_cell[target].astype(dtype),
        math.prod(stage.output_shape),
    )


def no_pooling(dtype: type[np.floating]) -> Pooling:
    """The table that stands where there is no pool.

    Parameters
    ----------
    dtype : numpy.float32 or numpy.float64
        Type of the numbers.
    """
    nothing = np.zeros(0, np.int32)
    return Pooling(1, np.zeros(1, np.int32), nothing, nothing.astype(dtype), 0)


def _whole_log2(n: int) -> int:
    return n.bit_length() - 1 if n & (n - 1) == 0 else -1


def _links(stage: Windowed, own_kernels: bool = False) -> np.ndarray:
    """``(input pixel, window, 2)``: output pixel and kernel entry; -1 where there is none."""
    n_pixels = math.prod(stage.input_shape[:2])
    sources = stage.sources(1)[..., 0]  # (rows, cols, window rows, window cols)
    out = np.arange(sources.shape[0] * sources.shape[1])
    window = sources.shape[2] * sources.shape[3]
    sources = sources.reshape(len(out), window)
    kernel = np.broadcast_to(np.arange(window), sources.shape)
    if own_kernels:
        kernel = out[:, None] * window + kernel
    pairs = np.stack([np.broadcast_to(out[:, None], sources.shape), kernel], axis=-1)
    inside = sources >= 0
    order = np.argsort(sources[inside], kind="stable")
    counts = np.bincount(sources[inside], minlength=n_pixels)
    links = np.full((n_pixels, counts.max(initial=1), 2), -1)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    links[sources[inside][order], rank] = pairs[inside][order]
    return links


def _by_pixel(links: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    inside = links[..., 0] >= 0
    first = np.concatenate([[0], np.cumsum(inside.sum(axis=1))]).astype(np.int32)
    return first, links[inside][:, 0], links[inside][:, 1]


def _readable(
    first: np.ndarray, target: np.ndarray, row: np.ndarray
) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """``most``, ``first``, ``target`` and ``row`` of a `FanOut`, with the empty entries."""
    most = -(-int(np.diff(first).max(initial=0)) // GROUP) * GROUP
    return (
        most,
        first,
        np.pad(target, (0, most)).astype(np.int32),
        np.pad(row, (0, most)).astype(np.int64),
    )


def _table(
    kernels: np.ndarray, links: np.ndarray, filters: int, scale: float, dtype: type[np.floating]
) -> FanOut:
    """Table for kernels ``(entry, channel, filter)``, their filters filled up to whole vectors."""
    entries, channels, _ = kernels.shape
    width = Layout(1, filters).width
    weights = np.zeros((entries, channels, width), dtype)
    weights[..., :filters] = kernels * np.float64(scale)
    first, target, entry = _by_pixel(links)
    return FanOut(
        channels,
        _whole_log2(channels),
        *_readable(first, target * width, entry * channels * width),
        np.zeros(channels, np.int32),
        (np.arange(channels) * width).astype(np.int64),
        aligned(weights.ravel()),
        width,
    )


def _all_to_all(stage: DenseMatrix, scale: float, dtype: type[np.floating]) -> FanOut:
    filters = stage.matrix.shape[1]
    return _table(stage.matrix[None], np.zeros((1, 1, 2), np.int64), filters, scale, dtype)


def _local(stage: LocalWindows, scale: float, dtype: type[np.floating]) -> FanOut:
    filters = stage.kernel.shape[3]
    kernels = stage.kernel.reshape(-1, stage.input_shape[2], filters)
    return _table(kernels, _links(stage, own_kernels=True), filters, scale, dtype)


def _shared(stage: Convolution, scale: float, dtype: type[np.floating]) -> FanOut:
    if stage.groups > 1:
        return _grouped(stage, scale, dtype)
    kernels = stage.kernel.reshape(-1, *stage.kernel.shape[2:])
    return _table(kernels, _links(stage), stage.kernel.shape[3], scale, dtype)


def _one_to_one(stage: Elementwise, scale: float, dtype: type[np.floating]) -> FanOut:
    """One weight per spike: rows of length 1, the same for all pixels."""
    shape = stage.input_shape
    channels, pixels = shape[-1], math.prod(shape[:-1])
    return FanOut(
        channels,
        _whole_log2(channels),
        *_readable(
            np.arange(pixels + 1, dtype=np.int32),
            np.arange(pixels) * Layout.of(shape).width,
            np.zeros(pixels, np.int64),
        ),
        np.arange(channels, dtype=np.int32),
        np.arange(channels, dtype=np.int64),
        aligned((np.broadcast_to(stage.weight, (channels,)) * np.float64(scale)).astype(dtype)),
        1,
    )


def _grouped(stage: Convolution, scale: float, dtype: type[np.floating]) -> FanOut:
    """Rows of one group's filters only, not filled up: they stand between other groups' filters."""
    channels, filters = stage.input_shape[2], stage.kernel.shape[3]
    per_group, in_group = filters // stage.groups, channels // stage.groups
    kernel = stage.kernel.reshape(-1, in_group, stage.groups, per_group)
    weights = np.moveaxis(kernel, 2, 1) * np.float64(scale)  # (entry, group, channel, filter)
    first, target, entry = _by_pixel(_links(stage))
    group = np.arange(channels) // in_group
    return FanOut(
        channels,
        _whole_log2(channels),
        *_readable(first, target * Layout(1, filters).width, entry * channels * per_group),
        (group * per_group).astype(np.int32),
        (np.arange(channels) * per_group).astype(np.int64),
        aligned(weights.astype(dtype).ravel()),
        per_group,
    )


#: Fan-out of single spikes, by type of stage. The others are computed by `Stage.apply`.
_ROWS: dict[type[Stage], Callable[[Any, float, type[np.floating]], FanOut]] = {
    DenseMatrix: _all_to_all,
    LocalWindows: _local,
    Convolution: _shared,
    Elementwise: _one_to_one,
}
