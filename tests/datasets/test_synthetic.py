"""The tasks with a known best classifier."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.linear_model import LogisticRegression

from nengo_lifdeep.datasets import load
from nengo_lifdeep.datasets.synthetic import PixelTask, bars, blobs
from nengo_lifdeep.errors import DataError, ValidationError


def test_posterior_by_enumeration():
    """Every 2 x 2 image with 0, 1 or 2 counts per pixel, likelihoods from SciPy."""
    p = np.random.default_rng(0).uniform(0.1, 0.9, (3, 2, 2, 2))
    task = PixelTask("t", ("a", "b", "c"), p, counts=2)
    images = np.array(list(itertools.product((0, 1, 2), repeat=4))).reshape(-1, 2, 2, 1) / 2
    likelihood = binom.pmf(2 * images[:, None, None, :, :, 0], 2, p).prod(axis=(3, 4)).mean(axis=2)
    np.testing.assert_allclose(likelihood.sum(axis=0), 1)
    expected = likelihood / likelihood.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.exp(task.log_posterior(images)), expected, rtol=1e-10)
    np.testing.assert_array_equal(task.bayes_class(images), expected.argmax(axis=1))


@pytest.mark.parametrize("task", [bars(), blobs(), bars(10, 0.2), blobs(9, 0.1)])
def test_posterior_is_calibrated(task):
    """The error that the posterior predicts is the error that occurs."""
    n = 4000
    split = task.sample(n, np.random.default_rng(1))
    error = (task.bayes_class(split.images) != split.labels).mean()
    predicted = 1 - np.exp(task.log_posterior(split.images).max(axis=1)).mean()
    assert 0.01 < error < 0.4
    assert error == pytest.approx(predicted, abs=4 * np.sqrt(predicted * (1 - predicted) / n))


def test_a_linear_classifier_reaches_but_never_beats_the_best_on_blobs():
    task = blobs(contrast=0.1)
    data = task.dataset(n_train=4000, n_test=4000)
    flat = [s.images.reshape(len(s), -1) for s in (data.train, data.test)]
    learned = LogisticRegression(max_iter=1000).fit(flat[0], data.train.labels)
    error = 1 - learned.score(flat[1], data.test.labels)
    best = (task.bayes_class(data.test.images) != data.test.labels).mean()
    sampling = 3 * np.sqrt(best / 4000)
    assert best - sampling < error < best + sampling + 0.02


@pytest.mark.parametrize("name", ["bars", "blobs"])
def test_by_name(name):
    data = load(name, n_train=40, n_test=20, seed=5)
    assert data.train.images.shape == (40, 8, 8, 1)
    assert np.bincount(data.train.labels).tolist() == [10] * 4
    again = load(name, n_train=40, n_test=20, seed=5)
    np.testing.assert_array_equal(again.test.images, data.test.images)
    other = load(name, n_train=40, n_test=20, seed=6)
    assert (other.test.images != data.test.images).any()
    assert (data.train.images[:20] != data.test.images).any()


def test_noise_free_bars_are_bars():
    task = bars(6, flip=1e-9)
    split = task.sample(200, np.random.default_rng(2))
    for image, label in zip(split.images[..., 0], split.labels, strict=True):
        rows, cols = np.nonzero(image)
        same = {
            "horizontal": rows,
            "vertical": cols,
            "falling": rows - cols,
            "rising": rows + cols,
        }[task.classes[label]]
        assert len(set(same.tolist())) == 1
        assert len(rows) >= 4


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: bars(3), "size=3"),
        (lambda: bars(flip=0.5), "flip=0.5"),
        (lambda: bars(flip=0), "flip=0"),
        (lambda: blobs(3), "size=3"),
        (lambda: blobs(contrast=0.71), "contrast=0.71"),
        (lambda: PixelTask("t", ("a",), np.ones((1, 1, 2, 2))), "strictly between 0 and 1"),
        (lambda: PixelTask("t", ("a",), np.full((2, 1, 2, 2), 0.5)), "one entry per class"),
        (lambda: PixelTask("t", ("a",), np.full((1, 1, 2, 2), 0.5), 0), "counts is 0"),
    ],
)
def test_impossible_tasks(make, message):
    with pytest.raises(ValidationError, match=message):
        make()


def test_wrong_images():
    with pytest.raises(DataError, match=r"expected \(n, 8, 8, 1\)"):
        bars().bayes_class(np.zeros((2, 8, 8)))
