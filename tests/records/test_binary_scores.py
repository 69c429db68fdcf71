"""Scores of two classes against scikit-learn's, and AUC against a count of all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.records import Evaluation, Judge
from nengo_lifdeep.records.binary_scores import BINARY_SCORES, binary_interval, binary_scores


def answers(n=80, seed=0):
    """Labels, answers and margins with many that are equal."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < 0.3).astype(int)
    margins = np.round(labels + rng.normal(0, 1, n), 1) - 0.4
    return labels, (margins > 0).astype(int), margins


@pytest.mark.parametrize("seed", range(3))
def test_scores_are_those_of_scikit_learn(seed):
    labels, predictions, margins = answers(seed=seed)
    assert len(np.unique(margins)) < len(margins)
    found = binary_scores(labels, predictions, margins)
    assert tuple(found) == BINARY_SCORES
    assert found["roc_auc"] == pytest.approx(metrics.roc_auc_score(labels, margins), abs=1e-12)
    for name in ("f1", "precision", "recall"):
        expected = getattr(metrics, f"{name}_score")(labels, predictions)
        assert found[name] == pytest.approx(expected, abs=1e-12)


def test_auc_by_all_pairs_of_a_draw():
    from nengo_lifdeep.records.binary_scores import _auc

    labels, _, margins = answers(30)
    times = np.random.default_rng(1).integers(0, 3, (4, 30)).astype(float)
    found = _auc(labels, margins)(times)
    for row, value in zip(times.astype(int), found, strict=True):
        ups = np.repeat(margins[labels == 1], row[labels == 1])
        downs = np.repeat(margins[labels == 0], row[labels == 0])
        pairs = np.sign(ups[:, None] - downs)
        assert value == pytest.approx((pairs + 1).mean() / 2, abs=1e-12)


def test_nothing_positive_is_0_and_one_class_has_no_auc():
    labels, never = np.array([0, 1, 1]), np.zeros(3, int)
    found = binary_scores(labels, never, np.zeros(3))
    assert found == {"roc_auc": 0.5, "f1": 0.0, "precision": 0.0, "recall": 0.0}
    assert "roc_auc" not in binary_scores(np.ones(3, int), never, np.zeros(3))
    assert "roc_auc" not in binary_scores(labels, never)


@pytest.mark.parametrize("score", BINARY_SCORES)
def test_intervals_cover_what_they_should(score):
    large = binary_scores(*answers(200_000, seed=99))[score]
    inside = 0
    for seed in range(60):
        low, high = binary_interval(*answers(150, seed=seed), score, seed, n_draws=200)
        inside += low < large < high
    assert 50 <= inside <= 60  # 57 of 60 within three deviations, less the bootstrap's own lack


def test_an_evaluation_holds_margins_and_scores(tmp_path):
    timing = Presentation(t_c=0.001, t_p=0.003)
    rng = np.random.default_rng(0)
    labels = np.array([0, 1, 1, 0, 1])
    outputs = rng.normal(size=(5, 3, 2)).astype(np.float32)
    judge = Judge(labels, 2, timing)
    judge.add(outputs[:2])
    judge.add(outputs[2:])
    means = outputs[:, 1:].mean(axis=1)
    np.testing.assert_allclose(judge.margins, means[:, 1] - means[:, 0], rtol=1e-6)
    found = Evaluation(
        "events", "net", "mine", timing, labels, judge.predictions, ("no", "yes"),
        judge.windows(), {}, {}, 0.0, margins=judge.margins,
    )  # fmt: skip
    again = Evaluation.load(found.save(tmp_path / "found.lifdeep"))
    np.testing.assert_array_equal(again.margins, found.margins)
    assert again.binary_scores == found.binary_scores
    expected = metrics.roc_auc_score(labels, found.margins)
    assert found.summary()["roc_auc"] == pytest.approx(expected)
    low, high = found.binary_interval("recall")
    assert 0 <= low <= found.binary_scores["recall"] <= high <= 1
    assert "AUC" in str(found) and "roc_auc" in found._repr_html_()


def test_other_numbers_of_classes_have_none():
    assert Judge(np.arange(3), 3, None).margins is None
    rest = (tuple("abc"), None, {}, {}, 0.0)
    many = Evaluation("rate", "net", "mine", None, [0, 1, 2], [0, 1, 2], *rest)
    assert many.binary_scores is None
    with pytest.raises(ValidationError, match="expected two classes"):
        many.binary_interval("f1")
    with pytest.raises(ValidationError, match="margins are of two classes; there are 3"):
        Evaluation("rate", "net", "mine", None, [0], [0], *rest, margins=[1.0])
