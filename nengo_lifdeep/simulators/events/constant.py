"""Numba kernels of a population that is driven by a constant input only."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..vectors.compilation import compiled
from ..vectors.layout import LANES
from ..vectors.operations import above, lowest_bit
from .scatter import BLOCK, add_dense, scatter

__all__ = ["constant_spikes", "overdriven", "unit_at"]

#: Steps between a product and a whole number at which a division decides on which side it is.
_NEAR = 1e-6


@compiled
def overdriven(
    drive: Any, bias: Any, least: Any, width: int, channels: int, J: Any, neuron: Any,
    overdrive: Any, first: Any,
) -> None:  # fmt: skip
    """List the neurons whose constant current is above ``least``, image by image.

    Parameters
    ----------
    drive : Drive
        One step of it per image.
    bias, least : (size,) array
        Constant currents, and the least currents that matter; infinite in the filling.
    width, channels : int
        The layout.
    J : (size,) array
        Scratch: the currents of one image.
    neuron, overdrive : (n,) array
        Where to write the neurons, and their currents less one.
    first : (image + 1,) array
        Where to write the place of each image's first neuron.
    """
    given, table, dense, rows = drive.spikes, drive.fan_out, drive.dense, drive.rows
    sent, heights, sent_first, sent_stop = given.neuron, given.repeats, given.first, drive.stop
    listed = BLOCK * table.most
    to, of, by = np.empty(listed, np.int64), np.empty(listed, np.int64), np.empty(listed, J.dtype)
    n = 0
    for image in range(len(first) - 1):
        J[:] = bias
        if len(rows) and rows[image] >= 0:
            add_dense(dense, rows[image], J)
        scatter(
            sent, heights, sent_first[image], sent_stop[image], table.channels, table.shift,
            table.length, table.most, table.first, table.target, table.row, table.channel_target,
            table.channel_row, table.weights, to, of, by, J,
        )  # fmt: skip
        for start in range(0, len(J), LANES):
            bits = above(J, start, least, start)
            while bits:
                k = start + lowest_bit(bits)
                bits &= bits - np.uint64(1)
                neuron[n] = unit_at(k, width, channels)
                overdrive[n] = J[k] - 1
                n += 1
        first[image + 1] = n


@compiled
def constant_spikes(
    times: Any, neuron: Any, n_steps: int, spikes: Any, totals: Any, scratch: Any
) -> None:
    """Spikes of LIF neurons under constant currents, from closed forms: no step is simulated.

    Nengo's LIF is exact under constant current but for one thing: a neuron whose refractory
    period ends within the step of its spike starts again at the end of that step.

    Parameters
    ----------
    times : SpikeTimes
        Of the neurons that fire at all.
    neuron : NeuronStep
        Time constants.
    n_steps : int
        Steps per image.
    spikes : Spikes
        Where to write.
    totals : (neuron,) array
        Counts to add to.
    scratch : (2, n) array of int32
        Room for all spikes of one image.
    """
    tau_ref, dt = neuron.tau_ref, neuron.dt
    end, per_second = n_steps * dt, 1 / dt
    place = np.zeros(n_steps + 1, np.int64)
    done = 0
    units, delay, interval, first = times.neuron, times.delay, times.interval, times.first
    for image in range(len(first) - 1):
        place[:] = 0
        n = 0
        for e in range(first[image], first[image + 1]):
            i, time, gap, start = units[e], np.float64(delay[e]), np.float64(interval[e]), n
            earliest = np.int64(0)
            while time <= end:
                steps = time * per_second
                if abs(steps - math.floor(steps + 0.5)) < _NEAR:
                    steps = time / dt  # whole numbers must come out as in a division
                step = max(np.int64(math.ceil(steps)) - 1, earliest)
                if step >= n_steps:
                    break
                scratch[0, n] = step
                scratch[1, n] = i
                n += 1
                place[step + 1] += 1
                earliest = step + 1  # however short the gap: one spike per step at most
                time = max(time + tau_ref, earliest * dt) + gap
            totals[i] += n - start
        for step in range(n_steps):
            place[step + 1] += place[step]
            spikes.first[image * n_steps + step + 1] = done + place[step + 1]
        for k in range(n):
            step = scratch[0, k]
            spikes.neuron[done + place[step]] = scratch[1, k]
            place[step] += 1
        done += n


@compiled
def unit_at(k: int, width: int, channels: int) -> int:
    """The neuron at place ``k`` of the layout.

    Parameters
    ----------
    k : int
        Place in the layout.
    width : int
        Channels of a pixel, with filling.
    channels : int
        Number of channels, without filling.
    """
    if width == channels:
        return k
    pixel = np.uint32(k) // np.uint32(width)
    return pixel * channels + (k - pixel * width)
