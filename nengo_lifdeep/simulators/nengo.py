"""`nengo.Simulator`, one image at a time: the reference for every other simulator."""

from __future__ import annotations

from typing import Any

import nengo
import numpy as np

from ..exporters.nengo import SpikingNetwork, quiet_build
from ..inputs.inputs import Inputs
from ..inputs.presentation import Presentation
from ..models import SpikingModel
from ..models.initial_voltages import initial_voltages, state_from_voltage
from ..records import SpikeRecord
from .collector import SpikeCollector, interruptible
from .options import Options

__all__ = ["opened", "simulate", "simulator_class"]


def simulate(
    model: SpikingModel, inputs: Inputs, presentation: Presentation, options: Options
) -> SpikeRecord:
    """Run the images through `nengo.Simulator`.

    With ``presentation.reset`` every image starts from the same initial state, so the order of
    images changes nothing. Where the input changes over time, step ``k`` of an image, counted
    from 1, shows frame ``k - 1``.

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
    screen = _Screen(presentation.dt)
    network = SpikingNetwork(model, screen, seed=options.seed)
    with network:
        output = nengo.Probe(network.output)
        spikes = {name: nengo.Probe(e.neurons) for name, e in network.layers.items()}
    collector = SpikeCollector("nengo", model, presentation, len(inputs), options.judge)
    with quiet_build():
        simulator = nengo.Simulator(network, dt=presentation.dt, progress_bar=False)
    with (
        simulator as sim,
        interruptible(collector, options.progress) as advance,
    ):
        for i in range(len(inputs)):
            sim.reset() if presentation.reset else sim.clear_probes()
            if presentation.reset or i == 0:
                _set_voltages(
                    sim, network, initial_voltages(model, options.seed, inputs.positions[i : i + 1])
                )
            screen.show(inputs.chunk(i, i + 1)[0], inputs.is_static, sim.n_steps)
            sim.run_steps(presentation.n_steps, progress_bar=False)
            trains = {name: sim.data[probe] * presentation.dt for name, probe in spikes.items()}
            collector.add(
                sim.data[output][None], {k: np.abs(v).sum(axis=0)[None] for k, v in trains.items()}
            )
            if i < options.rasters:
                for name, train in trains.items():
                    collector.add_raster(name, i, train)
            advance(1)
    return collector.record()


def simulator_class() -> type:
    """`nengo.Simulator`."""
    return nengo.Simulator


def opened(network: nengo.Network, **options: Any) -> nengo.Simulator:
    """A simulator of a larger model.

    Parameters
    ----------
    network : nengo.Network
        The model.
    **options : object
        Arguments of `nengo.Simulator`.
    """
    with quiet_build():
        return nengo.Simulator(network, **options)


def _set_voltages(
    sim: nengo.Simulator, network: SpikingNetwork, voltages: dict[str, np.ndarray]
) -> None:
    """Let membranes start from these ``(1, neuron)`` voltages."""
    for name, ensemble in network.layers.items():
        signals = sim.model.sig[ensemble.neurons]
        state = state_from_voltage(ensemble.neuron_type, voltages[name][0])
        if state is not None:
            sim.signals[signals[state[0]]] = state[1]


class _Screen:
    """What the input node plays: one image, or one frame per step since the image's onset."""

    def __init__(self, dt: float) -> None:
        self.dt, self.onset = dt, 0
        self.frames = np.zeros((1, 1))

    def show(self, image: np.ndarray, is_static: bool, onset: int) -> None:
        """From the step after ``onset`` on, play an image or ``(step, *shape)`` frames."""
        self.frames = image.reshape(1 if is_static else len(image), -1).astype(float)
        self.onset = onset

    def __call__(self, t: float) -> np.ndarray:
        step = round(t / self.dt) - 1 - self.onset
        return self.frames[0 if len(self.frames) == 1 else step]
