"""Several populations that read the image, all on the host: every spike is nengo-loihi's."""

from __future__ import annotations

import dataclasses

import nengo
import numpy as np
import pytest

from nengo_lifdeep import Presentation, convert, run
from nengo_lifdeep.compat import import_nengo_loihi
from nengo_lifdeep.layers import (
    AveragePooling2D,
    Branch,
    Concatenate,
    Conv2D,
    Dense,
    Flatten,
    Neurons,
    Shortcut,
)
from nengo_lifdeep.neurons import Theta

pytestmark = pytest.mark.loihi
LOWPASS = nengo.Lowpass(0.004)
SHAPE = (8, 7, 1)

NETWORKS = {
    # the two read-outs are added; populations on the host have equal sizes, which says nothing
    "two side by side": [
        Conv2D(3, 3), Neurons(), Conv2D(4, 3), Neurons(), Flatten(), Dense(5, name="late"),
        Branch("input"), Conv2D(3, 3), Neurons(), Flatten(), Dense(12), Neurons(), Dense(5),
        Shortcut("late"),
    ],
    # a stem: three sizes, joined before a population on the chip; one of them reaches two
    "three joined": [
        Conv2D(2, 3, padding="same"), Neurons(name="a"),
        Branch("input"), AveragePooling2D(2, 1, "same"), Conv2D(3, 1), Neurons(name="b"),
        Branch("input"), Conv2D(4, 5, padding="same"), Neurons(name="c"),
        Concatenate("b"), Concatenate("a"), Conv2D(5, 3), Neurons(name="joined"), Flatten(),
        Dense(5, name="late"),
        Branch("b"), Conv2D(2, 3, 2), Neurons(), Flatten(), Dense(5), Shortcut("late"),
    ],
}  # fmt: skip
HOSTS = {"two side by side": ("neurons1", "neurons3"), "three joined": ("a", "b", "c")}


def images(n=4, seed=0):
    return np.random.default_rng(seed).random((n, *SHAPE)).astype(np.float32)


def network(make_network, name):
    trained = make_network(SHAPE, NETWORKS[name], seed=3)
    weights = {  # livelier than chance makes them
        layer: {**arrays, "kernel": arrays["kernel"] * 3}
        for layer, arrays in trained.weights.items()
    }
    model = convert(dataclasses.replace(trained, weights=weights), synapse=LOWPASS)
    assert tuple(p.name for p in model.on_host) == HOSTS[name]
    return model


def with_neurons(model, neurons):
    """Others on the host, by population; currents are multiplied so that they fire."""
    populations, connections = [], []
    for p in model.populations:
        neuron, factor = neurons.get(p.name, (p.neuron, 1))
        bias = p.bias * np.float32(factor)
        populations.append(dataclasses.replace(p, neuron=neuron, bias=bias))
    for c in model.connections:
        if c.post in neurons:
            *front, last = c.stages
            last = last.scaled(neurons[c.post][1])
            c = dataclasses.replace(c, stages=(*front, last))
        connections.append(c)
    return dataclasses.replace(
        model, populations=tuple(populations), connections=tuple(connections)
    )


def compare(model, shown, timing, engine="numba"):
    truth = run(model, shown, simulator="loihi", presentation=timing, rasters=len(shown))
    found = run(
        model, shown, simulator="loihi-exact", presentation=timing, rasters=len(shown),
        engine=engine,
    )  # fmt: skip
    assert set(truth.rasters) == set(found.rasters) == {p.name for p in model.populations}
    for name, rows in truth.rasters.items():
        assert sorted(map(tuple, rows)) == sorted(map(tuple, found.rasters[name])), name
        np.testing.assert_array_equal(found.image_spikes[name], truth.image_spikes[name])
        np.testing.assert_allclose(found.layer_rates[name], truth.layer_rates[name])
        assert len(rows) > 20, f"{name} must be alive"
    np.testing.assert_array_equal(found.outputs, truth.outputs)
    return found


@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize("engine", ["numba", "numpy"])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_spike_is_nengo_loihis(make_network, name, engine, reset):
    timing = Presentation(t_c=0.01, t_p=0.04, reset=reset)
    compare(network(make_network, name), images(), timing, engine)


@pytest.mark.parametrize("reset", [True, False])
def test_populations_of_different_neurons(make_network, reset):
    """One is compiled, one fires several times in a step, one has a state of its own."""
    loihi = import_nengo_loihi().neurons
    timing = Presentation(t_c=0.01, t_p=0.04, reset=reset)
    three = {"b": (nengo.SpikingRectifiedLinear(), 2000), "c": (Theta(), 1)}
    compare(with_neurons(network(make_network, "three joined"), three), images(3), timing)
    two = {"neurons1": (loihi.LoihiLIF(0.03, 0.001), 1)}
    compare(with_neurons(network(make_network, "two side by side"), two), images(3), timing)


def test_threads_change_nothing(make_network):
    model, timing = network(make_network, "three joined"), Presentation(t_c=0.01, t_p=0.03)
    one, three = (
        run(model, images(19), simulator="loihi-exact", presentation=timing, threads=n, rasters=9)
        for n in (1, 3)
    )
    np.testing.assert_array_equal(one.outputs, three.outputs)
    for name, rows in one.rasters.items():
        np.testing.assert_array_equal(rows, three.rasters[name])
