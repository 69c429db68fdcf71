"""The host's population: equal to nengo-loihi's for the types it has, others refused by name."""

from __future__ import annotations

import dataclasses

import nengo
import numpy as np
import pytest

from nengo_lifdeep import Presentation, convert, run
from nengo_lifdeep.compat import import_nengo_loihi
from nengo_lifdeep.deployment import deploy
from nengo_lifdeep.errors import DeploymentError
from nengo_lifdeep.models import Connection, Population
from nengo_lifdeep.neurons import NoisyLIF, Theta, firing_threshold
from nengo_lifdeep.neurons.stepping.step_lif import StepLIF
from nengo_lifdeep.simulators import get_simulator
from nengo_lifdeep.simulators.loihi_exact.host import HOST_NEURONS, HostNeurons
from nengo_lifdeep.stages.types import DenseMatrix
from nengo_lifdeep.training.random_features import trained_example

pytestmark = pytest.mark.loihi


def _loihi(name):
    return lambda: getattr(import_nengo_loihi().neurons, name)()


#: neurons, and what currents are multiplied by so that they fire
NEURONS = {
    "LIF": (lambda: nengo.LIF(0.02, 0.003, min_voltage=-1), 1),
    "LoihiLIF": (_loihi("LoihiLIF"), 1),
    "SpikingRectifiedLinear": (nengo.SpikingRectifiedLinear, 60),
    "SpikingRectifiedLinear, several in a step": (nengo.SpikingRectifiedLinear, 3000),
    "LoihiSpikingRectifiedLinear": (_loihi("LoihiSpikingRectifiedLinear"), 60),
    "AdaptiveLIF": (nengo.AdaptiveLIF, 1),
    "StepLIF": (StepLIF, 1),
    "StepLIF, filtered": (lambda: StepLIF(exact=True, reset="subtract next", tau_syn=0.003), 1),
    "StepLIF, several in a step": (
        lambda: StepLIF(reset="subtract", several=True, reaches=True), 40,
    ),
    "StepLIF, sums": (lambda: StepLIF(threshold=2, decay_input=False), 400),
    "StepLIF, sums with an exact decay": (lambda: StepLIF.of_leak(0.8, threshold=0.5), 400),
    "Theta": (Theta, 1),
    "Theta, several in a step": (lambda: Theta(tau=0.0005), 1),
}  # fmt: skip


@pytest.fixture(scope="module")
def example():
    trained, test = trained_example()
    return convert(trained, synapse=nengo.Lowpass(0.005)), test.unit_images()[:3]


def on_host(model, neuron, factor=1):
    """The network with this neuron in its first population, and currents multiplied."""
    first, *rest = model.populations
    first = dataclasses.replace(first, neuron=neuron, bias=first.bias * factor)
    (into,) = (c for c in model.connections if c.pre == "input")
    matrix = DenseMatrix(model.input_shape, _matrix(into) * np.float32(factor))
    connections = (
        dataclasses.replace(into, stages=(matrix,)),
        *(c for c in model.connections if c is not into),
    )
    return dataclasses.replace(model, populations=(first, *rest), connections=connections)


def _matrix(connection):
    (stage,) = connection.stages
    return stage.to_matrix().toarray()


def test_every_type_that_is_taken_is_compared():
    assert {name.split(",")[0] for name in NEURONS} == set(HOST_NEURONS)


@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize("name", NEURONS)
def test_spikes_are_those_of_nengo_loihis_host(example, name, reset):
    model, shown = example
    neuron, factor = NEURONS[name]
    model = on_host(model, neuron(), factor)
    timing = Presentation(t_c=0.02, t_p=0.05, reset=reset)
    truth, found = (
        run(model, shown, simulator=s, presentation=timing, rasters=3)
        for s in ("loihi", "loihi-exact")
    )
    for population, rows in truth.rasters.items():
        assert sorted(map(tuple, rows)) == sorted(map(tuple, found.rasters[population]))
        np.testing.assert_array_equal(
            found.image_spikes[population], truth.image_spikes[population]
        )
    np.testing.assert_array_equal(found.outputs, truth.outputs)
    assert min(map(len, truth.rasters.values())) > 100


@pytest.mark.parametrize("name", NEURONS)
def test_currents_around_the_threshold(name):
    """Neurons that are left out because they never fire, against stepping every one."""
    kind, factor = NEURONS[name]
    neuron, timing = kind(), Presentation(t_c=0.0, t_p=0.2)
    threshold = firing_threshold(neuron)
    currents = np.unique(np.append(np.linspace(-0.1, 1.3, 401) * max(threshold, factor), threshold))
    population = Population("host", currents.shape, neuron, np.zeros(len(currents)))
    host = HostNeurons(population, timing, compiled=False)
    ((_, fired, often),) = host.run(currents[np.newaxis])
    state, output = host._rest(len(currents)), np.zeros(len(currents))
    counts = np.zeros(len(currents))
    for _ in range(timing.n_steps):
        neuron.step(timing.dt, currents, output, **state)
        counts += np.rint(output * timing.dt)
    np.testing.assert_array_equal(np.bincount(fired, often, len(currents)), counts)
    assert 0 < np.count_nonzero(counts) < len(counts)


def into_the_host(model, pre, synapse=None):
    """The network with one more connection into its first population."""
    shapes = {p.name: p.shape for p in model.populations}
    n, m = int(np.prod(shapes[pre])), int(np.prod(model.populations[0].shape))
    stage = DenseMatrix(shapes[pre], np.full((n, m), 0.001, np.float32))
    more = Connection(pre, model.populations[0].name, (stage,), synapse)
    return dataclasses.replace(model, connections=(*model.connections, more))


def filtered(model):
    return dataclasses.replace(
        model,
        connections=tuple(
            dataclasses.replace(c, synapse=nengo.Lowpass(0.01)) if c.pre == "input" else c
            for c in model.connections
        ),
    )


REFUSED = {
    "filtered pixels": (filtered, "input -> neurons1: its synapse is Lowpass"),
    "itself": (
        lambda m: into_the_host(m, "neurons1", nengo.Lowpass(0.005)),
        "neurons1 -> neurons1: it carries spikes",
    ),
    "the chip": (
        lambda m: into_the_host(m, "neurons2", nengo.Lowpass(0.005)),
        "neurons2 -> neurons1: it carries spikes",
    ),
    **{
        type(neuron).__name__: (
            lambda m, neuron=neuron: on_host(m, neuron),
            f"neurons1: its neuron is {type(neuron).__name__}",
        )
        for neuron in (
            NoisyLIF(),
            nengo.RegularSpiking(nengo.Sigmoid()),
            nengo.StochasticSpiking(nengo.LIFRate()),
            nengo.PoissonSpiking(nengo.LIFRate()),
        )
    },
    "time constants of their own": (
        lambda m: on_host(m, StepLIF(np.full(m.populations[0].n_neurons, 0.02))),
        "time constants of their own",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_constant_is_refused(example, name):
    model, shown = example
    change, message = REFUSED[name]
    model, timing = change(model), Presentation(t_c=0.01, t_p=0.02)
    with pytest.raises(DeploymentError, match=message) as caught:
        run(model, shown, simulator="loihi-exact", presentation=timing)
    assert "Use simulator='loihi' (lifdeep deploy --emulate N)" in str(caught.value)
    assert message in get_simulator("loihi-exact").refusal(model)
    assert run(model, shown, simulator="loihi", presentation=timing).n_images == 3  # the remedy


def test_a_deployment_names_the_remedy(example):
    model, shown = example
    deployment = deploy(filtered(model), presentation=Presentation(t_c=0.01, t_p=0.02))
    with pytest.raises(DeploymentError, match=r"input -> neurons1.*Use simulator='loihi'"):
        deployment.run(shown)
    assert deployment.run(shown, simulator="loihi").n_images == 3
