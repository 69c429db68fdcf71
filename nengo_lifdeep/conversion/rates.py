"""Analytic rates of a converted network: one forward pass, without time and spikes."""

from __future__ import annotations

import numpy as np

from ..errors import ConversionError
from ..models import SpikingModel
from ..neurons.counterparts import neuron_rate
from ..stages.types import apply_stages

__all__ = ["forward", "require_forward"]


def forward(model: SpikingModel, inputs: np.ndarray, dt: float = 0.001) -> dict[str, np.ndarray]:
    """Rates of every population and the class scores.

    Parameters
    ----------
    model : SpikingModel
        A converted or folded network; spiking neurons act with their analytic rates.
    inputs : (n, *input_shape) array
        Preprocessed images.
    dt : float
        Simulation step in seconds; matters to neurons with whole-step intervals (LoihiLIF).

    Returns
    -------
    dict of str to array
        Population name -> ``(n, *shape)`` in Hz, and ``"output"`` -> ``(n, classes)``.

    Raises
    ------
    ConversionError
        If a population drives itself or one before it: such a network has no rates in one pass.
    """
    activity = {"input": inputs}
    require_forward(model)

    def current(post: str) -> np.ndarray:
        parts = [
            apply_stages(c.stages, activity[c.pre]).reshape(len(inputs), -1)
            for c in model.connections
            if c.post == post
        ]
        return sum(parts[1:], parts[0])

    for population in model.populations:
        J = current(population.name).reshape(len(inputs), *population.shape) + population.bias
        activity[population.name] = neuron_rate(population.neuron, J, dt=dt)
    activity["output"] = current("output") + model.output_bias
    del activity["input"]
    return activity


def require_forward(model: SpikingModel) -> None:
    """`ConversionError` if a connection leads backwards in the order of the populations.

    Parameters
    ----------
    model : SpikingModel
        The network.
    """
    place = {population.name: i for i, population in enumerate(model.populations)}
    for connection in model.connections:
        before, after = place.get(connection.pre, -1), place.get(connection.post, len(place))
        if before >= after:
            raise ConversionError(
                f"{connection.pre!r} -> {connection.post!r} leads backwards; only networks whose "
                "populations stand in feed-forward order have rates in one pass: sort them, or "
                "use simulator='nengo' for recurrent ones"
            )
