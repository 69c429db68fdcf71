"""Records and evaluations against counts made by hand."""

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep.errors import ModelFileError, ValidationError
from nengo_lifdeep.presentation import Presentation
from nengo_lifdeep.records import Evaluation, SpikeRecord, wilson_interval

RNG = np.random.default_rng(0)
TIMING = Presentation(tau_s=0.001, t_c=0.002, t_p=0.008)


@pytest.fixture
def record():
    return SpikeRecord(
        simulator="nengo",
        model="net",
        presentation=TIMING,
        outputs=RNG.normal(size=(6, 8, 3)).astype(np.float32),
        layer_rates={"a": np.array([10.0, 30.0]), "b": np.array([2.0])},
        image_spikes={"a": np.arange(6), "b": np.full(6, 4)},
        rasters={"a": np.array([[0, 1, 1], [0, 7, 0]], np.int32)},
        seconds=1.5,
    )


def test_means(record):
    assert record.mean_rate == 14.0
    assert record.spikes_per_image == 6.5
    np.testing.assert_allclose(record.scores(), record.outputs[:, 2:8].mean(axis=1))
    np.testing.assert_allclose(record.scores(0.001, 0.003), record.outputs[:, 1:3].mean(axis=1))


def test_accuracy_grid_is_a_count_for_every_window(record):
    labels = RNG.integers(3, size=6)
    grid = record.accuracy_grid(labels)
    for c in range(8):
        for p in range(9):
            if c >= p:
                assert np.isnan(grid[c, p])
            else:
                answers = record.outputs[:, c:p].sum(axis=1).argmax(axis=1)
                assert grid[c, p] == np.mean(answers == labels)


def test_round_trips(record, tmp_path):
    again = SpikeRecord.load(record.save(tmp_path / "run"))
    np.testing.assert_array_equal(again.outputs, record.outputs)
    np.testing.assert_array_equal(again.rasters["a"], record.rasters["a"])
    assert (again.presentation, again.seconds) == (TIMING, 1.5)
    judged = Evaluation.of(record, np.zeros(6, int), rate_predictions=np.ones(6, int))
    loaded = Evaluation.load(judged.save(tmp_path / "evaluation"))
    np.testing.assert_array_equal(loaded.accuracy_grid, judged.accuracy_grid)
    assert loaded.summary() == judged.summary()
    typed = dataclasses.replace(judged, command="lifdeep evaluate 'my net'")
    assert Evaluation.load(typed.save(tmp_path / "typed")).command == "lifdeep evaluate 'my net'"


def test_evaluation_counts(record):
    labels = record.predictions().copy()
    labels[0] = (labels[0] + 1) % 3
    judged = Evaluation.of(record, labels, rate_predictions=labels)
    assert judged.accuracy == pytest.approx(5 / 6)
    assert judged.error == pytest.approx(100 / 6)
    assert judged.agreement == pytest.approx(5 / 6)
    assert judged.confusion.sum() == 6
    assert judged.confusion[labels[0], record.predictions()[0]] >= 1
    assert np.trace(judged.confusion) == 5
    assert judged.layer_spikes == {"a": 2.5, "b": 4.0}


def test_wilson_interval_against_its_defining_equation():
    for k, n in ((0, 20), (3, 20), (197, 200), (200, 200)):
        for bound in wilson_interval(k, n):
            # the bound is where the observed share lies z standard errors away
            distance = abs(k / n - bound)
            assert distance == pytest.approx(1.96 * np.sqrt(bound * (1 - bound) / n), abs=1e-9)


def test_arrays_that_do_not_fit_are_refused(record, tmp_path):
    with pytest.raises(ValidationError, match="8 steps; expected 4"):
        dataclasses.replace(record, presentation=Presentation(t_c=0.001, t_p=0.004))
    with pytest.raises(ValidationError, match="spikes of 2 images; expected 6"):
        dataclasses.replace(record, image_spikes={"a": np.arange(2)})
    with pytest.raises(ValidationError, match="5 labels for the record's 6 images"):
        Evaluation.of(record, np.zeros(5, int))
    path = tmp_path / "run"
    record.save(path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ModelFileError):
        SpikeRecord.load(path)


def test_top5_by_sorting_every_image():
    rng = np.random.default_rng(0)
    outputs = rng.normal(size=(60, 1, 120)).astype(np.float32)
    labels = rng.integers(0, 120, 60)
    labels[:20] = outputs[:20, 0].argsort(axis=1)[:, -3]
    record = SpikeRecord("rate", "net", None, outputs, {"a": np.ones(3)})
    found = Evaluation.of(record, labels)
    pairs = zip(labels, outputs[:, 0], strict=True)
    inside = [label in np.argsort(scores)[-5:] for label, scores in pairs]
    assert found.top5_accuracy == np.mean(inside) >= 1 / 3
    assert found.summary()["top5_error_percent"] == 100 * (1 - np.mean(inside))
    few = SpikeRecord("rate", "net", None, outputs[..., :10], {"a": np.ones(3)})
    assert Evaluation.of(few, labels % 10).top5_accuracy is None
