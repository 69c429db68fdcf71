"""Runs of trained networks: one truth in two forms, records, evaluations and counts."""

from __future__ import annotations

from dataclasses import replace

import nengo
import numpy as np
import pytest

from nengo_lifdeep import (
    Architecture,
    AveragePooling2D,
    Dense,
    Evaluation,
    Flatten,
    TrainedModel,
    decide_early,
)
from nengo_lifdeep.energy.additions import count_additions
from nengo_lifdeep.errors import ConversionError, ValidationError
from nengo_lifdeep.herding import running
from nengo_lifdeep.herding.given import image_rows
from nengo_lifdeep.herding.inference import all_steps, some_steps
from nengo_lifdeep.herding.learner import SpikingMLP
from nengo_lifdeep.herding.method import Herding
from nengo_lifdeep.herding.networks import herdable
from nengo_lifdeep.herding.readable import matrices_of
from nengo_lifdeep.herding.running import network_of, present
from nengo_lifdeep.weights import Binary, CrossPoint

SIZES = (16, 9, 7, 4)


@pytest.fixture
def trained():
    rng = np.random.default_rng(0)
    layers = [Flatten(), *(Dense(n, use_bias=False) for n in SIZES[1:])]
    net = Architecture((4, 4, 1), layers, "small")
    weights = {f"dense{k + 1}": {"kernel": (rng.standard_normal(s) * 1.3 / s[0] ** 0.5)}
               for k, s in enumerate(zip(SIZES[:-1], SIZES[1:], strict=True))}  # fmt: skip
    return TrainedModel(net, weights, nengo.RectifiedLinear(), provenance={
        "herding": Herding(order="step").to_dict()})  # fmt: skip


def images(n=20):
    return np.random.default_rng(1).random((n, 4, 4, 1)).astype(np.float32)


@pytest.mark.parametrize("dtype", ["int64", "float64"])
def test_all_steps_at_once_are_the_steps_one_by_one(dtype, trained):
    mlp = network_of(trained, Herding(order="step", dtype=dtype))
    mlp.engine = "readable"
    record = mlp.empty_record(20, 50, counts=True)
    shown = mlp._scaled(image_rows(images(), SIZES[0]))
    mlp.show(images(), 50, record)
    matrices = matrices_of(mlp._weights, SIZES)
    drive, counts = all_steps(shown, matrices, 50, mlp.spike)
    if dtype == "int64":
        np.testing.assert_array_equal(record.outputs, drive)
    np.testing.assert_allclose(record.outputs, drive, rtol=1e-9, atol=1e-6)
    ends = np.cumsum(SIZES)[:-1]
    for one, all_ in zip(np.split(record.counts, ends, axis=1)[:-1], counts, strict=True):
        np.testing.assert_array_equal(one, all_[:, -1])


def test_parts_of_the_steps_are_the_whole(trained, monkeypatch):
    rows, matrices = images().reshape(20, 16), network_of(trained).weights
    drive, counts = all_steps(rows, matrices, 11)
    parts = list(some_steps(rows, matrices, 11, 4))
    assert [part[0].shape[1] for part in parts] == [4, 4, 3]
    np.testing.assert_array_equal(np.concatenate([part[0] for part in parts], axis=1), drive)
    for layer, count in enumerate(counts):
        found = np.concatenate([part[1][layer] for part in parts], axis=1)
        np.testing.assert_array_equal(found, count)
    whole = present(trained, images(), n_steps=11)
    monkeypatch.setattr(running, "_VALUES", 20 * 16 * 3)
    again = present(trained, images(), n_steps=11)
    assert whole.shown_images == again.shown_images != ""
    np.testing.assert_allclose(again.outputs, whole.outputs, atol=1e-6)
    for name, spikes in whole.image_spikes.items():
        np.testing.assert_array_equal(again.image_spikes[name], spikes)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64])
def test_small_integers_do_not_wrap(dtype):
    _, counts = all_steps(np.array([[100]], dtype), [np.ones((1, 1))], 5)
    assert counts[0].ravel().tolist() == [100, 200, 300, 400, 500]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((np.full((1, 2), np.nan), [np.ones((2, 1))], 3), "nan"),
        ((np.zeros((1, 2)), [np.ones((3, 1))], 3), r"expected \(2, out\): images"),
        ((np.zeros((1, 2)), [np.ones((2, 1)), np.ones((2, 1))], 3), "so many units come before"),
        ((np.zeros((1, 2)), None, 3), "matrices is None"),
        ((np.zeros((1, 2)), [], 3), "one or more"),
        ((np.zeros((1, 2)), [np.full((2, 1), np.inf)], 3), "inf"),
        ((np.zeros((1, 2)), [np.ones((2, 1))], 3, 0), "spike is 0"),
    ],
)
def test_all_steps_of_what_does_not_fit(arguments, text):
    with pytest.raises(ValidationError, match=text):
        all_steps(*arguments)


def test_a_run_is_a_record_that_the_rest_understands(trained, monkeypatch):
    labels = np.arange(20) % 4
    record = present(trained, images(), n_steps=30)
    assert record.simulator == "herding" and record.n_steps == 30
    evaluation = Evaluation.of(record, labels)
    mlp = network_of(trained)
    mlp.engine = "readable"
    expected = mlp.scores(images(), 30)
    np.testing.assert_allclose(record.outputs.mean(axis=1), expected, atol=1e-5)
    np.testing.assert_array_equal(evaluation.predictions, expected.argmax(axis=1))
    early = decide_early(record, [0.0, 0.1, np.inf], patience=0.002)
    assert early[0].mean_latency < early[1].mean_latency < early[2].mean_latency
    np.testing.assert_array_equal(early[2].predictions, evaluation.predictions)
    # by events: other trains, the same limit
    monkeypatch.setattr(
        running, "SpikingMLP", lambda *a, **k: SpikingMLP(*a, engine="readable", **k)
    )
    events = present(trained, images(), n_steps=30, order="event")
    assert events.image_spikes["neurons1"].sum() > record.image_spikes["neurons1"].sum()
    by_events = network_of(trained, Herding(order="event"))
    np.testing.assert_allclose(
        events.outputs.mean(axis=1), by_events.scores(images(), 30), atol=1e-5
    )
    np.testing.assert_allclose(events.outputs.mean(axis=1), expected, atol=0.5)
    np.testing.assert_array_equal(events.image_spikes["input"], record.image_spikes["input"])


def test_additions_are_counts_of_the_existing_kind(trained):
    record = present(trained, images(), n_steps=30)
    counts = count_additions(record, trained)
    mlp = network_of(trained)
    mlp.engine = "readable"
    kept = mlp.empty_record(20)
    mlp.show(images(), 30, kept)
    per_layer = (kept.spikes[:, :-1] * SIZES[1:]).mean(axis=0)
    assert list(counts.events.values()) == pytest.approx(per_layer.tolist())
    assert counts.total_updates == counts.input_macs == 0
    assert counts.network_macs == 16 * 9 + 9 * 7 + 7 * 4
    blank = count_additions(present(trained, 0 * images(1)), trained)
    assert blank.total_events == 0


def test_what_cannot_run_is_refused(trained):
    net = Architecture((4, 4, 1), [Flatten(), Dense(4)], "biased")
    weights = {"dense1": {"kernel": np.zeros((16, 4)), "bias": np.zeros(4)}}
    foreign = TrainedModel(net, weights, nengo.RectifiedLinear())
    with pytest.raises(ConversionError, match="dense1.*has a bias"):
        present(foreign, images())
    other = present(trained, images())
    with pytest.raises(ValidationError, match="expected herding neurons"):
        count_additions(other, foreign)
    last = {"dense1": {"kernel": np.zeros((4, 3))}}
    pooled = Architecture((4, 4, 1), [AveragePooling2D(2), Flatten(), Dense(3, use_bias=False)])
    with pytest.raises(ConversionError, match="pool1.*only Flatten, Dense and Neurons"):
        present(TrainedModel(pooled, last, nengo.RectifiedLinear()), images())
    for damaged in ({"a": 1}, "x", {"n_steps": 0}):
        with pytest.raises(ConversionError, match="no method under 'herding'"):
            present(replace(trained, provenance={"herding": damaged}), images())


def test_amplitudes_go_into_the_weights_after_them(trained):
    half = replace(trained, neuron=nengo.RectifiedLinear(amplitude=0.5))
    for found, own, factor in zip(network_of(half).weights, network_of(trained).weights,
                                  (1, 0.5, 0.5), strict=True):  # fmt: skip
        np.testing.assert_allclose(found, factor * own, rtol=1e-6)


def test_what_devices_hold_is_what_runs(trained):
    net = trained.architecture.with_weights(Binary())
    held = network_of(replace(trained, architecture=net))
    hidden, own = held.weights[1], network_of(trained).weights[1]
    np.testing.assert_allclose(np.abs(hidden), np.abs(own).mean(), rtol=1e-5)
    several = herdable(trained.architecture.with_weights(CrossPoint(per_weight=2)),
                       trained.neuron, trained=True)  # fmt: skip
    assert "more than a kernel" in str(several)
