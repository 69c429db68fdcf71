"""Analytic, without time: every neuron outputs the steady-state rate for its input current."""

from __future__ import annotations

import time

import numpy as np

from ..conversion.rates import forward
from ..inputs.inputs import Inputs
from ..inputs.presentation import Presentation
from ..models import SpikingModel
from ..records import SpikeRecord
from ..support.progress import progress_bar
from .options import Options

__all__ = ["simulate"]


def simulate(
    model: SpikingModel, inputs: Inputs, presentation: Presentation, options: Options
) -> SpikeRecord:
    """Run all images at their analytic rates; the presentation's ``dt`` is all that is used.

    Parameters
    ----------
    model : SpikingModel
        The spiking network.
    inputs : Inputs
        The images or frames to show.
    presentation : Presentation
        How an image is shown; times in seconds.
    options : Options
        Options of the simulator.
    """
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
