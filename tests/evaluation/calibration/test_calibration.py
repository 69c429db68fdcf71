"""Calibration error against counts by hand, and one temperature that gives back the true one."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.errors import DataError
from nengo_lifdeep.evaluation.calibration import (
    Reliability,
    common_temperature,
    expected_calibration_error,
    reliability,
)


def test_bins_by_hand():
    shares = np.array([[0.5, 0.5], [0.6, 0.4], [0.35, 0.65], [0.05, 0.95], [1.0, 0.0]])
    found = reliability(shares, [1, 0, 0, 1, 0], n_bins=4)  # answers 0, 0, 1, 1, 0
    assert found.counts.tolist() == [0, 1, 2, 2]  # 0.5 is the end of the second bin
    np.testing.assert_allclose(found.confidence, [np.nan, 0.5, 0.625, 0.975])
    np.testing.assert_allclose(found.accuracy, [np.nan, 0, 0.5, 1])
    assert found.error == pytest.approx((0.5 + 2 * 0.125 + 2 * 0.025) / 5)
    assert found.gap == pytest.approx((0.5 + 2 * 0.125 - 2 * 0.025) / 5)
    assert expected_calibration_error(shares, [1, 0, 0, 1, 0], 4) == found.error
    assert "float64 array" in repr(found)


def _drawn(n, temperature, seed):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(n, 5))
    odds = np.exp(scores / temperature)
    shares = odds / odds.sum(axis=1, keepdims=True)
    return scores, shares, (rng.random(n)[:, None] > np.cumsum(shares, axis=1)).sum(axis=1)


@pytest.mark.parametrize("temperature", [0.1, 0.5, 2.0])
def test_labels_of_known_probability_are_calibrated_at_their_temperature(temperature):
    scores, shares, labels = _drawn(20_000, temperature, 0)
    assert expected_calibration_error(shares, labels) < 0.02
    assert common_temperature([scores], labels) == pytest.approx(temperature, rel=0.05)
    odds = np.exp(2 * scores / temperature)
    sure = reliability(odds / odds.sum(axis=1, keepdims=True), labels)
    assert sure.gap > 0.02 and sure.error >= sure.gap  # too sure of itself


def test_one_temperature_for_several_lies_between_theirs():
    scores, _, labels = _drawn(5_000, 1.0, 1)
    both = common_temperature([scores, 3 * scores], labels)
    assert 1.2 < both < 2.8
    same = common_temperature([np.stack([scores] * 3), scores], labels)
    assert same == pytest.approx(common_temperature([scores], labels), rel=1e-3)


def test_what_does_not_fit_is_refused():
    good = [[0.5, 0.5]]
    for shares, labels, message in (
        ([[0.5, 0.6]], [0], "do not sum to 1"),
        ([[1.5, -0.5]], [0], "numbers from 0"),
        ([[np.nan, 1.0]], [0], "probabilities"),
        (np.zeros((0, 2)), np.zeros(0, int), "empty"),
        (good, [2], "labels"),
        (good, [0, 1], "labels"),
    ):
        with pytest.raises(DataError, match=message):
            reliability(shares, labels)
    for scores, labels, message in (
        ([], [0], "no scores"),
        ([good], [0, 1], "shape"),
        ([good], [3], "more than 3 classes"),
        ([[[np.inf, 0]]], [0], "scores"),
    ):
        with pytest.raises(DataError, match=message):
            common_temperature(scores, labels)
    with pytest.raises(DataError, match="accuracy"):
        Reliability(np.array([1]), np.array([0.5]), np.array([0.5, 0.5]))
