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


def test_padding_by_the_mirror_image():
    image = np.arange(1.0, 5).reshape(1, 1, 4, 1).repeat(4, axis=1)
    out = Augmentation(pad=2, fill_mode="reflect")(
        np.repeat(image, 200, axis=0), np.random.default_rng(0)
    )
    rows = {tuple(each[0, :, 0].astype(int)) for each in out}
    assert rows == {(3, 2, 1, 2), (2, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 3), (3, 4, 3, 2)}
    with pytest.raises(DataError, match=r"\(6, 5\) pixels cannot be padded by 5 .*pad=4 or less"):
        Augmentation(pad=5, fill_mode="reflect")(batch(), np.random.default_rng(0))


def test_which_images_are_mirrored_can_be_said():
    images = batch(4)
    sides = np.array([True, False, True, False])
    augment = Augmentation(flip=True, alternate=True)
    out = augment(images, np.random.default_rng(0), sides)
    np.testing.assert_array_equal(out[sides], images[sides, :, ::-1])
    np.testing.assert_array_equal(out[~sides], images[~sides])
    with pytest.raises(DataError, match="mirrored is .*; expected True or False for each of 4"):
        augment(images, np.random.default_rng(0), sides[:3])
    with pytest.raises(ValidationError, match="alternate is True and flip False"):
        Augmentation(alternate=True)


def test_new_options_stand_in_the_record_only_where_they_are_used():
    augment = Augmentation(pad=2, rotation=5.0, fill_mode="reflect")
    assert augment.to_dict() == {
        "crop": None, "pad": 2, "flip": False, "fill_mode": "reflect", "rotation": 5.0,
    }  # fmt: skip
    assert Augmentation(**json.loads(json.dumps(augment.to_dict()))) == augment


@pytest.mark.parametrize("option", ["rotation", "zoom", "shear", "elastic"])
def test_warped_images_differ_from_each_other_and_keep_their_type(option):
    images = np.repeat(batch(1, 12, 12), 3, axis=0)
    out = Augmentation(**{option: 0.5})(images, np.random.default_rng(0))
    assert out.dtype == np.float32 and out.shape == images.shape
    assert len({image.tobytes() for image in (*out, images[0])}) == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rotation": 200}, "rotation is 200; expected a finite number from 0 to 180"),
        ({"zoom": 1}, "zoom is 1; expected"),
        ({"shear": -0.1}, "shear is -0.1"),
        ({"elastic": float("nan")}, "elastic is nan"),
        ({"fill_mode": "wrap"}, "fill_mode is 'wrap'; expected 'constant' or 'reflect'"),
    ],
)
def test_wrong_changes(options, message):
    with pytest.raises(ValidationError, match=message):
        Augmentation(**options)
