"""Which populations stay on the host: all that read pixels, and what may lead into them."""

from __future__ import annotations

import dataclasses
import itertools

import nengo
import numpy as np
import pytest

from nengo_lifdeep import Presentation, run
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import DeploymentError
from nengo_lifdeep.layers import Branch, Dense, Flatten, Neurons, Shortcut
from nengo_lifdeep.loihi.plan import make_plan
from nengo_lifdeep.models import Connection, Population, SpikingModel
from nengo_lifdeep.stages.types import DenseMatrix

LOWPASS = nengo.Lowpass(0.005)
RULE = "populations that read pixels hear no others"


def dense(n, m, weight=1.0):
    return DenseMatrix((n,), np.full((n, m), weight, np.float32))


def network(*links, names=("a", "b", "chip"), neurons=None):
    """Populations of four neurons, connected as ``links`` say."""
    kinds = neurons or {}
    populations = tuple(
        Population(name, (4,), kinds.get(name, nengo.LIF(0.02, 0.002)), np.ones(4))
        for name in names
    )
    connections = tuple(
        Connection(pre, post, (dense(4, 2 if post == "output" else 4),),
                   None if pre == "input" else LOWPASS)
        for pre, post in links
    )  # fmt: skip
    return SpikingModel("links", (1, 1, 4), populations, connections, np.zeros(2))


TWO = (("input", "a"), ("input", "b"), ("a", "chip"), ("b", "chip"), ("chip", "output"))


def of(model):
    return tuple(p.name for p in model.on_host), tuple(p.name for p in model.on_chip)


def test_what_reads_pixels_is_on_the_host_wherever_it_stands():
    assert of(network(*TWO)) == (("a", "b"), ("chip",))
    late = network(("input", "b"), ("b", "a"), ("a", "chip"), ("chip", "output"))
    assert of(late) == (("b",), ("a", "chip"))
    plan = make_plan(late)
    assert plan.fits and plan.on_host == ("b",)
    assert [layer.name for layer in plan.layers] == ["a", "chip"]
    blind = network(("chip", "a"), ("a", "b"), ("b", "chip"), ("chip", "output"))
    assert of(blind) == (("a",), ("b", "chip"))


def test_hops_do_not_depend_on_the_order_of_the_populations():
    """A later population in the list feeds an earlier one; of two ways the longer one counts."""
    links = (("input", "b"), ("b", "chip"), ("chip", "a"), ("b", "a"), ("a", "output"))
    for names in itertools.permutations(("a", "b", "chip")):
        assert make_plan(network(*links, names=names)).hops == 3
    two = (("input", "a"), ("a", "output"), ("input", "b"), ("b", "chip"), ("chip", "output"))
    assert [make_plan(network(*each)).hops for each in (two, two[::-1])] == [2, 2]


@pytest.mark.parametrize("seed", range(20))
def test_hops_are_those_of_the_longest_way(seed):
    """Against all ways, one by one, of networks whose populations stand in any order."""
    rng = np.random.default_rng(seed)
    names = ["p0", *rng.permutation([f"p{i}" for i in range(1, 7)]).tolist()]
    pairs = [(a, b) for a, b in itertools.combinations(names[1:], 2) if rng.random() < 0.4]
    heard = {b for _, b in pairs}
    pairs += [("p0", name) for name in names[1:] if name not in heard]
    links = [("input", "p0"), *pairs, *((name, "output") for name in names[-2:])]
    after = {name: [b for a, b in links if a == name] for name in ("input", *names)}

    def ways(name):
        return [0] if name == "output" else [1 + n for post in after[name] for n in ways(post)]

    order = [links[i] for i in rng.permutation(len(links))]
    plan = make_plan(network(*order, names=sorted(names)))
    assert plan.hops == max(ways("p0")) and plan.to_dict()["hops"] == plan.hops


def test_hops_of_loops_and_of_a_network_that_reads_no_pixels():
    loop = (("input", "a"), ("a", "chip"), ("chip", "b"), ("b", "chip"), ("b", "output"))
    assert make_plan(network(*loop)).hops == 3
    blind = network(("chip", "a"), ("a", "b"), ("b", "chip"), ("chip", "output"))
    assert make_plan(blind).hops == 3


@pytest.mark.parametrize("pre", ["a", "chip"])
def test_spikes_of_others_are_refused_by_connection(pre):
    """From another population on the host, or from the chip, which hears it."""
    plan = make_plan(network(*TWO, (pre, "b")))
    (found,) = plan.errors
    assert (found.rule, found.where) == (RULE, f"{pre} -> b")
    assert "input -> b puts 'b' on the host" in found.found
    assert "a layer of neurons of their own" in found.remedy
    with pytest.raises(DeploymentError, match=f"{pre} -> b"):
        plan.require()


def test_the_remedy_helps():
    """Pixels for a layer in the middle, through a layer of neurons of their own."""
    names = ("a", "own", "b", "chip")
    links = (("input", "a"), ("input", "own"), ("own", "b"), ("a", "b"), ("b", "chip"),
             ("chip", "output"))  # fmt: skip
    plan = make_plan(network(*links, names=names))
    assert plan.fits and plan.on_host == ("a", "own")


def test_one_population_may_hear_the_chip_as_before():
    one = network(("input", "a"), ("a", "b"), ("b", "chip"), ("chip", "a"), ("chip", "output"))
    assert make_plan(one).fits


def test_every_population_on_the_host_spikes():
    plan = make_plan(network(*TWO, neurons={"b": nengo.LIFRate()}))
    (found,) = plan.errors
    assert (found.rule, found.where) == ("neurons on the host spike", "b")


def test_nothing_is_left_for_the_chip(make_network):
    layers = [Flatten(), Dense(8), Neurons(), Dense(2, name="late"), Branch("input"), Flatten(),
              Dense(9), Neurons(), Dense(2), Shortcut("late")]  # fmt: skip
    plan = make_plan(convert(make_network((3, 2, 1), layers), synapse=LOWPASS))
    (found,) = plan.errors
    assert found.rule == "something is left for the chip"
    assert "only populations that read pixels (neurons1, neurons2)" in found.found
    assert plan.to_dict()["on_host"] == ["neurons1", "neurons2"]


@pytest.mark.loihi
def test_one_that_hears_itself_runs_on_the_host_as_in_nengo():
    """Its spikes stay where they are; only 'loihi-exact' needs constant currents."""
    model, timing = network(*TWO, ("b", "b")), Presentation(t_c=0.01, t_p=0.05)
    shown = np.full((1, 1, 1, 4), 0.5, np.float32)
    on_chip, in_nengo = (
        run(model, shown, simulator=name, presentation=timing, rasters=1)
        for name in ("loihi", "nengo")
    )
    for name in ("a", "b"):
        rows = sorted(map(tuple, on_chip.rasters[name]))
        assert rows == sorted(map(tuple, in_nengo.rasters[name])) and len(rows) > 8
    alone = run(network(*TWO), shown, simulator="loihi", presentation=timing)
    assert on_chip.image_spikes["b"][0] > alone.image_spikes["b"][0]
    with pytest.raises(DeploymentError, match="b -> b: it carries spikes"):
        run(model, shown, simulator="loihi-exact", presentation=timing)


@pytest.mark.loihi
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: filtered(m, "b"), "input -> b: its synapse is Lowpass"),
        (lambda m: network(*TWO, ("b", "output")), "b -> output: it is on the host"),
        (lambda m: network(*TWO, neurons={"b": nengo.RegularSpiking(nengo.LIFRate())}),
         "b: its neuron is RegularSpiking"),
    ],
    ids=["filtered", "read out", "neuron"],
)  # fmt: skip
def test_what_loihi_exact_cannot_do_is_refused_and_loihi_runs_it(change, message):
    model, timing = change(network(*TWO)), Presentation(t_c=0.01, t_p=0.03)
    shown = np.full((1, 1, 1, 4), 0.5, np.float32)
    with pytest.raises(DeploymentError, match=message) as caught:
        run(model, shown, simulator="loihi-exact", presentation=timing)
    assert "simulator='loihi'" in str(caught.value)
    found = run(model, shown, simulator="loihi", presentation=timing)
    assert all(spikes[0] > 0 for spikes in found.image_spikes.values())


def filtered(model, post):
    return dataclasses.replace(
        model,
        connections=tuple(
            dataclasses.replace(c, synapse=LOWPASS) if (c.pre, c.post) == ("input", post) else c
            for c in model.connections
        ),
    )
