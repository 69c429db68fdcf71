"""`SoftLIF`, the neuron that networks are trained with, as a `nengo.NeuronType`."""

from __future__ import annotations

from typing import Any

import nengo
import numpy as np
from nengo.params import NumberParam, Parameter
from numpy.typing import ArrayLike, NDArray

from ..errors import ValidationError
from ..noise import NoiseModel
from ..support.checks import shown
from ..support.checks.arrays import checked_array
from . import rates
from .bounds import BOUNDS, check_parameters

__all__ = ["SoftLIF"]


class _NoiseParam(Parameter):
    equatable = True

    def coerce(self, instance: Any, value: Any) -> Any:
        if value is not None and not isinstance(value, NoiseModel):
            raise ValidationError(
                f"SoftLIF.noise is {shown(value)}; expected None or a model of nengo_lifdeep.noise"
            )
        return super().coerce(instance, value)


class SoftLIF(nengo.LIFRate):
    """Rate of a leaky integrate-and-fire neuron, made smooth at its threshold.

    ``amplitude / (tau_ref + tau_rc log(1 + 1/rho(J - 1)))`` with the softplus
    ``rho(x) = sigma log(1 + exp(x/sigma))``, so that the slope is finite everywhere and
    gradient descent can train through it. Its spiking counterpart is `nengo.LIF`.

    Parameters
    ----------
    tau_rc : float
        Membrane time constant in seconds, positive.
    tau_ref : float
        Refractory period in seconds, zero or more.
    sigma : float
        Width of the smoothing in units of current, at least 1e-6.
    amplitude : float
        Output per Hz, positive.
    noise : NoiseModel, optional
        Noise on the rate (in Hz, before the amplitude) while training in NengoDL. It is never
        applied in `nengo.Simulator`, nor in NengoDL outside of training.
    initial_state : dict, optional
        As in `nengo.LIFRate`; there are no state variables.

    Raises
    ------
    ValidationError
        If a parameter is out of bounds or not a number.

    Examples
    --------
    >>> neuron = SoftLIF(tau_rc=0.022, tau_ref=0.002, amplitude=0.063)
    >>> neuron.rates([0.0, 1.0], gain=1.0, bias=1.0).ravel().round(3)
    array([0.653, 3.652])

    References
    ----------
    Hunsberger and Eliasmith (2015), "Spiking Deep Networks with LIF Neurons", section 2.
    """

    sigma = NumberParam("sigma", low=BOUNDS["sigma"].low)
    noise: Any = _NoiseParam("noise", optional=True)

    def __init__(
        self,
        tau_rc: float = 0.02,
        tau_ref: float = 0.002,
        sigma: float = 0.02,
        amplitude: float = 1,
        noise: NoiseModel | None = None,
        initial_state: dict | None = None,
    ) -> None:
        given = {
            "tau_rc": tau_rc, "tau_ref": tau_ref, "sigma": sigma, "amplitude": amplitude,
            "initial_state": initial_state,
        }  # fmt: skip
        check_parameters(type(self).__name__, given)
        super().__init__(
            tau_rc=tau_rc, tau_ref=tau_ref, amplitude=amplitude, initial_state=initial_state
        )
        self.sigma = sigma
        self.noise = noise

    def rates(self, x: ArrayLike, gain: ArrayLike, bias: ArrayLike) -> NDArray:
        """Noiseless output for input ``x``, amplitude included."""
        x = checked_array(x, "x", finite=False)
        return self._output(self.current(x, gain, bias))

    def step(self, dt: float, J: NDArray, output: NDArray) -> None:
        """Write the noiseless output at currents ``J``."""
        output[...] = self._output(J)

    def _output(self, J: NDArray) -> NDArray:
        return self.amplitude * rates.softlif_rate(J, self.tau_rc, self.tau_ref, self.sigma)

    def gain_bias(self, max_rates: ArrayLike, intercepts: ArrayLike) -> tuple[NDArray, NDArray]:
        """Gain and bias with ``J = 1`` at the intercepts and ``max_rates`` (Hz) at ``x = 1``.

        The soft neuron already fires a little at its intercept; a maximum rate below that
        (11 Hz by default) is refused.
        """
        max_rates = np.atleast_1d(np.asarray(max_rates, dtype=float))
        intercepts = np.atleast_1d(np.asarray(intercepts, dtype=float))
        lowest = float(rates.softlif_rate(1.0, self.tau_rc, self.tau_ref, self.sigma))
        highest = 1 / self.tau_ref if self.tau_ref > 0 else np.inf
        if not np.all((max_rates > lowest) & (max_rates < highest)):
            raise ValidationError(
                f"SoftLIF: max_rates are {max_rates}; expected above {lowest:.3g} Hz (the rate at "
                f"J = 1) and below {highest:.4g} Hz (1 / tau_ref)"
            )
        overdrive = 1 / np.expm1((1 / max_rates - self.tau_ref) / self.tau_rc)
        # inverse of the softplus
        top = overdrive + self.sigma * np.log(-np.expm1(-overdrive / self.sigma))
        gain = top / (1 - intercepts)
        return gain, 1 - gain * intercepts

    def max_rates_intercepts(self, gain: ArrayLike, bias: ArrayLike) -> tuple[NDArray, NDArray]:
        """Inverse of `gain_bias`: rates in Hz at ``x = 1`` and the ``x`` at which ``J = 1``."""
        gain, bias = np.asarray(gain, dtype=float), np.asarray(bias, dtype=float)
        max_rates = rates.softlif_rate(gain + bias, self.tau_rc, self.tau_ref, self.sigma)
        return max_rates, (1 - bias) / gain
