"""What one time step does to a voltage, in numbers."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...errors import ValidationError

__all__ = ["StepNumbers", "step_numbers"]


class StepNumbers(NamedTuple):
    """What one step of a `StepLIF` does.

    Parameters
    ----------
    kept : float or (neuron,) array
        Share of the voltage that it leaves, 1 without leak.
    gain : float or (neuron,) array
        What a current of 1 adds to the voltage.
    taken : float or (neuron,) array
        Voltage that a spike takes away at once; 0 where it is set to 0.
    current : float or (neuron,) array
        Share of the filtered current that it leaves, 0 without a filter.
    """

    kept: Any
    gain: Any
    taken: Any
    current: Any


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
    current = _kept(neuron, neuron.tau_syn, dt) if np.any(neuron.tau_syn) else 0.0
    whole = np.isinf(neuron.tau_mem) | (not neuron.decay_input)
    lost = np.where(whole, dt, _lost(neuron, neuron.tau_mem, dt))
    taken: Any = 0.0 if neuron.reset == "zero" else float(neuron.threshold)
    if neuron.reset == "subtract next":  # less by the threshold after the decay
        taken = taken * np.divide(
            1.0, kept, out=np.ones(np.shape(kept)), where=np.asarray(kept) > 0
        )
    return StepNumbers(*(_plain(each) for each in (kept, lost, taken, current)))


def _plain(value: Any) -> Any:
    return value if np.ndim(value) else float(value)


def _kept(neuron: Any, tau: Any, dt: float) -> Any:
    if neuron.exact:
        with np.errstate(divide="ignore"):  # 0 for no filter
            return np.exp(-dt / np.asarray(tau, float))
    least = float(np.min(np.where(np.asarray(tau) > 0, tau, math.inf)))
    if dt > least * (1 + 1e-6):
        raise ValidationError(
            f"a step of {dt:g} s is longer than a time constant of {neuron!r}, and Euler's rule "
            f"would swing; expected dt <= {least:g} s: Presentation(dt=...), or exact=True"
        )
    return np.maximum(
        1 - np.divide(dt, tau, out=np.ones(np.shape(tau)), where=np.asarray(tau) > 0), 0
    )


def _lost(neuron: Any, tau: Any, dt: float) -> Any:
    share = dt / np.asarray(tau, float)
    return -np.expm1(-share) if neuron.exact else np.minimum(share, 1.0)
