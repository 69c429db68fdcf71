"""Preprocessing: values by hand, order of mean and crop, storage, bad input."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nengo_lifdeep.datasets import Split
from nengo_lifdeep.errors import DataError, ModelFileError, ValidationError
from nengo_lifdeep.inputs.preprocessing import Preprocessing


def batch(n=3, rows=6, cols=5, channels=2, seed=0):
    return np.random.default_rng(seed).random((n, rows, cols, channels), dtype=np.float32)


def test_default_changes_nothing():
    images = batch()
    out = Preprocessing()(images)
    np.testing.assert_array_equal(out, images)
    assert out.dtype == np.float32
    assert not np.shares_memory(out, images)
    assert Preprocessing()(images.astype(np.float64)).dtype == np.float32


def test_mean_then_scale_then_centre():
    images, mean = batch(), batch(1, seed=1)[0]
    out = Preprocessing(mean, 2.0, (3, 2))(images)
    for i in range(3):  # written out pixel by pixel
        for row in range(3):
            for col in range(2):
                expected = 2 * (images[i, row + 1, col + 1] - mean[row + 1, col + 1])
                np.testing.assert_allclose(out[i, row, col], expected, rtol=1e-6)


def test_mean_and_divisor_of_every_channel():
    images = batch(channels=3)
    mean, divisor = [0.4914, 0.4822, 0.4465], [0.557, 0.549, 0.5534]
    out = Preprocessing(mean, 2.0, (3, 2), divisor)(images)
    assert out.dtype == np.float32
    for channel in range(3):  # written out, in float64
        seen = images[:, 1:4, 1:3, channel].astype(float)
        expected = 2 * (seen - mean[channel]) / divisor[channel]
        np.testing.assert_allclose(out[..., channel], expected, rtol=1e-5, atol=1e-6)
    image = np.broadcast_to(np.float32(mean), (6, 5, 3))
    np.testing.assert_array_equal(out, Preprocessing(image, 2.0, (3, 2), divisor)(images))


def test_factor():
    assert Preprocessing(scale=2.0).factor == 2.0
    np.testing.assert_allclose(Preprocessing(scale=2.0, divisor=[0.5, 4.0]).factor, [4.0, 0.5])


@pytest.mark.parametrize(
    ("size", "crop", "first"), [(32, 24, 4), (5, 4, 0), (5, 2, 1), (6, 3, 1), (4, 4, 0)]
)
def test_centre(size, crop, first):
    images = np.broadcast_to(np.arange(size, dtype=float)[:, None, None] / size,
                             (1, size, size, 1))  # fmt: skip
    out = Preprocessing(crop=crop)(images)
    np.testing.assert_allclose(out[0, :, 0, 0] * size, np.arange(first, first + crop), rtol=1e-6)


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_fit_takes_the_training_mean(kind):
    images = batch(7)
    given = (images * 255).astype(np.uint8) if kind is np.uint8 else images
    split = Split(given, np.zeros(7, int))
    fitted = Preprocessing.fit(split, scale=3.0, crop=(2, 2))
    expected = split.unit_images().astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(fitted.mean, expected, rtol=1e-6)
    assert (fitted.scale, fitted.crop) == (3.0, (2, 2))
    assert fitted.mean.dtype == np.float32
    centred = fitted.normalise(split.unit_images())
    np.testing.assert_allclose(centred.mean(axis=0), 0, atol=1e-6)
    assert Preprocessing.fit(split, subtract_mean=False).mean is None


def test_mean_is_a_frozen_copy():
    mean = np.zeros((2, 2, 1), np.float32)
    prepare = Preprocessing(mean)
    mean[0] = 1
    assert prepare.mean.max() == 0
    with pytest.raises(ValueError, match="read-only"):
        prepare.mean[0] = 1
    with pytest.raises(AttributeError):
        prepare.scale = 2.0


def test_input_shape():
    assert Preprocessing().input_shape((8, 8, 1)) == (8, 8, 1)
    assert Preprocessing(crop=24).input_shape((32, 30, 3)) == (24, 24, 3)
    assert Preprocessing(np.zeros((6, 5, 2)), crop=(4, 3)).input_shape([6, 5, 2]) == (4, 3, 2)


def test_divisor_is_a_frozen_copy():
    divisor = np.ones(2, np.float32)
    prepare = Preprocessing(divisor=divisor)
    divisor[0] = 2
    assert prepare.divisor.tolist() == [1, 1]
    with pytest.raises(ValueError, match="read-only"):
        prepare.divisor[0] = 2


def test_descriptions_without_a_divisor_stay_as_they_were():
    """Checkpoints compare them, so a training that was begun before is still resumed."""
    header, _ = Preprocessing().to_arrays()
    assert header == {"scale": 1.0, "crop": None, "has_mean": False}


@pytest.mark.parametrize("mean", [None, batch(1)[0], np.float32([0.25, 0.5])])
@pytest.mark.parametrize("crop", [None, (4, 3)])
@pytest.mark.parametrize("divisor", [None, [0.25, 3.0]])
def test_storage_round_trip(mean, crop, divisor):
    prepare = Preprocessing(mean, 0.5, crop, divisor)
    header, arrays = prepare.to_arrays()
    again = Preprocessing.from_arrays(json.loads(json.dumps(header)), arrays)
    assert (again.scale, again.crop) == (prepare.scale, prepare.crop)
    np.testing.assert_array_equal(again(batch()), prepare(batch()))


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({}, "has_mean"),
        ({"scale": 1.0, "crop": None, "has_mean": True}, "mean"),
        ({"scale": -1, "crop": None, "has_mean": False}, "scale is -1"),
        ({"scale": 1, "crop": None, "has_mean": False, "has_divisor": True}, "divisor"),
        (None, "subscriptable"),
    ],
)
def test_damaged_storage(header, message):
    with pytest.raises(ModelFileError, match=f"preprocessing is damaged.*{message}"):
        Preprocessing.from_arrays(header, {})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": 0}, "scale is 0; expected a finite number above 0"),
        ({"scale": float("nan")}, "scale is nan"),
        ({"scale": float("inf")}, "scale is inf"),
        ({"scale": "2"}, "scale is '2'"),
        ({"scale": True}, "scale is True"),
        ({"crop": 0}, "crop is 0; expected a positive integer or a pair"),
        ({"crop": 2.5}, r"crop is 2.5; expected a positive integer or a pair"),
        ({"crop": (2, 2, 2)}, r"crop is \(2, 2, 2\)"),
        ({"crop": "24"}, "crop is '24'"),
        ({"mean": np.zeros((4, 4))}, r"mean has shape \(4, 4\); expected an image"),
        ({"mean": np.float64([0.5, 2])}, r"\[0.5, 2.0\]; expected .* \[0, 1\]"),
        ({"divisor": [1.0, 0.0]}, r"divisor is \[1.0, 0.0\]; expected a number above 0 for every"),
        ({"divisor": [1.0, -2.0]}, r"above 0 for every channel"),
        ({"divisor": []}, r"divisor is \[\]"),
        ({"divisor": 2.0}, r"divisor has shape \(\); expected \(channel,\)"),
        ({"divisor": np.ones((4, 4, 1))}, r"divisor has shape \(4, 4, 1\)"),
        ({"divisor": [1.0, float("nan")]}, "divisor"),
        ({"divisor": ["a"]}, "divisor is of type"),
        ({"divisor": [1.0, 2.0], "mean": np.zeros((4, 4, 3))}, "2 channels and the mean 3"),
        ({"mean": np.full((4, 4, 1), np.nan)}, "mean has values in"),
        ({"mean": np.full((4, 4, 1), 128.0)}, r"\[128.0, 128.0\]; expected .* \[0, 1\]"),
        ({"mean": np.zeros((4, 4, 1)), "crop": 5}, r"crop is \(5, 5\), more than .*\(4, 4\)"),
    ],
)
def test_wrong_parameters(options, message):
    with pytest.raises(ValidationError, match=message):
        Preprocessing(**options)


@pytest.mark.parametrize(
    ("prepare", "images", "message"),
    [
        (Preprocessing(), batch()[0], r"shape \(6, 5, 2\); expected a batch .*image\[np.newaxis\]"),
        (Preprocessing(), np.zeros((1, 2, 2, 1), np.uint8), r"type uint8.*unit_images\(\)"),
        (Preprocessing(batch(1)[0]), batch(rows=5), r"shape \(5, 5, 2\).*mean .*\(6, 5, 2\)"),
        (Preprocessing(batch(1)[0]), batch(channels=1), r"shape \(6, 5, 1\)"),
        (Preprocessing([0.5]), batch(), r"2 channels; the preprocessing has a mean for each of 1"),
        (Preprocessing(divisor=[1, 2, 3]), batch(), r"has a divisor for each of 3 channels"),
        (Preprocessing(crop=(7, 2)), batch(), r"\(6, 5\) pixels, less than .*\(7, 2\)"),
    ],
)
def test_wrong_images(prepare, images, message):
    with pytest.raises(DataError, match=message):
        prepare(images)


def test_wrong_raw_shape():
    with pytest.raises(DataError, match=r"shape is \(28, 28\); expected three sizes"):
        Preprocessing().input_shape((28, 28))
