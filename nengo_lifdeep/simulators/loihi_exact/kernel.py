"""The Numba twin of `readable.run_image`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..events.compilation import compiled
from .program import Program

__all__ = ["run_image"]


def run_image(
    program: Program,
    host_starts: np.ndarray,
    host_neurons: np.ndarray,
    state: Any,
    spikes: np.ndarray,
    overflows: np.ndarray,
) -> None:
    """All steps of one image; as `readable.run_image`."""
    p = program
    fired = np.empty(p.n_compartments, np.int32)
    count = _steps(
        p.decay_u, p.decay_v, p.vth, p.vmin, p.vmax, p.bias, p.ref,
        p.from_host.starts, p.from_host.targets, p.from_host.weights,
        p.from_chip.starts, p.from_chip.targets, p.from_chip.weights,
        host_starts, host_neurons, state.host, state.chip, state.u, state.v, state.ref,
        spikes, overflows, fired,
    )  # fmt: skip
    state.host = host_neurons[host_starts[-2] : host_starts[-1]].copy()
    state.chip = fired[:count].copy()


@compiled
def _steps(
    decay_u: Any, decay_v: Any, vth: Any, vmin: Any, vmax: Any, bias: Any, ref: Any,
    h_starts: Any, h_targets: Any, h_weights: Any,
    c_starts: Any, c_targets: Any, c_weights: Any,
    starts: Any, neurons: Any, first_host: Any, first_chip: Any, u: Any, v: Any, refractory: Any,
    spikes: Any, overflows: Any, fired: Any,
) -> int:  # fmt: skip
    n, n_fired = len(u), len(first_chip)
    fired[:n_fired] = first_chip
    q = np.empty(n, np.int32)
    for step in range(len(starts) - 1):
        q[:] = 0
        if step == 0:
            for source in first_host:
                for e in range(h_starts[source], h_starts[source + 1]):
                    q[h_targets[e]] += h_weights[e]
        else:
            for k in range(starts[step - 1], starts[step]):
                source = neurons[k]
                for e in range(h_starts[source], h_starts[source + 1]):
                    q[h_targets[e]] += h_weights[e]
        for k in range(n_fired):
            source = fired[k]
            for e in range(c_starts[source], c_starts[source + 1]):
                q[c_targets[e]] += c_weights[e]
        now = spikes[step]
        for i in range(n):
            charge = q[i]
            wrapped = (charge & 2097151) - (charge & 2097152)
            overflows[0, i] += wrapped != charge
            current = _decayed(u[i], 4095 - decay_u[i]) + wrapped
            wrapped = (current & 8388607) - (current & 8388608)
            overflows[1, i] += wrapped != current
            u[i] = wrapped
            total = wrapped + bias[i]
            wrapped = (total & 8388607) - (total & 8388608)
            overflows[2, i] += wrapped != total
            voltage = _decayed(v[i], 4096 - decay_v[i]) + wrapped
            voltage = min(max(voltage, vmin[i]), vmax[i])
            voltage = 0 if refractory[i] > 0 else voltage
            over = voltage > vth[i]
            v[i] = 0 if over else voltage
            left = ref[i] if over else refractory[i]
            refractory[i] = max(left - 1, 0)
            now[i] = over
        n_fired = 0
        for i in range(n):
            if now[i]:
                fired[n_fired] = i
                n_fired += 1
    return n_fired


@compiled
def _decayed(x: Any, multiplier: Any) -> Any:
    magnitude = np.int32((np.int64(abs(x)) * np.int64(multiplier)) >> 12)
    return -magnitude if x < 0 else magnitude
