"""The Numba twin of `readable.run_image`, and neurons of the host at constant currents."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..vectors.compilation import compiled
from ..vectors.layout import LANES
from ..vectors.operations import lowest_bit
from .lanes import add_charge, chip_step
from .program import Program

__all__ = ["host_spikes", "run_image"]


def run_image(
    program: Program, host_starts: Any, host_neurons: Any, state: Any, starts: Any, fired: Any,
    overflows: Any,
) -> None:  # fmt: skip
    """All steps of one image; as `readable.run_image`.

    Parameters
    ----------
    program : Program
        The chip.
    host_starts : (step + 1,) array of int
        Where the spikes of each step are in ``host_neurons``.
    host_neurons : (spike,) array of int
        Neurons of the host's spikes.
    state : ChipState
        The state of the chip, changed in place.
    starts : (step + 1,) array of int64
        Where the spikes of each step are in ``fired``, written here.
    fired : (steps * compartments,) array of int32
        Compartments that fire, in order, written here.
    overflows : (3, compartment) array of int64
        Counts of wraps, which are added to.
    """
    _steps(
        program.n_compartments, program.constants, state.numbers,
        program.from_host.runs, program.from_chip.runs,
        host_starts, host_neurons, state.host, state.chip, starts, fired, overflows,
    )  # fmt: skip
    state.host = host_neurons[host_starts[-2] : host_starts[-1]].copy()
    state.chip = fired[starts[-2] : starts[-1]].copy()


@compiled
def _steps(
    n: int, constants: Any, state: Any, host: Any, chip: Any, in_starts: Any, neurons: Any,
    first_host: Any, first_chip: Any, starts: Any, fired: Any, overflows: Any,
) -> None:  # fmt: skip
    width = constants.shape[1]
    q = np.empty(width, np.int32)
    starts[0] = 0
    old, new = 0, 3  # rows of the currents, which change places
    for step in range(len(starts) - 1):
        q[:] = 0
        if step == 0:
            _scatter(q, first_host, 0, len(first_host), host)
            _scatter(q, first_chip, 0, len(first_chip), chip)
        else:
            _scatter(q, neurons, in_starts[step - 1], in_starts[step], host)
            _scatter(q, fired, starts[step - 1], starts[step], chip)
        count = starts[step]
        for i in range(0, width, LANES):
            bits = chip_step(q, constants, state, i, width, old, new)
            if bits >> LANES:
                _count(state[old], q, constants, overflows, i, n)
            bits &= (1 << LANES) - 1
            while bits:
                fired[count] = i + lowest_bit(bits)
                count += 1
                bits &= bits - 1
        starts[step + 1] = count
        old, new = new, old
    if old:
        state[0] = state[3]


@compiled
def _scatter(q: Any, sources: Any, low: int, high: int, runs: Any) -> None:
    """Add the weights after some sources, run by run."""
    rows, targets, begins, lengths, weights = runs
    for k in range(low, high):
        source = sources[k]
        for run in range(rows[source], rows[source + 1]):
            target, begin, n = targets[run], begins[run], lengths[run]
            whole = n - n % LANES
            for e in range(0, whole, LANES):
                add_charge(q, target + e, weights, begin + e)
            for e in range(whole, n):
                q[target + e] += weights[begin + e]


@compiled
def _count(currents: Any, q: Any, constants: Any, overflows: Any, first: int, n: int) -> None:
    """Which registers wrapped around, from the currents before the step."""
    for i in range(first, min(first + LANES, n)):
        charge = _wrapped(q[i], 21)
        u = np.int64(currents[i])
        decayed = (abs(u) * constants[0, i]) >> 12
        current = charge + (decayed if u >= 0 else -decayed)
        kept = _wrapped(current, 23)
        total = kept + constants[5, i]
        overflows[0, i] += charge != q[i]
        overflows[1, i] += kept != current
        overflows[2, i] += _wrapped(total, 23) != total


@compiled
def _wrapped(x: int, bits: int) -> int:
    sign = np.int64(1) << bits
    return (x & (sign - 1)) - (x & sign)


@compiled
def host_spikes(
    currents: Any, tau_rc: float, tau_ref: float, dt: float, starts: Any, neurons: Any,
    steps: Any, found: Any,
) -> None:  # fmt: skip
    """Spikes of LIF neurons from rest at constant currents, with Nengo's step, sorted by time.

    ``steps`` and ``found`` are room to work in.

    Parameters
    ----------
    currents : (neuron,) array of float
        Constant input currents, dimensionless.
    tau_rc : float
        Membrane time constant, in seconds.
    tau_ref : float
        Refractory period, in seconds.
    dt : float
        Time step, in seconds.
    starts : (step + 1,) array of int
        Where the spikes of each step begin, written here.
    neurons : array of int
        Neurons of the spikes, written here.
    steps, found : arrays of int
        Scratch memory.
    """
    n_steps = len(starts) - 1
    whole = math.expm1(-dt / tau_rc)
    total = 0
    starts[:] = 0
    for i in range(len(currents)):
        J = currents[i]
        if J <= 1:
            continue
        v, refractory = 0.0, 0.0
        for step in range(n_steps):
            refractory -= dt
            left = dt - refractory
            if left >= dt:
                v -= (J - v) * whole
            elif left > 0:
                v -= (J - v) * math.expm1(-left / tau_rc)
            if v > 1:
                refractory = tau_ref + (dt + tau_rc * math.log1p(-(v - 1) / (J - 1)))
                v = 0.0
                steps[total] = step
                found[total] = i
                starts[step + 1] += 1
                total += 1
    for step in range(n_steps):
        starts[step + 1] += starts[step]
    for k in range(total):
        step = steps[k]
        neurons[starts[step]] = found[k]
        starts[step] += 1
    for step in range(n_steps, 0, -1):
        starts[step] = starts[step - 1]
    starts[0] = 0
