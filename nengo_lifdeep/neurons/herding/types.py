"""Herding neurons as Nengo neuron types: currents are added up once per step."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from nengo.dists import Choice, Distribution
from nengo.neurons import NeuronType, RectifiedLinear
from nengo.params import NumberParam

__all__ = ["RectifiedHerding", "SignedHerding"]

_REST: dict[str, Distribution] = {"voltage": Choice([0.0]), "time_shown": Choice([0.0])}


class SignedHerding(NeuronType):
    """Spikes of either sign, whose count is the input so far, rounded.

    ``voltage += dt J``; then ``n`` spikes of height ``amplitude / dt`` leave ``|voltage| <= 1/2``.

    Parameters
    ----------
    amplitude : float
        Area of a spike.
    restart : float
        Seconds after which the voltage begins at 0 again; 0 for never.
    initial_state : dict, optional
        Voltage at the beginning; 0 by default.

    Examples
    --------
    >>> J, output = np.array([0.3]) / 0.001, np.zeros(1)
    >>> neuron, state = SignedHerding(), {"voltage": np.zeros(1), "time_shown": np.zeros(1)}
    >>> counts = []
    >>> for _ in range(5):
    ...     neuron.step(0.001, J, output, **state)
    ...     counts.append(int(output[0] * 0.001))
    >>> counts
    [0, 1, 0, 0, 0]
    """

    negative = True
    spiking = True
    state: ClassVar[dict[str, Distribution]] = _REST
    amplitude = NumberParam("amplitude", low=0, low_open=True)
    restart = NumberParam("restart", low=0)

    def __init__(
        self, amplitude: float = 1.0, restart: float = 0.0, initial_state: Any = None
    ) -> None:
        super().__init__(initial_state)
        self.amplitude, self.restart = amplitude, restart

    def gain_bias(self, max_rates: Any, intercepts: Any) -> tuple[np.ndarray, np.ndarray]:
        """Gain 1 / (1 - intercept) times the rate, as of `nengo.RectifiedLinear`."""
        return RectifiedLinear.gain_bias(RectifiedLinear(), max_rates, intercepts)

    def max_rates_intercepts(self, gain: Any, bias: Any) -> tuple[np.ndarray, np.ndarray]:
        """The inverse of `gain_bias`."""
        return RectifiedLinear.max_rates_intercepts(RectifiedLinear(), gain, bias)

    def step(
        self, dt: float, J: np.ndarray, output: np.ndarray, voltage: np.ndarray,
        time_shown: np.ndarray,
    ) -> None:  # fmt: skip
        """One step.

        Parameters
        ----------
        dt : float
            Length of the step, in seconds.
        J : (neuron,) array
            Currents.
        output, voltage, time_shown : (neuron,) array
            Changed in place.
        """
        _begin_again(self.restart, dt, voltage, time_shown)
        voltage += dt * J
        spikes = np.sign(voltage) * np.maximum(np.ceil(np.abs(voltage) - 0.5), 0)
        voltage -= spikes
        output[:] = spikes * (self.amplitude / dt)


class RectifiedHerding(RectifiedLinear):
    """Positive spikes only: the count is what the input so far, rounded, has ever been at most.

    Unlike `nengo.SpikingRectifiedLinear` it rectifies the sum of the currents, not each step's,
    rounds to the nearest spike, and begins at a voltage of 0.

    Parameters
    ----------
    amplitude : float
        Area of a spike.
    restart : float
        Seconds after which the voltage begins at 0 again; 0 for never.
    initial_state : dict, optional
        Voltage at the beginning; 0 by default.

    Examples
    --------
    >>> RectifiedHerding().rates([-1.0, 2.0], gain=[1.0], bias=[0.0]).ravel().tolist()
    [0.0, 2.0]
    """

    negative = False
    spiking = True
    state: ClassVar[dict[str, Distribution]] = _REST
    restart = NumberParam("restart", low=0)

    def __init__(
        self, amplitude: float = 1.0, restart: float = 0.0, initial_state: Any = None
    ) -> None:
        super().__init__(amplitude, initial_state)
        self.restart = restart

    def rates(self, x: Any, gain: Any, bias: Any) -> np.ndarray:
        """Rates of `nengo.RectifiedLinear`, which the spikes tend to.

        Parameters
        ----------
        x : (point, ...) array
            Inputs.
        gain, bias : (neuron,) array
            Of every neuron.
        """
        return np.asarray(RectifiedLinear(self.amplitude).rates(x, gain, bias))

    def step(
        self, dt: float, J: np.ndarray, output: np.ndarray, voltage: np.ndarray,
        time_shown: np.ndarray,
    ) -> None:  # fmt: skip
        """One step.

        Parameters
        ----------
        dt : float
            Length of the step, in seconds.
        J : (neuron,) array
            Currents.
        output, voltage, time_shown : (neuron,) array
            Changed in place.
        """
        _begin_again(self.restart, dt, voltage, time_shown)
        voltage += dt * J
        spikes = np.maximum(np.ceil(voltage - 0.5), 0)
        voltage -= spikes
        output[:] = spikes * (self.amplitude / dt)


def _begin_again(restart: float, dt: float, voltage: np.ndarray, time_shown: np.ndarray) -> None:
    """Voltage 0 where the time is over; half a step is for rounding."""
    if not restart:
        return
    over = time_shown > restart - dt / 2
    voltage[over] = 0
    time_shown[over] = 0
    time_shown += dt
