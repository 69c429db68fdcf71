"""NengoLoihi builds networks inside larger models as planned; the models stay as they were."""

from __future__ import annotations

import subprocess
import sys
import warnings

import nengo
import numpy as np
import pytest

from nengo_lifdeep import Presentation, SpikingNetwork, compat, convert, pretrained, run
from nengo_lifdeep.errors import DeploymentError, ValidationError
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
from nengo_lifdeep.loihi.board import Board
from nengo_lifdeep.loihi.plan import make_plan
from nengo_lifdeep.models import Connection, Population, SpikingModel
from nengo_lifdeep.stages.types import DenseMatrix

pytestmark = pytest.mark.loihi
LOWPASS = nengo.Lowpass(0.005)


@pytest.fixture
def model(make_network):
    """Pooling that overlaps and a residual sum: connections that are rewritten for the chip."""
    layers = [
        Conv2D(4, 3, padding="same"), Neurons(), AveragePooling2D(3, 2, "same"),
        Conv2D(4, 3, padding="same"), Neurons(), Conv2D(4, 3, padding="same"),
        Shortcut("neurons2"), Neurons(), Flatten(), Dense(3),
    ]  # fmt: skip
    return convert(make_network((8, 8, 1), layers), synapse=LOWPASS, scale_firing_rates=3.0)


def world_of(*models, seed: int = 0):
    with nengo.Network(seed=seed, label="world") as world:
        parts = [SpikingNetwork(each, np.full(each.input_shape, 0.6).ravel()) for each in models]
        for part in parts:
            nengo.Probe(part.output)
    return world, parts


def built(world, **options):
    return compat.import_nengo_loihi().Simulator(world, progress_bar=False, **options)


def test_the_simulator_of_the_user_places_the_network(model):
    world, (part,) = world_of(model)
    with built(world) as sim:
        sim.run(0.05)
    split = sim.model.split
    places = {name: split.on_chip(ensemble) for name, ensemble in part.layers.items()}
    assert places == {"neurons1": False, "neurons2": True, "neurons3": True}
    assert len(sim.model.blocks) == make_plan(model).n_cores
    assert np.abs(sim.data[world.probes[0]]).max() > 0


def test_the_model_stays_as_it_was_written(model):
    world, (part,) = world_of(model)
    before = part.connections[:], part.nodes[:], part.wires
    for _ in range(2):
        built(world).close()
        assert (part.connections, part.nodes, part.wires) == before
        assert part.output.output is None and part.output.size_out == 3
        for config in (world.config, part.config):
            for ensemble in part.layers.values():
                assert config[ensemble].on_chip is None and config[ensemble].block_shape is None
        wires = [o for o in part.config.params if isinstance(o, nengo.Connection)]
        own = (nengo.Node, nengo.ensemble.Neurons)  # upstream keeps those that it makes for itself
        assert not [o for o in wires if type(o.pre_obj) in own and o not in part.connections]
    with pytest.raises(DeploymentError):  # a build that fails, too
        part.plan = make_plan(model, Board("tiny", 1, cores_per_chip=1))
        built(world)
    assert (part.connections, part.nodes, part.wires) == before
    assert part.output.output is None


def test_a_plan_of_the_users_is_followed(model):
    world, (part,) = world_of(model)
    part.plan = make_plan(model, blocks={"neurons2": (2, 2, 4)}, pop_type=16)
    with built(world) as sim:
        assert len(sim.model.blocks) == part.plan.n_cores > make_plan(model).n_cores
        assert {s.pop_type for block in sim.model.blocks for s in block.synapses} == {0, 16}


def test_blocks_and_axons_that_the_user_configured_are_followed(model):
    nengo_loihi = compat.import_nengo_loihi()
    world, (part,) = world_of(model)
    nengo_loihi.add_params(world)
    world.config[nengo.Connection].pop_type = 16
    layer = part.layers["neurons3"]
    world.config[layer].block_shape = nengo_loihi.BlockShape((2, 2, 4), (4, 4, 4))
    with built(world) as sim:
        assert len(sim.model.blocks) == 1 + 4
        assert 16 in {s.pop_type for block in sim.model.blocks for s in block.synapses}
    assert world.config[layer].block_shape.shape == (2, 2, 4)
    world.config[layer].block_shape = nengo_loihi.BlockShape((16,), (64,))
    with pytest.raises(ValidationError, match=r"'neurons3'.*BlockShape\(.*\(4, 4, 4\)\)"):
        built(world)
    world.config[layer].block_shape = nengo_loihi.BlockShape((2, 2, 4), (4, 4, 4))
    part.plan = make_plan(model)
    with pytest.raises(ValidationError, match="has a plan, and block_shape.*neurons3"):
        built(world)


def test_a_network_can_stay_on_the_host(model):
    world, (part,) = world_of(model)
    compat.import_nengo_loihi().add_params(world)
    for ensemble in part.layers.values():
        world.config[ensemble].on_chip = False
    with world:
        nengo.Probe(nengo.Ensemble(10, 1))  # something for the chip
    with built(world) as sim:
        sim.run(0.04)
    with nengo.Simulator(world, progress_bar=False) as reference:
        reference.run(0.04)
    scores = world.probes[0]
    np.testing.assert_allclose(sim.data[scores], reference.data[scores], atol=1e-9)


@pytest.mark.parametrize(("layer", "place"), [("neurons3", False), ("neurons1", True)])
def test_half_a_network_elsewhere_is_refused_by_name(model, layer, place):
    world, (part,) = world_of(model)
    compat.import_nengo_loihi().add_params(world)
    world.config[part.layers[layer]].on_chip = place
    with pytest.raises(DeploymentError, match=f"'{layer}': {place}.*'neurons1' on the host"):
        built(world)


def test_a_plan_of_another_network_is_refused(model):
    world, (part,) = world_of(model)
    part.plan = make_plan(convert(pretrained.load("digits-compact"), synapse=LOWPASS))
    with pytest.raises(ValidationError, match="the plan is for 'digits-compact'"):
        built(world)
    part.plan = make_plan(model)
    with pytest.raises(ValidationError, match="steps of 0.001 s.*steps of 0.002 s"):
        built(world, dt=0.002)
    part.plan = "cores"
    with pytest.raises(ValidationError, match="'random': plan is 'cores'; expected a Plan"):
        built(world)


def test_broken_rules_are_listed_with_layer_and_remedy(make_network):
    layers = [Conv2D(3, 3), Neurons(), Flatten(), Dense(9), Neurons(), Dense(3)]
    trained = make_network((8, 8, 1), layers)
    world, _ = world_of(convert(trained, synapse=0.003, initial_voltage="uniform"))
    with pytest.raises(DeploymentError) as error:
        built(world)
    message = str(error.value)
    for phrase in ("membranes start at zero", "initial_voltage='zero'", "synapses are lowpass",
                   "neurons1 -> neurons2", "on_chip = False"):  # fmt: skip
        assert phrase in message


def test_cores_of_all_networks_are_counted(model):
    world, parts = world_of(model, model)
    for part in parts:
        part.plan = make_plan(model, Board("small", 1, cores_per_chip=3))
    with pytest.raises(DeploymentError, match=r"4 cores.*'random' 2, 'random' 2.*'small' has 3"):
        built(world)
    compat.import_nengo_loihi().add_params(world)
    for ensemble in parts[0].layers.values():
        world.config[ensemble].on_chip = False
    built(world).close()


def test_cores_of_the_users_own_ensembles_are_told(model):
    world, (part,) = world_of(model)
    with world:
        own = [nengo.Ensemble(10, 1) for _ in range(2)]
    part.plan = make_plan(model, Board("small", 1, cores_per_chip=3))
    with pytest.warns(UserWarning, match="takes 4 cores.*2 of them outside.*'small' has 3"):
        built(world).close()
    compat.import_nengo_loihi().add_params(world)
    world.config[own[0]].on_chip = False
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="this model takes")
        built(world).close()


def skipping(*more: Connection) -> SpikingModel:
    """Two layers of four neurons, and more connections."""
    populations = [Population(n, (4,), nengo.LIF(), np.ones(4)) for n in ("first", "second")]
    between = Connection("first", "second", (dense((4,), 4),), LOWPASS)
    chain = [
        Connection("input", "first", (dense((1, 1, 4), 4),)), between,
        Connection("second", "output", (dense((4,), 2),), nengo.Alpha(0.003)),
    ]  # fmt: skip
    connections = (*chain, *more)
    return SpikingModel("skips", (1, 1, 4), tuple(populations), connections, np.zeros(2))


def dense(shape: tuple[int, ...], to: int) -> DenseMatrix:
    return DenseMatrix(shape, np.ones((int(np.prod(shape)), to), np.float32))


def test_pixels_straight_into_a_layer_on_the_chip_are_refused():
    """nengo-loihi takes spikes onto the chip, and turns a node's numbers into them badly."""
    world, _ = world_of(skipping(Connection("input", "second", (dense((1, 1, 4), 4),))))
    with pytest.raises(DeploymentError, match="input -> second.*spikes"):
        built(world)


def test_pixels_and_the_first_layer_straight_into_the_scores_stay_on_the_host():
    pixels = Connection("input", "output", (dense((1, 1, 4), 2),))
    early = Connection("first", "output", (dense((4,), 2),), LOWPASS)
    world, (part,) = world_of(skipping(pixels, early))
    with world:
        spikes = [nengo.Probe(e.neurons) for e in part.layers.values()]
    with built(world) as sim:
        sim.run(0.1)
    first, second = (sim.data[probe].sum(axis=1) for probe in spikes)
    expected = 4 * 0.6 + LOWPASS.filt(first, dt=0.001) + nengo.Alpha(0.003).filt(second, dt=0.001)
    assert second.sum() > 0
    late = sim.data[world.probes[0]][20:, 0]  # filters differ by steps that things take to arrive
    assert late.mean() == pytest.approx(expected[20:].mean(), rel=0.05)


def test_a_nengo_loihi_imported_by_the_user_works_as_it_is():
    """No call of compat: as people write it, in a fresh process."""
    code = """
import nengo, nengo_loihi
import nengo_lifdeep as nld
with nengo.Network(seed=0) as world:
    trained = nld.pretrained.load("digits-compact")
    part = nld.SpikingNetwork(nld.convert(trained, synapse=nengo.Lowpass(0.005)), [0.5] * 64)
    probe = nengo.Probe(part.output)
with nengo_loihi.Simulator(world, target="sim") as sim:
    sim.run(0.02)
print(abs(sim.data[probe]).max() > 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr[-2000:]


@pytest.fixture
def two_stems(make_network):
    """Two layers that read the input, and one that hears both."""
    layers = [
        Conv2D(3, 3, padding="same"), Neurons(name="a"), Branch("input"),
        Conv2D(2, 5, padding="same"), Neurons(name="b"), Concatenate("a"), Conv2D(4, 3),
        Neurons(name="joined"), Flatten(), Dense(3),
    ]  # fmt: skip
    return convert(make_network((8, 8, 1), layers), synapse=LOWPASS, scale_firing_rates=6.0)


def test_all_layers_that_read_the_input_are_placed_on_the_host(two_stems):
    world, (part,) = world_of(two_stems)
    with world:
        own = nengo.Ensemble(10, 1)
        spikes = {name: nengo.Probe(e.neurons) for name, e in part.layers.items()}
    with built(world) as sim:
        sim.run(0.06)
    places = {name: sim.model.split.on_chip(e) for name, e in part.layers.items()}
    assert places == {"a": False, "b": False, "joined": True}
    assert sim.model.split.on_chip(own)
    shown = np.full((1, 8, 8, 1), 0.6, np.float32)
    timing = Presentation(t_c=0.01, t_p=0.06)
    alone = run(two_stems, shown, simulator="loihi-exact", presentation=timing, rasters=1)
    for name, probe in spikes.items():
        step, neuron = np.nonzero(sim.data[probe])
        rows = alone.rasters[name]
        assert sorted(zip(step, neuron, strict=True)) == sorted(map(tuple, rows[:, 1:]))
        assert len(rows) > 20


@pytest.mark.parametrize(("layer", "place"), [("joined", False), ("b", True)])
def test_half_of_two_stems_elsewhere_is_refused(two_stems, layer, place):
    world, (part,) = world_of(two_stems)
    compat.import_nengo_loihi().add_params(world)
    world.config[part.layers["a"]].on_chip = False  # where it is in any case
    world.config[part.layers[layer]].on_chip = place
    with pytest.raises(DeploymentError, match=f"'{layer}': {place}.*'a', 'b' on the host"):
        built(world)
