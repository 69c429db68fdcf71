"""Firing rates as functions of the input current: the NumPy truth every twin is tested against.

All functions take the dimensionless current ``J`` (threshold 1 for the LIF family, 0 for the
rectified-linear family) and give Hz, without the output amplitude. They keep float32 and
float64, broadcast, and are finite, without warnings, for every ``|J| <= 1e4``. A NaN current
gives a NaN rate.

The LIF rate and its smoothed form are equations 4 and 5 of Hunsberger and Eliasmith,
"Training Spiking Deep Networks for Neuromorphic Hardware" (2016).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ValidationError

__all__ = [
    "discretized_time_constants",
    "integrate_and_fire_rate",
    "integrate_and_fire_slope",
    "lif_rate",
    "lif_slope",
    "loihi_integrate_and_fire_rate",
    "loihi_integrate_and_fire_slope",
    "loihi_lif_rate",
    "loihi_lif_slope",
    "period",
    "rectified_linear_rate",
    "rectified_linear_slope",
    "soft_loihi_lif_slope",
    "softlif_rate",
    "softlif_slope",
]

#: below this many sigmas under threshold the softplus is its own exponential
_DEEP = -15.0
#: Loihi stores the membrane decay per step in this many parts
_DECAY_PARTS = 2**12 - 1


def _current(J: ArrayLike) -> NDArray:
    J = np.asarray(J)
    return J if J.dtype in (np.float32, np.float64) else J.astype(np.float64)


def period(rate: ArrayLike) -> NDArray:
    """Interval between spikes in seconds for ``rate`` in Hz; infinite where the rate is zero.

    Examples
    --------
    >>> float(period(200.0))
    0.005
    """
    rate = _current(rate)
    with np.errstate(divide="ignore", over="ignore"):
        return 1.0 / rate


def _softplus_parts(J: NDArray, sigma: float) -> tuple[NDArray, NDArray, NDArray]:
    """Overdrive ``p = rho(J - 1)``, ``log(1 + 1/p)`` and ``sigmoid / p``, none of them overflowing.

    With ``x = (J - 1) / sigma``, ``p = max(J - 1, 0) + sigma log(1 + exp(-|x|))``. Deep below
    threshold p underflows, but its logarithm is ``x - exp(x)/2 + log(sigma)`` and
    ``sigmoid(x) / p`` tends to ``(1 - exp(x)/2) / sigma``.
    """
    x = (J - 1) / sigma
    decay = np.exp(-np.minimum(np.abs(x), 80.0))
    p = np.maximum(J - 1, 0) + sigma * np.log1p(decay)
    deep = x < _DEEP
    safe = np.where(deep, 1.0, p).astype(J.dtype)
    log_term = np.where(deep, decay / 2 - x - np.log(sigma), np.log1p(1 / safe))
    sigmoid = np.where(x >= 0, 1, decay) / (1 + decay)
    quotient = np.where(deep, (1 - decay / 2) / sigma, sigmoid / safe)
    return p, log_term.astype(J.dtype), quotient.astype(J.dtype)


def softlif_rate(J: ArrayLike, tau_rc: float, tau_ref: float, sigma: float) -> NDArray:
    """Smooth LIF rate ``1 / (tau_ref + tau_rc log(1 + 1/rho(J - 1)))``.

    ``rho(x) = sigma log(1 + exp(x / sigma))`` replaces the hard LIF's ``max(x, 0)``.

    Parameters
    ----------
    J : array_like
        Input current, dimensionless, threshold 1.
    tau_rc, tau_ref : float
        Membrane time constant and refractory period, in seconds.
    sigma : float
        Width of the softplus, in units of current, at least 1e-6.

    Returns
    -------
    ndarray
        Rates in Hz, shape of ``J``.

    Examples
    --------
    >>> softlif_rate([0.0, 1.0, 2.0], tau_rc=0.02, tau_ref=0.002, sigma=0.02).round(3)
    array([ 0.926, 11.384, 63.04 ])

    References
    ----------
    Hunsberger and Eliasmith (2015), "Spiking Deep Networks with LIF Neurons", section 2.
    """
    J = _current(J)
    _, log_term, _ = _softplus_parts(J, sigma)
    return 1 / (tau_ref + tau_rc * log_term)


def softlif_slope(J: ArrayLike, tau_rc: float, tau_ref: float, sigma: float) -> NDArray:
    """Derivative of `softlif_rate` by current, in Hz per unit current.

    ``r^2 tau_rc s / (p (1 + p))`` with ``s`` the logistic function of ``(J - 1) / sigma`` and
    ``p = rho(J - 1)``; far below threshold ``r^2 tau_rc / sigma``. Parameters as `softlif_rate`.

    Examples
    --------
    >>> float(softlif_slope(2.0, tau_rc=0.02, tau_ref=0.002, sigma=0.02).round(3))
    39.74
    """
    J = _current(J)
    p, log_term, quotient = _softplus_parts(J, sigma)
    rate = 1 / (tau_ref + tau_rc * log_term)
    return rate * rate * tau_rc * quotient / (1 + p)


def _overdrive(J: NDArray) -> tuple[NDArray, NDArray]:
    """``J - 1`` where it is positive (elsewhere 1, to be masked), and the mask of the silent."""
    silent = J <= 1
    return np.where(silent, 1, J - 1).astype(J.dtype), silent


def lif_rate(J: ArrayLike, tau_rc: float, tau_ref: float) -> NDArray:
    """Rate of the leaky integrate-and-fire neuron, ``1 / (tau_ref + tau_rc log(1 + 1/(J - 1)))``.

    Zero for ``J <= 1``. Parameters as `softlif_rate`.

    Examples
    --------
    >>> lif_rate([1.0, 2.0], tau_rc=0.02, tau_ref=0.002).round(3)
    array([ 0.  , 63.04])
    """
    J = _current(J)
    j, silent = _overdrive(J)
    rate = 1 / (tau_ref + tau_rc * np.log1p(1 / j))
    return np.where(silent, 0, rate).astype(J.dtype)


def lif_slope(J: ArrayLike, tau_rc: float, tau_ref: float) -> NDArray:
    """Derivative of `lif_rate`, ``r^2 tau_rc / (j (1 + j))`` with ``j = J - 1``; zero when silent.

    It grows without bound as ``J`` comes down to 1; the last float above 1 is still finite.

    Examples
    --------
    >>> lif_slope([1.0, 2.0], tau_rc=0.02, tau_ref=0.002).round(3)
    array([ 0.  , 39.74])
    """
    J = _current(J)
    j, silent = _overdrive(J)
    rate = 1 / (tau_ref + tau_rc * np.log1p(1 / j))
    return np.where(silent, 0, rate * rate * tau_rc / (j * (1 + j))).astype(J.dtype)


def rectified_linear_rate(J: ArrayLike) -> NDArray:
    """``max(J, 0)``: a neuron whose rate in Hz is its current.

    Examples
    --------
    >>> rectified_linear_rate([-1.0, 3.0])
    array([0., 3.])
    """
    return np.maximum(_current(J), 0)


def rectified_linear_slope(J: ArrayLike) -> NDArray:
    """Derivative of `rectified_linear_rate`: 0 up to ``J = 0``, 1 above.

    Examples
    --------
    >>> rectified_linear_slope([-1.0, 3.0])
    array([0., 1.])
    """
    J = _current(J)
    return np.where(np.isnan(J), J, J > 0).astype(J.dtype)


#: An integrate-and-fire neuron without leak or refractory period charges to its threshold 1 at
#: ``J`` per second, so in continuous time it is the spiking face of the rectified-linear neuron.
integrate_and_fire_rate = rectified_linear_rate
integrate_and_fire_slope = rectified_linear_slope


def discretized_time_constants(tau_rc: float, tau_ref: float, dt: float) -> tuple[float, float]:
    """The ``(tau_rc, tau_ref)`` Loihi really has: 12-bit decay per step, whole refractory steps.

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
    J = _current(J)
    tau_rc, tau_ref = discretized_time_constants(tau_rc, tau_ref, dt)
    j, silent = _overdrive(J)
    return _whole_steps(tau_ref + tau_rc * np.log1p(1 / j), dt, silent)


def loihi_lif_slope(J: ArrayLike, tau_rc: float, tau_ref: float, dt: float = 0.001) -> NDArray:
    """Slope to train the staircase `loihi_lif_rate` with: that of the curve through its middle.

    Rounding up adds half a step on average, so it is `lif_slope` with ``tau_ref + dt/2``.
    The staircase's own derivative is zero almost everywhere.

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

    Examples
    --------
    >>> float(soft_loihi_lif_slope(2.0, tau_rc=0.02, tau_ref=0.002, sigma=0.02).round(2))
    37.39
    """
    tau_rc, tau_ref = discretized_time_constants(tau_rc, tau_ref, dt)
    return softlif_slope(J, tau_rc, tau_ref + dt / 2, sigma)


def loihi_integrate_and_fire_rate(J: ArrayLike, dt: float = 0.001) -> NDArray:
    """Integrate-and-fire rate on Loihi: the interval ``1/J`` rounded up to whole steps.

    Examples
    --------
    >>> loihi_integrate_and_fire_rate([-1.0, 100.0, 300.0]).round(1)
    array([  0., 100., 250.])
    """
    J = _current(J)
    silent = J <= 0
    # an interval over 1e30 steps is silence in any arithmetic; the bound keeps 1/J finite
    charge = np.maximum(np.where(silent, 1, J).astype(J.dtype), 1e-30 / dt)
    return _whole_steps(1 / charge, dt, silent)


def loihi_integrate_and_fire_slope(J: ArrayLike, dt: float = 0.001) -> NDArray:
    """Slope for `loihi_integrate_and_fire_rate`, of the middle curve ``1 / (1/J + dt/2)``.

    Examples
    --------
    >>> loihi_integrate_and_fire_slope([-1.0, 0.0, 2000.0])
    array([0.  , 0.  , 0.25])
    """
    J = _current(J)
    return np.where(J <= 0, 0, 1 / (1 + np.maximum(J, 0) * dt / 2) ** 2).astype(J.dtype)
