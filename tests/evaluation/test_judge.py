"""Judging chunk by chunk and windows on demand, against every window counted one by one."""

import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.records import Evaluation, Judge, SpikeRecord, ValueJudge, Windows
from nengo_lifdeep.records import judge as judge_module
from nengo_lifdeep.simulators import run
from nengo_lifdeep.simulators.events import engine

RNG = np.random.default_rng(0)


def every_window(outputs, labels):
    """All windows at once, in the plainest way: the squares of the steps in time and memory."""
    n, n_steps, n_classes = outputs.shape
    total = np.zeros((n, n_steps + 1, n_classes))
    np.cumsum(outputs, axis=1, out=total[:, 1:])
    grid = np.full((n_steps, n_steps + 1), np.nan)
    for p in range(1, n_steps + 1):
        answers = (total[:, p : p + 1] - total[:, :p]).argmax(axis=2)
        grid[:p, p] = (answers == labels[:, None]).mean(axis=0)
    return grid


def scores_of(kind, shape):
    if kind == "ties":  # small whole numbers: equal scores in most windows
        return RNG.integers(-1, 2, shape).astype(np.float32)
    if kind == "zero":
        return np.zeros(shape, np.float32)
    return RNG.normal(size=shape).astype(np.float32)


def record_of(outputs, timing):
    n = len(outputs)
    return SpikeRecord(
        "events", "net", timing, outputs, {"a": np.array([10.0])}, {"a": np.ones(n, int)}
    )


@pytest.mark.parametrize("kind", ["normal", "ties", "zero"])
@pytest.mark.parametrize("shape", [(37, 24, 5), (9, 11, 2), (6, 13, 1), (20, 7, 130)])
def test_windows_are_those_of_every_window_to_the_last_digit(kind, shape):
    outputs, labels = scores_of(kind, shape), RNG.integers(0, shape[2], shape[0])
    expected = every_window(outputs, labels)
    timing = Presentation(t_c=0.003, t_p=shape[1] / 1000)
    record = record_of(outputs, timing)
    np.testing.assert_array_equal(record.accuracy_grid(labels), expected)
    np.testing.assert_array_equal(record.accuracy_row(labels), expected[3])
    np.testing.assert_array_equal(record.accuracy_row(labels, 0.001), expected[1])
    judged = Evaluation.of(record, labels)
    np.testing.assert_array_equal(judged.windows.starts, [0, 3])
    np.testing.assert_array_equal(judged.windows.accuracy, expected[[0, 3]])
    np.testing.assert_array_equal(judged.windows.row(5), expected[5])
    np.testing.assert_array_equal(judged.accuracy_grid, expected)
    np.testing.assert_array_equal(judged.windows.grid(3), expected[::3, ::3])
    whole = Evaluation.of(record, labels, grid=True)
    assert whole.windows.is_whole and whole.windows.scores is None
    np.testing.assert_array_equal(whole.accuracy_grid, expected)
    np.testing.assert_array_equal(whole.windows.grid(4), expected[::4, ::4])
    assert whole.windows.at(2, 6) == expected[2, 6]


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_chunks_change_nothing(size):
    outputs, labels = scores_of("normal", (23, 17, 120)), RNG.integers(0, 120, 23)
    timing = Presentation(t_c=0.004, t_p=0.017)
    judge = Judge(labels, 120, timing, grid=True)
    for first in range(0, 23, size):
        judge.add(outputs[first : first + size])
    np.testing.assert_array_equal(judge.predictions, outputs[:, 4:].mean(axis=1).argmax(axis=1))
    np.testing.assert_array_equal(judge.windows().grid(), every_window(outputs, labels))
    best = np.sort(outputs[:, 4:].mean(axis=1), axis=1)[:, -5]
    mine = outputs[:, 4:].mean(axis=1)[np.arange(23), labels]
    assert judge.top5_accuracy == np.mean(mine >= best)


@pytest.mark.parametrize("simulator", ["events", "nengo", "rate"])
def test_evaluate_judges_what_the_run_would_have_kept(example, simulator, monkeypatch):
    trained, test = example
    model, images = convert(trained, synapse=0.003), test.subset(slice(30))
    monkeypatch.setattr(engine, "_MOST_IMAGES", 7)
    options = {"simulator": simulator}
    if simulator != "rate":
        options["presentation"] = Presentation(t_c=0.01, t_p=0.04)
    record = run(model, images, **options)
    judged = evaluate(model, images, **options)
    direct = Evaluation.of(record, images.labels, rate_predictions=judged.predictions)
    np.testing.assert_array_equal(judged.predictions, record.predictions())
    assert judged.layer_rates == direct.layer_rates
    if simulator == "rate":
        assert judged.windows is None and judged.accuracy_grid is None
    else:
        expected = every_window(record.outputs, images.labels)
        np.testing.assert_array_equal(judged.accuracy_grid, expected)


def test_many_images_are_not_kept(example, monkeypatch, tmp_path):
    trained, test = example
    model, timing = convert(trained, synapse=0.003), Presentation(t_c=0.01, t_p=0.04)
    expected = every_window(run(model, test, presentation=timing).outputs, test.labels)
    monkeypatch.setattr(judge_module, "_KEPT", 1000)
    judged = evaluate(model, test, presentation=timing)
    assert judged.windows.scores is None
    np.testing.assert_array_equal(judged.windows.row(0), expected[0])
    np.testing.assert_array_equal(judged.windows.row(10), expected[10])
    assert not judged.windows.has(5) and not judged.windows.is_able
    with pytest.raises(ValidationError, match=r"were not counted.*grid=True"):
        judged.windows.row(5)
    with pytest.raises(ValidationError, match=r"all windows were not counted"):
        _ = judged.accuracy_grid
    loaded = Evaluation.load(judged.save(tmp_path / "few.lifdeep"))
    np.testing.assert_array_equal(loaded.windows.accuracy, expected[[0, 10]])
    asked = evaluate(model, test, presentation=timing, grid=True)
    loaded = Evaluation.load(asked.save(tmp_path / "all.lifdeep"))
    np.testing.assert_array_equal(loaded.accuracy_grid, expected)


def test_thirty_thousand_steps():
    outputs, labels = scores_of("normal", (3, 30_000, 4)), np.array([0, 1, 2])
    record = record_of(outputs, Presentation(t_c=1, t_p=30))
    judged = Evaluation.of(record, labels)
    answers = outputs[:, 1000:].astype(float).sum(axis=1).argmax(axis=1)
    assert judged.windows.at(1000, 30_000) == np.mean(answers == labels)
    with pytest.raises(ValidationError, match=r"30,000 steps are .* 6.7 GiB; take row.*every=6\)"):
        _ = judged.accuracy_grid
    few = np.arange(0, 30_001, 3000)
    coarse = judged.windows.grid(3000)
    total = np.concatenate([np.zeros((3, 1, 4)), outputs.cumsum(axis=1, dtype=float)], axis=1)
    wins = (total[:, few][:, :, None] - total[:, few][:, None]).argmax(axis=3)  # (image, end, c)
    for c, p in ((0, 1), (2, 7), (9, 10)):
        assert coarse[c, p] == np.mean(wins[:, p, c] == labels)
    assert np.isnan(coarse[3, 3])


def test_memory_of_judging_stays_small():
    import tracemalloc

    outputs, labels = scores_of("normal", (200, 100, 500)), RNG.integers(0, 500, 200)
    tracemalloc.start()
    judge = Judge(labels, 500, Presentation(t_c=0.02, t_p=0.1))
    judge._kept = None  # as with more than 64 MiB
    for first in range(0, 200, 10):
        judge.add(outputs[first : first + 10])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * outputs[:10].nbytes * 4  # totals, gains and answers of one chunk


def test_a_record_without_its_scores_says_so(example):
    model, images = convert(example[0]), example[1].subset(slice(3))
    timing = Presentation(t_c=0.01, t_p=0.03)
    record = run(model, images, presentation=timing, judge=Judge(images.labels, 4, timing))
    assert (record.n_images, record.n_steps, record.has_outputs) == (3, 30, False)
    for use in (record.scores, record.predictions, lambda: record.accuracy_grid(images.labels)):
        with pytest.raises(ValidationError, match="went to a judge"):
            use()
    with pytest.raises(ValidationError, match="went to a judge"):
        Evaluation.of(record, images.labels)


def test_a_judge_of_nothing():
    """No image yet: no windows, and an accuracy is refused instead of divided by zero."""
    judge = Judge(np.zeros(2, int), 2, Presentation(t_c=0.001, t_p=0.005), starts=[0.001])
    assert judge.windows() is None and len(judge.predictions) == 0
    with pytest.raises(ValidationError, match=r"no image was judged yet"):
        judge.accuracy_from(0.001)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Judge(np.zeros(2, int), 2, None, starts=[0.1]),
        lambda: ValueJudge(np.zeros((2, 1)), None, starts=[0.1]),
    ],
)
def test_starts_without_time(make):
    with pytest.raises(ValidationError, match=r"starts are \[0.1\] s, but there is no timing"):
        make()


def test_values_that_are_no_numbers():
    judge = ValueJudge(np.zeros((1, 2)), None)
    with pytest.raises(ValidationError, match=r"^values of image 0 are nan at step 0 \(output 1\)"):
        judge.add(np.array([[[0.0, np.nan]]], np.float32))


def test_scores_that_are_no_numbers():
    outputs = np.zeros((4, 5, 2), np.float32)
    outputs[2, 3, 1] = np.inf
    judge = Judge(np.zeros(4, int), 2, Presentation(t_c=0.001, t_p=0.005))
    judge.add(outputs[:1])
    with pytest.raises(ValidationError, match=r"image 2 are inf at step 3 \(class 1\)"):
        judge.add(outputs[1:])
    with pytest.raises(ValidationError, match="4 labels for at least 5 images"):
        judge.add(outputs[:4])


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"starts": [2, 1]}, "ascending"),
        ({"starts": [0, 9]}, "below the run's 4"),
        ({"accuracy": np.ones((2, 5))}, "NaN before"),
        ({"scores": np.zeros((1, 4, 2))}, "belong together"),
    ],
)
def test_windows_check_themselves(changes, match):
    rows = np.array([[np.nan, 0, 0.5, 1, 1], [np.nan, np.nan, 0, 0, 1]])
    good = {"starts": [0, 1], "accuracy": rows}
    assert Windows(**good).n_steps == 4
    with pytest.raises(ValidationError, match=match):
        Windows(**{**good, **changes})
