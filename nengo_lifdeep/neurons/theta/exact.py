"""One step of a theta neuron, exact for a current that is constant during it.

The angle obeys ``tau theta' = 1 - cos theta + (1 + cos theta) J``. With ``v = tan(theta / 2)``
this is ``tau v' = v^2 + J``, and with ``v = p / q`` it is linear: ``tau p' = J q``,
``tau q' = -p``. The solution has cosine and sine of ``sqrt(J) dt / tau`` for positive currents,
the hyperbolic ones for negative ones; only the direction of ``(p, q)`` matters. A spike is where
theta passes pi, which is where q changes its sign.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["PULSE", "advance", "pulse"]

#: of the pulse ``PULSE (1 - cos theta)^2``, whose mean over all angles is 1
PULSE = 2 / 3


def advance(theta: NDArray, J: NDArray, h: float) -> tuple[NDArray, NDArray]:
    """Angles after a step, and how often each neuron fired in it.

    Parameters
    ----------
    theta : (...,) array
        Angles, in radians.
    J : (...,) array
        Currents during the step, dimensionless; neurons fire above 0.
    h : float
        The step over the neuron's time constant, ``dt / tau``.

    Returns
    -------
    theta : (...,) array
        From -pi to pi.
    spikes : (...,) array
        Whole numbers.

    Examples
    --------
    From -pi to pi takes ``pi / sqrt(J)``:

    >>> theta, spikes = advance(np.array([-3.1415926]), np.array([4.0]), 1.5708)
    >>> print(int(spikes[0]), theta.round(3))
    1 [-3.142]
    """
    p, q = np.sin(theta / 2), np.cos(theta / 2)
    p, q = np.where(q < 0, -p, p), np.abs(q)
    omega = np.sqrt(np.abs(J))
    x = omega * h
    fires = J > 0
    # hyperbolic ones without their common factor exp(x) / 2, which overflows
    e = np.expm1(-2 * np.where(fires, 0.0, x))
    c = np.where(fires, np.cos(x), 2 + e)
    still = omega == 0
    s = np.where(fires, np.sin(x), -e) / np.where(still, 1.0, omega)
    c, s = np.where(still, 1.0, c), np.where(still, h, s)
    after_p, after_q = p * c + J * q * s, q * c - p * s
    turned = np.floor((np.arctan2(p, omega * q) + x) / np.pi + 0.5)
    spikes = np.where(fires, np.maximum(turned, 0.0), after_q < 0)
    sign = np.where(after_q < 0, -1.0, 1.0)
    return 2 * np.arctan2(sign * after_p, sign * after_q), spikes


def pulse(theta: NDArray) -> NDArray:
    """``(2/3) (1 - cos theta)^2``: what a neuron sends around its spike, smooth.

    Parameters
    ----------
    theta : (...,) array
        Angles, in radians.

    Examples
    --------
    >>> pulse(np.array([0.0, np.pi])).round(3)
    array([0.   , 2.667])
    """
    return PULSE * (1 - np.cos(theta)) ** 2
