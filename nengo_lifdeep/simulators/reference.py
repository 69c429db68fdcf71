"""`nengo.Simulator`, one image at a time: what every other simulator is compared with."""

from __future__ import annotations

import nengo
import numpy as np

from ..models import SpikingModel
from ..network import SpikingNetwork
from ..presentation import Presentation
from ..records import SpikeRecord
from .base import Options
from .collector import SpikeCollector, interruptible

__all__ = ["simulate"]


def simulate(
    model: SpikingModel, inputs: np.ndarray, presentation: Presentation, options: Options
) -> SpikeRecord:
    """Run the images through `nengo.Simulator`.

    With ``presentation.reset`` every image starts from the same initial state, so the order of
    images changes nothing.
    """
    shown = np.zeros(int(np.prod(model.input_shape)))
    network = SpikingNetwork(model, lambda t: shown, seed=options.seed)
    with network:
        output = nengo.Probe(network.output)
        spikes = {name: nengo.Probe(e.neurons) for name, e in network.layers.items()}
    collector = SpikeCollector("nengo", model, presentation, len(inputs))
    with (
        nengo.Simulator(network, dt=presentation.dt, progress_bar=False) as sim,
        interruptible(collector, options.progress) as advance,
    ):
        for i, image in enumerate(inputs):
            sim.reset() if presentation.reset else sim.clear_probes()
            shown[:] = image.ravel()
            sim.run_steps(presentation.n_steps, progress_bar=False)
            trains = {name: sim.data[probe] * presentation.dt for name, probe in spikes.items()}
            collector.add(
                sim.data[output][None], {k: v.sum(axis=0)[None] for k, v in trains.items()}
            )
            if i < options.rasters:
                for name, train in trains.items():
                    collector.add_raster(name, i, train)
            advance(1)
    return collector.record()
