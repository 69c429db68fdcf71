"""Which integers a core can hold: weight exponent, lost bits, the largest sums, by formula.

The formulas are nengo-loihi 1.1's (``builder/discretize.py``), on a core's weights and biases
before anything is built.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, NamedTuple

import numpy as np

from ..errors import DeploymentError

__all__ = ["DECAY_STEPS", "Q_BITS", "REGISTERS", "NumberRange", "number_range", "wraps_of"]

#: of the register that sums a step's incoming charge, without its sign
Q_BITS = 21

#: of every compartment, where a sum can wrap around
REGISTERS = ("incoming charge", "current", "current and bias")

#: a decay is this many times its share of a step, rounded: 12 bits
DECAY_STEPS = 2**12 - 1

_LARGEST_VTH = (2**17 - 1) * 2**6
_BIAS_MANTISSA = 2**12 - 1
_LARGEST_BIAS = _BIAS_MANTISSA * 2**7

#: weights (times 1 / dt) and biases up to here count as none
_NO_WEIGHT = 1e-8


def wraps_of(register: str) -> str:
    """Name of the counter of a register's wraps in `SpikeRecord.counters`.

    Parameters
    ----------
    register : str
        One of `REGISTERS`.

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
    swollen : float
        How many times too large the weights of the weakest connection come out; 1 if all are right.
    swollen_by : float
        By how much, as a share of the core's largest weight.
    threshold_error : float
        What the threshold is held at, relative to what it should be, less 1.
    bias_error : float
        Largest error of a bias, relative to the bias or to 1, whichever is larger.
    floor : float
        Where voltages stop, in thresholds.
    wraps_at : float
        Rate in Hz of all excitatory inputs of the most excited neuron at which its current wraps
        around.
    vanished : bool
        Whether there are weights, and all are held as 0.
    """

    weight_exponent: int
    lost_bits: int
    outlier_bits: int
    load: float
    swollen: float = 1.0
    swollen_by: float = 0.0
    threshold_error: float = 0.0
    bias_error: float = 0.0
    floor: float = 0.0
    wraps_at: float = math.inf
    vanished: bool = False


def number_range(
    weights: list[np.ndarray], bias: np.ndarray, tau_s: float, neuron: Any, dt: float = 0.001
) -> NumberRange:
    """Integers of a core with these weights and biases.

    Parameters
    ----------
    weights : list of (sources, neurons) arrays
        One per connection into the core; of a convolution ``(sources, channels)``, which stand at
        every pixel. Before spikes' height ``1 / dt`` is multiplied in.
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
        If no exponent lets weights, threshold and biases into the chip's integers together, the
        threshold would become 0, or ``tau_rc`` is too long for the register of its decay.

    Examples
    --------
    >>> import nengo
    >>> number_range([0.001 * np.eye(4)], np.ones(4), 0.005, nengo.LIF()).lost_bits
    0
    """
    weights = [w / dt for w in weights]
    largest = [float(np.abs(w).max(initial=0)) for w in weights]
    w_max, b_max = max(largest, default=0.0), float(np.abs(bias).max(initial=0))
    decays = _decays(tau_s, neuron, dt)
    v_scale, b_scale, exponent = _scales(w_max, b_max, decays)
    threshold = float(np.round(np.round(decays.threshold * v_scale) / 2**6) * 2**6)
    if threshold == 0:
        raise DeploymentError(
            f"largest weight {w_max:.4g} and bias {b_max:.4g} leave less than a step of its "
            "register for the threshold"
        )
    held = NumberRange(
        0, 0, 0, 0.0, vanished=0 < w_max <= _NO_WEIGHT,
        threshold_error=threshold / (decays.threshold * v_scale) - 1,
        bias_error=_bias_error(bias, b_scale),
        floor=_floor(float(getattr(neuron, "min_voltage", 0.0)), v_scale),
    )  # fmt: skip
    if w_max <= _NO_WEIGHT:
        return held
    exponents = [exponent - math.floor(math.log2(w_max / w)) for w in largest if w > 1e-16]
    swollen = 2.0 ** max(0, -6 - min(exponents))
    weakest = min(w for w in largest if w > 1e-16) / w_max
    load = float(_excitation(weights).max()) * 255 / w_max * 2.0 ** (6 + exponent) / 2**Q_BITS
    return dataclasses.replace(
        held,
        weight_exponent=exponent,
        lost_bits=max(max(0, -1 - max(own, -6)) for own in exponents),
        outlier_bits=_outlier_bits(weights, w_max),
        load=load,
        swollen=swollen,
        swollen_by=(swollen - 1) * weakest,
        wraps_at=4 / (load * decays.current * dt) if load else math.inf,
    )


def _excitation(weights: list[np.ndarray]) -> np.ndarray:
    """Sum of all positive weights into each neuron; those of filters repeat at every pixel."""
    sums = [np.maximum(w, 0).sum(axis=0) for w in weights]
    n = max(map(len, sums))
    return np.sum([np.tile(each, n // len(each)) for each in sums], axis=0)


def _outlier_bits(weights: list[np.ndarray], w_max: float) -> int:
    sizes = np.abs(np.concatenate([w[w != 0].ravel() for w in weights]))
    usual = float(np.quantile(sizes, 0.999))
    return int(math.log2(w_max / usual)) if usual > 0 else 0


def _bias_error(bias: np.ndarray, b_scale: float) -> float:
    """Biases are mantissas of 12 bits with exponents of their own."""
    whole = np.round(np.asarray(bias, float) * b_scale)
    step = 2.0 ** np.ceil(np.log2(np.maximum(np.abs(whole) / _BIAS_MANTISSA, 1)))
    held = np.round(whole / step) * step / b_scale
    return float((np.abs(held - bias) / np.maximum(np.abs(bias), 1)).max(initial=0))


def _floor(voltage: float, v_scale: float) -> float:
    """Least voltages are powers of two."""
    if voltage == 0:
        return 0.0
    if voltage == -math.inf:
        return voltage
    power = min(round(math.log2(1 - voltage * v_scale)), 2**5 - 1)
    return (1 - 2.0**power) / v_scale


class _Decays(NamedTuple):
    """Sums of what a unit of charge leaves in current and voltage, and the threshold."""

    current: float
    voltage: float
    threshold: float


def _decays(tau_s: float, neuron: Any, dt: float) -> _Decays:
    decay_u = 1.0 if tau_s == 0 else -math.expm1(-dt / tau_s)
    u = round(min(max(decay_u * DECAY_STEPS - 1, 0), DECAY_STEPS))
    current = _decay_sum((4096 - 1 - u) / 4096)
    if not hasattr(neuron, "tau_rc"):
        return _Decays(current, 1.0, 1 / dt)
    v = round(-math.expm1(-dt / neuron.tau_rc) * DECAY_STEPS)
    if v == 0:
        raise DeploymentError(
            f"tau_rc {neuron.tau_rc:g} s decays by less than a step of its register; the longest "
            f"is {dt / -math.log1p(-0.5 / DECAY_STEPS):.2f} s"
        )
    return _Decays(current, _decay_sum((4096 - v) / 4096), 1.0)


def _scales(w_max: float, b_max: float, decays: _Decays) -> tuple[float, float, int]:
    """Factors from thresholds and from biases to integers, and the exponent of the weights."""
    if w_max > _NO_WEIGHT:
        for exponent in range(0, -8, -1):
            v_scale = 255 / w_max * 2.0 ** (6 + exponent) * decays.current * decays.voltage
            b_scale = v_scale / decays.voltage
            largest_bias = np.round(b_max * b_scale)
            fits = np.round(decays.threshold * v_scale) <= _LARGEST_VTH
            if fits and largest_bias <= _LARGEST_BIAS:
                return v_scale, b_scale, exponent
        raise DeploymentError(
            f"largest bias {b_max:.4g} and threshold {decays.threshold:g} beside largest weight "
            f"{w_max:.4g}, at these time constants"
        )
    if b_max > _NO_WEIGHT:
        b_scale = _LARGEST_BIAS / b_max
        while b_scale * b_max > 1:
            if np.round(decays.threshold * b_scale * decays.voltage) <= _LARGEST_VTH:
                return b_scale * decays.voltage, b_scale, 0
            b_scale /= 2
        raise DeploymentError(
            f"no weights, and a largest bias of {b_max:.4g}, too small beside the threshold"
        )
    v_scale = (2**Q_BITS - 1) / (decays.threshold + 1)
    return v_scale, v_scale / decays.voltage, 0


def _decay_sum(ratio: float) -> float:
    """Sum of the series in which 2^21 decays by ``ratio`` and is rounded down at every step,
    relative to its first term; nengo-loihi's ``decay_magnitude``."""
    start, loss = 2.0**21, 0.494
    n = -math.log1p(start * (1 - ratio) / loss) / math.log(ratio) if ratio > 0 else 0.0
    plain = (1 - ratio ** (n + 1)) / (1 - ratio)
    return plain - loss / ((1 - ratio) * start) * (n + 1 - plain)
