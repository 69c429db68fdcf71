"""Scores of values against scikit-learn's and TensorFlow's definitions."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.records import ValueEvaluation
from nengo_lifdeep.records.value_scores import bootstrap_interval, value_scores


@pytest.fixture
def values():
    rng = np.random.default_rng(0)
    targets = rng.normal(50, 3, size=(60, 4))
    targets[:, 2] = 1e6
    given = targets + rng.normal(size=targets.shape)
    return targets, given


def test_scores_are_those_of_scikit_learn(values):
    found = value_scores(*values)
    assert set(found) == {"r2", "mean_absolute_error", "mean_squared_error"}
    assert found["r2"] == pytest.approx(metrics.r2_score(*values), rel=1e-9)
    assert found["mean_absolute_error"] == pytest.approx(metrics.mean_absolute_error(*values))
    assert found["mean_squared_error"] == pytest.approx(metrics.mean_squared_error(*values))


def test_r2_of_images_weighs_pixels_by_their_variance():
    rng = np.random.default_rng(5)
    targets = rng.uniform(size=(30, 3, 4, 1)) * np.linspace(0.05, 1, 4)[:, np.newaxis]
    given = targets + 0.05 * rng.normal(size=targets.shape)
    flat = (targets.reshape(30, -1), given.reshape(30, -1))
    expected = metrics.r2_score(*flat, multioutput="variance_weighted")
    assert value_scores(targets, given)["r2"] == pytest.approx(expected, rel=1e-9)
    assert metrics.r2_score(*flat) < expected - 0.1  # columns that hardly change count there


def test_an_output_that_never_changes_and_is_met_counts_1(values):
    targets = values[0]
    assert value_scores(targets, targets)["r2"] == metrics.r2_score(targets, targets) == 1


def test_psnr_of_images_as_tensorflow_has_it():
    targets = np.zeros((2, 4, 4, 1))
    given = targets + np.array([0.1, 0.01])[:, np.newaxis, np.newaxis, np.newaxis]
    # tf.image.psnr(targets, given, max_val=1.0) is [20, 40]
    assert value_scores(targets, given)["psnr"] == pytest.approx(30)


def test_the_interval_covers_what_it_should():
    rng = np.random.default_rng(1)
    inside = 0
    for seed in range(100):
        error = rng.exponential(size=(200, 1))  # mean 1
        low, high = bootstrap_interval(
            np.zeros_like(error), error, "mean_absolute_error", seed, n_draws=300
        )
        inside += low < 1 < high
    assert 85 <= inside <= 99  # 95 of 100 within three deviations, less the bootstrap's own lack


def test_the_interval_is_of_the_score_itself(values):
    for score, value in value_scores(*values).items():
        low, high = bootstrap_interval(*values, score)
        assert low < value < high
        assert (low, high) == bootstrap_interval(*values, score, seed=0)
        assert (low, high) != bootstrap_interval(*values, score, seed=1)


@pytest.mark.parametrize("unit", [1e-9, 1e-6, 1.0, 1e6])
def test_r2_knows_no_unit(unit):
    """Currents in amperes are as good as currents in nanoamperes."""
    rng = np.random.default_rng(0)
    for shape in ((30, 2), (30, 4, 4, 1)):
        targets = rng.normal(size=shape)
        given = targets + 0.3 * rng.normal(size=shape)
        expected = value_scores(targets, given)["r2"]
        assert 0.8 < expected < 0.95
        assert value_scores(unit * targets, unit * given)["r2"] == pytest.approx(expected, rel=1e-9)
        interval = bootstrap_interval(targets, given, "r2")
        found = bootstrap_interval(unit * targets, unit * given, "r2")
        assert found == pytest.approx(interval, rel=1e-9)
    constant = np.full((30, 1), 0.1 * unit)
    assert value_scores(constant, constant)["r2"] == 1
    assert value_scores(constant, 2 * constant)["r2"] == 0


def test_values_that_float32_does_not_hold_are_refused():
    """They became infinite, and R2 NaN."""
    numbers = [[1.0], [2.0]]
    for targets, values in (([[1e300], [2.0]], numbers), (numbers, [[1.0], [-1e39]])):
        with pytest.raises(ValidationError, match=r"expected numbers up to 3\.4e\+38, as float32"):
            ValueEvaluation("rate", "net", "mine", None, targets, values)
