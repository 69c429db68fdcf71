"""Against nengo-loihi's own emulator: every spike at its step, every score, every wrap."""

from __future__ import annotations

import dataclasses
import warnings

import nengo
import numpy as np
import pytest

from nengo_lifdeep import Evaluation, Presentation, check_spikes, convert, datasets, pretrained, run
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.deployment import deploy
from nengo_lifdeep.errors import DeploymentError, MissingDependencyError, ValidationError
from nengo_lifdeep.layers import (
    AveragePooling2D,
    Branch,
    Conv2D,
    Dense,
    Flatten,
    Neurons,
    Shortcut,
)
from nengo_lifdeep.models import Connection, Population, SpikingModel
from nengo_lifdeep.report.tables.deployment import ledger_table
from nengo_lifdeep.stages.types import DenseMatrix

pytestmark = pytest.mark.loihi
LOWPASS = nengo.Lowpass(0.004)

NETWORKS = {
    "dense": [Flatten(), Dense(40), Neurons(), Dense(30), Neurons(), Dense(5)],
    "same": [Conv2D(8, 3, padding="same"), Neurons(), Conv2D(8, 3, 2, padding="same"), Neurons(),
             Conv2D(12, 3, padding="same"), Neurons(), Flatten(), Dense(5)],
    "pooling": [Conv2D(8, 3), Neurons(), AveragePooling2D(2), Conv2D(8, 2), Neurons(),
                AveragePooling2D(2), Flatten(), Dense(24), Neurons(), Dense(5)],
    "two read-outs": [Conv2D(8, 3), Neurons(), Conv2D(8, 3), Neurons(name="a"), Conv2D(8, 3),
                      Neurons(), Flatten(), Dense(5, name="late"), Branch("a"), Flatten(),
                      Dense(5), Shortcut("late")],
    "normalised": [Conv2D(8, 3, use_bias=False), Neurons(), Conv2D(16, 3), Neurons(), Flatten(),
                   Dense(5)],
}  # fmt: skip


def images(n=4, shape=(10, 9, 1), seed=0):
    return np.random.default_rng(seed).random((n, *shape)).astype(np.float32)


def network(make_network, name, neuron=None, synapse=LOWPASS):
    trained = make_network((10, 9, 1), NETWORKS[name], seed=3)
    weights = {  # livelier than chance makes them
        layer: {**arrays, "kernel": arrays["kernel"] * 3}
        for layer, arrays in trained.weights.items()
    }
    return convert(dataclasses.replace(trained, weights=weights), synapse=synapse, neuron=neuron)


def compare(model, shown, timing, engine="numba", **options):
    """Both simulators' records, after checking that they are the same."""
    n = len(shown)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Overflow")
        truth = run(model, shown, simulator="loihi", presentation=timing, rasters=n)
    found = run(
        model,
        shown,
        simulator="loihi-exact",
        presentation=timing,
        rasters=n,
        engine=engine,
        **options,
    )
    for name, rows in truth.rasters.items():
        expected, got = (set(map(tuple, r.tolist())) for r in (rows, found.rasters[name]))
        assert got == expected, name
        np.testing.assert_array_equal(found.image_spikes[name], truth.image_spikes[name])
        np.testing.assert_allclose(found.layer_rates[name], truth.layer_rates[name])
    np.testing.assert_array_equal(found.outputs, truth.outputs)
    assert all(len(rows) > 20 for rows in truth.rasters.values()), "networks must be alive"
    return truth, found


@pytest.mark.parametrize("engine", ["numba", "numpy"])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_spike_is_nengo_loihis(make_network, name, engine):
    timing = Presentation(t_c=0.02, t_p=0.06)
    compare(network(make_network, name), images(), timing, engine)


@pytest.mark.parametrize("engine", ["numba", "numpy"])
def test_images_in_one_stream(make_network, engine):
    timing = Presentation(t_c=0.01, t_p=0.03, reset=False)
    compare(network(make_network, "pooling"), images(6), timing, engine)


@pytest.mark.parametrize("kind", ["LoihiLIF", "SpikingRectifiedLinear"])
@pytest.mark.parametrize("synapse", [None, nengo.Lowpass(0.01)], ids=["none", "lowpass"])
def test_other_neurons_and_no_synapse(make_network, kind, synapse):
    from nengo_lifdeep.compat import import_nengo_loihi

    loihi = import_nengo_loihi().neurons
    neuron = loihi.LoihiLIF(tau_rc=0.05, tau_ref=0.001) if kind == "LoihiLIF" else nengo.LIF(0.01)
    model = network(make_network, "dense", neuron, synapse)
    if kind == "SpikingRectifiedLinear":
        populations = [
            dataclasses.replace(p, neuron=nengo.SpikingRectifiedLinear(), bias=p.bias * 60)
            for p in model.populations
        ]
        model = dataclasses.replace(model, populations=tuple(populations))
    compare(model, images(), Presentation(t_c=0.02, t_p=0.05))


def overflowing(weight=1.0, n=2000, bias=0.0):
    """Neurons that all fire at once, into a few that cannot take so much charge."""
    host, chip = nengo.LIF(0.02, 0.002), nengo.LIF(0.02, 0.002)
    into = np.full((1, n), 0, np.float32)
    rng = np.random.default_rng(0)
    signs = np.where(rng.random(32) < 0.7, 1, -1)
    across = (weight * signs * np.ones((n, 1))).astype(np.float32)
    return SpikingModel(
        "overflowing", (1, 1, 1),
        (Population("many", (n,), host, np.full(n, 3, np.float32)),
         Population("few", (32,), chip, np.full(32, bias, np.float32))),
        (Connection("input", "many", (DenseMatrix((1, 1, 1), into),)),
         Connection("many", "few", (DenseMatrix((n,), across),), nengo.Lowpass(0.005)),
         Connection("few", "output", (DenseMatrix((32,), np.ones((32, 2), np.float32)),),
                    nengo.Lowpass(0.005))),
        np.zeros(2, np.float32),
    )  # fmt: skip


@pytest.mark.parametrize("engine", ["numba", "numpy"])
def test_registers_wrap_around_as_the_emulators_do(engine):
    timing = Presentation(t_c=0.02, t_p=0.1)
    shown = np.zeros((2, 1, 1, 1), np.float32)
    _, found = compare(overflowing(), shown, timing, engine)
    wraps = found.counters["incoming charge wrapped around"]
    assert wraps["few"] > 0 and all(type(count) is int for count in wraps.values())
    assert f"few: incoming charge wrapped around {wraps['few']:,} times" in found.notes


def test_wraps_are_counted_as_nengo_loihi_warns():
    """It warns once per step and register; we count compartments."""
    timing = Presentation(t_c=0.02, t_p=0.1)
    shown = np.zeros((1, 1, 1, 1), np.float32)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run(overflowing(), shown, simulator="loihi", presentation=timing)
    steps = sum("Overflow in q0" in str(each.message) for each in caught)
    counted = {
        engine: run(
            overflowing(), shown, simulator="loihi-exact", presentation=timing, engine=engine
        ).counters
        for engine in ("numba", "numpy")
    }
    assert counted["numba"] == counted["numpy"]
    assert counted["numba"]["incoming charge wrapped around"] == {"few": 32 * steps}
    assert steps > 0


def test_the_ledger_of_a_deployment_counts_the_wraps():
    """Over all registers, from the counters: notes are for people."""
    deployment = deploy(overflowing(), presentation=Presentation(t_c=0.02, t_p=0.1))
    data = Split(np.zeros((2, 1, 1, 1), np.float32), np.zeros(2, int))
    evaluation = deployment.evaluate(data, check=0)
    (row,) = ledger_table(deployment, evaluation).rows
    assert row["name"] == "few"
    counts = [counter["few"] for counter in evaluation.counters.values()]
    assert row["wraps"] == sum(counts) > 0
    silent = dataclasses.replace(evaluation, notes=())
    assert ledger_table(deployment, silent).rows == (row,)
    uncounted = dataclasses.replace(evaluation, counters={})
    assert ledger_table(deployment, uncounted).rows[0]["wraps"] is None  # unknown, not zero


def test_counters_are_saved(tmp_path):
    timing = Presentation(t_c=0.02, t_p=0.1)
    shown = Split(np.zeros((2, 1, 1, 1), np.float32), np.zeros(2, int))
    record = run(overflowing(), shown, simulator="loihi-exact", presentation=timing)
    evaluation = Evaluation.of(record, shown.labels)
    for value in (record, evaluation):
        again = type(value).load(value.save(tmp_path / type(value).__name__))
        assert again.counters == record.counters
    assert evaluation.summary()["counters"] == record.counters


def test_result_does_not_depend_on_threads(make_network):
    model, shown = network(make_network, "same"), images(37)
    timing = Presentation(t_c=0.02, t_p=0.04)
    one, three = (
        run(model, shown, simulator="loihi-exact", presentation=timing, threads=n, rasters=20)
        for n in (1, 3)
    )
    np.testing.assert_array_equal(one.outputs, three.outputs)
    for name, rows in one.rasters.items():
        np.testing.assert_array_equal(rows, three.rasters[name])
        assert rows[:, 0].max() == 19


def test_check_compares_with_nengo_loihi():
    digits = datasets.load("digits").test
    model = convert(pretrained.load("digits-compact"), synapse=nengo.Lowpass(0.006))
    found = check_spikes(model, digits, 3, simulator="loihi-exact")
    assert found.passed and sum(found.moved.values()) == 0
    assert "against nengo_loihi.Simulator" in str(found)


def test_what_cannot_be_exact_is_refused(make_network, monkeypatch):
    model = network(make_network, "dense")
    with pytest.raises(ValidationError, match="no option 'target'; it is one of simulator 'loihi'"):
        run(model, images(1), simulator="loihi-exact", target="simreal")
    with pytest.raises(DeploymentError, match="cannot go onto Loihi"):
        run(network(make_network, "dense", synapse=0.003), images(1), simulator="loihi-exact")
    from nengo_lifdeep.simulators.loihi_exact import engine

    def missing(*names):
        raise MissingDependencyError("numba is not installed")

    monkeypatch.setattr(engine, "require", missing)
    with pytest.raises(MissingDependencyError, match="numba"):
        run(model, images(1), simulator="loihi-exact")
    run(model, images(1), simulator="loihi-exact", engine="numpy")


def test_noise_and_learning_are_refused(make_network, monkeypatch):
    from nengo_lifdeep.simulators.loihi_exact.program import Program

    model, of = network(make_network, "dense"), Program.of

    def noisy(simulator, *ensembles):
        simulator.sims["emulator"].compartment.noise.enabled[3] = True
        return of(simulator, *ensembles)

    monkeypatch.setattr(Program, "of", noisy)
    with pytest.raises(DeploymentError, match="noise on the chip"):
        run(model, images(1), simulator="loihi-exact")

    def learning(simulator, *ensembles):
        next(iter(simulator.sims["emulator"].synapses.slices)).learning = True
        return of(simulator, *ensembles)

    monkeypatch.setattr(Program, "of", learning)
    with pytest.raises(DeploymentError, match="learning on the chip"):
        run(model, images(1), simulator="loihi-exact")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dense", "same", "pooling", "overflow"])
def test_twenty_images_of_sixty_steps(make_network, name):
    timing = Presentation(t_c=0.02, t_p=0.06)
    if name == "overflow":
        model, shown = overflowing(), np.zeros((20, 1, 1, 1), np.float32)
    else:
        model, shown = network(make_network, name), images(20)
    compare(model, shown, timing)


def test_an_alpha_read_out_is_refused(make_network):
    """Its filter is a lowpass here; through an alpha scores would be others."""
    model = network(make_network, "dense")
    *front, last = model.connections
    alpha = dataclasses.replace(last, synapse=nengo.Alpha(0.005))
    model = dataclasses.replace(model, connections=(*front, alpha))
    with pytest.raises(
        DeploymentError, match=r"-> output: its synapse is Alpha.*simulator='loihi'"
    ):
        run(model, images(1), simulator="loihi-exact", presentation=Presentation(t_p=0.03))
