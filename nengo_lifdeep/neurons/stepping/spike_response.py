"""`SpikeResponse`: a neuron without a membrane of its own, in whole time steps.

The potential is the current minus what is left of earlier spikes; all filtering is in the synapses.
This is the spike response model of order zero (Gerstner and Kistler 2002, "Spiking Neuron Models",
section 4.2), as layers with read-outs of their own have it.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from nengo.dists import Choice, Distribution
from nengo.neurons import NeuronType
from nengo.params import NumberParam
from numpy.typing import NDArray

from ...support.checks import real

__all__ = ["SpikeResponse"]

#: steps after which rates are read, and steps over which they are means
_SETTLED, _COUNTED = 100, 1000


class SpikeResponse(NeuronType):
    """Fires in a step where the current is above what is left of its earlier spikes.

    In time steps, with the current ``J`` and spikes ``s`` of 0 or 1::

        r_t = kept r_{t-1} + s_{t-1}    u_t = J_t - r_t    s_t = 1 where u_t > 0

    ``"voltage"`` is u, ``"refractory"`` the r of the next step; both can be probed.

    Parameters
    ----------
    kept : float
        What r keeps from one step to the next, from 0 to 1; by default ``exp(-1/2)``.
    amplitude : float
        Area of a spike, whose height is ``amplitude / dt``; positive.
    initial_state : dict, optional
        Of ``"refractory"`` and ``"voltage"``; 0 by default.

    Raises
    ------
    ValidationError
        If a parameter is out of bounds or not a number.

    Examples
    --------
    >>> neuron, output = SpikeResponse(kept=0.5), np.zeros(1)
    >>> state, fired = neuron.make_state(1), []
    >>> for _ in range(6):
    ...     neuron.step(1.0, np.array([0.7]), output, **state)
    ...     fired.append(int(output[0]))
    >>> fired
    [1, 0, 1, 0, 1, 0]
    """

    negative = False
    spiking = True
    state: ClassVar[dict[str, Distribution]] = {
        "voltage": Choice([0.0]), "refractory": Choice([0.0]),
    }  # fmt: skip
    kept = NumberParam("kept", low=0, high=1)
    amplitude = NumberParam("amplitude", low=0, low_open=True)

    def __init__(
        self, kept: float = float(np.exp(-0.5)), amplitude: float = 1.0, initial_state: Any = None
    ) -> None:
        super().__init__(initial_state)
        self.kept = real(0, 1)(kept, "SpikeResponse.kept")
        self.amplitude = real(above=0)(amplitude, "SpikeResponse.amplitude")

    def gain_bias(self, max_rates: Any, intercepts: Any) -> tuple[NDArray, NDArray]:
        """Gains of 1 and biases of 0: a current is compared with what spikes leave."""
        ones = np.ones(np.broadcast(max_rates, intercepts).shape)
        return ones, 0 * ones

    def max_rates_intercepts(self, gain: Any, bias: Any) -> tuple[NDArray, NDArray]:
        """Rates at ``x = 1`` in steps of 1 ms, and the ``x`` above which a neuron fires."""
        gains, biases = np.asarray(gain, dtype=float), np.asarray(bias, dtype=float)
        return self.rates(1.0, gains, biases)[0], -biases / gains

    def rates(self, x: Any, gain: Any, bias: Any) -> NDArray:
        """Rates in Hz at constant currents, in steps of 1 ms, counted over 1,000 of them.

        Parameters
        ----------
        x : (sample,) or (sample, neuron) array
            Represented values.
        gain, bias : (neuron,) array
            Of the neurons.
        """
        J = np.asarray(self.current(x, gain, bias))
        refractory, voltage, output, total = (np.zeros_like(J) for _ in range(4))
        for step in range(_SETTLED + _COUNTED):
            self.step(0.001, J, output, voltage, refractory)
            if step >= _SETTLED:
                total += output
        return total / _COUNTED

    def step(
        self, dt: float, J: NDArray, output: NDArray, voltage: NDArray, refractory: NDArray
    ) -> None:
        """One step.

        Parameters
        ----------
        dt : float
            Length of the step, in seconds.
        J : (neuron,) array
            Currents.
        output, voltage, refractory : (neuron,) array
            Changed in place.
        """
        voltage[...] = J - refractory
        fired = voltage > 0
        output[...] = fired * (self.amplitude / dt)
        refractory *= self.kept
        refractory += fired
