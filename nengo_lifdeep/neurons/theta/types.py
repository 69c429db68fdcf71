"""`Theta`, `ThetaPulse` and `ThetaRate`: a neuron whose state is an angle, and its rate.

The theta neuron is the quadratic integrate-and-fire neuron, the form that every neuron with a
saddle-node bifurcation on a circle takes near its threshold (Ermentrout & Kopell 1986, "Parabolic
bursting in an excitable system coupled with a slow oscillation").
"""

from __future__ import annotations

from typing import Any

import nengo
import numpy as np
from nengo.params import NumberParam
from numpy.typing import ArrayLike, NDArray

from ...errors import ValidationError
from ...support.checks.arrays import checked_array
from ..bounds import BOUNDS, Bound, check_parameters
from .exact import advance, pulse

__all__ = ["Theta", "ThetaPulse", "ThetaRate", "theta_rate", "theta_slope"]

#: what a parameter of these types may be
THETA_BOUNDS = {"tau": Bound(0, unit=" s"), "amplitude": BOUNDS["amplitude"]}


def theta_rate(J: ArrayLike, tau: float) -> NDArray:
    """``sqrt(max(J, 0)) / (pi tau)``, in Hz.

    Parameters
    ----------
    J : (...,) array_like
        Input currents, dimensionless; neurons fire above 0.
    tau : float
        Time constant, in seconds.

    Examples
    --------
    >>> theta_rate([-1.0, 4.0], 0.01).round(2)
    array([ 0.  , 63.66])
    """
    return np.sqrt(np.maximum(np.asarray(J, dtype=float), 0)) / (np.pi * tau)


def theta_slope(J: ArrayLike, tau: float) -> NDArray:
    """Derivative of `theta_rate` by the current; it grows without bound towards 0.

    Parameters
    ----------
    J : (...,) array_like
        Input currents, dimensionless.
    tau : float
        Time constant, in seconds.

    Examples
    --------
    >>> theta_slope([-1.0, 4.0], 0.01).round(3)
    array([0.   , 7.958])
    """
    J = np.asarray(J, dtype=float)
    above = J > 0
    return np.where(above, 0.5 / np.sqrt(np.where(above, J, 1.0)), 0.0) / (np.pi * tau)


class ThetaRate(nengo.neurons.NeuronType):
    """The rate of a theta neuron, ``amplitude sqrt(max(J, 0)) / (pi tau)``.

    Networks can be trained with it; its spiking counterpart is `Theta`. Its slope is infinite at
    the threshold from above, as that of `nengo.LIFRate` is.

    Parameters
    ----------
    tau : float
        Time constant in seconds, positive.
    amplitude : float
        Output per Hz, positive.
    initial_state : dict, optional
        As in `nengo.LIFRate`; there are no state variables.

    Raises
    ------
    ValidationError
        If a parameter is out of bounds or not a number.

    Examples
    --------
    >>> ThetaRate(tau=0.01).rates([1.0], gain=4.0, bias=0.0).ravel().round(2)
    array([63.66])
    """

    negative = False
    tau = NumberParam("tau", low=0, low_open=True)
    amplitude = NumberParam("amplitude", low=0, low_open=True)

    def __init__(
        self, tau: float = 0.01, amplitude: float = 1, initial_state: dict | None = None
    ) -> None:
        given = {"tau": tau, "amplitude": amplitude, "initial_state": initial_state}
        check_parameters(type(self).__name__, given, THETA_BOUNDS)
        super().__init__(initial_state)
        self.tau, self.amplitude = tau, amplitude

    def step(self, dt: float, J: NDArray, output: NDArray) -> None:
        """Write the output at currents ``J``."""
        output[...] = self.amplitude * theta_rate(J, self.tau)

    def rates(self, x: Any, gain: Any, bias: Any) -> NDArray:
        """Output for input ``x``, amplitude included."""
        x = checked_array(x, "x", finite=False)
        return self.amplitude * theta_rate(self.current(x, gain, bias), self.tau)

    def gain_bias(self, max_rates: ArrayLike, intercepts: ArrayLike) -> tuple[NDArray, NDArray]:
        """Gain and bias with ``J = 0`` at the intercepts and ``max_rates`` (Hz) at ``x = 1``.

        In closed form: ``J = (pi tau max_rate)^2`` at ``x = 1``.
        """
        max_rates = np.atleast_1d(np.asarray(max_rates, dtype=float))
        intercepts = np.atleast_1d(np.asarray(intercepts, dtype=float))
        if not np.all(np.isfinite(max_rates) & (max_rates > 0)):
            raise ValidationError(
                f"{type(self).__name__}: max_rates are {max_rates}; expected rates above 0 Hz"
            )
        if not np.all(intercepts < 1):
            raise ValidationError(
                f"{type(self).__name__}: intercepts are {intercepts}; expected numbers below 1, "
                "where max_rates are reached"
            )
        gain = (np.pi * self.tau * max_rates) ** 2 / (1 - intercepts)
        return gain, -gain * intercepts

    def max_rates_intercepts(self, gain: ArrayLike, bias: ArrayLike) -> tuple[NDArray, NDArray]:
        """Inverse of `gain_bias`: rates in Hz at ``x = 1`` and the ``x`` at which ``J = 0``."""
        gain, bias = np.asarray(gain, dtype=float), np.asarray(bias, dtype=float)
        return theta_rate(gain + bias, self.tau), -bias / gain


class Theta(ThetaRate):
    """A spiking theta neuron: ``tau theta' = 1 - cos theta + (1 + cos theta) J``.

    It fires when theta passes pi, for constant positive currents with ``sqrt(J) / (pi tau)`` Hz,
    and rests for negative ones. A step is exact for a current that is constant during it, however
    long it is; a neuron may fire several times in one. Besides ``"output"`` (spikes of height
    ``amplitude / dt``) its angle ``"theta"`` and the smooth ``"pulse"``
    ``(2/3) (1 - cos theta)^2`` can be probed.

    Parameters
    ----------
    tau : float
        Time constant in seconds, positive.
    amplitude : float
        Height of a spike is ``amplitude / dt``; positive.
    initial_state : dict, optional
        ``{"theta": ...}``: angles in radians to start from; uniform from -pi to pi by default.

    Raises
    ------
    ValidationError
        If a parameter is out of bounds or not a number.

    Examples
    --------
    >>> with nengo.Network() as network:
    ...     population = nengo.Ensemble(10, 1, neuron_type=Theta(tau=0.01))
    ...     pulses = nengo.Probe(population.neurons, "pulse")

    References
    ----------
    Ermentrout and Kopell (1986), "Parabolic bursting in an excitable system coupled with a slow
    oscillation", SIAM Journal on Applied Mathematics 46.
    """

    spiking = True
    state = {
        "theta": nengo.dists.Uniform(-np.pi, np.pi),
        "pulse": nengo.dists.Choice([0]),
    }

    def step(  # type: ignore[override]
        self, dt: float, J: NDArray, output: NDArray, theta: NDArray, pulse: NDArray
    ) -> None:
        """One step at currents ``J``; writes spikes of height ``amplitude / dt``."""
        spikes = _step(theta, pulse, J, dt / self.tau)
        output[...] = spikes * (self.amplitude / dt)


class ThetaPulse(ThetaRate):
    """A theta neuron whose output is its smooth pulse, with which such neurons are coupled.

    As `Theta`, but connections from it carry ``amplitude (2/3) (1 - cos theta)^2``, whose mean
    over all angles is the amplitude. ``"theta"`` and ``"fired"``, the number of spikes in a step,
    can be probed.

    Parameters
    ----------
    tau : float
        Time constant in seconds, positive.
    amplitude : float
        Factor on the pulse, positive.
    initial_state : dict, optional
        ``{"theta": ...}``: angles in radians to start from; uniform from -pi to pi by default.

    Raises
    ------
    ValidationError
        If a parameter is out of bounds or not a number.

    Examples
    --------
    >>> neuron = ThetaPulse(tau=1.0)
    >>> theta, fired, output = np.zeros(1), np.zeros(1), np.zeros(1)
    >>> neuron.step(0.5, np.ones(1), output, theta, fired)
    >>> print(theta, output.round(4))
    [1.] [0.1409]
    """

    spiking = False
    state = {
        "theta": nengo.dists.Uniform(-np.pi, np.pi),
        "fired": nengo.dists.Choice([0]),
    }

    def step(  # type: ignore[override]
        self, dt: float, J: NDArray, output: NDArray, theta: NDArray, fired: NDArray
    ) -> None:
        """One step at currents ``J``; writes pulses times the amplitude."""
        fired[...] = _step(theta, output, J, dt / self.tau)
        output[...] *= self.amplitude


def _step(theta: NDArray, pulses: NDArray, J: NDArray, h: float) -> NDArray:
    """Spikes of one step; angles and pulses are written."""
    theta[...], spikes = advance(theta, J, h)
    pulses[...] = pulse(theta)
    return spikes
