"""Split and Dataset: what they keep, and every way of giving them broken data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nengo_lifdeep.datasets import NAMES, Dataset, Split, load
from nengo_lifdeep.errors import DataError

GOOD = np.full((4, 3, 5, 2), 0.5)
LABELS = np.array([0, 1, 2, 1])


def with_pixel(value: float) -> np.ndarray:
    images = GOOD.copy()
    images[2, 1, 4, 0] = value
    return images


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (GOOD[:0], LABELS[:0], r"my file: there are no images \(shape \(0, 3, 5, 2\)\)"),
        (with_pixel(np.nan), LABELS, r"row 1, column 4, channel 0\] of image 2 is nan"),
        (with_pixel(np.inf), LABELS, r"of image 2 is inf.*Repair or drop"),
        (with_pixel(-np.inf), LABELS, r"of image 2 is -inf"),
        (with_pixel(255.0), LABELS, r"pixels lie in \[0.5, 255\].*up to 255, divide by 255"),
        (with_pixel(-0.1), LABELS, r"pixels lie in \[-0.1, 0.5\]; expected floats in \[0, 1\]"),
        (GOOD[..., 0], LABELS, r"shape \(4, 3, 5\).*images\[..., np.newaxis\]"),
        (GOOD[0, 0, 0], LABELS, r"shape \(2,\); expected four axes"),
        (
            GOOD.astype(np.int32),
            LABELS,
            r"type int32; expected uint8 .*0 and 1 as .*astype\(bool\)",
        ),
        ((16 * GOOD).astype(np.int32), LABELS, r"images / 8 if that is 8"),
        ((510 * GOOD).astype(np.int32), LABELS, r"divide by 255 or give images.astype\(np.uint8\)"),
        (with_pixel(16.0), LABELS, r"\[0.5, 16\].*images / 16 if that is 16, the largest here"),
        (GOOD.astype(complex), LABELS, "type complex128"),
        (np.array([["a"]]), LABELS, "images are of type <U1"),
        (GOOD, LABELS[:3], "3 labels for 4 images.*label file belongs"),
        (GOOD, LABELS[:0], "0 labels for 4 images"),
        (GOOD, LABELS.astype(float), r"type float64; expected integers.*astype\(np.int64\)"),
        (GOOD, LABELS > 0, "type bool; expected integers"),
        (GOOD, np.array([0, 1, -2, 1]), "label -2 of image 2 is negative"),
        (GOOD, LABELS[:, np.newaxis], r"shape \(4, 1\).*labels.ravel\(\)"),
        (GOOD, np.eye(3)[LABELS], r"shape \(4, 3\).*labels.argmax\(1\)"),
    ],
)
def test_broken_split_is_refused(images, labels, message):
    with pytest.raises(DataError, match=message) as caught:
        Split(images, labels, "my file")
    assert str(caught.value).startswith("my file: ")
    assert isinstance(caught.value, ValueError)


def test_float64_becomes_float32_and_uint8_stays():
    assert Split(GOOD, LABELS).images.dtype == np.float32
    pixels = np.zeros((4, 3, 5, 2), np.uint8)
    split = Split(pixels, LABELS.astype(np.uint8))
    assert split.images.dtype == np.uint8
    assert not np.shares_memory(split.images, pixels)
    assert np.shares_memory(split.first(2).images, split.images)
    assert split.labels.dtype == np.int64


def test_arrays_cannot_be_written_but_the_callers_can():
    pixels = np.zeros((4, 3, 5, 2), np.uint8)
    split = Split(pixels, LABELS)
    with pytest.raises(ValueError, match="read-only"):
        split.images[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        split.labels[0] = 1
    with pytest.raises(AttributeError):
        split.labels = LABELS
    pixels[0] = 1


@given(st.integers(0, 255), st.integers(0, 3))
def test_unit_images_of_bytes(value, first):
    split = Split(np.full((4, 1, 1, 1), value, np.uint8), LABELS)
    unit = split.unit_images(slice(first, None))
    assert unit.dtype == np.float32
    assert unit.shape == (4 - first, 1, 1, 1)
    np.testing.assert_allclose(unit, value / 255, rtol=1.2e-7)  # one float32 eps
    assert 0 <= unit.min() and unit.max() <= 1


def test_unit_images_may_be_written():
    split = Split(GOOD, LABELS)
    unit = split.unit_images()
    unit += 1
    assert split.images.max() == 0.5
    np.testing.assert_array_equal(split.unit_images([3, 0]), GOOD[[3, 0]].astype(np.float32))


def test_take():
    images = np.arange(100, dtype=np.uint8).reshape(100, 1, 1, 1)
    split = Split(images, np.arange(100), "numbers")
    first = split.first(7)
    np.testing.assert_array_equal(first.labels, np.arange(7))
    np.testing.assert_array_equal(first.indices, np.arange(7))
    assert first.source == "numbers (the first 7 of 100)"
    assert split.take(100) is split.first(100) is split
    drawn = split.take(50, seed=1)
    assert len(np.unique(drawn.labels)) == 50
    assert drawn.labels.max() >= 50
    np.testing.assert_array_equal(drawn.images.ravel(), drawn.labels)
    np.testing.assert_array_equal(drawn.labels, split.take(50, seed=1).labels)
    assert not np.array_equal(drawn.labels, split.take(50, seed=2).labels)
    np.testing.assert_array_equal(drawn.indices, drawn.labels)
    again = drawn.take(5, seed=3)
    np.testing.assert_array_equal(again.indices, again.labels)  # places in the whole set
    np.testing.assert_array_equal(drawn.subset([4, 2]).indices, drawn.indices[[4, 2]])
    for n in (0, 101):
        with pytest.raises(DataError, match=f"numbers: {n} images were asked for; it has 100"):
            split.take(n)
        with pytest.raises(DataError, match=f"numbers: {n} images were asked for; it has 100"):
            split.first(n)
    for bad in (2.5, "7", None, True):
        with pytest.raises(DataError, match="n is .*; expected a whole number"):
            split.take(bad)
    with pytest.raises(DataError, match="seed is -1"):
        split.take(5, seed=-1)


@pytest.mark.parametrize("n", [1, 3, 10, 37, 99, 100])
def test_a_sample_has_of_every_class_its_share(n):
    """Of a set sorted by class, where the first images are of one."""
    labels = np.repeat([0, 1, 2, 3], [40, 30, 20, 10])
    split = Split(np.zeros((100, 2, 2, 1), np.uint8), labels, "sorted")
    sample = split.take(n, seed=4)
    counts = np.bincount(sample.labels, minlength=4)
    assert counts.sum() == n and len(np.unique(sample.subset(slice(n)).indices)) == n
    share = n * np.array([0.4, 0.3, 0.2, 0.1])
    assert (abs(counts - share) < 1).all()
    if n < 100:
        assert sample.source == f"sorted ({n} of 100 at random, stratified, seed 4)"
    if n == 37:  # its beginning is a sample too
        assert len(np.unique(sample.labels[:10])) > 1
        np.testing.assert_array_equal(split.labels[sample.indices], sample.labels)


def test_samples_are_fair():
    """Over seeds every image is drawn as often as any other."""
    labels = np.repeat([0, 1], [30, 10])
    split = Split(np.zeros((40, 2, 2, 1), np.uint8), labels)
    drawn = np.bincount(np.concatenate([split.take(8, seed=s).indices for s in range(500)]))
    # binomial of 500 draws with chance 0.2: five standard deviations are 45
    assert len(drawn) == 40 and (abs(drawn - 100) < 45).all()


@pytest.mark.parametrize(
    ("index", "match"), [([9], "out of bounds"), ("a", "no images"), (slice(0), "at least one")]
)
def test_subsets_that_are_none(index, match):
    with pytest.raises(DataError, match=match):
        Split(GOOD, LABELS, "mine").subset(index)


def test_what_a_split_is_not_made_of():
    masked = np.ma.masked_array(GOOD, mask=False)
    np.testing.assert_array_equal(Split(masked, LABELS).images, GOOD.astype(np.float32))
    masked[1, 2, 0, 0] = np.ma.masked
    with pytest.raises(DataError, match=r"mine: images: element \[1, 2, 0, 0\] is masked"):
        Split(masked, LABELS, "mine")
    labels = np.ma.masked_array(LABELS, mask=np.arange(len(LABELS)) == 2)
    with pytest.raises(DataError, match=r"labels: element \[2\] is masked"):
        Split(GOOD, labels)
    large = LABELS.astype(np.uint64)
    large[1] = 2**63 + 5
    with pytest.raises(DataError, match=r"labels: element \[1\] is 9223372036854775813"):
        Split(GOOD, large)
    for wrong in (GOOD.astype(complex), GOOD.astype(object), GOOD.astype(str)):
        with pytest.raises(DataError, match="images are of type"):
            Split(wrong, LABELS)
    for wrong in (LABELS.astype(complex), LABELS.astype(object), LABELS.astype(str)):
        with pytest.raises(DataError, match="labels are of type"):
            Split(GOOD, wrong)
    with pytest.raises(DataError, match="indices has shape"):
        Split(GOOD, LABELS, indices=np.arange(2))
    with pytest.raises(DataError, match="train is a ndarray"):
        Dataset("x", GOOD, Split(GOOD, LABELS), ("a", "b", "c"))
    with pytest.raises(DataError, match="classes is 'abc'; expected several names"):
        Dataset("x", Split(GOOD, LABELS), Split(GOOD, LABELS), "abc")


def test_held_out_images_are_a_share_of_every_class_and_no_others():
    labels = np.repeat(np.arange(4), 30)
    images = np.arange(120, dtype=np.float64).reshape(120, 1, 1, 1) / 120
    split = Split(images, labels, "mine")
    rest, held = split.hold_out(0.2, seed=3)
    assert np.bincount(held.labels).tolist() == [6] * 4
    both = np.concatenate([rest.images, held.images]).ravel()
    np.testing.assert_array_equal(np.sort(both), split.images.ravel())
    for part in (rest, held):  # every image keeps its label
        np.testing.assert_array_equal(
            labels[np.rint(part.images.ravel() * 120).astype(int)], part.labels
        )
    assert (rest.source, held.source) == ("mine", "held-out images of mine")
    np.testing.assert_array_equal(held.images, split.hold_out(0.2, seed=3)[1].images)
    assert (held.images != split.hold_out(0.2, seed=4)[1].images).any()


@pytest.mark.parametrize(("share", "n", "message"), [
    (0, 4, "share is 0; expected a finite number above 0 and below 1"),
    (1.5, 4, "share is 1.5"),
    (0.01, 4, "holds 0 of 4 images out; choose another share"),
    (0.99, 4, "holds 4 of 4 images out"),
])  # fmt: skip
def test_a_part_without_images_is_refused(share, n, message):
    with pytest.raises(DataError, match=message):
        Split(GOOD[:n], LABELS[:n]).hold_out(share)


def test_held_out_data_set_has_no_test_image():
    digits, held = load("digits"), load("Digits_held-out")
    assert held.name == "digits-held-out" and held.classes == digits.classes
    assert len(held.train) + len(held.test) == len(digits.train)
    used = {image.tobytes() for part in (held.train, held.test) for image in part.images}
    assert used == {image.tobytes() for image in digits.train.images}
    np.testing.assert_array_equal(held.test.images, digits.held_out().test.images)


def test_check_against_a_network():
    split = Split(GOOD, LABELS, "my file")
    split.check(3, (3, 5, 2))
    with pytest.raises(DataError, match=r"my file: label 2 of image 2 .* 0 to 1 for 2 classes"):
        split.check(2)
    with pytest.raises(DataError, match=r"shape \(3, 5, 2\); expected \(3, 5, 1\)"):
        split.check(image_shape=(3, 5, 1))


def test_dataset_checks_its_parts():
    split = Split(GOOD, LABELS, "my file")
    dataset = Dataset("mine", split, split, ["a", "b", "c"])
    assert (dataset.n_classes, dataset.image_shape) == (3, (3, 5, 2))
    with pytest.raises(DataError, match="label 2 of image 2 is out of range"):
        Dataset("mine", split, split, ("a", "b"))
    with pytest.raises(DataError, match="'mine' names no classes"):
        Dataset("mine", split, split, ())
    with pytest.raises(DataError, match=r"shape \(3, 4, 2\); expected \(3, 5, 2\)"):
        Dataset("mine", split, Split(GOOD[:, :, :4], LABELS), ("a", "b", "c"))


@pytest.mark.parametrize("name", ["nist", "", None, 3])
def test_unknown_name_lists_the_known(name):
    with pytest.raises(DataError, match="expected one of: digits, mnist") as caught:
        load(name)
    assert all(known in str(caught.value) for known in NAMES)


def test_unknown_option_is_refused():
    with pytest.raises(DataError, match="'digits': got an unexpected keyword argument 'size'"):
        load("digits", size=3)
    with pytest.raises(DataError, match="'folder': missing a required argument: 'directory'"):
        load("folder", size=3)


def test_bool_is_zero_and_one():
    split = Split(GOOD > 0.25, LABELS)
    assert split.images.dtype == np.float32
    np.testing.assert_array_equal(split.unit_images(), (GOOD > 0.25).astype(np.float32))
