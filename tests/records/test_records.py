"""Records and evaluations against counts made by hand."""

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep.errors import ModelFileError, ValidationError
from nengo_lifdeep.inputs.presentation import Presentation
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


def ruined(array, place, value, dtype=float):
    changed = np.array(array, dtype)
    changed[place] = value
    return changed


MASKED = np.ma.masked_array(np.zeros((6, 8, 3)), mask=np.arange(144).reshape(6, 8, 3) == 30)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"outputs": ruined(np.zeros((6, 8, 3)), (2, 3, 1), np.nan)}, "image 2 are nan at step 3"),
        ({"outputs": np.zeros((6, 8, 3), complex)}, "outputs is of type complex128"),
        ({"outputs": np.zeros((6, 8, 3)).astype(str)}, "outputs is of type <U"),
        ({"outputs": np.full((6, 8, 3), None)}, "outputs is of type object"),
        ({"outputs": MASKED}, r"element \[1, 2, 0\] is masked \(1 of 144 are\)"),
        ({"outputs": np.zeros((6, 8))}, r"shape \(6, 8\); expected \(image, step, class\)"),
        ({"outputs": [[1], [2, 3]]}, "outputs: list cannot become an array"),
        ({"layer_rates": {"a": np.array([-1.0])}}, r"'a': rates: element \[0\] is -1"),
        ({"layer_rates": [1.0]}, "layer_rates is a list; expected arrays by population"),
        ({"image_spikes": {"a": np.full(6, -1)}}, "'a': spikes: element"),
        ({"rasters": {"a": np.array([[0, 8, 0]])}}, "reach image 0 and step 8; expected below 6"),
        ({"rasters": {"a": np.array([[0, 1, 2]])}}, "is of neuron 2; expected one of its 2"),
        ({"rasters": {"a": np.array([[0.5, 1, 1]])}}, "expected whole numbers"),
        ({"presentation": 0.1}, "presentation is 0.1; expected a Presentation"),
        ({"notes": "one text"}, "notes is 'one text'; expected several"),
        ({"n_asked": 3}, "n_asked is 3, less than the 6 images"),
        ({"n_asked": 6.5}, "n_asked is 6.5; expected a whole number"),
        ({"seconds": np.nan}, "seconds is nan; expected a finite number"),
    ],
)
def test_records_check_themselves(record, changes, match):
    with pytest.raises(ValidationError, match=match):
        dataclasses.replace(record, **changes)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"labels": np.array([0, 1, 2, 3, 0, 0])}, r"labels: element \[3\] is 3; .* up to 2"),
        ({"labels": np.full(6, 2**63, np.uint64)}, "labels: element .* up to 2"),
        ({"labels": np.zeros(6)}, "labels is of type float64; expected whole numbers"),
        ({"labels": np.zeros(5, int)}, r"predictions has shape \(6,\); expected \(5,\)"),
        ({"labels": np.zeros(0, int)}, "of no image"),
        ({"predictions": np.full(6, -1)}, r"predictions: element \[0\] is -1"),
        ({"predictions": np.array(["0"] * 6)}, "predictions is of type <U1"),
        ({"classes": "abc"}, "classes is 'abc'; expected several names"),
        ({"layer_rates": {"a": np.inf}}, r"layer_rates\['a'\] is inf"),
        ({"layer_spikes": {"a": "many"}}, r"layer_spikes\['a'\] is 'many'"),
        ({"mean_rate": 1j}, "mean_rate is 1j"),
        ({"agreement": 1.5}, "agreement is 1.5; expected .* from 0 to 1"),
        ({"rate_accuracy": np.nan}, "rate_accuracy is nan"),
        ({"n_asked": 2}, "n_asked is 2, less than the 6 images"),
        ({"presentation": None}, "windows are of 8 steps; the presentation is None"),
        ({"indices": np.arange(3)}, r"indices has shape \(3,\)"),
    ],
)
def test_evaluations_check_themselves(record, changes, match):
    judged = Evaluation.of(record, np.zeros(6, int))
    with pytest.raises(ValidationError, match=match):
        dataclasses.replace(judged, **changes)


def test_values_cannot_be_written_to(record):
    judged = Evaluation.of(record, np.zeros(6, int), indices=np.arange(6))
    arrays = [record.outputs, record.layer_rates["a"], record.rasters["a"], judged.labels]
    arrays += [judged.predictions, judged.indices, judged.windows.accuracy, judged.accuracy_grid]
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_what_was_chosen_is_said_and_kept(record, tmp_path):
    judged = Evaluation.of(record, np.full(6, 1), indices=[5, 4, 3, 9, 8, 7])
    assert judged.notes[-1].startswith("all 6 images are of one class (1): a network that always")
    loaded = Evaluation.load(judged.save(tmp_path / "sample.lifdeep"))
    np.testing.assert_array_equal(loaded.indices, [5, 4, 3, 9, 8, 7])
    part = dataclasses.replace(record, n_asked=20)
    notes = Evaluation.of(part, np.array([0, 1, 0, 0, 0, 0])).notes
    assert notes == ("interrupted: only the first 6 of 20 images were judged",)


@pytest.mark.parametrize(("k", "n"), [(1, 0), (5, 4), (-1, 4), (np.nan, 4), ("1", 4)])
def test_shares_that_are_none_have_no_interval(k, n):
    with pytest.raises(ValidationError, match="expected a finite number"):
        wilson_interval(k, n)


def test_counters_cannot_be_changed(record):
    counters = {"current wrapped around": {"a": 3}}
    counted = dataclasses.replace(record, counters=counters)
    judged = Evaluation.of(counted, np.zeros(6, int))
    for value in (counted, judged):
        with pytest.raises(TypeError, match="cannot be changed"):
            value.counters["another"] = {}
        with pytest.raises(TypeError, match="cannot be changed"):
            value.counters["current wrapped around"]["a"] = -1
    counters["current wrapped around"]["a"] = 4
    assert counted.counters == judged.counters == {"current wrapped around": {"a": 3}}


def test_confusion_of_very_many_classes_is_refused():
    """A small file can name a million classes, whose confusion has 8 TB."""
    names = tuple(map(str, range(10**6)))
    one = np.array([0, 999_999])
    judged = Evaluation("rate", "net", "images", None, one, one, names, None, {}, {}, 1.0)
    assert judged.accuracy == 1
    with pytest.raises(ValidationError, match="1,000,000 classes would take 7,450.6 GiB"):
        _ = judged.confusion
    fewer = dataclasses.replace(judged, classes=names[:3], labels=[0, 2], predictions=[2, 2])
    np.testing.assert_array_equal(fewer.confusion, [[0, 0, 1], [0, 0, 0], [0, 0, 1]])
