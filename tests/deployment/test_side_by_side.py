"""Two trained networks that read one image, their scores added: on the chip what each is alone."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from nengo_lifdeep import Presentation, datasets, deploy, pretrained
from nengo_lifdeep.deployment import chip_ladder
from nengo_lifdeep.deployment.chip_neurons import with_chip_neurons
from nengo_lifdeep.energy import DEVICES, count
from nengo_lifdeep.layers import Branch, Shortcut
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.loihi.plan import make_plan
from nengo_lifdeep.neurons import StepLIF
from nengo_lifdeep.report.pages.deployment import write_deployment_report
from nengo_lifdeep.report.tables.deployment import core_table

pytestmark = pytest.mark.loihi
TIMING = Presentation(t_c=0.03, t_p=0.08)


def named(layers, ending):
    """The same layers, each with an ending to its name."""
    return tuple(dataclasses.replace(layer, name=layer.name + ending) for layer in layers)


@pytest.fixture(scope="module")
def pair():
    """A trained network, another of its architecture, and both in one, their scores added."""
    first = pretrained.load("digits-compact")
    rng = np.random.default_rng(0)
    second = dataclasses.replace(
        first,
        weights={
            layer: {n: a * rng.uniform(0.7, 1.2, a.shape).astype(a.dtype) for n, a in g.items()}
            for layer, g in first.weights.items()
        },
    )
    layers = first.architecture.layers
    both = Architecture(
        first.architecture.input_shape,
        (*named(layers, "a"), Branch("input"), *named(layers, "b"), Shortcut("dense2a")),
        "side by side",
    )
    weights = {
        name + ending: group
        for ending, each in (("a", first), ("b", second))
        for name, group in each.weights.items()
    }
    together = dataclasses.replace(first, architecture=both, weights=weights)
    return first, second, together


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits").test.take(3)


@pytest.mark.parametrize("simulator", ["loihi-exact", "loihi"])
def test_each_is_what_it_is_alone(pair, digits, simulator):
    """Weights are scaled core by core, and no core holds neurons of both: nothing is rounded
    otherwise than alone. What is left is the order in which float64 scores are added."""
    *alone, together = (
        deploy(network, presentation=TIMING).run(digits, simulator=simulator, rasters=3)
        for network in pair
    )
    for ending, record in zip("ab", alone, strict=True):
        for name, rows in record.rasters.items():
            assert len(rows) > 100
            assert sorted(map(tuple, rows)) == sorted(map(tuple, together.rasters[name + ending]))
            np.testing.assert_array_equal(
                record.image_spikes[name], together.image_spikes[name + ending]
            )
    expected = sum(np.asarray(record.outputs, np.float64) for record in alone)
    assert np.abs(expected).max() > 1
    np.testing.assert_allclose(together.outputs, expected, atol=1e-5 * np.abs(expected).max())
    assert together.layer_rates["neurons1a"].sum() != together.layer_rates["neurons1b"].sum()


def test_deployment_names_and_judges_all_of_it(pair, digits, tmp_path):
    deployment = deploy(pair[2], images=digits, presentation=TIMING)
    plan = deployment.plan
    assert plan.on_host == ("neurons1a", "neurons1b")
    assert plan.n_cores == 2 * deploy(pair[0]).plan.n_cores
    assert "; on the host: neurons1a, neurons1b" in str(deployment).splitlines()[0]
    assert "neurons1a, neurons1b" in deployment._repr_html_()
    places = {row["name"]: row["place"] for row in core_table(plan).records()}
    assert [name for name, place in places.items() if place == "host"] == [
        "neurons1a", "neurons1b", "read-out",
    ]  # fmt: skip
    rungs = chip_ladder(deployment, digits, few=1, check=1)
    assert [rung.refusal for rung in rungs] == [None] * 7
    assert "0 of" in rungs[-1].evaluation.notes[-1]  # no spike differs from nengo-loihi's
    files = write_deployment_report(tmp_path, deployment, digits, rungs=rungs)
    record = json.loads(files["numbers"].read_text())
    assert record["on_host"] == ["neurons1a", "neurons1b"]
    updates = {row["name"]: row["updates"] for row in record["operations"]}
    assert updates["input"] is None and updates["neurons1a"] == updates["neurons1b"] == 0
    assert updates["neurons2b"] > 0


def test_energy_of_the_chip_is_that_of_its_populations(pair, digits):
    """Updates and currents of both first populations are the host's, their spikes the chip's."""
    found = []
    for network in pair:
        deployment = deploy(network, presentation=TIMING)
        found.append(count(deployment.run(digits), deployment.model))
    *alone, together = found
    assert together.on_host == ("neurons1a", "neurons1b")
    own = DEVICES["loihi"].own(together)
    assert own.input_macs == 0
    parts = [DEVICES["loihi"].own(each) for each in alone]
    assert own.total_updates == sum(each.total_updates for each in parts) > 0
    assert own.total_events == pytest.approx(sum(each.total_events for each in parts))
    assert DEVICES["spinnaker"].own(together).input_macs == 2 * alone[0].input_macs


def test_more_spikes_than_the_link_takes_are_counted_over_all(pair):
    deployment = deploy(pair[2], presentation=TIMING)
    sizes = {p.name: p.n_neurons for p in deployment.model.populations}
    rates = {name: np.full((1, n), 25.0) for name, n in sizes.items()}
    plan = make_plan(deployment.model, rates=rates)
    (found,) = (f for f in plan.findings if f.rule.startswith("spikes into the chip"))
    assert found.where == "neurons1a, neurons1b"
    assert f"up to {2 * 25 * sizes['neurons1a'] * 0.001:.0f} spikes per step" in found.found


def test_neurons_that_were_trained_on_spikes_stay_on_the_host(pair):
    model = deploy(pair[2], presentation=TIMING).original
    populations = tuple(
        dataclasses.replace(p, neuron=StepLIF.of_leak(0.9)) for p in model.populations
    )
    model = dataclasses.replace(model, populations=populations)
    replaced, changes = with_chip_neurons(model, 0.001)
    kinds = {p.name: type(p.neuron).__name__ for p in replaced.populations}
    assert kinds["neurons1a"] == kinds["neurons1b"] == "StepLIF"
    assert [name for name, kind in kinds.items() if kind == "LoihiLIF"] == [
        "neurons2a", "neurons3a", "neurons2b", "neurons3b",
    ]  # fmt: skip
    assert len(changes) == 4
    for name in ("neurons1a", "neurons1b"):
        np.testing.assert_array_equal(replaced.population(name).bias, model.population(name).bias)
