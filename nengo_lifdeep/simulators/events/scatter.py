"""Numba kernels that add incoming spikes, pooled cells and given currents to the currents."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..vectors.compilation import compiled
from ..vectors.layout import LANES
from ..vectors.operations import add_four, add_row, add_rows
from .tables import GROUP

__all__ = ["BLOCK", "add_dense", "pool", "scatter"]

#: Inputs whose rows are listed before any is added: few enough for the first cache.
BLOCK = 64


@compiled
def scatter(
    inputs: Any, values: Any, start: int, stop: int, channels: int, shift: int, length: int,
    most: int, first: Any, target: Any, row: Any, channel_target: Any, channel_row: Any,
    weights: Any, to: Any, of: Any, by: Any, p: Any,
) -> None:  # fmt: skip
    """Add the rows of weights of some inputs, times their values (empty: one each), to ``p``.

    The rows of a block of inputs are listed first and added then, so that neither loop has an end
    that the processor must guess: every input lists ``most`` rows, of which those that it does not
    have are overwritten by the next. ``to``, ``of`` and ``by`` are the lists: places in ``p`` and
    in the weights, and values.

    The arrays of the table come one by one: taken out of their tuple at every step, each would
    cost a change of its reference count.

    Parameters
    ----------
    inputs : (event,) array of int
        Numbers of the inputs.
    values : (event,) array of float, or empty
        Values of the inputs.
    start : int
        First event or step.
    stop : int
        Event or step after the last one.
    channels : int
        Number of channels, without filling.
    shift, length, most : int
        Numbers of the table; see `FanOut`.
    first, target, row, channel_target, channel_row, weights : arrays
        The table; see `FanOut`.
    to, of, by : (block,) arrays
        Scratch memory: target, row and factor of each row of weights.
    p : (size,) array of float
        Currents of a population, in the layout of vectors.
    """
    for begin in range(start, stop, BLOCK):
        n = 0
        for e in range(begin, min(begin + BLOCK, stop)):
            i = np.int64(inputs[e])
            pixel = i >> shift if shift >= 0 else np.int64(np.uint32(i) // np.uint32(channels))
            channel = i - pixel * channels
            t, w = channel_target[channel], channel_row[channel]
            k = first[pixel]
            for m in range(0, most, GROUP):
                add_four(to, n + m, target, k + m, t)
                add_four(of, n + m, row, k + m, w)
            if len(values):
                for m in range(most):
                    by[n + m] = values[e]
            n += first[pixel + 1] - k
        if len(values) or length not in (16, 32, 64, 128):
            whole = length - length % LANES
            for r in range(n):
                value = np.float64(by[r]) if len(values) else 1.0
                for lane in range(0, whole, LANES):
                    add_row(p, to[r] + lane, weights, of[r] + lane, value)
                for lane in range(whole, length):
                    p[to[r] + lane] += value * weights[of[r] + lane]
        elif length == 16:
            for r in range(n):
                add_rows(p, to[r], weights, of[r], 1)
        elif length == 32:
            for r in range(n):
                add_rows(p, to[r], weights, of[r], 2)
        elif length == 64:
            for r in range(n):
                add_rows(p, to[r], weights, of[r], 4)
        else:
            for r in range(n):
                add_rows(p, to[r], weights, of[r], 8)


@compiled
def pool(
    spikes: Any, start: int, stop: int, pooling: Any, cells: Any, index: Any, values: Any
) -> int:
    """Pool the spikes of one step; lists the cells that are not zero and returns how many.

    Parameters
    ----------
    spikes : Spikes
        Spikes of the source.
    start : int
        First event or step.
    stop : int
        Event or step after the last one.
    pooling : Pooling
        The table of the pool.
    cells : (cell,) array of float
        Scratch memory for the sums of the cells.
    index : (cell,) array of int
        Numbers of the cells that are not zero, written here.
    values : (cell,) array of float
        Their values, written here.
    """
    channels = np.uint32(pooling.channels)
    neuron, repeats, first, target = spikes.neuron, spikes.repeats, pooling.first, pooling.target
    for e in range(start, stop):
        pixel = np.uint32(neuron[e]) // channels
        channel = np.uint32(neuron[e]) - pixel * channels
        value = repeats[e] if len(repeats) else 1
        for k in range(first[pixel], first[pixel + 1]):
            cells[target[k] + channel] += value * pooling.share[k]
    n = 0
    for cell in range(pooling.n_cells):
        if cells[cell] != 0:
            index[n] = cell
            values[n] = cells[cell]
            cells[cell] = 0
            n += 1
    return n


@compiled
def add_dense(currents: Any, row: int, p: Any) -> None:
    """Add one row of ready-made currents to ``p``.

    Parameters
    ----------
    currents : (row, size) array of float
        Given currents, dimensionless.
    row : int
        The row to add; -1 for none.
    p : (size,) array of float
        Currents of a population, in the layout of vectors.
    """
    flat, start = currents.ravel(), row * currents.shape[1]
    for i in range(0, currents.shape[1], LANES):
        add_row(p, i, flat, start + i, 1.0)
