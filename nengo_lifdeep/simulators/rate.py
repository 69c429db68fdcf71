"""Analytic, without time: every neuron outputs the steady-state rate for its input current."""

from __future__ import annotations

import time

import numpy as np

from ..models import SpikingModel
from ..neurons.types import neuron_rate
from ..presentation import Presentation
from ..progress import progress_bar
from ..records import SpikeRecord
from ..transforms import apply_stages
from .inputs import Inputs
from .options import Options

__all__ = ["forward", "simulate"]


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


def simulate(
    model: SpikingModel, inputs: Inputs, presentation: Presentation, options: Options
) -> SpikeRecord:
    """Run all images at their analytic rates; the presentation's ``dt`` is all that is used."""
    started = time.perf_counter()
    outputs = []
    totals = {p.name: np.zeros(p.n_neurons) for p in model.populations}
    with progress_bar("rate", len(inputs), enabled=options.progress) as advance:
        for start in range(0, len(inputs), options.batch_size):
            batch = inputs.chunk(start, start + options.batch_size)
            activity = forward(model, batch, presentation.dt)
            scores = activity["output"].astype(np.float32)[:, np.newaxis]
            if options.judge is not None:
                options.judge.add(scores)
                scores = scores[:, :0]
            outputs.append(scores)
            for name, total in totals.items():
                total += np.abs(activity[name]).reshape(len(batch), -1).sum(axis=0)
            advance(len(batch))
    return SpikeRecord(
        simulator="rate",
        model=model.name,
        presentation=None,
        outputs=np.concatenate(outputs),
        layer_rates={name: total / len(inputs) for name, total in totals.items()},
        seconds=time.perf_counter() - started,
    )
