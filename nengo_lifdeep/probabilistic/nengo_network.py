"""A network of probabilistic circuits in Nengo: neuron types, filters, parallel connections."""

from __future__ import annotations

import dataclasses
from typing import Any

import nengo
import numpy as np

from ..compat.contexts import nengo_defaults
from ..errors import DataError
from ..models.probabilistic import ProbabilisticModel
from ..neurons.probabilistic.filters import FiniteResponse
from ..neurons.probabilistic.types import BernoulliSigmoid, WinnerTakeAll
from ..support.checks import checked, instance, seed, whole
from ..support.short_repr import short_repr
from .trains import as_films

__all__ = ["CircuitNetwork", "circuit_network"]


@dataclasses.dataclass(frozen=True, eq=False)
class CircuitNetwork:
    """A Nengo network, and what to read of it.

    Parameters
    ----------
    network : nengo.Network
        To be run for as many steps of the model's ``dt`` as the film has.
    said : nengo.Probe
        Spikes of every value of every circuit, of height ``1 / dt``: hidden circuits come first.
    """

    network: nengo.Network
    said: nengo.Probe

    __repr__ = short_repr


@checked(model=instance(ProbabilisticModel), seed=seed, position=whole(0))
def circuit_network(
    model: ProbabilisticModel, film: Any, seed: int = 0, position: int = 0
) -> CircuitNetwork:
    """Build a network that emits what ``OnlineLearner(model).run(films, seed=seed)`` does.

    Every filter is a connection of its own, from all inputs, or all circuits, to all neurons.

    Parameters
    ----------
    model : ProbabilisticModel
        Small: there are as many connections as filters.
    film : (step, ...) array
        What inputs emit, as for `OnlineLearner.partial_fit`; zeros afterwards.
    seed : int
        Of the random numbers.
    position : int
        The film's place among the films, to which its random numbers belong.

    Raises
    ------
    DataError
        If the film does not fit the network.

    Examples
    --------
    >>> model = ProbabilisticModel.initial((2,), n_visible=2)
    >>> built = circuit_network(model, np.ones((5, 2), np.int8))
    >>> with nengo.Simulator(built.network, dt=model.dt, progress_bar=False) as simulator:
    ...     simulator.run_steps(5)
    >>> simulator.data[built.said].shape
    (5, 2)
    """
    values = as_films(np.asarray(film)[None], model.n_inputs, model.n_values)[0]
    if not len(values):
        raise DataError("the film has no steps; nothing can be shown")
    n, dt, n_rows = model.n_values, model.dt, model.bias.size
    one_hot = (values[:, :, None] == np.arange(1, n + 1)).reshape(len(values), -1) / dt
    draws = (seed, position)
    kind = BernoulliSigmoid(seed=draws) if n == 1 else WinnerTakeAll(n, seed=draws)

    def shown(t: float) -> np.ndarray:
        step = round(t / dt) - 1
        return one_hot[step] if step < len(one_hot) else np.zeros(one_hot.shape[1])

    with nengo_defaults(), nengo.Network(label=model.name) as network:
        inputs = nengo.Node(shown, label="inputs")
        circuits = nengo.Ensemble(
            n_rows, 1, gain=np.ones(n_rows), bias=model.bias.ravel().astype(np.float64),
            encoders=np.ones((n_rows, 1)), neuron_type=kind, label="circuits",
        )  # fmt: skip
        for k, response in enumerate(model.basis.values):
            matrix = model.weights[:, :, k].transpose(0, 2, 1, 3).reshape(n_rows, -1) * dt
            split = model.n_inputs * n
            for source, part in (
                (inputs, matrix[:, :split]),
                (circuits.neurons, matrix[:, split:]),
            ):
                if part.any():
                    _wire(source, circuits.neurons, part, response)
        for k, response in enumerate(model.feedback_basis.values):
            _wire(
                circuits.neurons, circuits.neurons, np.diag(model.feedback[:, k].ravel() * dt),
                response,
            )  # fmt: skip
        said = nengo.Probe(circuits.neurons)
    return CircuitNetwork(network, said)


def _wire(source: Any, target: Any, matrix: np.ndarray, response: np.ndarray) -> None:
    nengo.Connection(source, target, transform=matrix, synapse=FiniteResponse(response))
