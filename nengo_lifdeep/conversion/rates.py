"""Analytic rates of a converted network: one forward pass, without time and spikes."""

from __future__ import annotations

import numpy as np

from ..models import SpikingModel
from ..neurons.counterparts import neuron_rate
from ..stages.types import apply_stages

__all__ = ["forward"]


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
    """
    activity = {"input": inputs}

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
