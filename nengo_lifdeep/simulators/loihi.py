"""nengo-loihi: the chip's emulator, or the board where NxSDK is installed.

Populations that read pixels stay on the host and turn them into spikes; the rest is on the chip,
the read-out on the host again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import warnings
from collections.abc import Iterator
from typing import Any

import nengo
import numpy as np

from ..compat import import_nengo_loihi
from ..errors import DeploymentError
from ..exporters.nengo import SpikingNetwork, networks_in, quiet_build
from ..inputs.inputs import Inputs
from ..inputs.presentation import Presentation
from ..loihi.matching import require_same_network
from ..loihi.plan import Plan, make_plan
from ..loihi.upstream import explain
from ..models import SpikingModel
from ..records import SpikeRecord
from ..support.short_repr import short_repr
from .collector import SpikeCollector, interruptible
from .options import ExactOptions, LoihiOptions

__all__ = ["Built", "built", "opened", "require_model", "simulate", "simulator_class"]


def require_model(model: SpikingModel, plan: Plan | None = None) -> None:
    """Raise `DeploymentError` if the network breaks a rule of the chip, or fits in no cut.

    Parameters
    ----------
    model : SpikingModel
        The spiking network.
    plan : Plan, optional
        Its plan, where there is one; else it is planned for the usual board.
    """
    (make_plan(model) if plan is None else plan).require()


def simulate(
    model: SpikingModel, inputs: Inputs, presentation: Presentation, options: LoihiOptions
) -> SpikeRecord:
    """Run the images one after another on the emulator or the board.

    With ``presentation.reset`` the emulator's state (membranes, currents, spikes under way, host
    neurons, filters) is put back to its start before every image; the board cannot do that.

    Parameters
    ----------
    model : SpikingModel
        The spiking network.
    inputs : Inputs
        The images or frames to show.
    presentation : Presentation
        How an image is shown; times in seconds.
    options : LoihiOptions
        Options of the simulator.

    Raises
    ------
    DeploymentError
        If the network breaks a rule of the chip (all broken rules are listed), fits in no cut,
        or the board is not there.
    """
    _check_target(options.target, presentation)
    collector = SpikeCollector("loihi", model, presentation, len(inputs), options.judge)
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
    hosts : tuple of nengo.Ensemble
        The populations on the host, in the network's order.
    plan : Plan
        How the network was cut; ``plan.model`` is what was built.
    """

    simulator: Any
    shown: np.ndarray
    output: nengo.Probe
    spikes: dict[str, nengo.Probe]
    hosts: tuple[nengo.Ensemble, ...]
    plan: Plan

    __repr__ = short_repr

    def currents(self, image: np.ndarray) -> np.ndarray:
        """Currents of the host's neurons for a preprocessed image, computed by its simulator.

        One population after the other.

        Parameters
        ----------
        image : (row, column, channel) array of float32
            A preprocessed image.
        """
        self.shown[:] = np.ravel(image)
        sims = self.simulator.sims
        host = sims.get("host_pre", sims.get("host"))
        host.step()
        found = [host.signals[host.model.sig[each.neurons]["in"]] for each in self.hosts]
        return np.concatenate(found)


@contextlib.contextmanager
def built(
    model: SpikingModel, presentation: Presentation, options: LoihiOptions | ExactOptions
) -> Iterator[Built]:
    """Build a network with nengo-loihi, and close its simulator at the end.

    Parameters
    ----------
    model : SpikingModel
        The spiking network.
    presentation : Presentation
        How an image is shown; times in seconds.
    options : LoihiOptions or ExactOptions
        Options of the simulator.

    Raises
    ------
    DeploymentError
        If the network breaks a rule of the chip (all broken rules are listed), fits in no cut,
        or nengo-loihi cannot build it.
    """
    plan = options.plan
    if plan is None:
        plan = make_plan(model, dt=presentation.dt)
    else:
        require_same_network(plan, model, presentation.dt)
    plan.require()
    shown = np.zeros(int(np.prod(model.input_shape)))
    network, output, spikes = _network(plan, shown, options.seed)
    simulator = opened(
        network,
        dt=presentation.dt,
        seed=options.seed,
        target=getattr(options, "target", "sim"),  # 'loihi-exact' emulates these integers
        progress_bar=False,
    )
    with simulator:
        hosts = tuple(network.layers[p.name] for p in plan.model.on_host)
        yield Built(simulator, shown, output, spikes, hosts, plan)


def _check_target(target: str, presentation: Presentation) -> None:
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
    plan: Plan, shown: np.ndarray, seed: int
) -> tuple[SpikingNetwork, nengo.Probe, dict[str, nengo.Probe]]:
    """The network with what reads pixels on the host and every other population cut into cores."""
    network = SpikingNetwork(plan.model, lambda t: shown, seed=seed)
    network.plan = plan
    with network:
        output = nengo.Probe(network.output)
        spikes = {name: nengo.Probe(e.neurons) for name, e in network.layers.items()}
    return network, output, spikes


def simulator_class() -> type:
    """``nengo_loihi.Simulator``."""
    simulator: type = import_nengo_loihi().Simulator
    return simulator


def opened(network: nengo.Network, **options: Any) -> Any:
    """A simulator of a larger model, or of one network.

    Parameters
    ----------
    network : nengo.Network
        The model; the plans of the networks in it are followed, and made where there are none.
    **options : object
        Arguments of ``nengo_loihi.Simulator``.

    Raises
    ------
    DeploymentError
        If a network breaks a rule of the chip, or nengo-loihi cannot build the model; a known
        remedy is named.
    """
    boards = [part.plan.board for part in networks_in(network) if part.plan is not None]
    if boards:
        chips = {"n_chips": max(board.n_chips for board in boards)}
        options["hardware_options"] = {**chips, **(options.get("hardware_options") or {})}
    loihi = simulator_class()
    try:
        with quiet_build():
            # NumPy 2 warns where the emulator fills integer arrays with NaN before setting them
            warnings.filterwarnings("ignore", "invalid value encountered in cast", RuntimeWarning)
            return loihi(network, **options)
    except (nengo.exceptions.NengoException, NotImplementedError, AssertionError) as error:
        name = "this model" if network.label is None else repr(network.label)
        known = explain(str(error), name)
        raise DeploymentError(
            f"nengo-loihi cannot build {name}: {type(error).__name__}: {error}"
            + ("" if known is None else f". Remedy: {known.remedy}")
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
