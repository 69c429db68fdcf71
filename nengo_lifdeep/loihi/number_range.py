"""Which integers a core can hold: weight exponent, lost bits, the largest sums, by formula.

The formulas are nengo-loihi 1.1's (``builder/discretize.py``), on a core's weights and biases
before anything is built.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from ..errors import DeploymentError

__all__ = ["Q_BITS", "REGISTERS", "NumberRange", "number_range", "wraps_of"]

#: of the register that sums a step's incoming charge, without its sign
Q_BITS = 21

#: of every compartment, where a sum can wrap around
REGISTERS = ("incoming charge", "current", "current and bias")

_DECAY = 2**12 - 1
_LARGEST_VTH = (2**17 - 1) * 2**6
_LARGEST_BIAS = (2**12 - 1) * 2**7


def wraps_of(register: str) -> str:
    """Name of the counter of a register's wraps in `SpikeRecord.counters`.

    Examples
    --------
    >>> [wraps_of(register) for register in REGISTERS[:2]]
    ['incoming charge wrapped around', 'current wrapped around']
    """
    return f"{register} wrapped around"


@dataclasses.dataclass(frozen=True)
class NumberRange:
    """Integers of one core.

    Attributes
    ----------
    weight_exponent : int
        0 at best; every step down halves what a weight step is worth against the threshold.
    lost_bits : int
        Low bits of the weights that are rounded away: "Lost ... extra bits in weight rounding".
    outlier_bits : int
        Bits that the largest weight takes from the others: log2 of its ratio to the 99.9th
        percentile of all, rounded down.
    load : float
        What arrives if all excitatory inputs of the most excited neuron spike in one step, as a
        fraction of what the register holds; above 1 it can wrap around.
    """

    weight_exponent: int
    lost_bits: int
    outlier_bits: int
    load: float


def number_range(
    weights: list[np.ndarray], bias: np.ndarray, tau_s: float, neuron: Any, dt: float = 0.001
) -> NumberRange:
    """Integers of a core with these weights and biases.

    Parameters
    ----------
    weights : list of (sources, neurons) arrays
        One per connection into the core, before spikes' height ``1 / dt`` is multiplied in.
    bias : array
        Bias currents.
    tau_s : float
        Time constant of the synapse in seconds, 0 for none.
    neuron : nengo.neurons.NeuronType
        LIF (with ``tau_rc``) or integrate-and-fire.
    dt : float
        Step in seconds.

    Raises
    ------
    DeploymentError
        If no exponent lets weights, threshold and biases into the chip's integers together, or
        ``tau_rc`` is too long for the register of its decay.

    Examples
    --------
    >>> import nengo
    >>> number_range([0.001 * np.eye(4)], np.ones(4), 0.005, nengo.LIF()).lost_bits
    0
    """
    weights = [w / dt for w in weights]
    largest = [float(np.abs(w).max(initial=0)) for w in weights]
    w_max = max(largest)
    if w_max <= 1e-8:
        return NumberRange(0, 0, 0, 0.0)
    u_factor, v_factor, threshold = _factors(tau_s, neuron, dt)
    w_scale = 255 / w_max
    for exponent in range(0, -8, -1):
        v_scale = w_scale * 2.0 ** (6 + exponent) / (u_factor * v_factor)
        largest_bias = np.round(np.abs(bias).max(initial=0) * v_scale * v_factor)
        if np.round(threshold * v_scale) <= _LARGEST_VTH and largest_bias <= _LARGEST_BIAS:
            break
    else:
        raise DeploymentError(
            f"largest bias {np.abs(bias).max(initial=0):.4g} beside largest weight {w_max:.4g}"
        )
    exponents = [exponent - math.floor(math.log2(w_max / w)) for w in largest if w > 1e-16]
    lost = max(max(0, -1 - max(own, -6)) for own in exponents)
    excitation = sum(np.maximum(w, 0).sum(axis=0) for w in weights)
    load = float(np.max(excitation)) * w_scale * 2.0 ** (6 + exponent) / 2**Q_BITS
    return NumberRange(exponent, lost, _outlier_bits(weights, w_max), load)


def _outlier_bits(weights: list[np.ndarray], w_max: float) -> int:
    sizes = np.abs(np.concatenate([w[w != 0].ravel() for w in weights]))
    usual = float(np.quantile(sizes, 0.999))
    return int(math.log2(w_max / usual)) if usual > 0 else 0


def _factors(tau_s: float, neuron: Any, dt: float) -> tuple[float, float, float]:
    """What a unit of charge must be multiplied by for current and voltage, and the threshold."""
    decay_u = 1.0 if tau_s == 0 else -math.expm1(-dt / tau_s)
    u = round(min(max(decay_u * _DECAY - 1, 0), _DECAY))
    if not hasattr(neuron, "tau_rc"):
        return 1 / _decay_sum((4096 - 1 - u) / 4096), 1.0, 1 / dt
    v = round(-math.expm1(-dt / neuron.tau_rc) * _DECAY)
    if v == 0:
        longest = dt / -math.log1p(-0.5 / _DECAY)
        raise DeploymentError(
            f"tau_rc {neuron.tau_rc:g} s decays by less than a step of its register; the longest "
            f"is {longest:.2f} s"
        )
    return 1 / _decay_sum((4096 - 1 - u) / 4096), 1 / _decay_sum((4096 - v) / 4096), 1.0


def _decay_sum(ratio: float) -> float:
    """Sum of the series in which 2^21 decays by ``ratio`` and is rounded down at every step,
    relative to its first term; nengo-loihi's ``decay_magnitude``."""
    start, loss = 2.0**21, 0.494
    n = -math.log1p(start * (1 - ratio) / loss) / math.log(ratio) if ratio > 0 else 0.0
    plain = (1 - ratio ** (n + 1)) / (1 - ratio)
    return plain - loss / ((1 - ratio) * start) * (n + 1 - plain)
