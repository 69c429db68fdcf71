"""Batches: a pure function of (seed, epoch, step), complete, and alike in NumPy and TensorFlow."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.errors import TrainingError
from nengo_lifdeep.inputs.augmentation import Augmentation
from nengo_lifdeep.inputs.preprocessing import Preprocessing
from nengo_lifdeep.training.batches import BatchStream, split_validation


@pytest.fixture
def split():
    rng = np.random.default_rng(0)
    return Split(rng.integers(0, 256, (23, 6, 5, 2), dtype=np.uint8), np.arange(23))


def test_an_epoch_shows_every_image_once(split):
    stream = BatchStream(split, 5, seed=3)
    assert stream.steps == 4
    orders = [stream.order(epoch) for epoch in range(3)]
    for order in orders:
        assert sorted(order) == list(range(23))
    assert (orders[0] != orders[1]).any() and (orders[1] != orders[2]).any()
    labels = np.concatenate([stream.batch(1, step)[1] for step in range(4)])
    np.testing.assert_array_equal(labels, orders[1][:20])


def test_images_and_labels_stay_together(split):
    images, labels = BatchStream(split, 5, seed=3).batch(2, 1)
    np.testing.assert_array_equal(images, split.images[labels] / np.float32(255))


def test_the_seed_decides(split):
    same = [BatchStream(split, 5, seed=4).batch(7, 2) for _ in range(2)]
    np.testing.assert_array_equal(same[0][0], same[1][0])
    assert (BatchStream(split, 5, seed=5).order(7) != BatchStream(split, 5, seed=4).order(7)).any()


def test_augmentation_differs_between_epochs_and_repeats(split):
    augment = Augmentation(crop=4, flip=True)
    stream = BatchStream(split, 20, Preprocessing(crop=4), augment, seed=1)
    images, labels = stream.batch(0, 0)
    assert images.shape == (20, 4, 4, 2)
    np.testing.assert_array_equal(images, stream.batch(0, 0)[0])
    by_label = dict(zip(labels, images, strict=True))
    later = dict(zip(*stream.batch(1, 0)[::-1], strict=True))
    shared = set(by_label) & set(later)
    assert np.mean([(by_label[k] != later[k]).any() for k in shared]) > 0.5
    for label, image in by_label.items():  # every crop is a part of its image
        raw = split.images[label] / np.float32(255)
        parts = [raw[r : r + 4, c : c + 4] for r in range(3) for c in range(2)]
        assert any(np.array_equal(image, p) or np.array_equal(image, p[:, ::-1]) for p in parts)


@pytest.mark.tf
@pytest.mark.parametrize("augment", [None, Augmentation(crop=4, flip=True)])
@pytest.mark.parametrize("kind", ["uint8", "float32"])
@pytest.mark.parametrize("divisor", [None, [0.557, 0.549]])
def test_tensorflow_gives_the_same_bits(split, augment, kind, divisor):
    if kind == "float32":
        split = Split(split.unit_images(), split.labels)
    prepare = Preprocessing(split.unit_images().mean(axis=0), 2.0, 4, divisor)
    stream = BatchStream(split, 5, prepare, augment, seed=3)
    dataset = stream.dataset(range(1, 3), "input", ["output", "rates"])
    expected = [(epoch, step) for epoch in (1, 2) for step in range(4)]
    found = list(dataset)
    assert len(found) == len(expected)
    for (inputs, targets), (epoch, step) in zip(found, expected, strict=True):
        images, labels = stream.batch(epoch, step)
        np.testing.assert_array_equal(inputs["input"], images.reshape(5, 1, -1))
        assert (inputs["n_steps"].numpy() == 1).all()
        for name in ("output", "rates"):
            np.testing.assert_array_equal(targets[name].numpy().ravel(), labels)


def test_validation_is_whole_batches_and_disjoint(split):
    training, validation = split_validation(split, 0.3, 5, seed=1)
    assert (len(training), len(validation)) == (18, 5)  # 6.9 images are nearest to one batch
    assert not set(training.labels) & set(validation.labels)
    assert set(training.labels) | set(validation.labels) == set(range(23))
    assert split_validation(split, 0, 5, 0)[1] is None


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_share_out_of_range(split, share):
    with pytest.raises(TrainingError, match="validation_split is"):
        split_validation(split, share, 5, 0)


def test_nothing_left_for_training(split):
    with pytest.raises(TrainingError, match="20 of 23 images aside.*less than a batch"):
        split_validation(split, 0.5, 20, 0)


def test_two_epochs_show_both_sides_of_every_image():
    images = np.zeros((12, 4, 4, 1), np.float32)
    images[:, 0, 0, 0] = 1 + np.arange(12)  # which image, and on which side
    stream = BatchStream(
        Split(images / 12, np.arange(12) % 10), 4,
        augmentation=Augmentation(flip=True, alternate=True), seed=3,
    )  # fmt: skip
    left = []
    for epoch in range(4):
        shown = np.concatenate([stream.batch(epoch, step)[0] for step in range(stream.steps)])
        numbers = np.round(12 * shown[:, 0, [0, 3], 0]).astype(int)
        left.append({int(row.max()) for row in numbers if row[0]})
    assert left[0] == left[2] and left[1] == left[3]
    assert left[0] | left[1] == set(range(1, 13)) and not left[0] & left[1]
    assert 0 < len(left[0]) < 12
