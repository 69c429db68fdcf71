"""What one time step does to a voltage, in numbers."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ...errors import ValidationError

__all__ = ["StepNumbers", "step_numbers"]


class StepNumbers(NamedTuple):
    """What one step of a `StepLIF` does.

    Parameters
    ----------
    kept : float
        Share of the voltage that it leaves, 1 without leak.
    gain : float
        What a current of 1 adds to the voltage.
    taken : float
        Voltage that a spike takes away at once; 0 where it is set to 0.
    current : float
        Share of the filtered current that it leaves, 0 without a filter.
    """

    kept: float
    gain: float
    taken: float
    current: float


def step_numbers(neuron: Any, dt: float) -> StepNumbers:
    """What a step of ``dt`` seconds does.

    Parameters
    ----------
    neuron : StepLIF
        The neuron.
    dt : float
        Time step, in seconds.

    Raises
    ------
    ValidationError
        If a step is longer than a time constant and not ``exact``.

    Examples
    --------
    >>> from nengo_lifdeep.neurons import StepLIF
    >>> step_numbers(StepLIF(tau_mem=0.02, reset="subtract"), 0.001)
    StepNumbers(kept=0.95, gain=0.05, taken=1.0, current=0.0)
    """
    kept = _kept(neuron, neuron.tau_mem, dt)
    current = _kept(neuron, neuron.tau_syn, dt) if neuron.tau_syn > 0 else 0.0
    gain = dt if math.isinf(neuron.tau_mem) else _lost(neuron, neuron.tau_mem, dt)
    taken = 0.0 if neuron.reset == "zero" else 1.0
    if neuron.reset == "subtract next" and kept > 0:
        taken = 1 / kept  # less by 1 after the decay
    return StepNumbers(kept, gain, taken, current)


def _kept(neuron: Any, tau: float, dt: float) -> float:
    if not neuron.exact and dt > tau * (1 + 1e-6):
        raise ValidationError(
            f"a step of {dt:g} s is longer than a time constant of {neuron!r}, and Euler's rule "
            f"would swing; expected dt <= {tau:g} s: Presentation(dt=...), or exact=True"
        )
    return math.exp(-dt / tau) if neuron.exact else max(1 - dt / tau, 0.0)


def _lost(neuron: Any, tau: float, dt: float) -> float:
    return -math.expm1(-dt / tau) if neuron.exact else min(dt / tau, 1.0)
