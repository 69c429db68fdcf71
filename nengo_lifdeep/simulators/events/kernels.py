"""Numba kernels: one population over all steps of some images, at a cost that follows the spikes.

Feed-forward networks allow a layer to run through all its time steps before the next layer
starts, so that the state of one layer of one image is all that must stay in the cache.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from .layout import LANES
from .vectors import add_row, advance, lowest_bit

__all__ = ["constant_spikes", "read_out", "run_population"]

#: A voltage that no current lifts to threshold in one step: that of neurons at rest.
_PARKED = -1e30

_compile = njit(nogil=True, cache=True, error_model="numpy")


@_compile
def constant_spikes(
    J: Any, v_start: Any, neuron: Any, n_steps: int, spikes: Any, totals: Any, scratch: Any
) -> None:
    """Spikes of LIF neurons under constant currents, from closed forms: no step is simulated.

    Nengo's LIF is exact under constant current but for one thing: a neuron whose refractory
    period ends within the step of its spike starts again at the end of that step.

    Parameters
    ----------
    J : (image, neuron) array
        Currents.
    v_start : (neuron,) array
        Voltages at the beginning of every image.
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
    tau_rc, tau_ref, dt = neuron.tau_rc, neuron.tau_ref, neuron.dt
    place = np.zeros(n_steps + 1, np.int64)
    done = 0
    for image in range(len(J)):
        place[:] = 0
        n = 0
        for i in range(J.shape[1]):
            overdrive = np.float64(J[image, i]) - 1.0
            if not overdrive > 0:
                continue
            interval = tau_rc * math.log1p(1 / overdrive)
            time = tau_rc * math.log1p((1 - v_start[i]) / overdrive) if v_start[i] else interval
            step = int(math.ceil(time / dt)) - 1
            while step < n_steps:
                scratch[0, n] = step
                scratch[1, n] = i
                n += 1
                place[step + 1] += 1
                totals[i] += 1
                time = max(time + tau_ref, (step + 1) * dt) + interval
                step = int(math.ceil(time / dt)) - 1
        for step in range(n_steps):
            place[step + 1] += place[step]
            spikes.first[image * n_steps + step + 1] = done + place[step + 1]
        for k in range(n):
            step = scratch[0, k]
            spikes.neuron[done + place[step]] = scratch[1, k]
            place[step] += 1
        done += n


@_compile
def run_population(
    n_images: int, n_steps: int, restart: bool, holds: bool, synapse: Any, neuron: Any,
    bias: Any, bias_stride: int, pixels: int, channels: int, v_start: Any,
    drives: Any, state: Any, spikes: Any, totals: Any,
) -> None:  # fmt: skip
    """All steps of one population for some images, one after the other.

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
    bias : (size,) or (width,) array
        Constant currents; ``bias_stride`` is 0 where all pixels share them, else the width.
    pixels, channels : int
        The layout.
    v_start : (size,) array
        Voltages at the beginning.
    drives : tuple of Drive
        Where currents come from.
    state : State
        Changed in place.
    spikes : Spikes
        Where to write.
    totals : (neuron,) array
        Counts to add to.
    """
    width = len(state.v) // pixels
    numbers = (
        1.0 if holds else synapse.decay, synapse.coupling,
        neuron.keep, neuron.gain, neuron.j_min, neuron.v_min, neuron.threshold,
    )  # fmt: skip
    now, then = 0, 1  # rows of state.resting: who rests in this step, and who in the next
    n_now = state.n_resting[0]
    n_out = 0
    for image in range(n_images):
        if restart:
            state.v[:] = v_start
            state.p[:] = 0
            state.q[:] = 0
            n_now = 0
        if holds:
            state.p[:] = 0
            for drive in drives:
                _receive(drive, image * n_steps, state)
        for step in range(image * n_steps, (image + 1) * n_steps):
            if not holds and not synapse.delayed:
                for drive in drives:
                    _receive(drive, step, state)
            n_then = 0
            for pixel in range(pixels):
                for lane in range(0, width, LANES):
                    i = pixel * width + lane
                    above = advance(
                        state.v, state.p, state.q, state.J, i, bias, pixel * bias_stride + lane,
                        numbers,
                    )  # fmt: skip
                    while above:
                        k = i + lowest_bit(above)
                        above &= above - np.uint64(1)
                        unit = pixel * channels + (k - pixel * width)
                        spikes.neuron[n_out] = unit
                        if neuron.integrates:
                            count = math.floor(state.v[k])
                            state.v[k] -= count
                            spikes.count[n_out] = count
                            totals[unit] += np.int64(count)
                        else:
                            totals[unit] += 1
                            if neuron.refractory:
                                n_then = _begin_rest(state, then, n_then, k, neuron)
                            else:
                                state.v[k] = 0
                        n_out += 1
            for r in range(n_now):
                k = state.resting[now, r]
                left = state.rest_time[now, r] - neuron.dt
                awake = min(neuron.dt - left, neuron.dt)
                if awake <= 0:
                    state.v[k] = _PARKED
                    state.resting[then, n_then] = k
                    state.rest_time[then, n_then] = left
                    n_then += 1
                    continue
                J = max(np.float64(state.J[k]), neuron.j_min)
                state.v[k] = max(-J * math.expm1(-awake / neuron.tau_rc), neuron.v_min)
                if state.v[k] > neuron.threshold:
                    pixel = k // width
                    unit = pixel * channels + (k - pixel * width)
                    spikes.neuron[n_out] = unit
                    totals[unit] += 1
                    n_out += 1
                    n_then = _begin_rest(state, then, n_then, k, neuron)
            now, then, n_now = then, now, n_then
            spikes.first[step + 1] = n_out
            if not holds and synapse.delayed:
                for drive in drives:
                    _receive(drive, step, state)
    if now:
        state.resting[0, :n_now] = state.resting[1, :n_now]
        state.rest_time[0, :n_now] = state.rest_time[1, :n_now]
    state.n_resting[0] = n_now


@_compile
def _begin_rest(state: Any, row: int, n: int, k: int, neuron: Any) -> int:
    """List neuron ``k``, which is above threshold, as resting; returns the length of the list."""
    spike = neuron.dt
    if neuron.interpolates:
        v, J = np.float64(state.v[k]), np.float64(state.J[k])
        spike += neuron.tau_rc * math.log1p(-(v - 1) / (J - 1))
    state.v[k] = _PARKED
    state.resting[row, n] = k
    state.rest_time[row, n] = neuron.tau_ref + spike
    return n + 1


@_compile
def _receive(drive: Any, step: int, state: Any) -> None:
    """Add what arrives in one step to the synapse's first number."""
    if len(drive.dense_row):
        row = drive.dense[drive.dense_row[step]]
        for i in range(0, len(row), LANES):
            add_row(state.p, i, row, i, 1.0)
        return
    start, stop = drive.spikes.first[step], drive.spikes.first[step + 1]
    if drive.pooling.n_cells:
        n = _pool(drive.spikes, start, stop, drive.pooling, state)
        _scatter(state.cell_index, state.cell_value, 0, n, drive.fan_out, state.p)
    else:
        _scatter(drive.spikes.neuron, drive.spikes.count, start, stop, drive.fan_out, state.p)


@_compile
def _scatter(inputs: Any, values: Any, start: int, stop: int, fan_out: Any, p: Any) -> None:
    """Add the rows of weights of some inputs, times their values (empty: one each)."""
    for e in range(start, stop):
        value = np.float64(values[e]) if len(values) else 1.0
        pixel = inputs[e] // fan_out.channels
        channel = inputs[e] - pixel * fan_out.channels
        to, of = fan_out.channel_target[channel], fan_out.channel_row[channel]
        for k in range(fan_out.first[pixel], fan_out.first[pixel + 1]):
            target, row = fan_out.target[k] + to, fan_out.row[k] + of
            whole = fan_out.length - fan_out.length % LANES
            for lane in range(0, whole, LANES):
                add_row(p, target + lane, fan_out.weights, row + lane, value)
            for lane in range(whole, fan_out.length):
                p[target + lane] += value * fan_out.weights[row + lane]


@_compile
def _pool(spikes: Any, start: int, stop: int, pooling: Any, state: Any) -> int:
    """Pool the spikes of one step; lists the cells that are not zero and returns how many."""
    for e in range(start, stop):
        pixel = spikes.neuron[e] // pooling.channels
        channel = spikes.neuron[e] - pixel * pooling.channels
        value = spikes.count[e] if len(spikes.count) else 1
        for k in range(pooling.first[pixel], pooling.first[pixel + 1]):
            state.cells[pooling.target[k] + channel] += value * pooling.share[k]
    n = 0
    for cell in range(pooling.n_cells):
        if state.cells[cell] != 0:
            state.cell_index[n] = cell
            state.cell_value[n] = state.cells[cell]
            state.cells[cell] = 0
            n += 1
    return n


@_compile
def read_out(
    n_images: int, n_steps: int, restart: bool, synapse: Any, bias: Any,
    drives: Any, state: Any, scores: Any,
) -> None:  # fmt: skip
    """The class scores at every step: the output's currents, filtered, without neurons.

    ``scores`` of shape (image * step, class) is written to; the rest is as in `run_population`.
    """
    for image in range(n_images):
        if restart:
            state.p[:] = 0
            state.q[:] = 0
        for step in range(image * n_steps, (image + 1) * n_steps):
            if not synapse.delayed:
                for drive in drives:
                    _receive(drive, step, state)
            for c in range(scores.shape[1]):
                scores[step, c] = bias[c] + state.p[c] + state.q[c]
            for c in range(len(state.p)):
                state.q[c] = synapse.decay * (state.q[c] + synapse.coupling * state.p[c])
                state.p[c] = synapse.decay * state.p[c]
            if synapse.delayed:
                for drive in drives:
                    _receive(drive, step, state)
