"""Where a spike goes: the rows of weights that it adds to the currents of the next layer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...layers.types import Shape
from ...stages.sparse import product_up_to
from ...stages.types import (
    Convolution,
    DenseMatrix,
    Elementwise,
    LocalWindows,
    Stage,
)
from ..vectors.layout import Layout, aligned
from .links import by_pixel, links_of

__all__ = [
    "GROUP",
    "FanOut",
    "fan_out",
    "joint_fan_out",
    "no_fan_out",
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
        aligned(_scaled(matrix.data, scale).astype(dtype)),
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


def _scaled(weights: np.ndarray, scale: float) -> np.ndarray:
    """In float64 whatever the weights are: NumPy 1 would keep a product with float32 there."""
    return np.multiply(weights, scale, dtype=np.float64)


def _whole_log2(n: int) -> int:
    return n.bit_length() - 1 if n & (n - 1) == 0 else -1


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
    weights[..., :filters] = _scaled(kernels, scale)
    first, target, entry = by_pixel(links)
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
    return _table(kernels, links_of(stage, own_kernels=True), filters, scale, dtype)


def _shared(stage: Convolution, scale: float, dtype: type[np.floating]) -> FanOut:
    if stage.groups > 1:
        return _grouped(stage, scale, dtype)
    kernels = stage.kernel.reshape(-1, *stage.kernel.shape[2:])
    return _table(kernels, links_of(stage), stage.kernel.shape[3], scale, dtype)


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
        aligned(_scaled(np.broadcast_to(stage.weight, (channels,)), scale).astype(dtype)),
        1,
    )


def _grouped(stage: Convolution, scale: float, dtype: type[np.floating]) -> FanOut:
    """Rows of one group's filters only, not filled up: they stand between other groups' filters."""
    channels, filters = stage.input_shape[2], stage.kernel.shape[3]
    per_group, in_group = filters // stage.groups, channels // stage.groups
    kernel = stage.kernel.reshape(-1, in_group, stage.groups, per_group)
    weights = _scaled(np.moveaxis(kernel, 2, 1), scale)  # (entry, group, channel, filter)
    first, target, entry = by_pixel(links_of(stage))
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
