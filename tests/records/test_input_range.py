"""Whether images are of the scale of the training: dark sets are found, real ones left alone."""

import numpy as np
import pytest

from nengo_lifdeep import datasets, pretrained
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.errors import DataError
from nengo_lifdeep.records.input_range import (
    InputRange,
    range_findings,
    remembered,
    with_inputs,
)

SETS = ("digits", "mnist", "fashion-mnist", "cifar10")


@pytest.fixture(params=SETS)
def data(request):
    try:
        return datasets.load(request.param)
    except DataError:
        pytest.skip(f"{request.param} is not on this machine")


def test_own_test_images_are_never_called_dark_or_bright(data):
    known = with_inputs({}, data.train)
    for part in (data.train, data.test):
        assert range_findings(part, known) == range_findings(part, {}) == []


def test_single_classes_are_never_called_dark_or_bright(data):
    known = with_inputs({}, data.train)
    for label in range(data.n_classes):
        one = data.test.subset(data.test.labels == label)
        assert range_findings(one, known) == range_findings(one, {}) == []
        assert range_findings(one.take(5), known) == []


@pytest.mark.parametrize("factor", [1 / 255, 16 / 255, 1 / 3])
def test_one_bright_image_does_not_hide_a_dark_set(data, factor):
    some = data.test.take(50)
    pixels = (np.float32(factor) * some.unit_images()).astype(np.float32)
    pixels[0] = 1
    mixed = Split(pixels, some.labels)
    for known in ({}, with_inputs({}, data.train)):
        (found,) = range_findings(mixed, known)
        assert "half of 50 images" in found.found and "darker" in found.found


def test_a_bright_pixel_in_every_image_does_not_hide_a_dark_set(data):
    some = data.test.take(50)
    pixels = some.unit_images() / 16
    pixels[:, 0, 0] = 1
    (found,) = range_findings(Split(pixels, some.labels), with_inputs({}, data.train))
    assert "the mean pixel of 50 images" in found.found and "darker than in training" in found.found


def test_one_bright_image_in_training_does_not_hide_brightness(data):
    some = data.train.take(50)
    pixels = some.unit_images() / 16
    pixels[0] = 1
    (found,) = range_findings(data.test, with_inputs({}, Split(pixels, some.labels)))
    assert "brighter than in training" in found.found and "too bright" in found.remedy


def test_frames_over_time_are_compared_by_their_brightest_pixels_alone():
    events = (np.random.default_rng(0).uniform(size=(4, 50, 8, 8, 1)) < 0.01).astype(np.float32)
    known = {"inputs": InputRange(0.0, 1.0, 0.3, 0.4, 1.0).to_dict()}
    assert range_findings(events, known) == []
    assert "darker" in range_findings(events / 10, known)[0].found


@pytest.mark.parametrize(("name", "source"), [("digits-compact", "digits"),
                                              ("mnist-compact", "mnist")])  # fmt: skip
def test_bundled_networks_remember_their_training_images(name, source):
    known = remembered(pretrained.load(name).provenance)
    try:
        train = datasets.load(source).train
    except DataError:
        pytest.skip(f"{source} is not on this machine")
    assert known is not None and known.to_dict() == InputRange.of(train).to_dict()


def test_records_that_are_none():
    assert remembered({}) is None and remembered({"inputs": 3}) is None
    whole = InputRange(0.0, 1.0, 0.3, 0.4, 1.0).to_dict()
    assert remembered({"inputs": whole}) == InputRange(**whole)
    assert remembered({"inputs": {**whole, "mean": float("nan")}}) is None
    assert remembered({"inputs": {**whole, "more": 1.0}}) is None
    older = {key: value for key, value in whole.items() if key != "typical"}
    assert remembered({"inputs": older}).typical == 1.0
