"""One image on the chip in NumPy: the step of nengo-loihi's emulator, spelled out.

All numbers are integers. ``S(x) floor(|x| m / 4096)`` is how the chip decays; sums that leave
their register wrap around, as two's complements do.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .program import Program

__all__ = ["Q_BITS", "U_BITS", "run_image"]

#: bits without the sign of the register of incoming charge, and of currents
Q_BITS, U_BITS = 21, 23


def run_image(
    program: Program,
    host_starts: np.ndarray,
    host_neurons: np.ndarray,
    state: Any,
    starts: np.ndarray,
    fired: np.ndarray,
    overflows: np.ndarray,
) -> None:
    """All steps of one image.

    Parameters
    ----------
    program : Program
        The chip.
    host_starts : (step + 1,) array
        Where the host's spikes of every step are in ``host_neurons``.
    host_neurons : (spikes,) array
        Their neurons.
    state : ChipState
        Currents, voltages, refractory counts and spikes under way; changed in place.
    starts : (step + 1,) array of int64
        Where to write where every step's spikes are in ``fired``.
    fired : (steps times compartments,) array of int32
        Where to write the compartments that fire, in order.
    overflows : (3, compartment) array of int64
        Wraps of charge, current, and current plus bias; added to.
    """
    host, chip = program.from_host, program.from_chip
    u, v, ref = state.numbers[:3, : program.n_compartments]
    starts[0] = 0
    from_host, from_chip = state.host, state.chip
    for step in range(len(host_starts) - 1):
        q = np.zeros(program.n_compartments, np.int64)
        for rows, sources in ((host, from_host), (chip, from_chip)):
            for source in sources:
                row = slice(rows.starts[source], rows.starts[source + 1])
                np.add.at(q, rows.targets[row], rows.weights[row])
        q = _wrapped(q, Q_BITS, overflows[0])
        u[:] = _wrapped(_decayed(u, 4096 - 1 - program.decay_u) + q, U_BITS, overflows[1])
        z = _wrapped(u + program.bias, U_BITS, overflows[2])
        voltage = np.clip(_decayed(v, 4096 - program.decay_v) + z, program.vmin, program.vmax)
        voltage[ref > 0] = 0
        over = voltage > program.vth
        v[:] = np.where(over, 0, voltage)
        ref[over] = program.ref[over]
        ref[:] = np.maximum(ref - 1, 0)
        from_chip = np.flatnonzero(over)
        from_host = host_neurons[host_starts[step] : host_starts[step + 1]]
        starts[step + 1] = starts[step] + len(from_chip)
        fired[starts[step] : starts[step + 1]] = from_chip
    state.host, state.chip = from_host.copy(), from_chip.astype(np.int32)


def _decayed(x: np.ndarray, multiplier: np.ndarray) -> np.ndarray:
    return np.sign(x) * ((np.abs(x).astype(np.int64) * multiplier) >> 12)


def _wrapped(x: np.ndarray, bits: int, count: np.ndarray) -> np.ndarray:
    limit = 1 << bits
    outside = (x < -limit) | (x >= limit)
    count += outside
    return (x & (limit - 1)) - (x & limit)
