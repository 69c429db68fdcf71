"""The embedded digits: always the same split, every class in both parts."""

from __future__ import annotations

import hashlib
import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits as sklearn_digits

from nengo_lifdeep.datasets import load
from nengo_lifdeep.datasets.stratify import stratified_mask
from nengo_lifdeep.errors import MissingDependencyError


def test_sizes_and_values():
    digits = load("digits")
    assert digits.train.images.shape == (1438, 8, 8, 1)
    assert digits.test.images.shape == (359, 8, 8, 1)
    assert digits.train.images.max() == 1
    assert digits.classes == tuple("0123456789")


def test_parts_are_a_partition_of_the_set():
    digits = load("digits")
    parts = [
        (image.tobytes(), int(label))
        for split in (digits.train, digits.test)
        for image, label in zip(split.images * 16, split.labels, strict=True)
    ]
    bunch = sklearn_digits()
    whole = zip(bunch.images.astype(np.float32), bunch.target, strict=True)
    assert sorted(parts) == sorted((image.tobytes(), int(label)) for image, label in whole)


def test_every_class_gives_a_fifth():
    digits = load("digits")
    train, test = (np.bincount(s.labels, minlength=10) for s in (digits.train, digits.test))
    np.testing.assert_array_equal(test, np.round(0.2 * (train + test)))


def test_split_never_changes():
    # computed once with this very code; published errors rest on this choice of test images
    test = load("digits").test
    digest = hashlib.sha256((test.images * 16).astype(np.uint8).tobytes()).hexdigest()
    assert digest == "58b68cc50b683cb3132e5b526da519cfeaae0843a3bb41336f44ccad503a334c"


def test_stratified_mask_depends_on_the_seed_only():
    labels = np.repeat([3, 5], [10, 30])
    mask = stratified_mask(labels, 0.3, seed=1)
    np.testing.assert_array_equal(np.bincount(labels[mask]), [0, 0, 0, 3, 0, 9])
    np.testing.assert_array_equal(mask, stratified_mask(labels, 0.3, seed=1))
    assert (mask != stratified_mask(labels, 0.3, seed=2)).any()


def test_without_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingDependencyError, match="pip install scikit-learn"):
        load("digits")
