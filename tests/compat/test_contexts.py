"""Nengo's open networks: models stay as they were, and their defaults change no network of ours."""

from __future__ import annotations

import dataclasses

import nengo
import numpy as np
import pytest

from nengo_lifdeep import (
    Herding,
    SpikingNetwork,
    calibrate_noise,
    convert,
    datasets,
    run,
    simulator,
    train,
)
from nengo_lifdeep.analysis.voltages import record_voltages
from nengo_lifdeep.compat.contexts import apart_from_open_networks, nengo_defaults
from nengo_lifdeep.herding.learner import SpikingMLP
from nengo_lifdeep.herding.nengo_learner import learner_network
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten, Neurons
from nengo_lifdeep.local.nengo_network import ReadoutNetwork
from nengo_lifdeep.local.network import LocalNetwork
from nengo_lifdeep.models.probabilistic import ProbabilisticModel
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.probabilistic.nengo_network import circuit_network
from nengo_lifdeep.theta import nengo_network
from nengo_lifdeep.training.random_features import trained_example

TIMING = Presentation(t_c=0.02, t_p=0.05)


@pytest.fixture
def world():
    """A model whose defaults would change whatever takes them."""
    with nengo.Network(seed=0) as found:
        found.config[nengo.Ensemble].noise = nengo.processes.WhiteNoise(nengo.dists.Gaussian(9, 5))
        found.config[nengo.Connection].transform = 2.0
        found.config[nengo.Connection].learning_rule_type = nengo.Voja()
    return found


@pytest.fixture(scope="module")
def example():
    trained, test = trained_example()
    return trained, convert(trained, synapse=nengo.Lowpass(0.005)), test.take(2)


@pytest.mark.parametrize(
    "name",
    [
        "rate", "events", "nengo",
        pytest.param("nengo-dl", marks=pytest.mark.tf),
        pytest.param("loihi", marks=pytest.mark.loihi),
        pytest.param("loihi-exact", marks=pytest.mark.loihi),
    ],
)  # fmt: skip
def test_a_run_inside_a_model_is_apart_from_it(name, world, example):
    _, spiking, images = example
    options = {"simulator": name, "presentation": TIMING, "progress": False}
    alone = run(spiking, images, **options)
    with world:
        inside = run(spiking, images, **options)
    np.testing.assert_array_equal(inside.outputs, alone.outputs)
    assert np.abs(alone.outputs).max() > 0
    assert not world.networks and not world.all_objects


@pytest.mark.tf
def test_a_training_inside_a_model_is_apart_from_it(world, example):
    digits = datasets.load("digits")
    few = dataclasses.replace(digits, train=digits.train.take(60))
    options = {"neuron": SoftLIF(), "epochs": 1, "batch_size": 30, "progress": False}
    alone = train("digits-compact", few, **options)
    with world:
        inside = train("digits-compact", few, **options)
    assert inside.fingerprint == alone.fingerprint
    assert not world.all_objects
    assert nengo.Network not in world.config.params  # where NengoDL keeps its settings


def test_measurements_inside_a_model_are_apart_from_it(world, example):
    _, spiking, images = example

    def measured():
        membrane = record_voltages(spiking, images, presentation=TIMING, neurons=3)
        return membrane.values, calibrate_noise(spiking, images, t_c=0.02, t_p=0.05)

    alone = measured()
    with world:
        inside = measured()
    np.testing.assert_array_equal(inside[0], alone[0])
    assert repr(inside[1]) == repr(alone[1])
    assert not world.all_objects


def _probed(network, what, dt=0.001, steps=30):
    with nengo.Simulator(network, dt=dt, progress_bar=False) as sim:
        sim.run_steps(steps)
        return sim.data[what]


def _spiking(example):
    network = SpikingNetwork(example[1], example[2].unit_images(slice(0, 1)).ravel(), seed=1)
    with network:
        return network, nengo.Probe(network.output), 0.001


def _readouts(example):
    network = ReadoutNetwork(LocalNetwork.initial((8, 32), n_classes=2), np.ones((30, 8), np.int8))
    with network:
        return network, nengo.Probe(network.output), 0.001


def _circuits(example):
    model = ProbabilisticModel.initial((2,), n_visible=2)
    built = circuit_network(model, np.ones((30, 2), np.int8))
    return built.network, built.said, model.dt


def _herding(example):
    method = Herding(n_steps=10, order="step", dtype="float64")
    weights = [np.ones((4, 3)) / 2, np.ones((3, 2)) / 2]
    mlp = SpikingMLP((4, 3, 2), method=method, weights=weights, engine="readable")
    built = learner_network(mlp, np.ones((3, 4)) / 2, np.array([0, 1, 0]))
    return built.network, built.drive, 0.001


def _theta(example):
    network = nengo_network([[0, 1], [1, 0]], [1.0, 1.0], kappa=0.5, theta=[0.0, 1.0])
    with network:
        return network, nengo.Probe(network.neurons.neurons, "theta"), 0.05


@pytest.mark.parametrize("make", [_spiking, _readouts, _circuits, _herding, _theta])
def test_a_network_in_a_model_takes_none_of_its_defaults(make, world, example):
    """It is a part of the model, and computes what it does alone."""
    network, what, dt = make(example)
    alone = _probed(network, what, dt)
    assert np.abs(alone).max() > 0
    with world:
        network, what, dt = make(example)
    assert world.networks == [network]
    np.testing.assert_array_equal(_probed(world, what, dt), alone)


@pytest.mark.loihi
def test_what_is_rewritten_for_the_chip_takes_no_defaults(make_network):
    """A pool that overlaps is written into other connections while NengoLoihi builds."""
    layers = [
        Conv2D(3, 3), Neurons(), AveragePooling2D(3, 2, "same"), Conv2D(4, 2), Neurons(),
        Flatten(), Dense(3),
    ]  # fmt: skip
    spiking = convert(
        make_network((9, 9, 1), layers), synapse=nengo.Lowpass(0.005), scale_firing_rates=3.0
    )
    found = []
    for factor in (1.0, 2.0):
        with nengo.Network(seed=0) as world:
            world.config[nengo.Connection].transform = factor
            network = SpikingNetwork(spiking, np.full(81, 0.5), seed=1)
            scores = nengo.Probe(network.output)
            with simulator(world, "loihi") as sim:
                sim.run(0.05)
                found.append(sim.data[scores])
    np.testing.assert_array_equal(*found)
    assert np.ptp(found[0], axis=0).max() > 0


def test_the_open_networks_are_there_again_after_an_error(world):
    with world:
        for around in (nengo_defaults, apart_from_open_networks):
            with pytest.raises(RuntimeError, match="inside"), around():
                raise RuntimeError("inside")
            assert nengo.Ensemble(3, 1).noise is not None
        assert len(world.ensembles) == 2
