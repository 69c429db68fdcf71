"""Analytic, without time: every neuron outputs the steady-state rate for its input current."""

from __future__ import annotations

import time

import numpy as np

from ..conversion.rates import forward
from ..inputs.inputs import Inputs
from ..inputs.presentation import Presentation
from ..models import SpikingModel
from ..records import SpikeRecord
from ..records.joined.runs import RATE_UNIT
from ..support.progress import progress_bar
from .options import Options

__all__ = ["simulate"]


def simulate(
    model: SpikingModel, inputs: Inputs, presentation: Presentation, options: Options
) -> SpikeRecord:
    """Run all images at their analytic rates; the presentation's ``dt`` is all that is used.

    Of films, outputs and rates are the mean over their frames.

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
            batch = _images(inputs, start, start + options.batch_size)
            activity = forward(model, batch, presentation.dt)
            n = min(options.batch_size, len(inputs) - start)
            scores = activity["output"].astype(np.float32).reshape(n, -1, model.n_classes)
            scores = scores.mean(axis=1, keepdims=True) if inputs.film else scores
            if options.judge is not None:
                options.judge.add(scores)
                scores = scores[:, :0]
            outputs.append(scores)
            for name, total in totals.items():
                rates = np.abs(activity[name]).reshape(len(batch), -1)
                if len(batch) > n:  # frames of films
                    rates = rates.reshape(n, -1, len(total)).mean(axis=1)
                total += (np.rint(rates / RATE_UNIT) * RATE_UNIT).sum(axis=0, dtype=float)
            advance(n)
    return SpikeRecord(
        simulator="rate",
        model=model.name,
        presentation=None,
        outputs=np.concatenate(outputs),
        layer_rates={name: total / len(inputs) for name, total in totals.items()},
        seconds=time.perf_counter() - started,
    )


def _images(inputs: Inputs, start: int, stop: int) -> np.ndarray:
    """Images, or the frames of films one after another: rates know no time."""
    if not inputs.film:
        return inputs.chunk(start, stop)
    frames = inputs.frames(start, stop)
    return frames.reshape(-1, *frames.shape[2:])
