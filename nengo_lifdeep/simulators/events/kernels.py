"""Numba kernels: one population over all steps of some images, at a cost that follows the spikes.

Feed-forward networks allow a layer to run through all its time steps before the next layer
starts, so that the state of one layer of one image is all that must stay in the cache.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..vectors.compilation import compiled
from ..vectors.layout import LANES
from ..vectors.operations import advance, advance_first_order, lowest_bit
from .constant import unit_at
from .scatter import BLOCK, add_dense, pool, scatter

__all__ = ["run_population"]

#: Voltage of neurons at rest. No current lifts it: what is computed from it is infinite too, or not
#: a number where it decays within one step, and neither is above any threshold. So no neuron fires
#: twice in a step, and one place per neuron and step is room enough for all spikes.
_PARKED = -np.inf


@compiled
def run_population(
    n_images: int, n_steps: int, restart: bool, holds: bool, synapse: Any, neuron: Any,
    bias: Any, bias_stride: int, pixels: int, channels: int, v_start: Any, p_start: Any,
    drive: Any, state: Any, spikes: Any, totals: Any, currents: Any,
) -> None:  # fmt: skip
    """All steps of one population, or of the output, for some images, one after the other.

    Parameters
    ----------
    n_images, n_steps : int
        Images, and steps of each.
    restart : bool
        Whether every image starts from ``v_start``, or from where the one before ended.
    holds : bool
        Whether the drive is constant during an image.
    synapse, neuron : SynapseStep, NeuronStep
        What one step does.
    bias : (size,) array
        Constant currents; ``bias_stride`` is 0 where all pixels have the first one's, else the
        width.
    pixels, channels : int
        The layout.
    v_start : (1, size) or (n_images, size) array
        Voltages at the beginning, the same for all images or a row for each.
    p_start : (size,) array
        First numbers of the synapses at the beginning.
    drive : Drive
        Where currents come from.
    state : State
        Changed in place.
    spikes : Spikes
        Where to write.
    totals : (neuron,) array
        Counts to add to.
    currents : (step, n) array
        Where to write the currents of the first ``n`` neurons at every step; without rows,
        nothing is written.
    """
    v, p, q, above, words = state.v, state.p, state.q, state.above, state.words
    resting, rest_time = state.resting, state.rest_time
    fired, repeats, first = spikes.neuron, spikes.repeats, spikes.first
    given, pooling, table = drive.spikes, drive.pooling, drive.fan_out
    sent, heights, sent_first, sent_stop = given.neuron, given.repeats, given.first, drive.stop
    table_first, target, row, weights = table.first, table.target, table.row, table.weights
    channel_target, channel_row = table.channel_target, table.channel_row
    dense, rows = drive.dense, drive.rows
    cells, cell_index, cell_value = state.cells, state.cell_index, state.cell_value
    listed = BLOCK * table.most
    to, of, by = np.empty(listed, np.int64), np.empty(listed, np.int64), np.empty(listed, v.dtype)

    def receive(step: int) -> None:
        """Add what arrives in one step to the synapse's first number."""
        if len(rows) and rows[step] >= 0:
            add_dense(dense, rows[step], p)
        start, stop = sent_first[step], sent_stop[step]
        if start == stop:
            return
        if pooling.n_cells:
            n = pool(given, start, stop, pooling, cells, cell_index, cell_value)
            scatter(
                cell_index, cell_value, 0, n, table.channels, table.shift, table.length,
                table.most, table_first, target, row, channel_target, channel_row, weights,
                to, of, by, p,
            )  # fmt: skip
        else:
            scatter(
                sent, heights, start, stop, table.channels, table.shift, table.length,
                table.most, table_first, target, row, channel_target, channel_row, weights,
                to, of, by, p,
            )  # fmt: skip

    width = len(v) // pixels
    numbers = (
        1.0 if holds else synapse.decay, synapse.coupling,
        neuron.keep, neuron.gain, neuron.j_min, neuron.v_min, neuron.threshold,
    )  # fmt: skip
    now, then = 0, 1  # rows of resting: who rests in this step, and who in the next
    n_now = state.n_resting[0]
    n_out, largest = 0, 0.0
    for image in range(n_images):
        if restart:
            v[:] = v_start[image if len(v_start) > 1 else 0]
            p[:] = p_start
            q[:] = 0
            n_now = 0
        if holds:
            p[:] = 0
            receive(image * n_steps)
        for step in range(image * n_steps, (image + 1) * n_steps):
            if not holds and not synapse.delayed:
                if synapse.forgets:
                    p[:] = 0
                receive(step)
            _advance_all(v, p, q, bias, bias_stride, width, numbers, above)
            if len(currents):
                for k in range(currents.shape[1]):
                    currents[step, k] = p[k] + q[k] + bias[k]
            n_then = 0
            for word in range(len(words)):
                bits = words[word]
                while bits:
                    k = word * 64 + lowest_bit(bits)
                    bits &= bits - np.uint64(1)
                    unit = unit_at(k, width, channels)
                    fired[n_out] = unit
                    if neuron.integrates:
                        whole = np.floor(v[k])
                        largest = max(largest, whole)
                        whole = min(whole, neuron.most)
                        v[k] -= whole
                        repeats[n_out] = whole
                        totals[unit] += np.int64(whole)
                    else:
                        totals[unit] += 1
                        J = p[k] + q[k] + bias[k]
                        largest = max(largest, J)
                        rest_time[then, n_then] = _rest(neuron, v[k], J, neuron.dt)
                        resting[then, n_then] = k
                        n_then += neuron.refractory
                        if neuron.refractory:
                            v[k] = _PARKED
                        else:
                            v[k] = v[k] - neuron.taken if neuron.taken > 0 else 0
                    n_out += 1
            for r in range(n_now):
                k = resting[now, r]
                left = rest_time[now, r] - neuron.dt
                part = min(neuron.dt - left, neuron.dt)
                if part <= 0:
                    v[k] = _PARKED
                    resting[then, n_then] = k
                    rest_time[then, n_then] = left
                    n_then += 1
                    continue
                J = p[k] + q[k] + bias[k]
                reached = J * _rise(part / neuron.tau_rc, neuron.series)
                v[k] = max(reached, neuron.v_min)
                if reached > neuron.threshold:
                    largest = max(largest, J)
                    unit = unit_at(k, width, channels)
                    fired[n_out] = unit
                    n_out += 1
                    totals[unit] += 1
                    rest_time[then, n_then] = _rest(neuron, reached, J, part)
                    resting[then, n_then] = k
                    n_then += 1
                    v[k] = _PARKED
            now, then, n_now = then, now, n_then
            first[step + 1] = n_out
            if not holds and synapse.delayed:
                if synapse.forgets:
                    p[:] = 0
                receive(step)
    if now:
        resting[0, :n_now] = resting[1, :n_now]
        rest_time[0, :n_now] = rest_time[1, :n_now]
    state.n_resting[0] = n_now
    state.largest[0] = largest


@compiled
def _advance_all(
    v: Any, p: Any, q: Any, bias: Any, bias_stride: int, width: int, numbers: Any, above: Any
) -> None:
    """One step of all neurons; notes who is above threshold in ``above``, a bit per neuron."""
    vector = 0
    if numbers[1] == 0:
        for pixel in range(len(v) // width):
            for lane in range(0, width, LANES):
                above[vector] = advance_first_order(
                    v, p, q, pixel * width + lane, bias, pixel * bias_stride + lane, numbers
                )
                vector += 1
        return
    for pixel in range(len(v) // width):
        for lane in range(0, width, LANES):
            above[vector] = advance(
                v, p, q, pixel * width + lane, bias, pixel * bias_stride + lane, numbers
            )
            vector += 1


@compiled
def _rest(neuron: Any, v: Any, J: Any, part: float) -> float:
    """Seconds from the beginning of this step to the end of the rest after its spike.

    The spike lies in the last ``part`` seconds of the step. Rounding must not put it elsewhere:
    a neuron that wakes too early by the least bit fires a step too early under large currents.
    """
    if not neuron.interpolates:
        return neuron.tau_ref + neuron.dt
    beyond = (np.float64(v) - 1) / (np.float64(J) - 1)
    ago = neuron.tau_rc * _time_beyond(beyond, neuron.series)
    if not 0.0 <= ago < part:  # or no number
        ago = 0.0 if ago < 0.0 else part
    return neuron.tau_ref + neuron.dt - ago


@compiled
def _rise(x: float, series: bool) -> float:
    """``1 - exp(-x)``; the series errs by ``x^6 / 720``."""
    if series:
        return x * (1 - x / 2 * (1 - x / 3 * (1 - x / 4 * (1 - x / 5))))
    return -math.expm1(-x)


@compiled
def _time_beyond(y: float, series: bool) -> float:
    """``-log(1 - y)``; the series errs by less than ``y^8 / 7``."""
    if series:
        tail = 1 / 4 + y * (1 / 5 + y * (1 / 6 + y / 7))
        return y * (1 + y * (1 / 2 + y * (1 / 3 + y * tail)))
    return -math.log1p(-y)
