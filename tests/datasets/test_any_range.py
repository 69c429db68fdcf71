"""Images that are measurements, not pixels: any finite numbers, any number of channels."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import nengo_lifdeep as ld
from nengo_lifdeep.errors import DataError


def test_numbers_outside_0_to_1_are_taken_where_it_is_said():
    images = np.random.default_rng(0).normal(0, 900, (6, 3, 3, 13))
    labels = np.arange(6) % 2
    with pytest.raises(DataError, match="pixels lie in"):
        ld.Split(images, labels)
    split = ld.Split(images, labels, any_range=True)
    np.testing.assert_array_equal(split.unit_images(), images.astype(np.float32))
    parts = (split.subset([1, 0]), split.take(4), split.first(2), *split.hold_out(0.5))
    assert all(part.any_range for part in parts)
    whole = ld.Split(np.int16(images), labels, any_range=True)
    assert whole.images.dtype == np.float32 and whole.images.min() < -100
    bright = ld.Split(np.full((1, 2, 2, 1), 255, np.uint8), [0], any_range=True)
    assert bright.unit_images().max() == 1
    with pytest.raises(DataError, match="expected finite numbers"):
        ld.Split(np.full((1, 2, 2, 1), np.nan), [0], any_range=True)
    with pytest.raises(ld.errors.LifdeepError, match="any_range"):
        dataclasses.replace(split, any_range="yes")


def test_standardised_features_are_taken_beside_labels():
    rows = np.random.default_rng(0).normal(size=(8, 5))
    split, _, _ = ld.datasets.base.labelled((rows, np.arange(8) % 2))
    assert split.image_shape == (1, 1, 5) and split.images.min() < 0
    with pytest.raises(DataError, match="divide by 255"):  # a flat image beside labels
        ld.Split(np.full((2, 64), 255.0), [0, 1])


def test_breast_cancer_is_standardised_on_the_training_part():
    from sklearn.datasets import load_breast_cancer

    found, raw = ld.datasets.load("breast-cancer"), load_breast_cancer()
    train = found.train.images[:, 0, 0]
    np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(train.std(axis=0), 1, atol=1e-5)
    assert len(found.train) + len(found.test) == len(raw.target)
    counts = [np.bincount(part.labels) for part in (found.train, found.test)]
    np.testing.assert_array_equal(sum(counts), np.bincount(raw.target))
    assert found.held_out().train.any_range


@pytest.mark.parametrize("channels", [1, 2, 4, 13])
def test_images_of_any_channels_from_arrays_to_spikes(channels):
    """Measurements of 13 bands as of grey images: in rates and in the reference simulator."""
    from nengo_lifdeep.conversion.folding import fold
    from nengo_lifdeep.conversion.rates import forward
    from nengo_lifdeep.training.random_features import random_features

    rng = np.random.default_rng(channels)
    labels = np.arange(90) % 3
    images = rng.normal(size=(90, 6, 6, channels)) + 3 * (labels - 1)[:, None, None, None]
    split = ld.Split(images, labels, any_range=True)
    layers = (ld.Conv2D(6, 3), ld.Flatten(), ld.Dense(20), ld.Dense(3))
    network = ld.Architecture((6, 6, channels), layers, "bands")
    trained = random_features(network, split.first(60), ridge=0.01)
    test = split.subset(slice(60, 90))
    assert ld.evaluate(trained, test).accuracy > 0.8
    spiking = ld.convert(trained, synapse=0.005)
    timing = ld.Presentation(t_c=0.05, t_p=0.15)
    found = ld.evaluate(spiking, test, presentation=timing)
    assert found.agreement > 0.9
    check = ld.check_spikes(spiking, test, 2, presentation=timing, dtype="float64")
    assert check.passed and sum(check.moved.values()) == 0
    plain = ld.run(spiking, test.images[:2], presentation=timing).scores()
    expected = forward(fold(trained), test.unit_images(slice(2)))["output"]
    assert np.abs(plain - expected).max() < 0.35 * np.abs(expected).max()
