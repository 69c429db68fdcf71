"""Augmentation: every output is a window of its image, positions are uniform, bad input."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nengo_lifdeep.errors import DataError, ValidationError
from nengo_lifdeep.inputs.augmentation import Augmentation


def batch(n=3, rows=6, cols=5, channels=2, seed=0):
    return np.random.default_rng(seed).random((n, rows, cols, channels), dtype=np.float32)


@given(
    st.integers(1, 6), st.integers(1, 6), st.integers(0, 2), st.booleans(), st.data()
)  # fmt: skip
def test_every_augmented_image_is_a_window(rows, cols, pad, flip, data):
    crop = data.draw(
        st.none() | st.tuples(st.integers(1, rows + 2 * pad), st.integers(1, cols + 2 * pad))
    )
    images = 1 + np.arange(2 * rows * cols, dtype=float).reshape(2, rows, cols, 1)
    augment = Augmentation(crop, pad, flip)
    out = augment(images, np.random.default_rng(data.draw(st.integers(0, 9))))
    assert out.shape[1:] == augment.output_shape(images.shape[1:])
    for image, made in zip(images, out, strict=True):
        padded = np.zeros((rows + 2 * pad, cols + 2 * pad, 1))
        padded[pad : pad + rows, pad : pad + cols] = image
        windows = [
            padded[r : r + made.shape[0], c : c + made.shape[1]]
            for r in range(padded.shape[0] - made.shape[0] + 1)
            for c in range(padded.shape[1] - made.shape[1] + 1)
        ]
        windows += [window[:, ::-1] for window in windows] if flip else []
        assert any(np.array_equal(made, window) for window in windows)


def test_positions_and_flips_are_uniform():
    n = 40000
    images = np.zeros((n, 4, 3, 1))
    images[:] = np.arange(12).reshape(4, 3, 1)
    out = Augmentation(crop=(2, 2), flip=True)(images, np.random.default_rng(4))
    flipped = out[:, 0, 0, 0] > out[:, 0, 1, 0]
    corner = np.minimum(out[:, 0, 0, 0], out[:, 0, 1, 0]).astype(int)
    sampling = 5 * np.sqrt(0.25 / n)  # five standard errors of a frequency, at most
    assert flipped.mean() == pytest.approx(0.5, abs=sampling)
    counts = np.bincount(corner, minlength=12).reshape(4, 3)[:3, :2]
    assert counts.sum() == n
    np.testing.assert_allclose(counts / n, 1 / 6, atol=sampling)


def test_augmentation_draws_from_the_generator_alone():
    augment = Augmentation(crop=3, pad=1, flip=True)
    images = batch(20)
    first = augment(images, np.random.default_rng(1))
    np.testing.assert_array_equal(first, augment(images, np.random.default_rng(1)))
    assert (first != augment(images, np.random.default_rng(2))).any()
    assert first.dtype == images.dtype
    assert Augmentation(**json.loads(json.dumps(augment.to_dict()))) == augment


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"crop": 0}, "Augmentation.crop is 0"),
        ({"pad": -1}, "pad is -1; expected a whole number, at least 0"),
        ({"pad": 1.5}, "pad is 1.5"),
        ({"flip": 1}, "flip is 1; expected True or False"),
        ({"cutout": -2}, "cutout is -2; expected a whole number, at least 0"),
    ],
)
def test_wrong_augmentation(options, message):
    with pytest.raises(ValidationError, match=message):
        Augmentation(**options)


def test_crop_that_does_not_fit():
    with pytest.raises(DataError, match=r"\(9, 9\) does not fit into images of \(6, 5\).* by 1"):
        Augmentation(crop=9, pad=1)(batch(), np.random.default_rng(0))


def test_cutout_is_one_square_with_its_centre_in_the_image():
    n, side = 3000, 3
    out = Augmentation(cutout=side)(np.ones((n, 6, 5, 2)), np.random.default_rng(0))
    holes = out == 0
    assert (holes[..., 0] == holes[..., 1]).all()
    rows, cols = holes.any(axis=2)[..., 0], holes.any(axis=1)[..., 0]
    np.testing.assert_array_equal(holes[..., 0], rows[:, :, np.newaxis] & cols[:, np.newaxis])
    for marked, size in ((rows, 6), (cols, 5)):
        first, last = marked.argmax(axis=1), size - 1 - marked[:, ::-1].argmax(axis=1)
        np.testing.assert_array_equal(marked.sum(axis=1), last - first + 1)  # without gaps
        # centres 0 and size - 1 hang over by one: 2 marked; the size - 2 others 3 marked
        assert (marked.sum(axis=1) == 2).mean() == pytest.approx(2 / size, abs=0.05)
        assert (marked.sum(axis=1) == 3).mean() == pytest.approx(1 - 2 / size, abs=0.05)


def test_cutout_follows_the_other_changes():
    images = 1 + batch(50)
    whole = Augmentation(crop=4, pad=0, flip=True)(images, np.random.default_rng(3))
    cut = Augmentation(crop=4, pad=0, flip=True, cutout=2)(images, np.random.default_rng(3))
    assert ((cut == whole) | (cut == 0)).all() and (cut != whole).any()
    assert Augmentation().to_dict() == {"crop": None, "pad": 0, "flip": False}
    assert Augmentation(**Augmentation(cutout=2).to_dict()) == Augmentation(cutout=2)
