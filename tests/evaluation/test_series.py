"""Series: one answer each, or one at every step, against nengo.Simulator and single images."""

from __future__ import annotations

import dataclasses

import nengo
import numpy as np
import pytest

import nengo_lifdeep as ld
from nengo_lifdeep.datasets import Series
from nengo_lifdeep.errors import DataError, ValidationError
from nengo_lifdeep.exporters.nengo import SpikingNetwork
from nengo_lifdeep.inputs.inputs import Inputs
from nengo_lifdeep.training.random_features import random_features

STEP = ld.Presentation(t_c=0.02, t_p=0.06)


@pytest.fixture(scope="module")
def walks():
    """Three features, and at every step which of three is the largest, and their sum."""
    values = np.random.default_rng(5).normal(size=(80, 5, 3))
    return values, values.argmax(axis=2), values.sum(axis=2, keepdims=True) - 1


@pytest.fixture(scope="module")
def by_class(walks):
    series = Series(walks[0], labels=walks[1])
    layers = (ld.Flatten(), ld.Dense(60), ld.Dense(40), ld.Dense(3))
    network = ld.Architecture((1, 1, 3), layers, "largest")
    return random_features(network, series.first(60).split, ridge=1e-4), series.subset(
        slice(60, 80)
    )


def test_rates_answer_every_step_alone(by_class):
    trained, test = by_class
    found = ld.evaluate(trained, test)
    assert found.n_images == 20 * 5 and found.accuracy > 0.75
    np.testing.assert_array_equal(found.labels.reshape(20, 5), test.labels)
    steps = ld.evaluate(trained, test.split)
    np.testing.assert_array_equal(found.predictions, steps.predictions)


@pytest.mark.parametrize("simulator", ["events", "nengo"])
def test_steps_are_those_of_one_long_run_in_nengo(by_class, simulator):
    """By hand: a film in `nengo.Simulator`, and the mean output in every step's window."""
    trained, test = by_class
    spiking = ld.convert(trained, synapse=0.005)
    few = test.first(2)
    found = ld.evaluate(spiking, few, simulator=simulator, presentation=STEP)
    by_hand = []
    for frames in few.frames[:, :, 0, 0].astype(float):
        network = SpikingNetwork(spiking, lambda t, x=frames: x[round((t - 0.001) * 1e3) // 60])
        with network:
            probe = nengo.Probe(network.output)
        with nengo.Simulator(network, progress_bar=False) as sim:
            sim.run_steps(5 * 60, progress_bar=False)
        by_hand += [sim.data[probe][60 * k + 20 : 60 * k + 60].mean(axis=0) for k in range(5)]
    np.testing.assert_array_equal(found.predictions, np.argmax(by_hand, axis=1))
    assert found.rate_accuracy is not None and found.windows.n_steps == 60
    assert found.presentation == STEP and found.n_asked == 10


def test_spikes_answer_steps_as_rates_do(by_class):
    trained, test = by_class
    spiking = ld.convert(trained, synapse=0.005, scale_firing_rates=3)
    found = ld.evaluate(spiking, test, presentation=STEP)
    assert found.agreement > 0.85 and found.spikes_per_image > 10
    record = ld.run(spiking, test, presentation=STEP)
    assert record.n_steps == 5 * 60 and len(Inputs.of(spiking, test, STEP)) == 20
    per_step = sum(float(each.mean()) for each in record.image_spikes.values()) / 5
    assert found.spikes_per_image == pytest.approx(per_step)
    assert any("20 series of 5 steps, each shown for 60 ms" in note for note in found.notes)
    assert ld.diagnose(spiking, test.first(4), presentation=STEP).agreement > 0.7
    # no reset between steps: the first 20 ms still have the step before in them
    alone = ld.evaluate(spiking, test.split, presentation=STEP)
    assert not np.array_equal(alone.windows.row(0), found.windows.row(0))


def test_values_at_every_step(walks):
    values, _, sums = walks
    series = Series(values, targets=sums)
    layers = (ld.Flatten(), ld.Dense(60), ld.Dense(1))
    network = ld.Architecture((1, 1, 3), layers, "sum")
    trained = random_features(network, series.first(60).split, ridge=1e-4)
    test = series.subset(slice(60, 80))
    spiking = ld.convert(trained, synapse=0.005, scale_firing_rates=3)
    found = ld.evaluate(spiking, test, presentation=STEP)
    assert found.targets.shape == (100, 1) and found.r2 > 0.8 and found.rate_scores["r2"] > 0.9
    assert found.in_time.n_steps == 60
    again = dataclasses.replace(found, findings=())
    assert again.presentation == STEP


@pytest.mark.parametrize("simulator", ["loihi-exact", "loihi"])
def test_simulators_without_time_say_so(by_class, simulator):
    spiking = ld.convert(by_class[0], synapse=nengo.Lowpass(0.005))
    with pytest.raises(ValidationError, match=f"{simulator!r} shows no input that changes"):
        ld.evaluate(spiking, by_class[1].first(1), simulator=simulator, presentation=STEP)


def test_one_answer_each_is_an_image_whose_columns_are_the_steps():
    """A bump early or late: a convolution over the steps, as any image in spikes."""
    rng = np.random.default_rng(0)
    labels = np.arange(120) % 2
    values = 0.1 * rng.normal(size=(120, 12, 2))
    for place, label in enumerate(labels):
        start = rng.integers(0, 3) + 6 * label
        values[place, start : start + 3] += 1
    series = Series(values, labels=labels)
    assert series.split.image_shape == (1, 12, 2) and not series.at_every_step
    layers = (ld.Conv2D(8, (1, 3)), ld.Flatten(), ld.Dense(30), ld.Dense(2))
    network = ld.Architecture((1, 12, 2), layers, "bump")
    trained = random_features(network, series.first(80).split, ridge=0.01)
    test = series.subset(slice(80, 120))
    assert ld.evaluate(trained, test).accuracy > 0.9
    spiking = ld.convert(trained, synapse=0.005)
    timing = ld.Presentation(t_c=0.05, t_p=0.15)
    assert ld.evaluate(spiking, test, presentation=timing).agreement > 0.9
    check = ld.check_spikes(spiking, test.split, 2, presentation=timing, dtype="float64")
    assert check.passed and sum(check.moved.values()) == 0


@pytest.mark.tf
def test_training_takes_series(walks):
    series = Series(walks[0], labels=walks[1])
    network = ld.Architecture((1, 1, 3), (ld.Flatten(), ld.Dense(20), ld.Dense(3)), "largest")
    model = ld.train(
        network, series, neuron=ld.SoftLIF(amplitude=0.063), epochs=6, batch_size=40,
        progress=False,
    )  # fmt: skip
    assert model.history["accuracy"][-1] > 0.6
    assert model.provenance["images"]["training"] == 400


def test_what_does_not_fit_is_refused(walks, by_class):
    values, labels, sums = walks
    with pytest.raises(DataError, match="one for each of 80 series, or for each of 5 steps"):
        Series(values, labels=labels[:, :4])
    with pytest.raises(DataError, match="neither labels nor targets"):
        Series(values)
    with pytest.raises(DataError, match="both labels and targets"):
        Series(values, labels=labels, targets=sums)
    with pytest.raises(DataError, match="expected finite numbers"):
        Series(np.full((2, 3, 1), np.inf), labels=[0, 1])
    with pytest.raises(DataError, match="no series can be chosen|chooses an array"):
        Series(values, labels=labels).subset([])
    with pytest.raises(DataError, match="81 series were asked for"):
        Series(values, labels=labels).first(81)
    with pytest.raises(DataError, match="datasets.Series"):
        ld.Split(values, labels[:, 0])
    spiking = ld.convert(by_class[0])
    with pytest.raises(ValidationError, match="change over time already"):
        ld.evaluate(spiking, by_class[1], presentation=STEP, coding=ld.PoissonCoding(200))
    with pytest.raises(DataError, match=r"takes \(1, 1, 3\)"):
        ld.evaluate(spiking, Series(values[:, :, :2], labels=labels), presentation=STEP)
