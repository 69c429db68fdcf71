"""What a population does in one step, and the derivatives of its spikes.

The equations are those of Lee et al. (2020), as the authors' code computes them, and of surrogate
gradients; `docs/spike_training.md` has them. Importing this module imports TensorFlow.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ...compat import import_tensorflow

tf: Any = import_tensorflow()

__all__ = ["MembraneRule", "fires", "sensitivity", "step", "surrogate"]

#: A neuron whose trace at the end of a window is below it counts as silent, as published.
_TRACE = 1e-3


class MembraneRule(NamedTuple):
    """What one population does in a window, and what its derivative is.

    Parameters
    ----------
    n_steps : int
        Steps of the window.
    leak : float
        Share of the voltage that a step leaves.
    threshold : float
        Voltage above which it fires.
    reaches : bool
        Whether a voltage of exactly the threshold fires.
    slope : float
        Derivative of a spike before the leak's correction: ``1 / threshold``; 1 of pooling units.
    derivative, alpha, leak_correction, gate, through_reset
        As in `SpikeBased`.
    """

    n_steps: int
    leak: float = 1.0
    threshold: float = 1.0
    reaches: bool = False
    slope: float = 1.0
    derivative: str = "lee2020"
    alpha: float = 1.0
    leak_correction: bool = True
    gate: str = "trace"
    through_reset: bool = False


def step(voltage: Any, charge: Any, rule: MembraneRule) -> tuple[Any, Any, Any]:
    """One step: spikes, the voltage that fired or not, and what is left of it after a reset.

    Parameters
    ----------
    voltage : tensor of float
        What the step before left.
    charge : tensor of float
        What is added.
    rule : MembraneRule
        The neurons.
    """
    reached = rule.leak * voltage + charge
    spikes = fires(reached, rule)
    return spikes, reached, tf.where(spikes > 0, tf.zeros_like(reached), reached)


def fires(voltage: Any, rule: MembraneRule) -> Any:
    """Spikes of neurons at a voltage, 0 and 1.

    Parameters
    ----------
    voltage : tensor of float
        Their voltage.
    rule : MembraneRule
        The neurons.
    """
    fired = voltage >= rule.threshold if rule.reaches else voltage > rule.threshold
    return tf.cast(fired, voltage.dtype)


def sensitivity(trace: Any, count: Any, rule: MembraneRule) -> Any:
    """The paper's derivative of a spike by the voltage: slope times the correction for the leak.

    ``1 + ln(leak) trace / count`` of neurons that fired, 0 of the others: input decays for some
    time before it makes a spike. The trace is ``sum_t leak^(n_steps - t) s(t)``.

    Parameters
    ----------
    trace, count : tensor of float
        Trace at the end of the window, number of spikes.
    rule : MembraneRule
        The neurons.
    """
    there = trace > _TRACE if rule.gate == "trace" else count > 0
    corrected = tf.ones_like(trace)
    if rule.leak_correction and rule.leak < 1:
        corrected += math.log(rule.leak) * trace / tf.maximum(count, tf.ones_like(count))
    return tf.where(there, rule.slope * corrected, tf.zeros_like(trace))


def surrogate(x: Any, rule: MembraneRule) -> Any:
    """The function in place of the derivative of the step, ``x`` above the threshold.

    Parameters
    ----------
    x : tensor of float
        Voltage less the threshold.
    rule : MembraneRule
        Its name and steepness.
    """
    alpha = rule.alpha
    if rule.derivative == "triangle":
        return tf.nn.relu(alpha - alpha * alpha * tf.abs(x))
    if rule.derivative == "arctan":
        return alpha / 2 / (1 + tf.square(math.pi / 2 * alpha * x))
    s = tf.sigmoid(alpha * x)
    return alpha * s * (1 - s)
