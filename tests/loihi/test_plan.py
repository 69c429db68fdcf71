"""Plans: the search's cuts fit and are the fewest, and every rule speaks up when it is broken."""

import dataclasses
import itertools
import json

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import DeploymentError, ValidationError
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten, Shortcut
from nengo_lifdeep.layers.named import architecture
from nengo_lifdeep.loihi.board import Board
from nengo_lifdeep.loihi.cut import Cut
from nengo_lifdeep.loihi.plan import make_plan
from nengo_lifdeep.loihi.search import cut_layers
from nengo_lifdeep.models import Connection
from nengo_lifdeep.stages.types import DenseMatrix

LOWPASS = nengo.Lowpass(0.005)
SMALL = ((10, 10, 2), [Conv2D(4, 3), Conv2D(6, 3), Flatten(), Dense(7), Dense(3)])


@pytest.fixture
def model(make_network):
    return convert(make_network(*SMALL), synapse=LOWPASS)


def broken(plan):
    return {f.rule: f for f in plan.findings}


def with_synapse(model, synapse, where=slice(1, None)):
    connections = list(model.connections)
    connections[where] = [dataclasses.replace(c, synapse=synapse) for c in connections[where]]
    return dataclasses.replace(model, connections=tuple(connections))


def test_a_plan_that_fits_finds_nothing(model):
    plan = make_plan(model)
    assert plan.fits and not plan.findings and plan.n_cores == 2 and plan.n_chips == 1
    assert plan.hops == 3
    assert plan.require() is plan
    assert plan.to_dict()["layers"][1]["cores"][0]["compartments"] == 7


def test_the_search_finds_the_fewest_cores(make_network):
    """Against every cut there is, tried one by one in plain order."""
    layers = [Conv2D(8, 3), Conv2D(40, 3, strides=2), Flatten(), Dense(300), Dense(2)]
    model = convert(make_network((30, 30, 1), layers), synapse=LOWPASS)
    plan = make_plan(model)
    assert plan.fits
    dense, conv = plan.layers[1], plan.layers[0]
    assert conv.cut.n_cores > 1 and dense.cut.n_cores > 1
    assert not _has_smaller(dense, [])
    assert not _has_smaller(conv, [(dense.into[0][1], dense.cut)])


def _has_smaller(layer, readers):
    """Whether some cut into fewer cores fits; searched over all boxes."""
    for block in itertools.product(*(range(1, n + 1) for n in layer.cut.shape)):
        if np.prod(block) > 1024:
            continue
        cut = Cut(layer.cut.shape, block)
        if cut.n_cores >= layer.cut.n_cores:
            continue
        wiring = layer.into[0][1]
        if all(
            wiring.use(cut, core)[0] <= 4096
            and wiring.use(cut, core)[1] <= 2**20
            and sum(w.out_axons(core, cut, c) for w, c in readers) <= 4096
            for core in cut.cores()
        ):
            return True
    return False


def test_traffic_is_least_when_asked_for(make_network):
    layers = [Conv2D(8, 3), Conv2D(40, 3), Flatten(), Dense(2)]
    model = convert(make_network((20, 20, 1), layers), synapse=LOWPASS)
    few, quiet = (make_plan(model, objective=o) for o in ("cores", "traffic"))
    assert few.n_cores <= quiet.n_cores
    assert quiet.deliveries(quiet.layers[0]) <= few.deliveries(few.layers[0])
    wiring, cut = quiet.layers[0].into[0][1], quiet.layers[0].cut
    reached = np.zeros(18 * 18)
    for core in cut.cores():  # counted pixel by pixel
        rows = {y + dy for y in core.rows for dy in range(3)}
        cols = {x + dx for x in core.cols for dx in range(3)}
        for y, x in itertools.product(rows, cols):
            reached[y * 18 + x] += 1
    assert wiring.deliveries(cut) == pytest.approx(reached.mean())


def test_one_population(make_network):
    plan = make_plan(convert(make_network((6,), [Dense(8), Dense(2)]), synapse=LOWPASS))
    assert "turn pixels into spikes" in broken(plan)["something is left for the chip"].found
    with pytest.raises(DeploymentError, match=r"(?s)cannot go onto Loihi.*Add a layer of neurons"):
        plan.require()


def test_voltages_that_do_not_start_at_zero(make_network):
    model = convert(make_network(*SMALL), synapse=LOWPASS, initial_voltage="uniform")
    assert "membranes start at zero" in broken(make_plan(model))


def test_rate_neurons_are_refused_on_both_sides(make_network):
    found = broken(make_plan(fold(make_network(*SMALL))))
    assert "SoftLIF" in found["neurons on the host spike"].found
    assert "neurons on the chip are lif or integrate and fire" in found


def test_alpha_synapses(model):
    found = broken(make_plan(with_synapse(model, nengo.Alpha(0.003))))
    assert "Alpha(tau=0.003)" in found["synapses are lowpass"].found


def test_several_time_constants_into_one_layer(make_network):
    layers = [Conv2D(3, 3, padding="same"), Conv2D(3, 3, padding="same"), Shortcut("neurons1"),
              Flatten(), Dense(3)]  # fmt: skip
    model = convert(make_network((6, 6, 1), layers), synapse=LOWPASS)
    assert make_plan(model).fits
    plan = make_plan(with_synapse(model, nengo.Lowpass(0.02), slice(1, 2)))
    assert "5 ms, 20 ms" in broken(plan)["a layer has one time constant"].found


def test_time_constants_beyond_the_registers(model):
    found = broken(make_plan(with_synapse(model, nengo.Lowpass(9.0))))
    assert "8.19 s" in found["time constants fit the decay registers"].found
    assert "low bits" in broken(make_plan(with_synapse(model, nengo.Lowpass(5.0))))[
        "weights and biases share one range"
    ].found  # fmt: skip


def test_too_many_inputs(make_network):
    model = convert(make_network((4200,), [Dense(4200), Dense(20), Dense(2)]), synapse=LOWPASS)
    finding = broken(make_plan(model))["layers fit onto cores"]
    assert finding.where == "neurons2" and "in axons 4,200 > 4,096" in finding.found
    assert "shared" in finding.remedy


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ((6, 6), "block (6, 6) was given for the shape (6, 6, 6); expected 3 whole numbers, (rows"),
        (6, "block 6 was given for the shape (6, 6, 6); expected 3 whole numbers, (rows, columns"),
        ((6, 6, 6.0), "expected 3 whole numbers"),
        ((6, 6, True), "expected 3 whole numbers"),
        ("six", "block 'six' was given"),
        ((9, 9, 9), "expected whole numbers from 1"),
        ((0, 6, 6), "expected whole numbers from 1"),
    ],
)
def test_blocks_that_are_none(model, block, text):
    finding = broken(make_plan(model, blocks={"neurons2": block}))["layers fit onto cores"]
    assert text in finding.found


@pytest.mark.parametrize("block", [4, (4,), [4], np.int64(4), np.array([4])], ids=repr)
def test_a_number_of_units_is_a_block(model, block):
    plan = make_plan(model, blocks={"neurons3": block})
    assert plan.fits and plan.cuts["neurons3"].block == (1, 1, 4)
    assert plan.to_dict()["layers"][1]["block"] == [1, 1, 4]
    json.dumps(plan.to_dict())


def test_a_wrong_number_of_units_names_layer_and_form(model):
    finding = broken(make_plan(model, blocks={"neurons3": 4.5}))["layers fit onto cores"]
    assert finding.where == "neurons3"
    assert "block 4.5 was given for the shape (7,); expected 1 whole number, a" in finding.found


@pytest.mark.parametrize("post", [2, 1], ids=["to itself", "to the layer before"])
def test_hops_are_counted_over_connections_that_lead_on(make_network, post):
    network = make_network((4,), [Dense(5), Dense(6), Dense(7), Dense(3)])
    plan = make_plan(convert(network, synapse=LOWPASS))
    last, post = plan.model.populations[2], plan.model.populations[post]
    stage = DenseMatrix(last.shape, np.zeros((last.n_neurons, post.n_neurons), np.float32))
    more = Connection(last.name, post.name, (stage,), LOWPASS)
    recurrent = dataclasses.replace(plan.model, connections=(*plan.model.connections, more))
    found = make_plan(recurrent)
    assert found.fits and found.hops == plan.hops == 3
    assert found.to_dict()["hops"] == 3


def test_blocks_given_by_hand_are_taken_and_judged(make_network):
    layers = [Conv2D(32, 3), Conv2D(64, 3, strides=2), Flatten(), Dense(2)]
    model = convert(make_network((14, 14, 1), layers), synapse=LOWPASS)
    plan = make_plan(model, blocks={"neurons2": (5, 5, 32)})
    assert not plan.fits
    assert "synapse bits 1,089,536 > 1,048,576" in broken(plan)["layers fit onto cores"].found
    assert make_plan(model, blocks={"neurons2": (5, 5, 16)}).n_cores == 4
    wide = make_plan(model, blocks={"neurons2": (5, 5, 64)})
    assert "compartments 1,600 > 1,024" in "".join(f.found for f in wide.errors)
    with pytest.raises(ValidationError, match="blocks names"):
        make_plan(model, blocks={"conv1": (1, 1, 1)})


def test_axons_of_16_bits(make_network):
    layers = [Conv2D(40, 3), Conv2D(6, 3), Flatten(), Dense(2)]
    model = convert(make_network((8, 8, 1), layers), synapse=LOWPASS)
    plan = make_plan(model, pop_type=16, blocks={"neurons2": (4, 4, 3)})
    told = [f for f in plan.findings if f.rule.startswith("axons of 16 bits")]
    assert [f.severity for f in told] == ["error", "warning"]
    assert "3 channels per core" in told[0].found and "40 channels" in told[1].found
    with pytest.raises(ValidationError, match="expected 16 or 32"):
        make_plan(model, pop_type=8)


def test_out_axons_are_searched_away_or_named(make_network):
    layers = [Dense(50), Dense(1000), Dense(1000), Dense(2)]
    model = convert(make_network((20,), layers), synapse=LOWPASS)
    assert make_plan(model).fits  # nengo-loihi alone fails on this: 9000 output axons
    plan = make_plan(model, blocks={"neurons2": (1000,)})
    assert "out axons" in broken(plan)["layers fit onto cores"].found


def test_small_boards(make_network):
    model = convert(make_network(*SMALL), synapse=LOWPASS)
    plan = make_plan(model, Board("tiny", 1, cores_per_chip=1))
    assert "2 cores; board 'tiny' has 1" in broken(plan)["cores are on the board"].found
    with pytest.raises(ValidationError, match="kapoho-bay"):
        make_plan(model, "pohoiki")
    with pytest.raises(ValidationError, match="n_chips"):
        Board("none", 0)


def test_numbers_out_of_range(model):
    def changed(factor, bias):
        second = model.populations[1]
        populations = [*model.populations]
        populations[1] = dataclasses.replace(second, bias=np.full(6, bias, np.float32))
        connections = list(model.connections)
        stage = connections[1].stages[0].scaled(factor)
        connections[1] = dataclasses.replace(connections[1], stages=(stage,))
        return dataclasses.replace(
            model, populations=tuple(populations), connections=tuple(connections)
        )

    found = broken(make_plan(changed(1, 1e6)))["weights and biases share one range"]
    assert found.severity == "error" and "largest bias 1e+06" in found.found
    lost = broken(make_plan(changed(1e-2, 10.0)))["weights and biases share one range"]
    assert lost.severity == "warning"


def test_charge_that_may_wrap(make_network):
    model = convert(make_network((4000,), [Dense(4000), Dense(2), Dense(2)]), synapse=LOWPASS)
    ones = np.ones((4000, 2), np.float32)
    connections = list(model.connections)
    stage = dataclasses.replace(connections[1].stages[0], matrix=ones)
    connections[1] = dataclasses.replace(connections[1], stages=(stage,))
    plan = make_plan(dataclasses.replace(model, connections=tuple(connections)))
    assert "times what the register" in broken(plan)["incoming charge fits its register"].found
    assert plan.fits


def test_rates_are_judged_when_they_are_known(model):
    fast = {"neurons1": np.full((3, 256), 300.0), "neurons2": np.full((3, 216), 300.0),
            "neurons3": np.zeros((3, 7))}  # fmt: skip
    found = broken(make_plan(model, rates=fast))
    assert "300 Hz, in periods of 3.3 steps" in found["periods are several steps"].found
    assert "16.7 %" in found["periods are several steps"].found  # 4 whole steps: 250 of 300 Hz
    assert "100 % of its neurons do not fire for any of 3" in found["neurons fire"].found
    assert "up to 77 spikes" in found["spikes into the chip keep within the link"].found
    assert not broken(make_plan(model))


def test_unknown_objective(model):
    with pytest.raises(ValidationError, match="cores, traffic"):
        cut_layers(model, objective="watts")


def test_all_errors_at_once(make_network):
    layers = [Conv2D(3, 3), AveragePooling2D(2), Conv2D(3, 2), Flatten(), Dense(2)]
    model = fold(make_network((8, 8, 1), layers))
    model = dataclasses.replace(model, initial_voltage="uniform")
    plan = make_plan(with_synapse(model, nengo.Alpha(0.1)))
    assert len({f.rule for f in plan.errors}) >= 4
    with pytest.raises(DeploymentError) as caught:
        plan.require()
    for finding in plan.errors:
        assert finding.found in str(caught.value)


@pytest.mark.parametrize(("name", "fits"), [("mnist-compact", True), ("digits-compact", True)])
def test_named_networks(name, fits, make_network):
    net = architecture(name)
    layers = [layer for layer in net.layers if type(layer).__name__ != "Neurons"]
    assert make_plan(convert(make_network(net.input_shape, layers), synapse=LOWPASS)).fits == fits


def with_neuron(model, neuron):
    populations = tuple(dataclasses.replace(p, neuron=neuron) for p in model.populations)
    return dataclasses.replace(model, populations=populations)


@pytest.mark.parametrize("tau_ref, fits", [(0.062, True), (0.063, False), (0.2, False)])
def test_refractory_periods_have_six_bits(model, tau_ref, fits):
    """63 steps with the one that nengo-loihi adds."""
    plan = make_plan(with_neuron(model, nengo.LIF(tau_ref=tau_ref)))
    found = broken(plan).get("refractory periods fit their register")
    assert (found is None) == fits == plan.fits
    assert fits or "the register holds 63, 0.062 s" in found.found


@pytest.mark.parametrize("tau_rc", [8.0, 8.2, 9.0, 100.0])
def test_membranes_too_slow_for_their_register(model, tau_rc):
    plan = make_plan(with_neuron(model, nengo.LIF(tau_rc=tau_rc)))
    assert plan.fits == (tau_rc < 8.19)
