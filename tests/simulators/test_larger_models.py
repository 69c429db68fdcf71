"""Networks inside a larger Nengo model: in each simulator they do what they do alone."""

from __future__ import annotations

import importlib.util

import nengo
import numpy as np
import pytest

from nengo_lifdeep import SpikingNetwork, compat, convert, run, simulator
from nengo_lifdeep.errors import ConversionError, DeploymentError, LifdeepError, ValidationError
from nengo_lifdeep.exporters.nengo import quiet_build
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Flatten,
    LocallyConnected2D,
    Neurons,
    Shortcut,
)
from nengo_lifdeep.neurons import NoisyLIF, SoftLIF
from nengo_lifdeep.simulators import SIMULATORS
from nengo_lifdeep.simulators.registry import names

LOWPASS = nengo.Lowpass(0.005)
TIMING = Presentation(t_c=0.05, t_p=0.1)
DL = pytest.param("nengo-dl", marks=pytest.mark.tf)
LOIHI = pytest.param("loihi", marks=pytest.mark.loihi)
each_simulator = pytest.mark.parametrize("name", ["nengo", DL, LOIHI])

#: every kind of layer; pools that overlap, groups and residual sums are rewritten for the chip
NETWORKS = {
    "convolutions": ((8, 8, 2), [Conv2D(3, 3), BatchNormalization(), Neurons(),
                                 Conv2D(4, 3, strides=2), Neurons(), Flatten(), Dense(9),
                                 Neurons(), Dense(3)]),
    "pool": ((8, 8, 1), [Conv2D(3, 3), Neurons(), AveragePooling2D(2), Conv2D(2, 2), Neurons(),
                         AveragePooling2D(2), Flatten(), Dense(3)]),
    "overlapping pool": ((9, 9, 1), [Conv2D(3, 3), Neurons(), AveragePooling2D(3, 2, "same"),
                                     Conv2D(4, 2), Neurons(), Flatten(), Dense(3)]),
    "locally connected": ((8, 8, 1), [Conv2D(3, 3), Neurons(), LocallyConnected2D(2, 2), Neurons(),
                                      Flatten(), Dense(3)]),
    "groups": ((8, 8, 1), [Conv2D(4, 3), Neurons(), Conv2D(6, 3, groups=2), Neurons(), Flatten(),
                           Dense(3)]),
    "residual": ((6, 6, 1), [Conv2D(3, 3, padding="same"), Neurons(),
                             Conv2D(3, 3, padding="same"), Shortcut("neurons1"), Neurons(),
                             Flatten(), Dense(3)]),
    "a neuron per layer": ((1, 1, 12), [Flatten(), Dense(10), Neurons(SoftLIF(0.03, 0.002)),
                                        Dense(9), Neurons(nengo.RectifiedLinear(0.01)),
                                        Dense(8), Neurons(SoftLIF(0.01, 0.001)), Dense(3)]),
}  # fmt: skip


@pytest.fixture
def network(make_network):
    """A function that makes one of `NETWORKS` spike."""

    def make(name: str, **options):
        shape, layers = NETWORKS[name]
        return convert(
            make_network(shape, layers),
            **{"synapse": LOWPASS, "scale_firing_rates": 3.0, **options},
        )

    return make


def frames_of(model, n_steps: int = TIMING.n_steps) -> np.ndarray:
    """Pixels that change slowly, ``(step, *shape)``."""
    t = np.arange(n_steps)[:, None] * TIMING.dt
    phase = np.random.default_rng(3).uniform(0, 6, size=int(np.prod(model.input_shape)))
    return (0.5 + 0.5 * np.sin(40 * t + phase)).reshape(n_steps, *model.input_shape)


def a_world(model, played, *, size_out=None, feedback=False, on_chip: bool | None = None):
    """A network among ensembles of the user's own, its scores feeding a controller."""
    with nengo.Network(seed=0) as world:
        eye = nengo.Node(played, size_out=size_out, label="eye")
        with nengo.Network(label="a part of the model"):
            part = SpikingNetwork(model, seed=1)
        nengo.Connection(eye, part.input, synapse=None)
        controller = nengo.Ensemble(60, model.n_classes, radius=3.0, label="controller")
        nengo.Connection(part.output, controller, synapse=0.01)
        memory = nengo.Ensemble(40, 1)
        nengo.Connection(controller, memory, function=lambda x: x[0] / 3)
        if feedback:
            row = np.full((part.input.size_in, 1), 0.2)
            nengo.Connection(memory, part.input, transform=row, synapse=0.02)
        if on_chip is not None:
            compat.import_nengo_loihi().add_params(world)
            for ensemble in (controller, memory):
                world.config[ensemble].on_chip = on_chip
        probes = {name: nengo.Probe(e.neurons) for name, e in part.layers.items()}
        probes["scores"] = nengo.Probe(part.output)
        probes["input"] = nengo.Probe(part.input)
        probes["memory"] = nengo.Probe(memory, synapse=0.01)
    return world, part, probes


def found(world, probes, name: str, n_steps: int = TIMING.n_steps, **options):
    """What a simulator's probes hold, ``(step, size)``."""
    with simulator(world, name, **options) as sim:
        sim.run_steps(n_steps)
        return {key: np.array(sim.data[p]).reshape(n_steps, -1) for key, p in probes.items()}


def played_by(frames: np.ndarray):
    rows = frames.reshape(len(frames), -1)
    return lambda t: rows[min(round(t / TIMING.dt), len(rows)) - 1]


def scores_alone(model, frames: np.ndarray) -> dict[str, np.ndarray]:
    """The network alone in nengo.Simulator, its pixels played by its own input node."""
    part = SpikingNetwork(model, played_by(frames), seed=1)
    with part:
        probes = {name: nengo.Probe(e.neurons) for name, e in part.layers.items()}
        probes["scores"] = nengo.Probe(part.output)
    with quiet_build(), nengo.Simulator(part, progress_bar=False) as sim:
        sim.run_steps(len(frames))
    return {key: np.array(sim.data[probe]) for key, probe in probes.items()}


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("start", ["zero", "uniform"])
def test_spikes_in_nengo_are_those_of_the_network_alone(kind, start, network):
    model = network(kind, initial_voltage=start)
    frames = frames_of(model)
    world, part, probes = a_world(model, played_by(frames))
    inside, alone = found(world, probes, "nengo"), scores_alone(model, frames)
    for name in part.layers:
        assert np.count_nonzero(alone[name]) > 10
        np.testing.assert_array_equal(inside[name], alone[name])
    np.testing.assert_allclose(inside["scores"], alone["scores"], atol=1e-9)
    assert np.ptp(inside["memory"]) > 0.01


@pytest.mark.tf
@pytest.mark.parametrize("kind", NETWORKS)
def test_nengo_dl_gives_nengos_spikes(kind, network):
    """In float64 one by one. Two minibatches show that each has its own state."""
    model = network(kind, initial_voltage="uniform")
    world, part, probes = a_world(model, played_by(frames_of(model)))
    expected = found(world, probes, "nengo", n_steps=60)
    with world:
        compat.import_nengo_dl().configure_settings(dtype="float64")
    double = found(world, probes, "nengo-dl", n_steps=60)
    for name in part.layers:
        assert np.count_nonzero(expected[name]) > 10
        np.testing.assert_array_equal(double[name] > 0, expected[name] > 0)
    np.testing.assert_allclose(double["scores"], expected["scores"], atol=1e-6)


@pytest.mark.tf
def test_nengo_dl_in_its_own_float32(network):
    """A current near the threshold may round to the other side: at most 1 spike in 100 moves."""
    model = network("convolutions", scale_firing_rates=10.0)
    world, part, probes = a_world(model, played_by(frames_of(model)))
    expected, single = (found(world, probes, name) for name in ("nengo", "nengo-dl"))
    for name in part.layers:
        spikes = np.count_nonzero(expected[name])
        moved = np.count_nonzero((single[name] > 0) != (expected[name] > 0))
        assert spikes > 100 and moved <= 0.02 * spikes  # a spike that moves is counted twice


@pytest.mark.loihi
@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("on_chip", [False, True])
def test_the_chip_gives_the_spikes_of_run(kind, on_chip, network):
    """One by one, whether the user's ensembles are on the chip or the host."""
    model = network(kind)
    image = np.random.default_rng(1).uniform(size=(1, *model.input_shape)).astype(np.float32)
    world, part, probes = a_world(model, image.ravel(), on_chip=on_chip)
    inside = found(world, probes, "loihi", target="sim")
    alone = run(model, image, simulator="loihi", presentation=TIMING, rasters=1)
    for name in part.layers:
        steps, neurons = np.nonzero(inside[name])
        assert len(steps) > 10
        np.testing.assert_array_equal(alone.rasters[name][:, 1:], np.stack([steps, neurons], 1))
    np.testing.assert_allclose(inside["scores"], alone.outputs[0], atol=1e-4)
    assert np.ptp(inside["memory"]) > 0.01


@each_simulator
def test_a_control_loop_shows_the_network_what_it_fires_for(name, network):
    """Replayed to the network alone, the input that the loop made gives the same spikes."""
    model = network("pool")
    world, part, probes = a_world(model, played_by(frames_of(model)), feedback=True)
    inside = found(world, probes, name)
    shown = frames_of(model).reshape(TIMING.n_steps, -1)
    assert np.ptp(inside["input"] - shown) > 0.05  # what the loop adds
    part = SpikingNetwork(model, played_by(inside["input"]), seed=1)
    with part:
        again = {layer: nengo.Probe(e.neurons) for layer, e in part.layers.items()}
    alone = found(part, again, name)
    for layer in part.layers:
        assert np.count_nonzero(alone[layer]) > 10
        np.testing.assert_array_equal(alone[layer] > 0, inside[layer] > 0)


@each_simulator
def test_a_process_of_nengos_is_the_input(name, network):
    """The same noise in every simulator, as its seed is the process's own."""
    model = network("convolutions")
    noise = nengo.processes.WhiteSignal(1.0, high=20, rms=0.6, seed=5)
    size = int(np.prod(model.input_shape))
    world, part, probes = a_world(model, noise, size_out=size)
    inside = found(world, probes, name)
    played = noise.run_steps(TIMING.n_steps, d=size, dt=TIMING.dt)
    np.testing.assert_allclose(inside["input"], played, atol=1e-6)
    part = SpikingNetwork(model, played_by(played), seed=1)
    with part:
        again = {layer: nengo.Probe(e.neurons) for layer, e in part.layers.items()}
    alone = found(part, again, name)
    for layer in part.layers:
        assert np.count_nonzero(alone[layer]) > 10
        np.testing.assert_array_equal(alone[layer] > 0, inside[layer] > 0)


@each_simulator
def test_several_networks_one_after_another(name, network):
    """Scores of one are what the other sees; each fires as it does alone with that input."""
    first, second = network("pool"), network("a neuron per layer")
    with nengo.Network(seed=0) as world:
        eye = nengo.Node(played_by(frames_of(first)))
        parts = [SpikingNetwork(first, seed=1), SpikingNetwork(second, seed=1)]
        nengo.Connection(eye, parts[0].input, synapse=None)
        spread = np.random.default_rng(0).normal(size=(12, 3))
        nengo.Connection(parts[0].output, parts[1].input, transform=spread, synapse=0.01)
        probes = {}
        for i, part in enumerate(parts):
            probes[f"input {i}"] = nengo.Probe(part.input)
            probes |= {f"{i} {layer}": nengo.Probe(e.neurons) for layer, e in part.layers.items()}
    inside = found(world, probes, name)
    for i, model in enumerate((first, second)):
        part = SpikingNetwork(model, played_by(inside[f"input {i}"]), seed=1)
        with part:
            again = {layer: nengo.Probe(e.neurons) for layer, e in part.layers.items()}
        alone = found(part, again, name)
        for layer in part.layers:
            assert np.count_nonzero(alone[layer]) > 10
            np.testing.assert_array_equal(alone[layer] > 0, inside[f"{i} {layer}"] > 0)


@each_simulator
def test_what_users_attach_to_a_network_leaves_its_spikes_alone(name, network):
    """A rule that learns from the scores, a layer's neurons, a decoded layer, a single score."""
    model = network("residual")
    world, part, probes = a_world(model, played_by(frames_of(model)))
    expected = found(world, probes, name, n_steps=60)
    with world:
        learner = nengo.Ensemble(30, 1)
        learned, error = nengo.Node(size_in=1), nengo.Node(size_in=1)
        adapted = nengo.Connection(learner, learned, learning_rule_type=nengo.PES(1e-3))
        nengo.Connection(learned, error)
        nengo.Connection(part.output[1], error, transform=-0.1)
        nengo.Connection(error, adapted.learning_rule)
        heard = nengo.Ensemble(20, 1)
        last = part.layers["neurons2"]
        nengo.Connection(last.neurons, heard.neurons, transform=np.full((20, last.n_neurons), 1e-3))
        more = {"learned": nengo.Probe(learned, synapse=0.01), "heard": nengo.Probe(heard.neurons),
                "decoded": nengo.Probe(last, synapse=0.01)}  # fmt: skip
    with_more = found(world, {**probes, **more}, name, n_steps=60)
    for key in (*part.layers, "scores"):
        np.testing.assert_array_equal(with_more[key], expected[key])
    for key in more:
        assert np.ptp(with_more[key]) > 0, key


def test_what_is_no_larger_model_is_refused_by_name(network):
    with nengo.Network() as world:
        SpikingNetwork(network("pool"))
    for name in set(SIMULATORS) - set(names(whole_models=True)):
        with pytest.raises(ValidationError, match=f"{name}.*one of nengo, nengo-dl, loihi"):
            simulator(world, name)
    with pytest.raises(ValidationError, match="no simulator 'nengo_loihi'"):
        simulator(world, "nengo_loihi")
    with pytest.raises(ValidationError, match="no argument 'minibatch'.*optimize"):
        simulator(world, "nengo", minibatch=3)
    with pytest.raises(ValidationError, match="network is .*expected"):
        simulator(network("pool"), "nengo")
    with pytest.raises(ConversionError, match="synapse is 0.005 s.*dt <= 23"):
        simulator(world, "nengo", dt=0.2)


@pytest.mark.tf
def test_noise_that_nengo_dl_cannot_draw_is_refused_by_name(network):
    with nengo.Network() as world:
        SpikingNetwork(network("pool", neuron=NoisyLIF(sigma_v=0.1), scale_firing_rates=1.0))
    with pytest.raises(ConversionError, match="neurons1: NengoDL has no random numbers"):
        simulator(world, "nengo-dl")
    simulator(world, "nengo").close()


@pytest.mark.loihi
def test_what_nengo_loihi_refuses_of_the_users_own_gets_a_remedy(network):
    with nengo.Network(label="mine", seed=0) as world:
        part = SpikingNetwork(network("pool"))
        own = nengo.Ensemble(20, 1, neuron_type=nengo.LIFRate())
        nengo.Connection(part.output[0], own)
    with pytest.raises(DeploymentError, match="(?s)'mine'.*LIFRate.*Remedy: use spiking") as error:
        simulator(world, "loihi")
    assert isinstance(error.value, LifdeepError)
    if importlib.util.find_spec("nxsdk") is None:
        with nengo.Network() as unnamed:
            SpikingNetwork(network("pool"))
        with pytest.raises(DeploymentError, match="cannot build this model: .*use target='sim'"):
            simulator(unnamed, "loihi", target="loihi")
    compat.import_nengo_loihi().add_params(world)
    world.config[own].on_chip = False
    simulator(world, "loihi").close()
