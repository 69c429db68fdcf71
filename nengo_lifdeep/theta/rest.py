"""Classes of theta neurons at rest: their rates, mean pulses and states.

With ``w = (1 - conj z) / (1 + conj z) = pi f + i v``, where f is the rate, a class at rest has
``(pi f)^2 = (E + sqrt(E^2 + delta^2)) / 2`` at the mean current E.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..support.checks import checked, real
from ..support.checks.arrays import checked_array
from .complex_arrays import complex_array

__all__ = ["at_rest", "mean_pulse", "pulses_at_rest", "state_of", "uncoupled_rate"]


def mean_pulse(z: ArrayLike) -> NDArray:
    """``H(z)``: mean pulse of neurons whose angles have the mean ``z`` of ``exp(i theta)``.

    Parameters
    ----------
    z : (...,) array_like of complex
        Within the unit circle.

    Examples
    --------
    >>> mean_pulse([0.0, -1.0]).round(3)
    array([1.   , 2.667])
    """
    z = complex_array(z, "z")
    return 1 - 4 / 3 * z.real + (z * z).real / 3


@checked(delta=real(above=0))
def uncoupled_rate(eta0: ArrayLike, delta: float) -> NDArray:
    """Rate of neurons with Lorentzian currents: ``sqrt((eta0 + sqrt(eta0^2 + delta^2)) / 2) / pi``.

    Parameters
    ----------
    eta0 : (...,) array_like
        Centre of the currents.
    delta : float
        Half their width at half their height, positive.

    Returns
    -------
    (...,) array
        Spikes per time constant.

    Examples
    --------
    >>> uncoupled_rate([-0.5, 0.0, 0.5], 0.05).round(5)
    array([0.01124, 0.05033, 0.22536])
    """
    return at_rest(np.asarray(checked_array(eta0, "eta0"), dtype=float), delta).real / np.pi


def at_rest(current: NDArray, delta: float) -> NDArray:
    """``w = pi f + i v`` of a class with this mean current.

    Parameters
    ----------
    current : (class,) array
        Mean current.
    delta : float
        Half the width of the currents' distribution at half its height.
    """
    root = np.hypot(current, delta)
    # E + root without cancellation where E is negative
    square = np.where(current > 0, current + root, delta**2 / (root - np.minimum(current, 0))) / 2
    x = np.sqrt(square)
    return x - 0.5j * delta / x


def state_of(w: NDArray) -> NDArray:
    """The state of classes, z, from w.

    Parameters
    ----------
    w : (class,) array of complex
        As of `at_rest`.
    """
    return np.conj((1 - w) / (1 + w))


def pulses_at_rest(current: NDArray, delta: float) -> tuple[NDArray, NDArray, NDArray]:
    """Mean pulses of classes at rest, and their slopes by the current and by delta.

    Parameters
    ----------
    current : (class,) array
        Mean current.
    delta : float
        Half the width of the currents' distribution at half its height.
    """
    w = at_rest(current, delta)
    x, root = w.real, np.hypot(current, delta)
    by_current = x / (2 * root) + 1j * delta / (4 * x * root)
    x_by_delta = delta / (4 * x * root)
    by_delta = x_by_delta + 1j * (delta / (2 * x * x) * x_by_delta - 1 / (2 * x))
    conjugate = (1 - w) / (1 + w)
    chain = (-4 / 3 + 2 / 3 * conjugate) * -2 / (1 + w) ** 2
    return mean_pulse(conjugate), (chain * by_current).real, (chain * by_delta).real
