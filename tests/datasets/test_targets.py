"""Splits and data sets whose targets are values: numbers, or images."""

from __future__ import annotations

import numpy as np
import pytest

import nengo_lifdeep as ld
from nengo_lifdeep.datasets import load
from nengo_lifdeep.datasets.base import labelled
from nengo_lifdeep.errors import DataError

FEATURES = np.array([[-1.5, 0.2], [0.3, 40.0], [0.0, -2.0]])
IMAGES = np.zeros((3, 4, 4, 2), np.uint8)


@pytest.mark.parametrize(
    ("targets", "shape"),
    [([1, 2.5, 3], (3, 1)), ([[1, 2], [3, 4], [5, 6]], (3, 2)), (IMAGES[:, :2], (3, 2, 4, 2))],
)
def test_targets_are_numbers_or_images(targets, shape):
    split = ld.Split(IMAGES, targets=targets)
    assert split.has_values and split.targets.shape == shape and split.targets.dtype == np.float32
    assert split.flat_targets.shape == (3, np.prod(shape[1:]))
    assert not split.targets.flags.writeable


def test_images_of_bytes_as_targets_are_in_0_1():
    assert ld.Split(IMAGES, targets=IMAGES + np.uint8(51)).targets.max() == np.float32(0.2)


def test_features_beside_targets_may_be_any_numbers():
    assert ld.Split(FEATURES, targets=[1, 2, 3]).images.min() == -2
    assert ld.Split(FEATURES, [0, 1, 2]).images.min() == -2  # standardised: no pixels
    with pytest.raises(DataError, match="pixels lie in"):
        ld.Split(np.abs(FEATURES), [0, 1, 2])
    with pytest.raises(DataError, match="pixels lie in"):  # images are images
        ld.Split(np.full((3, 4, 4, 1), 7.0), targets=[1, 2, 3])


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ([1, 2], r"targets are of 2 images; expected one each for 3"),
        ([1, np.nan, 2], r"targets: number \[1\] \(image, ...\) is nan"),
        ([1, 1e300, 2], r"is 1e\+300; expected finite numbers"),
        (["a", "b", "c"], r"expected real numbers"),
        (np.zeros((3, 2, 2)), r"targets have shape \(3, 2, 2\); expected \(image,\)"),
        (np.zeros((3, 0)), r"targets have shape \(3, 0\)"),
    ],
)
def test_other_targets_are_refused(targets, message):
    with pytest.raises(DataError, match=message):
        ld.Split(IMAGES, targets=targets)


def test_either_labels_or_targets():
    with pytest.raises(DataError, match="both labels and targets"):
        ld.Split(IMAGES, [0, 1, 2], targets=[1, 2, 3])
    with pytest.raises(DataError):
        ld.Split(IMAGES)


def test_choosing_keeps_targets_beside_their_images():
    split = ld.Split(np.arange(40.0)[:, np.newaxis], targets=np.arange(40.0))
    rest, held = split.hold_out()
    for part in (split.subset([3, 1]), split.take(10, seed=1), split.first(4), rest, held):
        np.testing.assert_array_equal(part.images.ravel(), part.targets.ravel())
    assert (len(rest), len(held)) == (33, 7)
    assert "stratified" not in split.take(10).source


def test_classes_are_asked_for_by_name():
    split = ld.Split(FEATURES, targets=[1, 2, 3])
    with pytest.raises(DataError, match="values are to be given"):
        split.check(n_classes=3)
    with pytest.raises(DataError, match="1 values per image; the network gives 2"):
        split.check(n_outputs=2)
    with pytest.raises(DataError, match="there are classes"):
        ld.Split(IMAGES, [0, 1, 2]).check(n_outputs=1)


def test_parts_of_a_data_set_have_one_task():
    values, classes = ld.Split(IMAGES, targets=[1, 2, 3]), ld.Split(IMAGES, [0, 1, 1])
    assert ld.Dataset("mine", values, values).classes == ()
    with pytest.raises(DataError, match="expected the same"):
        ld.Dataset("mine", values, classes, ("a", "b"))
    with pytest.raises(DataError, match="1 values per image; the network gives 2"):
        ld.Dataset("mine", values, values, ("a", "b"))
    with pytest.raises(DataError, match="names no classes"):
        ld.Dataset("mine", classes, classes)


@pytest.mark.parametrize(
    ("answers", "task", "values"),
    [
        ([0.5, 1, 2], None, True),
        ([0, 1, 2], None, False),
        ([0, 1, 2], "regression", True),
        (IMAGES, None, True),
        ([0, 1, 1], "binary", False),
        ([0, 1, 2], "classification", False),
    ],
)
def test_the_task_follows_from_arrays(answers, task, values):
    assert labelled((IMAGES, np.array(answers)), task=task)[0].has_values == values


@pytest.mark.parametrize(
    ("answers", "task", "message"),
    [
        (np.array([0.0, 1.0, 2.0]), None, r"astype\(np.int64\), or give values as targets"),
        (np.eye(3), None, r"labels.argmax\(1\) for classes, or give values"),
        ([0, 1, 2], "binary", "there is a label 2; expected 0 and 1"),
    ],
)
def test_what_may_be_either_is_asked_for(answers, task, message):
    with pytest.raises(DataError, match=message):
        labelled((IMAGES, answers), task=task)


def test_another_task_is_refused():
    with pytest.raises(DataError, match="task is 'regression', but the images have classes"):
        labelled(ld.Split(IMAGES, [0, 1, 2]), task="regression")
    with pytest.raises(DataError, match="task is 'binary', but the images have values"):
        labelled(ld.Split(IMAGES, targets=[0, 1, 2]), task="binary")


def test_diabetes_is_standardised_on_the_training_patients():
    from sklearn.datasets import load_diabetes

    found, raw = load("diabetes"), load_diabetes(scaled=False)
    train = found.train.images.reshape(354, 10).astype(float)
    np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(train.std(axis=0), 1, atol=1e-6)
    assert abs(found.test.images.mean()) > 1e-3
    both = np.concatenate([found.train.targets, found.test.targets]).ravel()
    np.testing.assert_array_equal(np.sort(both), np.sort(raw.target))
    assert found.held_out().name == "diabetes-held-out"


def test_digits_as_their_own_targets():
    found = load("digits-images")
    np.testing.assert_array_equal(found.test.targets, load("digits").test.images)
