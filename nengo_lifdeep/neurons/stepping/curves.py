"""Rates of `StepLIF`: counted in steps, and those of the curve without steps that it follows."""

from __future__ import annotations

import math
from typing import Any

import nengo
import numpy as np
from numpy.typing import NDArray

from ...errors import ValidationError
from ..kinds import kind_of

__all__ = ["curve", "faster", "least_current", "rate", "rate_type", "sensitivity", "slope"]

#: steps in which the rate at a constant current is counted
_COUNTED = 2000


def sensitivity(neuron: Any) -> Any:
    """Factor on currents to those of the neuron with threshold 1 and ``decay_input``.

    Parameters
    ----------
    neuron : StepLIF
        The neuron.
    """
    whole = np.isinf(neuron.tau_mem) | bool(neuron.decay_input)
    return np.where(whole, 1.0, neuron.tau_mem) / neuron.threshold


def rate_type(neuron: Any) -> Any:
    """The rate neuron without steps, where Nengo has one for these currents.

    Parameters
    ----------
    neuron : StepLIF
        The neuron.
    """
    if np.any(sensitivity(neuron) != 1):
        raise ValidationError(
            f"{neuron!r} has no rate neuron: its threshold or decay_input is its own. It runs in "
            "'events', 'nengo' and 'rate' as it is"
        )
    return curve(neuron)


def curve(neuron: Any) -> Any:
    """The rate neuron without steps, of threshold 1 and with ``decay_input``.

    Parameters
    ----------
    neuron : StepLIF
        The neuron.
    """
    if np.ndim(neuron.tau_mem):
        raise ValidationError(
            "neurons with a time constant of their own each have no common rate curve; run them "
            "with simulator='nengo'"
        )
    if math.isinf(neuron.tau_mem):
        return nengo.RectifiedLinear(neuron.amplitude)
    return nengo.LIFRate(neuron.tau_mem, 0.0, neuron.amplitude)


def rate(neuron: Any, J: Any, dt: float) -> NDArray:
    """Spikes from the first to the last one in `_COUNTED` steps, by the time between them.

    Parameters
    ----------
    neuron : StepLIF
        The neuron.
    J : array of float
        Currents.
    dt : float
        Time step, in seconds.
    """
    given = np.shape(J)
    J = np.asarray(J, dtype=float)
    J = J if np.ndim(neuron.tau_mem) or np.ndim(neuron.tau_syn) else J.ravel()
    voltage, current, output = np.zeros(J.shape), J.copy(), np.zeros(J.shape)
    count, first, last = np.zeros(J.shape), np.full(J.shape, -1), np.zeros(J.shape)
    for step in range(_COUNTED):
        neuron.step(dt, J, output, voltage, current)
        spikes = np.rint(output * dt / neuron.amplitude)
        count += np.where(first >= 0, spikes, 0)
        fired = spikes > 0
        first = np.where(fired & (first < 0), step, first)
        last = np.where(fired, step, last)
    lasted = np.where(last > first, last - first, 1) * dt
    rates = np.where(count > 0, count / lasted, np.where(first >= 0, 1 / (_COUNTED * dt), 0.0))
    return rates.reshape(given)


def slope(neuron: Any, J: Any, dt: float) -> NDArray:
    """Of the rate, which goes in steps, over 5 % of the current to both sides.

    Parameters
    ----------
    neuron : StepLIF
        The neuron.
    J : array of float
        Currents.
    dt : float
        Time step, in seconds.
    """
    J = np.asarray(J, dtype=float)
    width = 0.05 * np.maximum(np.abs(J), 1.0)
    return (rate(neuron, J + width, dt) - rate(neuron, J - width, dt)) / (2 * width)


def faster(neuron: Any, factor: float) -> Any:
    """The neuron that fires ``factor`` times as fast at every current.

    Parameters
    ----------
    neuron : StepLIF
        The neuron.
    factor : float
        How much faster.
    """
    if np.any(np.isinf(neuron.tau_mem)) or not neuron.decay_input:
        raise ValidationError(
            f"{neuron!r} has no time constant to fire faster with, or one that changes its "
            "currents; use nengo.SpikingRectifiedLinear, or multiply the weights before it"
        )
    times = {name: getattr(neuron, name) / factor for name in ("tau_mem", "tau_syn")}
    values = {name: getattr(neuron, name) for name in kind_of(neuron).parameters}
    return type(neuron)(**{**values, **times})


def least_current(neuron: Any) -> float:
    """The current that ends at the threshold; of several time constants that of the slowest.

    Parameters
    ----------
    neuron : StepLIF
        The neuron.
    """
    if np.all(np.isinf(neuron.tau_mem)):
        return 0.0
    return float(np.min(1.0 / sensitivity(neuron)))
