"""Build a spiking model as a `nengo.Network` of native transforms."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import nengo
import numpy as np

from ..compat.contexts import nengo_defaults
from ..compat.nengo_loihi import around_builds, repair_loaded
from ..compat.quiet import accept_new_decoder_cache
from ..loihi.plan import Plan
from ..models import Population, SpikingModel
from ..models.expected import spiking_model
from ..models.initial_voltages import state_from_voltage
from ..models.times import check_times
from ..support.checks import MOST_SEED, optional, whole
from ..support.checks.arrays import checked_array
from .on_chip import placed_on_chip
from .wires import nengo_transform, wire

__all__ = ["SpikingNetwork", "nengo_transform", "networks_in", "quiet_build"]


class SpikingNetwork(nengo.Network):
    """A converted network, ready for any Nengo simulator or for a place in a larger model.

    `nengo_lifdeep.simulator` opens Nengo's, NengoDL's or NengoLoihi's simulator of the larger
    model. In NengoLoihi populations that read the input are on the host, the others on the chip, as
    they are planned (`plan`), and the scores on the host again.

    `nengo.Simulator` refuses to build it with a step of more than 23 times one of its time
    constants (`ConversionError`). How long images are shown is not known there, so time constants
    too long to answer in are for you to avoid; `convert` refuses those above 1 s.

    Defaults of the larger model, such as ``world.config[nengo.Ensemble].noise``, are for its own
    objects, and not taken for these: populations and connections are those of ``model``.

    Parameters
    ----------
    model : SpikingModel
        What to build.
    input_output : callable or array, optional
        What the input node plays, as `nengo.Node` takes it; None makes it a relay into which
        other parts of a model can be connected.
    seed : int, optional
        Seed of the network; decides random initial voltages, which this package's simulators then
        replace by `initial_voltages` of each image.

    Attributes
    ----------
    input : nengo.Node
        The image, flattened row-major, of size ``rows * columns * channels``.
    output : nengo.Node
        The class scores.
    layers : dict of str to nengo.Ensemble
        The populations by name.
    plan : Plan or None
        How NengoLoihi cuts it into cores; None, as it is unless you set it, to have it planned
        when it is built.
    wires : Wires
        The connections between input, populations and output, and the relays on the way.

    Examples
    --------
    >>> import nengo
    >>> from nengo_lifdeep.conversion.swap import convert
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> with nengo.Network(seed=0) as world:
    ...     classifier = SpikingNetwork(convert(trained_example()[0]))
    ...     eye = nengo.Node(0.5 * np.ones(classifier.input.size_in))
    ...     _ = nengo.Connection(eye, classifier.input, synapse=None)
    ...     scores = nengo.Probe(classifier.output)
    >>> with nengo.Simulator(world, progress_bar=False) as sim:
    ...     sim.run(0.05)
    """

    def __init__(
        self,
        model: SpikingModel,
        input_output: Callable[..., Any] | nengo.Process | np.ndarray | None = None,
        seed: int | None = None,
    ) -> None:
        model = spiking_model(model, "model")
        model.require_linear("Nengo")
        accept_new_decoder_cache()
        repair_loaded()
        super().__init__(label=model.name, seed=optional(whole(0, MOST_SEED))(seed, "seed"))
        self.model = model
        self.plan: Plan | None = None
        size = int(np.prod(model.input_shape))
        with nengo_defaults(), self:
            if input_output is None:
                self.input = nengo.Node(size_in=size, label="input")
            else:
                played = input_output
                if not callable(played) and not isinstance(played, nengo.Process):
                    played = checked_array(played, "input_output", shape=(size,), dtype=np.float64)
                self.input = nengo.Node(played, size_out=size, label="input")
            self.layers = {p.name: _ensemble(p, model.initial_voltage) for p in model.populations}
            self.output = nengo.Node(size_in=model.n_classes, label="output")
            bias = nengo.Node(model.output_bias, label="output bias")
            nengo.Connection(bias, self.output, synapse=None)
            self.wires = wire(model, self.ends)

    @property
    def ends(self) -> dict[str, Any]:
        """What the connections join: neurons by population, the nodes ``input`` and ``output``."""
        neurons = {name: ensemble.neurons for name, ensemble in self.layers.items()}
        return {**neurons, "input": self.input, "output": self.output}


@nengo.builder.Builder.register(SpikingNetwork)
def _build(model: Any, network: SpikingNetwork, **options: Any) -> None:
    """Build a network where its step is known, in the user's own simulator too."""
    check_times(network.model, model.dt)
    nengo.builder.network.build_network(model, network, **options)


@around_builds
@contextmanager
def _on_chip(world: nengo.Network, model: Any, nengo_loihi: ModuleType) -> Iterator[None]:
    """Place all networks of a model when NengoLoihi builds it, in the user's own simulator too."""
    parts = networks_in(world)
    if not parts:
        yield
        return
    with placed_on_chip(world, model, nengo_loihi, parts):
        yield


def networks_in(world: nengo.Network) -> list[SpikingNetwork]:
    """The converted networks in a model, itself included.

    Parameters
    ----------
    world : nengo.Network
        The model.
    """
    return [part for part in (world, *world.all_networks) if isinstance(part, SpikingNetwork)]


@contextmanager
def quiet_build() -> Iterator[None]:
    """Build a network without Nengo's warnings about rates that are not used.

    Nengo works out maximum rates and intercepts of every ensemble. Its formula has none for
    neurons silent at ``x = 1``; as gains and biases are given, nothing depends on them.

    Examples
    --------
    >>> with nengo.Network() as net:
    ...     _ = nengo.Ensemble(1, 1, gain=[1.0], bias=[-0.5], neuron_type=nengo.LIF())
    >>> with quiet_build(), nengo.Simulator(net, progress_bar=False) as sim:
    ...     sim.run(0.01)
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Non-finite values detected in `max_rates`")
        warnings.filterwarnings("ignore", ".* encountered in log1p", RuntimeWarning)
        warnings.filterwarnings("ignore", "divide by zero", RuntimeWarning, "nengo.neurons")
        yield


def _ensemble(population: Population, initial_voltage: str) -> nengo.Ensemble:
    return nengo.Ensemble(
        population.n_neurons,
        1,
        gain=np.ones(population.n_neurons),
        bias=np.broadcast_to(population.bias, population.shape).ravel(),
        neuron_type=_with_voltage(population.neuron, initial_voltage),
        label=population.name,
    )


def _with_voltage(neuron: nengo.neurons.NeuronType, start: str) -> nengo.neurons.NeuronType:
    """The neuron with its initial membrane voltage made explicit."""
    parameters = inspect.signature(type(neuron).__init__).parameters
    options = {name: getattr(neuron, name) for name in parameters if hasattr(neuron, name)}
    middle = 0.5 * getattr(neuron, "threshold", 1.0)
    points = [state_from_voltage(neuron, voltage) for voltage in (0.0, middle, 1.0)]
    found = [point for point in points if point is not None]
    if len(found) < len(points):
        return neuron
    (name, low), (_, half), (_, high) = found
    if start == "uniform":
        begin: nengo.dists.Distribution = nengo.dists.Uniform(low, high)
    else:
        begin = nengo.dists.Choice([half if start == "half" else low])
    return type(neuron)(**{**options, "initial_state": {name: begin}})
