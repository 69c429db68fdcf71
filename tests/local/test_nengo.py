"""Layers with read-outs of their own in Nengo: the spikes of the equations, and of our own run."""

from __future__ import annotations

import copy
import pickle
import warnings

import nengo
import numpy as np
import pytest

from nengo_lifdeep.errors import ConversionError, DataError, ValidationError
from nengo_lifdeep.local import (
    Committee,
    LocalLearner,
    LocalNetwork,
    LocalRule,
    ReadoutNetwork,
)
from nengo_lifdeep.local.neurons import LayerInTime
from nengo_lifdeep.local.prediction import scores

STEPS, SIZES = 80, (40, 120, 60)
CLASSES = np.arange(200) % 4


def _trains(n=1, steps=STEPS, seed=0):
    return (np.random.default_rng(seed).random((n, steps, SIZES[0])) < 0.2).astype(np.int8)


@pytest.fixture(scope="module")
def trained():
    """One network per rule, which tells four patterns of inputs from one another."""
    found = {}
    for kind, rate in (("float", 5.0), ("sign", 5.0), ("bayes", 50.0)):
        start = LocalNetwork.initial(SIZES, 4, is_binary=kind != "float", seed=1)
        learner = LocalLearner(start, LocalRule(kind, learning_rate=rate), steps_before=5)
        rng = np.random.default_rng(2)
        for _ in range(3):
            learner.partial_fit(_patterns(rng), CLASSES)
        found[kind] = learner.network
    return found


def _patterns(rng):
    likely = np.kron(np.eye(4), np.ones(10))[CLASSES][:, None, :]
    return (rng.random((200, 20, 40)) < 0.05 + 0.4 * likely).astype(np.int8)


def _in_nengo(network, trains, weights=None, dt=0.001, simulator=nengo.Simulator):
    """Spikes and potentials of every layer, and scores, from the simulator."""
    built = ReadoutNetwork(network, trains, weights=weights, dt=dt)
    with built:
        fired = [nengo.Probe(layer.neurons) for layer in built.layers]
        held = [nengo.Probe(layer.neurons, "voltage") for layer in built.layers]
        read = [nengo.Probe(node) for node in built.readouts]
    with simulator(built, dt=dt, progress_bar=False) as run:
        run.run_steps(len(trains))
    spikes, potentials = ([run.data[p] for p in probes] for probes in (fired, held))
    return [dt * s for s in spikes], potentials, [run.data[p] for p in read]


def _by_convolution(matrix, came_in, decays):
    """Spikes of a layer by the closed form of both traces; sums of whole numbers stay whole."""
    a, b, gamma = decays
    k = np.arange(len(came_in))
    response = (a**k - b**k) / (a - b)
    sums = came_in.astype(np.float64) @ matrix.astype(np.float64)
    J = np.stack([np.convolve(column, response)[: len(sums)] for column in sums.T], 1)
    spikes = np.zeros(J.shape)
    for t in range(len(J)):
        left = gamma ** np.arange(t)[::-1] @ spikes[:t]
        spikes[t] = J[t] / np.sqrt(len(matrix)) - left > 0
    return spikes


def _of(trained, way):
    """A network and its weights: what was trained, one draw, a member of a committee."""
    if way in trained:
        return trained[way], trained[way].weights
    network = trained["bayes"]
    if way == "draw":
        return network, network.drawn(np.random.default_rng(3))
    return network, Committee(network, 3, seed=4).members[2]


@pytest.mark.parametrize("way", ["float", "sign", "bayes", "draw", "member"])
def test_the_spikes_of_the_equations_one_by_one(trained, way):
    network, weights = _of(trained, way)
    trains = _trains()[0]
    spikes, potentials, read = _in_nengo(network, trains, weights)
    came_in, total = trains, 0
    for layer, (matrix, readout) in enumerate(zip(weights, network.readouts, strict=True)):
        expected = _by_convolution(matrix, came_in, network.decays)
        np.testing.assert_array_equal(spikes[layer], expected)
        at_threshold = np.abs(potentials[layer]) < 1e-9
        assert (potentials[layer][at_threshold] == 0).all()  # exactly, where nothing came in
        o = expected @ readout.astype(float) / np.sqrt(len(readout))
        np.testing.assert_allclose(read[layer], o, atol=1e-9)
        came_in, total = expected, total + expected.sum()
    assert 0.05 < total / (STEPS * sum(SIZES[1:])) < 0.8


@pytest.mark.parametrize("way", ["float", "sign", "member"])
def test_our_own_run_fires_alike_but_at_the_threshold(trained, way):
    """Our run multiplies traces by weights, in float32: where +1 and -1 cancel, 1e-8 is left."""
    network, weights = _of(trained, way)
    trains = _trains(seed=5)[0]
    spikes, potentials, _ = _in_nengo(network, trains, weights)
    came_in, n_ties = trains[None].astype(np.float32), 0
    for layer, (matrix, readout) in enumerate(zip(weights, network.readouts, strict=True)):
        own = LayerInTime(1, readout, len(matrix), network.decays)
        for t in range(STEPS):
            own.step(came_in[:, t], matrix)
            surely = np.abs(potentials[layer][t]) > 2e-4
            np.testing.assert_array_equal(own.s[0][surely], spikes[layer][t][surely])
            np.testing.assert_allclose(own.u[0], potentials[layer][t], rtol=1e-5, atol=1e-4)
            n_ties += int((~surely).sum())
            own.s[0] = spikes[layer][t]
        came_in = spikes[layer][None]
    assert n_ties < 0.05 * STEPS * sum(SIZES[1:])


def test_the_same_answers(trained):
    network, shown = trained["sign"], _patterns(np.random.default_rng(6))[:6]
    means = [_in_nengo(network, film)[2][-1][5:].mean(axis=0) for film in shown]
    own = scores(network, shown, steps_before=5)
    assert (own.argmax(axis=1) == CLASSES[:6]).mean() > 0.7
    np.testing.assert_array_equal(np.argmax(means, axis=1), own.argmax(axis=1))


def test_another_step_and_a_relay(trained):
    network, trains = trained["sign"], _trains()[0]
    expected = _in_nengo(network, trains)[0]
    for found, spikes in zip(_in_nengo(network, trains, dt=0.005)[0], expected, strict=True):
        np.testing.assert_array_equal(found, spikes)
    with nengo.Network() as world:
        part = ReadoutNetwork(network)
        eye = nengo.Node(lambda t: trains[round(t / 0.001) - 1] / 0.001, size_out=40)
        nengo.Connection(eye, part.input, synapse=None)
        probe = nengo.Probe(part.layers[-1].neurons)
    with nengo.Simulator(world, progress_bar=False) as run:
        run.run_steps(STEPS)
    np.testing.assert_array_equal(0.001 * run.data[probe], expected[-1])
    for wrong in (world, part):
        with pytest.raises(ConversionError, match=r"dt=0.002"):
            nengo.Simulator(wrong, dt=0.002, progress_bar=False)


def test_the_input_is_silent_after_the_last_step():
    trains = np.ones((3, 4), bool)
    built = ReadoutNetwork(LocalNetwork.initial((4, 6), 2), trains)
    with built:
        probe = nengo.Probe(built.input)
    with nengo.Simulator(built, progress_bar=False) as run:
        run.run_steps(5)
    assert run.data[probe].tolist() == [[1000.0] * 4] * 3 + [[0.0] * 4] * 2


@pytest.mark.tf
def test_nengo_dl_fires_alike(trained):
    from nengo_lifdeep.compat import import_nengo_dl

    network, trains = trained["sign"], _trains()[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "does not have a native TensorFlow implementation"
        found = _in_nengo(network, trains, simulator=import_nengo_dl().Simulator)
    for spikes, expected in zip(found[0], _in_nengo(network, trains)[0], strict=True):
        np.testing.assert_array_equal(np.round(spikes, 3), expected)


@pytest.mark.loihi
def test_nengo_loihi_names_layer_and_neuron_and_runs_them_on_the_host(trained):
    from nengo_lifdeep.compat import import_nengo_loihi

    nengo_loihi = import_nengo_loihi()
    trains = _trains()[0]
    built = ReadoutNetwork(trained["sign"], trains)
    with pytest.raises(nengo.exceptions.BuildError, match=r"'layer 1'.*'SpikeResponse' cannot"):
        nengo_loihi.Simulator(built, progress_bar=False, target="sim")
    with nengo.Network() as world:
        part = ReadoutNetwork(trained["sign"], trains)
        nengo.Ensemble(2, 1, neuron_type=nengo.LIF(), label="something on the chip")
        probes = [nengo.Probe(layer.neurons) for layer in part.layers]
    nengo_loihi.add_params(world)
    for layer in part.layers:
        world.config[layer].on_chip = False
    with nengo_loihi.Simulator(world, progress_bar=False, target="sim") as run:
        run.run_steps(STEPS)
    for probe, expected in zip(probes, _in_nengo(trained["sign"], trains)[0], strict=True):
        np.testing.assert_array_equal(0.001 * run.data[probe], expected)


def test_copies_and_pickles_fire_alike(trained):
    trains = _trains()[0]
    built = ReadoutNetwork(trained["sign"], trains)
    expected = _in_nengo(trained["sign"], trains)[2][-1]
    for again in (pickle.loads(pickle.dumps(built)), copy.deepcopy(built), built.copy()):
        with again:
            read = nengo.Probe(again.output)
        with nengo.Simulator(again, progress_bar=False) as run:
            run.run_steps(STEPS)
        np.testing.assert_array_equal(run.data[read], expected)
    assert np.abs(expected).sum() > 0


def test_what_is_refused_leaves_nothing_in_the_network_around_it():
    network = LocalNetwork.initial((4, 6, 5), 2)
    with nengo.Network() as world:
        for wrong in ({"trains": np.zeros((7, 3))}, {"seed": -1}, {"dt": 0}, {"weights": 3}):
            with pytest.raises((DataError, ValidationError)):
                ReadoutNetwork(network, **wrong)
    assert world.networks == []


def test_what_does_not_fit_is_refused():
    network = LocalNetwork.initial((4, 6, 5), 2)
    good = network.weights
    for trains, message in (
        (np.zeros((2, 7, 4)), "spikes of one sample"),
        (np.zeros((7, 3)), "shape"),
        (np.full((7, 4), 0.5), "expected spikes, 0 or 1"),
    ):
        with pytest.raises(DataError, match=message):
            ReadoutNetwork(network, trains)
    for weights, message in (
        (good[:1], "1; expected 2 arrays"),
        (3, "int; expected 2 arrays"),
        ((good[0], good[0]), r"weights\[1\]"),
        ((good[0], good[1] * np.nan), r"weights\[1\]"),
    ):
        with pytest.raises(ValidationError, match=message):
            ReadoutNetwork(network, weights=weights)
    for dt in (0, -1.0, float("nan"), "1"):
        with pytest.raises(ValidationError, match="dt"):
            ReadoutNetwork(network, dt=dt)
