"""Firing rates of neurons on Loihi, in whole steps, and the slopes to train them with.

Like those in `rates` they take the dimensionless current ``J`` and give Hz; a neuron on the chip
can only spike at a step, so that its rate is a staircase.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import ValidationError
from ..rates import as_current, lif_slope, overdrive, softlif_slope

__all__ = [
    "discretized_time_constants",
    "loihi_integrate_and_fire_rate",
    "loihi_integrate_and_fire_slope",
    "loihi_lif_rate",
    "loihi_lif_slope",
    "soft_loihi_lif_slope",
]

#: Loihi stores the membrane decay per step in this many parts
_DECAY_PARTS = 2**12 - 1


def discretized_time_constants(tau_rc: float, tau_ref: float, dt: float) -> tuple[float, float]:
    """The ``(tau_rc, tau_ref)`` Loihi really has: 12-bit decay per step, whole refractory steps.

    Parameters
    ----------
    tau_rc : float
        Membrane time constant, in seconds.
    tau_ref : float
        Refractory period, in seconds.
    dt : float
        Time step, in seconds.

    Raises
    ------
    ValidationError
        If the decay per step rounds to none or to everything, so that no leaky neuron is left.

    Examples
    --------
    >>> discretized_time_constants(0.02, 0.0024, dt=0.001)[1]
    0.002
    """
    decay = round(-np.expm1(-dt / tau_rc) * _DECAY_PARTS) / _DECAY_PARTS
    if not 0 < decay < 1:
        raise ValidationError(
            f"tau_rc = {tau_rc} s with dt = {dt} s gives a membrane decay of {decay:g} per step "
            f"in Loihi's 12 bits; expected between 0 and 1: use a tau_rc between "
            f"{dt / 8:g} and {dt * 8000:g} s"
        )
    return float(-dt / np.log1p(-decay)), dt * round(tau_ref / dt)


def _whole_steps(interval: NDArray, dt: float, silent: NDArray) -> NDArray:
    """Rate of a neuron that can only spike at multiples of ``dt``."""
    return np.where(silent, 0, (1 / dt) / np.ceil(interval / dt)).astype(interval.dtype)


def loihi_lif_rate(J: ArrayLike, tau_rc: float, tau_ref: float, dt: float = 0.001) -> NDArray:
    """LIF rate on Loihi: time constants discretised and the interval rounded up to whole steps.

    Parameters
    ----------
    J : array_like
        Input current, threshold 1.
    tau_rc, tau_ref : float
        Time constants asked for, in seconds; see `discretized_time_constants`.
    dt : float
        Duration of one Loihi step, in seconds.

    Examples
    --------
    >>> loihi_lif_rate([1.0, 2.0, 10.0], tau_rc=0.02, tau_ref=0.002).round(1)
    array([  0. ,  62.5, 200. ])
    """
    J = as_current(J)
    tau_rc, tau_ref = discretized_time_constants(tau_rc, tau_ref, dt)
    j, silent = overdrive(J)
    return _whole_steps(tau_ref + tau_rc * np.log1p(1 / j), dt, silent)


def loihi_lif_slope(J: ArrayLike, tau_rc: float, tau_ref: float, dt: float = 0.001) -> NDArray:
    """Slope to train the staircase `loihi_lif_rate` with: that of the curve through its middle.

    Rounding up adds half a step on average, so it is `lif_slope` with ``tau_ref + dt/2``.
    The staircase's own derivative is zero almost everywhere.

    Parameters
    ----------
    J : (...,) array_like
        Input currents, dimensionless; the firing threshold of LIF neurons is 1.
    tau_rc : float
        Membrane time constant, in seconds.
    tau_ref : float
        Refractory period, in seconds.
    dt : float
        Time step, in seconds.

    Examples
    --------
    >>> float(loihi_lif_slope(0.5, tau_rc=0.02, tau_ref=0.002))
    0.0
    """
    tau_rc, tau_ref = discretized_time_constants(tau_rc, tau_ref, dt)
    return lif_slope(J, tau_rc, tau_ref + dt / 2)


def soft_loihi_lif_slope(
    J: ArrayLike, tau_rc: float, tau_ref: float, sigma: float, dt: float = 0.001
) -> NDArray:
    """Slope to train `loihi_lif_rate` with at the threshold too: `softlif_slope` of the middle.

    Like `loihi_lif_slope`, with the softplus of width ``sigma`` in place of the hard threshold.

    Parameters
    ----------
    J : (...,) array_like
        Input currents, dimensionless; the firing threshold of LIF neurons is 1.
    tau_rc : float
        Membrane time constant, in seconds.
    tau_ref : float
        Refractory period, in seconds.
    sigma : float
        Width of the smoothing at threshold, in units of current.
    dt : float
        Time step, in seconds.

    Examples
    --------
    >>> float(soft_loihi_lif_slope(2.0, tau_rc=0.02, tau_ref=0.002, sigma=0.02).round(2))
    37.39
    """
    tau_rc, tau_ref = discretized_time_constants(tau_rc, tau_ref, dt)
    return softlif_slope(J, tau_rc, tau_ref + dt / 2, sigma)


def loihi_integrate_and_fire_rate(J: ArrayLike, dt: float = 0.001) -> NDArray:
    """Integrate-and-fire rate on Loihi: the interval ``1/J`` rounded up to whole steps.

    Parameters
    ----------
    J : (...,) array_like
        Input currents, dimensionless; the firing threshold of LIF neurons is 1.
    dt : float
        Time step, in seconds.

    Examples
    --------
    >>> loihi_integrate_and_fire_rate([-1.0, 100.0, 300.0]).round(1)
    array([  0., 100., 250.])
    """
    J = as_current(J)
    silent = J <= 0
    # an interval over 1e30 steps is silence in any arithmetic; the bound keeps 1/J finite
    charge = np.maximum(np.where(silent, 1, J).astype(J.dtype), 1e-30 / dt)
    return _whole_steps(1 / charge, dt, silent)


def loihi_integrate_and_fire_slope(J: ArrayLike, dt: float = 0.001) -> NDArray:
    """Slope for `loihi_integrate_and_fire_rate`, of the middle curve ``1 / (1/J + dt/2)``.

    Parameters
    ----------
    J : (...,) array_like
        Input currents, dimensionless; the firing threshold of LIF neurons is 1.
    dt : float
        Time step, in seconds.

    Examples
    --------
    >>> loihi_integrate_and_fire_slope([-1.0, 0.0, 2000.0])
    array([0.  , 0.  , 0.25])
    """
    J = as_current(J)
    return np.where(J <= 0, 0, 1 / (1 + np.maximum(J, 0) * dt / 2) ** 2).astype(J.dtype)
