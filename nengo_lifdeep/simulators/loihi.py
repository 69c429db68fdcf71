"""nengo-loihi: the chip's emulator, or the board where NxSDK is installed.

The first population stays on the host and turns pixels into spikes; the rest is on the chip, the
read-out on the host again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

import nengo
import numpy as np

from ..compat import import_nengo_loihi
from ..errors import DeploymentError, ValidationError
from ..models import Connection, SpikingModel
from ..network import SpikingNetwork
from ..presentation import Presentation
from ..records import SpikeRecord
from ..transforms import Convolution, DenseMatrix
from .base import Options
from .collector import SpikeCollector, interruptible
from .inputs import Inputs
from .loihi_blocks import choose_block_shape

__all__ = ["Built", "block_shapes", "broken_rules", "built", "simulate"]

_TARGETS = ("sim", "simreal", "loihi")


def broken_rules(model: SpikingModel) -> list[str]:
    """Everything that keeps the network off the chip, each with its layer and the remedy."""
    broken = []
    if len(model.populations) < 2:
        broken.append(
            "the network has one population, which stays on the host to make spikes of pixels; "
            "nothing is left for the chip. Add a layer"
        )
    if model.initial_voltage != "zero":
        broken.append("membranes must start at zero; convert with initial_voltage='zero'")
    for connection in model.connections:
        broken += _broken_by(connection)
    into = Counter(connection.post for connection in model.connections)
    for name in (name for name, n in into.items() if n > 1):
        broken.append(
            f"{name}: has {into[name]} connections (a residual sum); cuts into cores are planned "
            "for one. Train without Shortcut for the chip"
        )
    for population in model.populations:
        if type(population.neuron).__name__ == "SpikingRectifiedLinear":
            continue
        if not hasattr(population.neuron, "tau_rc"):
            broken.append(f"{population.name}: {population.neuron!r} does not run on the chip")
    return broken


def _broken_by(connection: Connection) -> list[str]:
    where = f"{connection.pre} -> {connection.post}"
    broken = []
    if not isinstance(connection.synapse, nengo.Lowpass | None):
        broken.append(
            f"{where}: synapse {connection.synapse!r}; the chip has lowpass synapses only. "
            "Convert with synapse=nengo.Lowpass(0.005)"
        )
    on_host = connection.pre == "input"
    if len(connection.stages) > 1 and not on_host:
        broken.append(
            f"{where}: pooling that cannot be folded into the weights behind it would need a "
            "relay on the chip. Use pooling with strides equal to its size, or a stride in the "
            "convolution"
        )
    elif not on_host and not isinstance(connection.stages[0], Convolution | DenseMatrix):
        broken.append(
            f"{where}: {type(connection.stages[0]).__name__} is not supported; use Conv2D or Dense"
        )
    elif connection.post == "output" and isinstance(connection.stages[0], Convolution):
        broken.append(f"{where}: the read-out must be dense; put Flatten and Dense at the end")
    return broken


def block_shapes(model: SpikingModel) -> dict[str, tuple[int, ...]]:
    """How each population on the chip is cut into cores, by population, fewest cores first.

    Raises
    ------
    DeploymentError
        If some population fits in no cut.
    """
    into = {c.post: c.stages[-1] for c in model.connections}
    shapes: dict[str, tuple[int, ...]] = {}
    targets = 1
    for population in reversed(model.populations[1:]):
        shape = population.shape
        block = choose_block_shape(population.name, into[population.name], shape, targets)
        shapes[population.name] = block
        counts = [-(-n // b) for n, b in zip(shape, block, strict=True)]
        targets = int(np.prod(counts))
    return shapes


def simulate(
    model: SpikingModel, inputs: Inputs, presentation: Presentation, options: Options
) -> SpikeRecord:
    """Run the images one after another on the emulator or the board.

    With ``presentation.reset`` the emulator's state (membranes, currents, spikes under way, host
    neurons, filters) is put back to its start before every image; the board cannot do that.

    Raises
    ------
    DeploymentError
        If the network breaks a rule of the chip (all broken rules are listed), fits in no cut,
        or the board is not there.
    ValidationError
        For inputs that change over time, or a target that there is not.
    """
    inputs.require_static("loihi", "here it shows each image unchanged")
    _check_target(options.target, presentation)
    collector = SpikeCollector("loihi", model, presentation, len(inputs))
    with (
        built(model, presentation, options) as chip,
        interruptible(collector, options.progress) as advance,
    ):
        sim, shown, output, spikes = chip.simulator, chip.shown, chip.output, chip.spikes
        rest = _Rest(sim) if presentation.reset else None
        for i in range(len(inputs)):
            sim.clear_probes()
            if rest is not None:
                rest.restore()
            shown[:] = inputs.chunk(i, i + 1).ravel()
            sim.run_steps(presentation.n_steps)
            trains = {k: np.array(sim.data[p]) * presentation.dt for k, p in spikes.items()}
            collector.add(
                np.array(sim.data[output])[None],
                {k: v.sum(axis=0)[None] for k, v in trains.items()},
            )
            if i < options.rasters:
                for name, train in trains.items():
                    collector.add_raster(name, i, train)
            advance(1)
    return collector.record(notes=(f"target {options.target}",))


@dataclasses.dataclass(frozen=True, eq=False)
class Built:
    """A network built by nengo-loihi, and the array that its input node plays.

    Attributes
    ----------
    simulator : nengo_loihi.Simulator
    shown : (n_inputs,) array
        To be changed in place.
    output : nengo.Probe
        Of the scores.
    spikes : dict of str to nengo.Probe
        Of every population.
    first : nengo.Ensemble
        The population on the host.
    """

    simulator: Any
    shown: np.ndarray
    output: nengo.Probe
    spikes: dict[str, nengo.Probe]
    first: nengo.Ensemble

    def currents(self, image: np.ndarray) -> np.ndarray:
        """Currents of the host's neurons for a preprocessed image, computed by its simulator."""
        self.shown[:] = np.ravel(image)
        sims = self.simulator.sims
        host = sims.get("host_pre", sims.get("host"))
        host.step()
        return np.array(host.signals[host.model.sig[self.first.neurons]["in"]])


@contextlib.contextmanager
def built(model: SpikingModel, presentation: Presentation, options: Options) -> Iterator[Built]:
    """Build a network with nengo-loihi, and close its simulator at the end.

    Raises
    ------
    DeploymentError
        If the network breaks a rule of the chip (all broken rules are listed), fits in no cut,
        or nengo-loihi cannot build it.
    """
    broken = broken_rules(model)
    if broken:
        raise DeploymentError(
            f"network {model.name!r} cannot go onto Loihi:\n  - " + "\n  - ".join(broken)
        )
    shown = np.zeros(int(np.prod(model.input_shape)))
    network, output, spikes = _network(model, shown, options.seed)
    with _simulator(network, presentation, options) as simulator:
        first = network.layers[model.populations[0].name]
        yield Built(simulator, shown, output, spikes, first)


def _check_target(target: str, presentation: Presentation) -> None:
    if target not in _TARGETS:
        raise ValidationError(f"target is {target!r}; expected one of {', '.join(_TARGETS)}")
    if target != "loihi":
        return
    if importlib.util.find_spec("nxsdk") is None:
        raise DeploymentError(
            "no board: target='loihi' needs Intel's NxSDK, which is not installed (it comes with "
            "membership of the Intel Neuromorphic Research Community). Use target='sim', the "
            "emulator"
        )
    if presentation.reset:
        raise DeploymentError(
            "the board's state cannot be reset between images; use Presentation(reset=False)"
        )


def _network(
    model: SpikingModel, shown: np.ndarray, seed: int
) -> tuple[SpikingNetwork, nengo.Probe, dict[str, nengo.Probe]]:
    """The network with its first population on the host and every other cut into cores."""
    nengo_loihi = import_nengo_loihi()
    shapes = block_shapes(model)
    network = SpikingNetwork(model, lambda t: shown, seed=seed)
    nengo_loihi.add_params(network)
    for i, population in enumerate(model.populations):
        config = network.config[network.layers[population.name]]
        config.on_chip = i > 0
        if i > 0:
            block = shapes[population.name]
            config.block_shape = nengo_loihi.BlockShape(block, population.shape)
    with network:
        output = nengo.Probe(network.output)
        spikes = {name: nengo.Probe(e.neurons) for name, e in network.layers.items()}
    return network, output, spikes


def _simulator(network: SpikingNetwork, presentation: Presentation, options: Options) -> Any:
    nengo_loihi = import_nengo_loihi()
    try:
        with warnings.catch_warnings():
            # NumPy 2 warns where the emulator fills integer arrays with NaN before setting them
            warnings.filterwarnings("ignore", "invalid value encountered in cast", RuntimeWarning)
            return nengo_loihi.Simulator(
                network,
                dt=presentation.dt,
                seed=options.seed,
                target=options.target,
                progress_bar=False,
            )
    except (nengo.exceptions.NengoException, NotImplementedError, AssertionError) as error:
        raise DeploymentError(
            f"nengo-loihi cannot build {network.label!r}: {type(error).__name__}: {error}"
        ) from error


class _Rest:
    """The state of an emulated simulator right after it was built, and how to get back to it."""

    def __init__(self, sim: Any) -> None:
        self.sim = sim
        self.emulator = sim.sims["emulator"]
        self.hosts = [s for name, s in sim.sims.items() if name != "emulator"]
        self.signals = [
            {
                key: np.array(value)
                for key, value in host.signals.items()
                if self._is_state(host, key)
            }
            for host in self.hosts
        ]

    @staticmethod
    def _is_state(host: Any, signal: Any) -> bool:
        clock = (host.model.step, host.model.time)
        return not signal.readonly and signal not in clock and not signal.is_view

    def restore(self) -> None:
        """Everything but the clocks as it was at the start, and no spike under way."""
        for host, saved in zip(self.hosts, self.signals, strict=True):
            for signal, value in saved.items():
                host.signals[signal] = value
        compartments = self.emulator.compartment
        for name in ("input", "current", "voltage", "spiked", "ref_count"):
            getattr(compartments, name)[:] = 0
        for spike_input in self.emulator.inputs:
            spike_input.spikes.clear()
        for receiver in self.sim._runner.probes_receivers.values():
            receiver.queue[:] = [(self.sim.time, np.zeros(receiver.size_out))]
