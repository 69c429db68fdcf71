"""Answers that belong together: intervals are those of whole groups."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep import (
    Architecture,
    Dense,
    Evaluation,
    Flatten,
    Presentation,
    Split,
    convert,
    evaluate,
)
from nengo_lifdeep.datasets import Series
from nengo_lifdeep.errors import DataError, TrainingError, ValidationError
from nengo_lifdeep.records import ValueEvaluation, wilson_interval
from nengo_lifdeep.records.interval import bootstrap, grouped_interval
from nengo_lifdeep.training.batches import split_validation
from nengo_lifdeep.training.random_features import random_features


@pytest.mark.parametrize("alike", [True, False])
def test_the_interval_holds_the_truth_as_often_as_it_says(alike):
    rng, truth, held, of_single = np.random.default_rng(0), 0.7, 0, 0
    groups = np.repeat(np.arange(30), 20)
    for _ in range(400):
        right = rng.uniform(size=30 if alike else 600) < truth
        right = right[groups] if alike else right
        low, high = grouped_interval(right, groups)
        held += low <= truth <= high
        low, high = wilson_interval(right.sum(), len(right))
        of_single += low <= truth <= high
    assert 0.92 < held / 400 <= 1
    assert (of_single / 400 < 0.5) == alike  # what was said before


def test_closed_forms():
    groups = np.repeat(np.arange(21), 7)
    right = np.arange(21) % 3 > 0
    found = grouped_interval(right[groups], groups)
    # 21 answers whose variance is divided by 20; 2.086 is Student's quantile of 20
    assert found == pytest.approx(wilson_interval(20 * 14 / 21, 20, 2.085963), abs=1e-6)
    # whatever the numbers of the groups are, and the order of the answers
    order = np.random.default_rng(0).permutation(len(groups))
    again = grouped_interval(right[groups][order], 5 + 3 * groups[order])
    assert again == pytest.approx(found)
    # all right: as many answers as groups
    found = grouped_interval(np.ones(147, bool), groups)
    assert found == pytest.approx(wilson_interval(21, 21, 2.085963), abs=1e-6)
    assert grouped_interval(np.ones(50, bool), np.zeros(50, int)) == wilson_interval(1, 1)


def test_bootstrap_draws_whole_groups():
    groups = np.repeat(np.arange(25), 40)
    values = np.random.default_rng(0).normal(size=25)[groups]

    def mean(times):
        return times @ values / times.sum(axis=1)

    low, high = bootstrap(1000, mean, groups=groups)
    own = values[::40]
    wanted = 2 * 1.96 * own.std() / np.sqrt(25)
    assert high - low == pytest.approx(wanted, rel=0.15)
    alone = bootstrap(1000, mean)
    assert alone[1] - alone[0] == pytest.approx(wanted / np.sqrt(40), rel=0.15)


@pytest.fixture(scope="module")
def told():
    """Series of one class each, by a number that hardly changes from step to step."""

    def series(n, seed, steps=12):
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, 2, n)
        centres = 0.5 * (2 * labels - 1) + rng.normal(size=n)
        frames = centres[:, None, None] + 0.01 * rng.normal(size=(n, steps, 1))
        return Series(frames, labels=np.repeat(labels[:, None], steps, 1))

    network = Architecture((1, 1, 1), (Flatten(), Dense(40), Dense(2)), "told")
    return random_features(network, series(200, 0).split, ridge=1e-3), series(20, 1), series


def test_series_of_steps_are_judged_by_series(told, tmp_path):
    model, test, _ = told
    found = evaluate(model, test)
    assert found.n_images == 240 and len(np.unique(found.groups)) == 20
    right = (found.predictions == found.labels).reshape(20, 12).mean(axis=1)
    low, high = found.interval
    alone = wilson_interval(240 * found.accuracy, 240)
    assert high - low > 2.5 * (alone[1] - alone[0])  # nearly that of 20 answers
    assert 0.8 < (high - low) / (2 * 2.09 * right.std(ddof=1) / np.sqrt(20)) < 1.2
    assert "240 images in 20 groups" in str(found)
    assert any("intervals are those of whole groups" in note for note in found.notes)
    auc = found.binary_interval("roc_auc")
    single = Evaluation("rate", "m", "d", None, found.labels, found.predictions, ("0", "1"), None,
                        {}, {}, 0.0, margins=found.margins).binary_interval("roc_auc")  # fmt: skip
    assert auc[1] - auc[0] > 2 * (single[1] - single[0])
    again = Evaluation.load(found.save(tmp_path / "e.lifdeep"))
    assert again.interval == found.interval and again.groups.tolist() == found.groups.tolist()
    spiking = evaluate(
        convert(model, synapse=0.003), test, presentation=Presentation(t_c=0.005, t_p=0.015)
    )
    assert len(np.unique(spiking.groups)) == 20
    alone = wilson_interval(240 * spiking.accuracy, 240)
    assert spiking.interval[1] - spiking.interval[0] > 1.2 * (alone[1] - alone[0])
    # as on the command line: every step is an image there
    sample = evaluate(model, test.split.take(120))
    assert len(sample.groups) == 120 and sample.interval != wilson_interval(
        120 * sample.accuracy, 120
    )


def test_values_are_judged_by_series(told, tmp_path):
    _, test, _ = told
    targets = np.repeat(np.random.default_rng(0).normal(size=(20, 1, 1)), 12, axis=1)
    given = Series(test.frames, targets=targets)
    network = Architecture((1, 1, 1), (Flatten(), Dense(40), Dense(1)), "values")
    model = random_features(network, given.split, ridge=1e-3)
    found = evaluate(model, given)
    assert "240 images in 20 groups" in str(found)
    alone = ValueEvaluation("rate", "m", "d", None, found.targets, found.values)
    wide, narrow = (np.diff(e.interval("mean_absolute_error"))[0] for e in (found, alone))
    assert wide > 2.5 * narrow
    again = ValueEvaluation.load(found.save(tmp_path / "v.lifdeep"))
    assert again.interval("r2") == found.interval("r2")


def test_frames_of_films_are_groups():
    films = Split(np.zeros((4, 5, 3, 3, 1), np.uint8), [0, 1, 0, 1])
    assert films.frames.groups.tolist() == np.repeat([0, 1, 2, 3], 5).tolist()
    assert films.frames.subset([7, 0]).groups.tolist() == [1, 0]
    own = Split(films.images, films.labels, groups=[8, 8, 9, 9])
    assert own.frames.groups.tolist() == [8] * 10 + [9] * 10
    assert own.stacked().groups.tolist() == [8, 8, 9, 9]


def test_whole_groups_are_held_out():
    images = np.random.default_rng(0).uniform(size=(120, 2, 2, 1))
    groups = np.arange(120) % 20
    split = Split(images, groups % 2, groups=groups)
    for parts in (split.hold_out(0.2, seed=3), split_validation(split, 0.2, 10, 0)):
        rest, held = (set(part.groups.tolist()) for part in parts)
        assert not rest & held and len(rest | held) == 20
        assert len(parts[0]) + len(parts[1]) == 120 and 20 <= len(parts[1]) <= 36
    assert len(split.hold_out(0.2, seed=3)[1]) == 24
    few = Split(images, groups % 2, groups=np.arange(120) // 60)
    with pytest.raises(TrainingError, match="more groups"):
        split_validation(few, 0.6, 10, 0)


def test_wrong_groups_are_refused():
    images = np.zeros((3, 2, 2, 1))
    for wrong in ([0, 1], [0, 1, -1], [0.5, 1, 2], ["a", "b", "c"]):
        with pytest.raises(DataError, match="groups"):
            Split(images, [0, 1, 0], groups=wrong)
    with pytest.raises(ValidationError, match="groups"):
        ValueEvaluation("rate", "m", "d", None, [[1.0], [2.0]], [[1.0], [2.0]], groups=[1])
