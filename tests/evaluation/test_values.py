"""Networks that give values, in every simulator: as their rates do, with errors against time."""

from __future__ import annotations

import json

import numpy as np
import pytest

import nengo_lifdeep as ld
from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.errors import DataError, ValidationError
from nengo_lifdeep.report.tables.evaluations import evaluation_table
from nengo_lifdeep.simulators import SIMULATORS
from nengo_lifdeep.training.random_features import random_features

TIMING = ld.Presentation(t_c=0.05, t_p=0.25)


@pytest.fixture(scope="module")
def task():
    """Two values, smooth functions of three features: one of large numbers."""
    rng = np.random.default_rng(3)
    features = rng.normal(size=(330, 3))
    targets = np.stack([features[:, 0] + features[:, 1] ** 2, 100 + 50 * features[:, 2]], axis=1)
    split = ld.Split(features, targets=targets)
    return ld.Dataset("waves", split.subset(slice(300)), split.subset(slice(300, 330)), ("a", "b"))


@pytest.fixture(scope="module")
def trained(task):
    network = ld.Architecture(
        (1, 1, 3), (ld.Flatten(), ld.Dense(60), ld.Dense(80), ld.Dense(2)), "waves-net"
    )
    return random_features(network, task.train, ridge=1e-4)


def test_rates_give_the_network_s_own_values(trained, task):
    found = ld.evaluate(trained, task)
    expected = forward(fold(trained), task.test.unit_images())["output"]
    np.testing.assert_allclose(found.values, expected, rtol=1e-5)
    assert found.r2 > 0.6 and found.outputs == ("a", "b") and found.in_time is None
    assert found.targets.shape == (30, 2)


@pytest.mark.parametrize("simulator", [n for n, each in SIMULATORS.items() if each.spikes])
def test_every_simulator_gives_what_the_rates_give(trained, task, simulator):
    if simulator == "nengo-dl":
        pytest.importorskip("tensorflow")
    on_chip = SIMULATORS[simulator].on_chip
    spiking = ld.convert(trained, synapse=0.005)
    if on_chip:
        from nengo_lifdeep.neurons.synapses import chip_synapse

        spiking = ld.convert(trained, synapse=chip_synapse(0.005))
    few = task.test.first(6)
    found = ld.evaluate(spiking, few, simulator=simulator, presentation=TIMING)
    assert found.simulator == simulator and found.rate_scores is not None
    # of the deviation of each value over the images
    apart = np.abs(found.values - found.rate_values) / task.test.targets.std(axis=0)
    assert apart.mean() < 0.15


def test_errors_against_time_end_at_the_error(trained, task):
    spiking = ld.convert(trained, synapse=0.005)
    found = ld.evaluate(spiking, task, presentation=TIMING, engine="numpy")
    errors = found.in_time
    assert errors.starts.tolist() == [0, 50]
    assert errors.row(50)[-1] == pytest.approx(found.mean_absolute_error, rel=1e-5)
    last = errors.row(50, "mean_squared_error")[-1]
    assert last == pytest.approx(found.mean_squared_error, rel=1e-5)
    assert np.isnan(errors.row(50)[:51]).all() and np.isfinite(errors.row(50)[51:]).all()
    assert errors.row(50)[60] > errors.row(50)[-1]  # a longer average is nearer
    outputs = ld.run(spiking, task.test, presentation=TIMING, engine="numpy").outputs
    by_hand = np.abs(outputs[:, 50:120].mean(axis=1) - task.test.targets).mean()
    assert errors.row(50)[120] == pytest.approx(by_hand, rel=1e-4)


def test_chunks_of_images_make_no_difference(trained, task):
    spiking = ld.convert(trained, synapse=0.005)
    timing = ld.Presentation(t_p=0.02, t_c=0.005)
    few = task.test.first(7)
    one, many = (
        ld.evaluate(spiking, few, presentation=timing, batch_size=size, engine="numpy")
        for size in (1, 7)
    )
    np.testing.assert_allclose(one.values, many.values, rtol=1e-6)
    np.testing.assert_allclose(one.in_time.squared, many.in_time.squared, rtol=1e-6)


def test_images_out_keep_their_shape():
    digits = ld.datasets.load("digits-images")
    network = ld.Architecture(digits.image_shape, (ld.Flatten(), ld.Dense(150), ld.Dense(64)))
    found = ld.evaluate(random_features(network, digits.train, gain=2.0), digits)
    assert found.values.shape == (359, 8, 8, 1)
    assert found.psnr > 13 and "PSNR" in str(found)
    low, high = found.interval("psnr")
    assert low < found.psnr < high


def test_files_tables_and_json_hold_the_same(trained, task, tmp_path):
    spiking = ld.convert(trained, synapse=0.005)
    found = ld.evaluate(spiking, task.test.take(9), presentation=TIMING, engine="numpy")
    again = ld.ValueEvaluation.load(found.save(tmp_path / "values.lifdeep"))
    assert again.summary() == found.summary()
    np.testing.assert_array_equal(again.in_time.absolute, found.in_time.absolute)
    np.testing.assert_array_equal(again.rate_values, found.rate_values)
    np.testing.assert_array_equal(again.indices, found.indices)
    row = evaluation_table([found]).records()[0]
    assert row["r2"] == json.loads(found.to_json())["r2"] == found.r2
    assert row["distance_to_rates"] == found.distance_to_rates
    assert "error_percent" not in row
    assert "R2" in found._repr_html_()


def test_slow_neurons_are_found(trained, task):
    slow = ld.convert(trained, synapse=0.005, scale_firing_rates=0.02)
    found = ld.evaluate(slow, task, presentation=TIMING, engine="numpy")
    assert found.findings and "fire" in str(found.findings[0])
    assert all(str(finding) in found.notes for finding in found.findings)


def test_new_features_run_as_plain_arrays(trained, task):
    spiking = ld.convert(trained, synapse=0.005)
    rows = task.test.images[:2, 0, 0]
    assert rows.min() < 0
    timing = ld.Presentation(t_c=0.005, t_p=0.02)
    plain = ld.run(spiking, rows, presentation=timing, engine="numpy").outputs
    split = ld.run(spiking, task.test.first(2), presentation=timing, engine="numpy").outputs
    np.testing.assert_array_equal(plain, split)


def test_what_does_not_fit_is_refused(trained, task):
    with pytest.raises(DataError, match="3 values per image; the network gives 2"):
        ld.evaluate(trained, (task.test.images, np.full((30, 3), 0.5)))
    with pytest.raises(DataError, match="task is 'classification', but the images have values"):
        ld.evaluate(trained, task, task="classification")
    reference = ld.evaluate(trained, task.train.first(30))
    with pytest.raises(ValidationError, match="whose targets are not those of the 30 images"):
        ld.evaluate(trained, task, reference=reference)


def test_binary_is_two_classes():
    from nengo_lifdeep.training.random_features import trained_example

    model, test = trained_example()
    two = test.subset(test.labels < 2)
    assert ld.evaluate(model, two, task="binary").accuracy > 0.9
    with pytest.raises(DataError, match="task is 'binary', but there is a label 3"):
        ld.evaluate(model, test, task="binary")


def test_a_ladder_of_values_counts_r2(trained, task):
    steps = ld.ladder(trained, task.test, simulators=("events",), presentation=TIMING)
    assert [step.name for step in steps][0] == "SoftLIF rates" and steps[0].drop == 0
    for before, after in zip(steps, steps[1:], strict=False):
        expected = 100 * (before.evaluation.r2 - after.evaluation.r2)
        assert after.drop == pytest.approx(expected, abs=1e-9)
    assert steps[-1].evaluation.rate_score == steps[0].evaluation.score


def test_a_diagnosis_of_values_is_about_the_rates_values(trained, task):
    from sklearn.metrics import r2_score

    spiking = ld.convert(trained, synapse=0.005)
    found = ld.diagnose(spiking, task.test, presentation=TIMING)
    run = ld.evaluate(spiking, task.test, presentation=TIMING)
    assert found.of_values
    assert found.agreement == pytest.approx(r2_score(run.rate_values, run.values), rel=1e-4)
    assert TIMING.t_c < found.settled < TIMING.t_p
    plain = ld.diagnose(spiking, task.test.images, presentation=TIMING)  # the network says it
    assert plain.of_values and plain.agreement == pytest.approx(found.agreement, rel=1e-6)
    slow = ld.convert(trained, synapse=0.005, scale_firing_rates=0.02)
    ill = ld.diagnose(slow, task.test, presentation=TIMING)
    assert ill.agreement < 0.9 and "fire" in str(ill.findings[0])
    with pytest.raises(DataError, match="3 values per image; the network gives 2"):
        ld.diagnose(spiking, ld.Split(task.test.images, targets=np.zeros((30, 3))))


def test_spikes_that_moved_move_values(trained, task):
    spiking = ld.convert(trained, synapse=0.005)
    few = task.test.first(4)
    timing = ld.Presentation(t_c=0.01, t_p=0.05)
    exact = ld.check_spikes(spiking, few, 2, presentation=timing, dtype="float64")
    assert exact.value_difference < 1e-6 and exact.other_decisions == 0
    assert "values differ by up to" in str(exact)


def test_pictures_of_values(trained, task):
    from nengo_lifdeep.report import plots

    spiking = ld.convert(trained, synapse=0.005)
    found = ld.evaluate(spiking, task, presentation=TIMING, engine="numpy")
    axes = plots.error_against_time([found, ld.evaluate(trained, task)])
    row = axes.get_lines()[0].get_ydata()
    assert row[-1] == pytest.approx(found.mean_absolute_error, rel=1e-5)
    with pytest.raises(ValidationError, match="no evaluation of values over time"):
        plots.error_against_time(ld.evaluate(trained, task))
    axes = plots.values_against_targets(found, output=1)
    np.testing.assert_allclose(axes.collections[-1].get_offsets()[:, 1], found.values[:, 1])
    with pytest.raises(ValidationError, match="output is 2; expected 0 to 1"):
        plots.values_against_targets(found, output=2)
