"""NengoDL: the same Nengo network, many images at a time in TensorFlow."""

from __future__ import annotations

import warnings
from typing import Any

import nengo
import numpy as np

from ..compat import import_nengo_dl
from ..errors import ConversionError, ValidationError
from ..exporters.nengo import SpikingNetwork, networks_in, quiet_build
from ..inputs.inputs import Inputs
from ..inputs.presentation import Presentation
from ..models import SpikingModel
from ..models.initial_voltages import initial_voltages, state_from_voltage
from ..neurons import NoisyLIF
from ..neurons.tensorflow.nengo_dl import register
from ..records import SpikeRecord
from .collector import SpikeCollector, interruptible
from .options import Options

__all__ = ["opened", "require_model", "simulate", "simulator_class"]

#: y[n] = y[n - 1] + u[n]: a synapse that counts, so that no spike train has to be kept. NengoDL
#: probes it before the step's own spike arrives, hence the one step more in `_Batch.run`.
_COUNTER = nengo.LinearFilter([1.0], [1.0, -1.0], analog=False)


def simulate(
    model: SpikingModel, inputs: Inputs, presentation: Presentation, options: Options
) -> SpikeRecord:
    """Run the images through NengoDL in batches.

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

    Raises
    ------
    ValidationError
        For ``reset=False``: a batch of images is not one stream; use ``"nengo"``.
    ConversionError
        For `NoisyLIF`, whose noise NengoDL cannot draw.
    """
    if not presentation.reset:
        raise ValidationError(
            "Presentation(reset=False) shows images in one stream, and NengoDL runs many at a "
            "time; use simulator='nengo', or reset=True"
        )
    require_model(model)
    batch_size = min(options.batch_size, len(inputs))
    collector = SpikeCollector("nengo-dl", model, presentation, len(inputs), options.judge)
    with (
        _Batch(model, batch_size, presentation, options.seed) as batch,
        interruptible(collector, options.progress) as advance,
    ):
        for start in range(0, len(inputs), batch_size):
            chunk = inputs.chunk(start, start + batch_size)
            positions = inputs.positions[start : start + len(chunk)]
            outputs, counts = batch.run(chunk, positions, inputs.is_static)
            collector.add(outputs, {k: v * presentation.dt for k, v in counts.items()})
            advance(len(chunk))
    if options.rasters:
        first = inputs.take(np.arange(min(options.rasters, collector.n_done)))
        _add_rasters(collector, model, first, options.seed)
    return collector.record()


def require_model(model: SpikingModel) -> None:
    """Raise `ConversionError` for neurons whose noise NengoDL cannot draw.

    Parameters
    ----------
    model : SpikingModel
        The spiking network.
    """
    for population in model.populations:
        if isinstance(population.neuron, NoisyLIF):
            raise ConversionError(
                f"{population.name}: NengoDL has no random numbers for {population.neuron!r}; run "
                "with simulator='nengo'"
            )


def simulator_class() -> type:
    """``nengo_dl.Simulator``."""
    simulator: type = import_nengo_dl().Simulator
    return simulator


def opened(network: nengo.Network, **options: Any) -> Any:
    """A simulator of a larger model, or of one network.

    Parameters
    ----------
    network : nengo.Network
        The model.
    **options : object
        Arguments of ``nengo_dl.Simulator``.

    Raises
    ------
    ConversionError
        For neurons in a `SpikingNetwork` whose noise NengoDL cannot draw.
    """
    for part in networks_in(network):
        require_model(part.model)
    register()
    with quiet_build():
        warnings.filterwarnings("ignore", "No GPU support detected")
        return simulator_class()(network, **options)


class _Batch:
    """A NengoDL simulator for a fixed number of images.

    NengoDL's planner would merge equal operations of different layers; in a feed-forward network
    they cannot run together anyway, but their states are then kept in one array that every
    step cuts up and puts together again (see docs/decisions/simulators.md).
    """

    def __init__(
        self, model: SpikingModel, size: int, timing: Presentation, seed: int, trains: bool = False
    ) -> None:
        nengo_dl = import_nengo_dl()
        self.size, self.timing, self.trains = size, timing, trains
        self.model, self.seed = model, seed
        n_inputs = int(np.prod(model.input_shape))
        self.network = network = SpikingNetwork(model, np.zeros(n_inputs), seed=seed)
        with network:
            nengo_dl.configure_settings(
                trainable=False,
                stateful=False,
                inference_only=True,
                keep_history=True,
                planner=nengo_dl.graph_optimizer.noop_planner,
            )
            self.output = nengo.Probe(network.output)
            self.spikes = {}
            # spikes of both signs would cancel in a sum over time
            self.kept = {p.name for p in model.populations if trains or p.neuron.negative}
            for name, ensemble in network.layers.items():
                whole = name in self.kept
                probe = nengo.Probe(ensemble.neurons, synapse=None if whole else _COUNTER)
                network.config[probe].keep_history = whole
                self.spikes[name] = probe
        self.sim = opened(network, dt=timing.dt, minibatch_size=size, seed=seed, progress_bar=False)

    def __enter__(self) -> _Batch:
        return self

    def __exit__(self, *error: Any) -> None:
        self.sim.close()

    def run(
        self, images: np.ndarray, positions: np.ndarray, is_static: bool
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Outputs ``(image, step, class)``, and by population the spike probes' values.

        Those are summed trains ``(image, neuron)`` or, with ``trains``, ``(image, step, neuron)``.
        """
        n, steps = len(images), self.timing.n_steps
        self._set_voltages(positions)
        shown = np.zeros((self.size, steps + 1, self.network.input.size_out), np.float32)
        shown[:n, :steps] = images.reshape(n, 1 if is_static else steps, -1)
        shown[:n, steps] = shown[:n, steps - 1]
        data = self.sim.predict({self.network.input: shown}, n_steps=steps + 1, verbose=0)
        spikes = {name: np.asarray(data[probe])[:n] for name, probe in self.spikes.items()}
        for name, found in spikes.items():
            if self.trains:
                spikes[name] = found[:, :steps]
            elif name in self.kept:
                spikes[name] = np.abs(found[:, :steps]).sum(axis=1)
            else:
                spikes[name] = found[:, -1]
        return np.asarray(data[self.output])[:n, :steps], spikes

    def _set_voltages(self, positions: np.ndarray) -> None:
        """Let membranes start where `initial_voltages` has them for these images."""
        if self.model.initial_voltage == "zero":
            return
        graph = self.sim.tensor_graph
        for name, rows in initial_voltages(self.model, self.seed, positions).items():
            ensemble = self.network.layers[name]
            found = state_from_voltage(ensemble.neuron_type, rows)
            if found is not None:
                place = graph.signals[self.sim.model.sig[ensemble.neurons][found[0]]]
                state = graph.saved_state[place.key]
                values = state.numpy()
                (start, stop), *_ = place.slices
                values[: len(positions), start:stop] = found[1]  # one row is for all images
                state.assign(values)


def _add_rasters(collector: SpikeCollector, model: SpikingModel, inputs: Inputs, seed: int) -> None:
    with _Batch(model, len(inputs), collector.timing, seed, trains=True) as batch:
        _, trains = batch.run(inputs.chunk(0, len(inputs)), inputs.positions, inputs.is_static)
    for name, train in trains.items():
        for i, spikes in enumerate(train):
            collector.add_raster(name, i, spikes * collector.timing.dt)
