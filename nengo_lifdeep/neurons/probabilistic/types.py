"""Probabilistic circuits as Nengo neuron types: currents are potentials, in nats."""

from __future__ import annotations

from typing import Any

import numpy as np
from nengo.neurons import NeuronType
from nengo.params import IntParam, NumberParam, Parameter

from ...errors import ValidationError
from ...support.checks import whole
from .distribution import emitted, probabilities

__all__ = ["BernoulliSigmoid", "WinnerTakeAll"]


class WinnerTakeAll(NeuronType):
    """Circuits of ``n_values`` neurons, of which one fires in a step, or none.

    A neuron with the current J fires with a probability of ``exp(J) / (1 + sum of exp(J))``, the
    sum being over its circuit: neurons 0 to ``n_values - 1`` are the first circuit, and so on.

    Parameters
    ----------
    n_values : int
        Neurons of a circuit.
    amplitude : float
        Area of a spike.
    seed : int or tuple of int, optional
        Of the random numbers, as of `numpy.random.default_rng`; by default they are the
        simulation's.
    initial_state : dict, optional
        None is known.

    Examples
    --------
    >>> neuron, output = WinnerTakeAll(2, seed=0), np.zeros(4)
    >>> neuron.step(0.001, np.array([9.0, 0.0, -9.0, -9.0]), output, **neuron.make_state(4))
    >>> output.tolist()
    [1000.0, 0.0, 0.0, 0.0]
    """

    negative = False
    spiking = True
    n_values = IntParam("n_values", low=1)
    amplitude = NumberParam("amplitude", low=0, low_open=True)
    seed = Parameter("seed", default=None, optional=True, readonly=True)

    def __init__(
        self, n_values: int = 2, amplitude: float = 1.0, seed: Any = None, initial_state: Any = None
    ) -> None:
        super().__init__(initial_state)
        self.n_values, self.amplitude = n_values, amplitude
        if seed is not None:
            each = seed if isinstance(seed, tuple | list) else (seed,)
            numbers = tuple(whole(0)(number, "seed") for number in each)
            seed = numbers if isinstance(seed, tuple | list) else numbers[0]
        self.seed = seed

    def gain_bias(self, max_rates: Any, intercepts: Any) -> tuple[np.ndarray, np.ndarray]:
        """Gains of 1 and biases of 0: a current is a potential."""
        ones = np.ones(np.broadcast(max_rates, intercepts).shape)
        return ones, 0 * ones

    def max_rates_intercepts(self, gain: Any, bias: Any) -> tuple[np.ndarray, np.ndarray]:
        """Rates at most once per ms, from any current on."""
        return np.full(np.shape(gain), 1000.0), np.full(np.shape(gain), -1.0)

    def make_state(self, n_neurons: int, rng: Any = np.random, dtype: Any = None) -> dict[str, Any]:
        """Random numbers.

        Parameters
        ----------
        n_neurons : int
            A multiple of ``n_values``.
        rng : numpy.random.RandomState
            The simulation's.
        dtype : dtype
            Not used.
        """
        if n_neurons % self.n_values:
            raise ValidationError(
                f"{n_neurons} neurons are no circuits of {self.n_values}; expected a multiple of "
                "n_values"
            )
        state = super().make_state(n_neurons, rng=rng, dtype=dtype)
        own = self.seed is not None
        bits = np.random.PCG64(np.random.SeedSequence(self.seed)) if own else None
        state["rng"] = np.random.RandomState(bits) if own else rng
        return state

    def rates(self, x: Any, gain: Any, bias: Any) -> np.ndarray:
        """Mean rates of circuits whose other neurons have a current of minus infinity, in Hz.

        Parameters
        ----------
        x : (sample,) or (sample, neuron) array
            Represented values.
        gain, bias : (neuron,) array
            Of the neurons.
        """
        J = self.current(x, gain, bias)
        return 1000.0 * self.amplitude * probabilities(np.asarray(J)[..., None])[..., 0]

    def step(self, dt: float, J: np.ndarray, output: np.ndarray, rng: Any) -> None:
        """One step.

        Parameters
        ----------
        dt : float
            Length of the step, in seconds.
        J : (neuron,) array
            Currents.
        output : (neuron,) array
            Changed in place.
        rng : numpy.random.RandomState
            One number per circuit is drawn.
        """
        p = probabilities(J.reshape(-1, self.n_values))
        said = emitted(p, np.full(len(p), -1), rng.random_sample(len(p)))
        fires = said[:, None] == np.arange(1, self.n_values + 1)
        output[:] = fires.ravel() * (self.amplitude / dt)


class BernoulliSigmoid(WinnerTakeAll):
    """Neurons that fire in a step with a probability of ``1 / (1 + exp(-J))``.

    Parameters
    ----------
    amplitude : float
        Area of a spike.
    seed : int or tuple of int, optional
        Of the random numbers, as of `numpy.random.default_rng`; by default they are the
        simulation's.
    initial_state : dict, optional
        None is known.

    Examples
    --------
    >>> neuron, output = BernoulliSigmoid(seed=0), np.zeros(1000)
    >>> neuron.step(1.0, np.full(1000, np.log(4)), output, **neuron.make_state(1000))
    >>> float(output.mean().round(1))
    0.8
    """

    def __init__(self, amplitude: float = 1.0, seed: Any = None, initial_state: Any = None) -> None:
        super().__init__(1, amplitude, seed, initial_state)
