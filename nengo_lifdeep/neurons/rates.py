"""Firing rates as functions of the input current: the NumPy reference for all other versions.

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

__all__ = [
    "as_current",
    "integrate_and_fire_rate",
    "integrate_and_fire_slope",
    "lif_rate",
    "lif_slope",
    "overdrive",
    "period",
    "rectified_linear_rate",
    "rectified_linear_slope",
    "softlif_rate",
    "softlif_slope",
]

#: below this many sigmas under threshold the softplus is its own exponential
_DEEP = -15.0


def as_current(J: ArrayLike) -> NDArray:
    """An array of float32 or float64: whatever else it was becomes float64.

    Parameters
    ----------
    J : (...,) array_like
        Input currents, dimensionless; the firing threshold of LIF neurons is 1.

    Examples
    --------
    >>> as_current([1, 2]).dtype
    dtype('float64')
    """
    J = np.asarray(J)
    return J if J.dtype in (np.float32, np.float64) else J.astype(np.float64)


def period(rate: ArrayLike) -> NDArray:
    """Interval between spikes in seconds for ``rate`` in Hz; infinite where the rate is zero.

    Parameters
    ----------
    rate : (...,) array_like
        Firing rates, in Hz.

    Examples
    --------
    >>> float(period(200.0))
    0.005
    """
    rate = as_current(rate)
    with np.errstate(divide="ignore", over="ignore"):
        return 1.0 / rate


def _softplus_parts(J: NDArray, sigma: float) -> tuple[NDArray, NDArray, NDArray]:
    """Overdrive ``p = rho(J - 1)``, ``log(1 + 1/p)`` and ``sigmoid / p``, without overflow.

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
    J = as_current(J)
    _, log_term, _ = _softplus_parts(J, sigma)
    return 1 / (tau_ref + tau_rc * log_term)


def softlif_slope(J: ArrayLike, tau_rc: float, tau_ref: float, sigma: float) -> NDArray:
    """Derivative of `softlif_rate` by current, in Hz per unit current.

    ``r^2 tau_rc s / (p (1 + p))`` with ``s`` the logistic function of ``(J - 1) / sigma`` and
    ``p = rho(J - 1)``; far below threshold ``r^2 tau_rc / sigma``. Parameters as `softlif_rate`.

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

    Examples
    --------
    >>> float(softlif_slope(2.0, tau_rc=0.02, tau_ref=0.002, sigma=0.02).round(3))
    39.74
    """
    J = as_current(J)
    p, log_term, quotient = _softplus_parts(J, sigma)
    rate = 1 / (tau_ref + tau_rc * log_term)
    return rate * rate * tau_rc * quotient / (1 + p)


def overdrive(J: NDArray) -> tuple[NDArray, NDArray]:
    """``J - 1`` where it is positive (elsewhere 1, to be masked), and the mask of the silent.

    Parameters
    ----------
    J : (...,) array of float
        Input currents, dimensionless; the threshold is 1.
    """
    silent = J <= 1
    return np.where(silent, 1, J - 1).astype(J.dtype), silent


def lif_rate(J: ArrayLike, tau_rc: float, tau_ref: float) -> NDArray:
    """Rate of the leaky integrate-and-fire neuron, ``1 / (tau_ref + tau_rc log(1 + 1/(J - 1)))``.

    Zero for ``J <= 1``. Parameters as `softlif_rate`.

    Parameters
    ----------
    J : (...,) array_like
        Input currents, dimensionless; the firing threshold of LIF neurons is 1.
    tau_rc : float
        Membrane time constant, in seconds.
    tau_ref : float
        Refractory period, in seconds.

    Examples
    --------
    >>> lif_rate([1.0, 2.0], tau_rc=0.02, tau_ref=0.002).round(3)
    array([ 0.  , 63.04])
    """
    J = as_current(J)
    j, silent = overdrive(J)
    rate = 1 / (tau_ref + tau_rc * np.log1p(1 / j))
    return np.where(silent, 0, rate).astype(J.dtype)


def lif_slope(J: ArrayLike, tau_rc: float, tau_ref: float) -> NDArray:
    """Derivative of `lif_rate`, ``r^2 tau_rc / (j (1 + j))`` with ``j = J - 1``; zero when silent.

    It grows without bound as ``J`` comes down to 1; the last float above 1 is still finite.

    Parameters
    ----------
    J : (...,) array_like
        Input currents, dimensionless; the firing threshold of LIF neurons is 1.
    tau_rc : float
        Membrane time constant, in seconds.
    tau_ref : float
        Refractory period, in seconds.

    Examples
    --------
    >>> lif_slope([1.0, 2.0], tau_rc=0.02, tau_ref=0.002).round(3)
    array([ 0.  , 39.74])
    """
    J = as_current(J)
    j, silent = overdrive(J)
    rate = 1 / (tau_ref + tau_rc * np.log1p(1 / j))
    return np.where(silent, 0, rate * rate * tau_rc / (j * (1 + j))).astype(J.dtype)


def rectified_linear_rate(J: ArrayLike) -> NDArray:
    """``max(J, 0)``: a neuron whose rate in Hz is its current.

    Parameters
    ----------
    J : (...,) array_like
        Input currents, dimensionless; the threshold is 0.

    Examples
    --------
    >>> rectified_linear_rate([-1.0, 3.0])
    array([0., 3.])
    """
    return np.maximum(as_current(J), 0)


def rectified_linear_slope(J: ArrayLike) -> NDArray:
    """Derivative of `rectified_linear_rate`: 0 up to ``J = 0``, 1 above.

    Parameters
    ----------
    J : (...,) array_like
        Input currents, dimensionless; the threshold is 0.

    Examples
    --------
    >>> rectified_linear_slope([-1.0, 3.0])
    array([0., 1.])
    """
    J = as_current(J)
    return np.where(np.isnan(J), J, J > 0).astype(J.dtype)


#: An integrate-and-fire neuron without leak or refractory period charges to its threshold 1 at
#: ``J`` per second, so in continuous time it is the spiking face of the rectified-linear neuron.
integrate_and_fire_rate = rectified_linear_rate
integrate_and_fire_slope = rectified_linear_slope
