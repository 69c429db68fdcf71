"""Runs of trained networks: one truth in two forms, records, evaluations and counts."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep import Architecture, Dense, Evaluation, Flatten, TrainedModel, decide_early
from nengo_lifdeep.energy.additions import count_additions
from nengo_lifdeep.errors import ConversionError, ValidationError
from nengo_lifdeep.herding import running
from nengo_lifdeep.herding.inference import all_steps
from nengo_lifdeep.herding.learner import SpikingMLP
from nengo_lifdeep.herding.method import Herding
from nengo_lifdeep.herding.readable import matrices_of
from nengo_lifdeep.herding.running import network_of, present

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
    shown = mlp._scaled(mlp.flat(images()))
    mlp.show(images(), 50, record)
    matrices = matrices_of(mlp._weights, SIZES)
    drive, counts = all_steps(shown, matrices, 50, mlp.spike)
    if dtype == "int64":
        np.testing.assert_array_equal(record.outputs, drive)
    np.testing.assert_allclose(record.outputs, drive, rtol=1e-9, atol=1e-6)
    ends = np.cumsum(SIZES)[:-1]
    for one, all_ in zip(np.split(record.counts, ends, axis=1)[:-1], counts, strict=True):
        np.testing.assert_array_equal(one, all_[:, -1])


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
    with pytest.raises(ConversionError, match="more than a kernel have dense1"):
        present(TrainedModel(net, weights, nengo.RectifiedLinear()), images())
    other = present(trained, images())
    foreign = TrainedModel(net, weights, nengo.RectifiedLinear())
    with pytest.raises(ValidationError, match="expected herding neurons"):
        count_additions(other, foreign)
