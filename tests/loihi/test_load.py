"""The work of every core in a step, against the matrices of its connections."""

from __future__ import annotations

import dataclasses
import json

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.energy import count
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten, Shortcut
from nengo_lifdeep.loihi.cut import Cut, neurons_of
from nengo_lifdeep.loihi.load import SECONDS, CoreLoad
from nengo_lifdeep.loihi.plan import make_plan
from nengo_lifdeep.loihi.wiring import wiring_of
from nengo_lifdeep.stages.counting import synapse_counts
from nengo_lifdeep.stages.types import Convolution, DenseMatrix

LOWPASS = nengo.Lowpass(0.005)
NETWORKS = {
    "chain": ((10, 10, 2), [Conv2D(4, 3), Conv2D(6, 3, strides=2, padding="same"), Flatten(),
                            Dense(7), Dense(3)]),
    "pooled": ((10, 10, 2), [Conv2D(4, 3), AveragePooling2D(2), Conv2D(6, 3), Flatten(), Dense(3)]),
    "residual": ((8, 8, 2), [Conv2D(4, 3, padding="same"), Conv2D(4, 3, padding="same"),
                             Shortcut("neurons1"), Flatten(), Dense(3)]),
}  # fmt: skip
BLOCKS = {
    "chain": {"neurons2": (2, 4, 3), "neurons3": (4,)},
    "pooled": {"neurons2": (1, 2, 4)},
    "residual": {"neurons2": (4, 3, 2)},
}


def _planned(make_network, name, **options):
    model = convert(make_network(*NETWORKS[name]), synapse=LOWPASS)
    rng = np.random.default_rng(0)
    rates = {p.name: 200 * rng.random((5, p.n_neurons)) for p in model.populations}
    return make_plan(model, blocks=BLOCKS[name], rates=rates, **options), rates


@pytest.mark.parametrize("name", list(NETWORKS))
def test_loads_are_those_of_the_matrices(make_network, name):
    plan, rates = _planned(make_network, name, dt=0.002)
    spikes = {k: v.mean(axis=0) * 0.002 for k, v in rates.items()}
    parts = {layer.name: [neurons_of(layer.cut, c) for c in layer.cut.cores()]
             for layer in plan.layers}  # fmt: skip
    matrices = []
    for connection in plan.model.connections:
        product = None
        for stage in connection.stages:
            if isinstance(stage, Convolution):  # zeros of a kernel are stored on the chip
                stage = dataclasses.replace(stage, kernel=np.ones_like(stage.kernel))
            matrix = stage.to_matrix().toarray() != 0
            product = matrix if product is None else product.astype(int) @ matrix > 0
        matrices.append((connection.pre, connection.post, product))
    expected = []
    for layer, cores in parts.items():
        for number, neurons in enumerate(cores, 1):
            operations = messages = 0.0
            for pre, post, matrix in matrices:
                if post == layer:
                    into = matrix[:, neurons]
                    operations += spikes[pre] @ into.sum(1)
                    messages += spikes[pre] @ into.any(1)
                elif pre == layer:
                    own = spikes[pre][neurons]
                    targets = parts.get(post, [slice(None)])  # the read-out is one place
                    messages += sum(own @ matrix[neurons][:, t].any(1) for t in targets)
            expected.append((layer, number, operations, len(neurons), messages))
    assert len(expected) > 3 and len(plan.loads) == len(expected)
    for load, (layer, number, operations, updates, messages) in zip(
        plan.loads, expected, strict=True
    ):
        assert (load.layer, load.core, load.updates) == (layer, number, updates)
        assert load.synaptic_operations == pytest.approx(operations)
        assert load.messages == pytest.approx(messages)
    assert plan.busiest.seconds == max(load.seconds for load in plan.loads)


def test_their_sum_is_what_the_energy_table_counts(example):
    """Events of the spikes that come onto the chip, per step."""
    from nengo_lifdeep.simulators import run

    trained, images = example
    spiking = convert(trained, synapse=LOWPASS)
    record = run(spiking, images.take(5), progress=False)
    rates = {name: each[None] for name, each in record.layer_rates.items()}
    plan = make_plan(spiking, rates=rates)
    events = count(record, spiking).events
    host, *chip = [p.name for p in spiking.populations]
    on_chip = sum(load.synaptic_operations for load in plan.loads)
    assert on_chip * record.n_steps == pytest.approx(events[host]) and chip
    assert plan.to_dict()["busiest_core"] == plan.busiest.to_dict()
    json.dumps(plan.to_dict())


def test_zeros_are_stored_on_the_chip_and_are_no_synapses_of_the_map(make_network):
    """A residual identity is a kernel with zeros there; events do not depend on how it is written.

    Stored synapses are those of a kernel of ones, and of all entries of a dense matrix.
    """
    model = convert(make_network(*NETWORKS["residual"]), synapse=LOWPASS)
    plan = make_plan(model, blocks=BLOCKS["residual"])
    assert [c.stages for c in plan.model.connections] != [c.stages for c in model.connections]
    for given, lowered in zip(model.connections, plan.model.connections, strict=True):
        matrix = lowered.stages[0].to_matrix()
        for stage in lowered.stages[1:]:
            matrix = matrix @ stage.to_matrix()
        counts = synapse_counts(lowered.stages)
        np.testing.assert_array_equal(counts, synapse_counts(given.stages))
        np.testing.assert_array_equal(counts, (matrix.toarray() != 0).sum(axis=1))
    identity = next(s for c in plan.model.connections for s in c.stages
                    if isinstance(s, Convolution) and s.window == (1, 1))  # fmt: skip
    assert (synapse_counts((identity,)) == 1).all()
    zeros = np.zeros((12, 6), np.float32)
    zeros[::2, ::2] = 1
    for stage, full in (
        (identity, dataclasses.replace(identity, kernel=np.ones_like(identity.kernel))),
        (DenseMatrix((12,), zeros), DenseMatrix((12,), np.ones_like(zeros))),
    ):
        whole = full.to_matrix().toarray()
        shape = stage.output_shape if len(stage.output_shape) == 3 else (1, 1, 6)
        cut = Cut(shape, (*shape[:2], 2))
        for core in cut.cores():
            found = wiring_of(stage).synapses(cut, core)
            np.testing.assert_array_equal(found, whole[:, neurons_of(cut, core)].sum(axis=1))


def test_what_takes_most_of_a_step_bounds_it():
    for name, n in (("memory", (9e4, 10, 10)), ("compute", (10, 1024, 10)),
                    ("traffic", (10, 1, 1e4))):  # fmt: skip
        load = CoreLoad("conv1", 1, *n)
        assert load.bound == name and f"{name}-bound" in str(load)
        assert load.seconds == pytest.approx(
            n[0] * SECONDS["memory"] + n[1] * SECONDS["compute"] + n[2] * SECONDS["traffic"]
        )


def test_without_rates_or_cut_no_core_is_named(make_network):
    model = convert(make_network(*NETWORKS["chain"]), synapse=LOWPASS)
    plan = make_plan(model)
    assert plan.busiest is None and plan.to_dict()["busiest_core"] is None
    too_large = convert(make_network((20, 20, 8), [Conv2D(4, 3), Flatten(), Dense(1500), Dense(3)]),
                        synapse=LOWPASS)  # fmt: skip
    rates = {p.name: np.ones((1, p.n_neurons)) for p in too_large.populations}
    plan = make_plan(too_large, rates=rates)
    assert (plan.busiest is None) == any(layer.cut is None for layer in plan.layers)


def test_the_table_of_cores_names_it(example):
    from nengo_lifdeep import deploy
    from nengo_lifdeep.report.tables.deployment import core_table

    trained, images = example
    deployment = deploy(trained, images=images.take(10))
    assert str(deployment.plan.busiest) in " ".join(core_table(deployment.plan).notes)
    assert "busiest core" in deployment._repr_html_()
    assert "Busiest" not in " ".join(core_table(deploy(trained).plan).notes)


def test_a_network_on_the_host_alone_has_no_busiest_core(make_network):
    model = convert(make_network((4, 4, 1), [Flatten(), Dense(5), Dense(3)]), synapse=LOWPASS)
    assert len(model.populations) == 1
    rates = {p.name: np.ones((1, p.n_neurons)) for p in model.populations}
    assert make_plan(model, rates=rates).busiest is None
