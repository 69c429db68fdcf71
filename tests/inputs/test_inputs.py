"""What simulators are shown: preprocessing before coding, chunks, subsets, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import DataError, ValidationError
from nengo_lifdeep.inputs.coding import FunctionCoding, PoissonCoding
from nengo_lifdeep.inputs.inputs import Inputs
from nengo_lifdeep.inputs.preprocessing import Preprocessing
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import Dense, Flatten
from nengo_lifdeep.simulators import run

TIMING = Presentation(t_p=0.03)
RNG = np.random.default_rng(0)
PREPARE = Preprocessing(RNG.uniform(size=(10, 10, 1)), 2.0, (8, 8))
RAW = RNG.integers(256, size=(5, 10, 10, 1), dtype=np.uint8)
FRAMES = RNG.integers(256, size=(3, 30, 10, 10, 1), dtype=np.uint8)


@pytest.fixture
def model(example):
    return convert(example[0])


def test_static_images_are_preprocessed():
    inputs = Inputs(RAW, TIMING, preprocessing=PREPARE)
    assert inputs.is_static
    expected = PREPARE(RAW.astype(np.float32) / np.float32(255))
    np.testing.assert_array_equal(inputs.chunk(0, 5), expected)
    np.testing.assert_array_equal(inputs.chunk(3, 9), expected[3:])


def test_frames_are_preprocessed_one_by_one():
    inputs = Inputs(FRAMES, TIMING, preprocessing=PREPARE)
    assert not inputs.is_static
    shown = inputs.chunk(1, 3)
    assert (shown.shape, shown.dtype) == ((2, 30, 8, 8, 1), np.float32)
    one = FRAMES[2, 7][None].astype(np.float32) / np.float32(255)
    np.testing.assert_array_equal(shown[1, 7], PREPARE(one)[0])


def test_coding_comes_behind_preprocessing():
    """Pixels below the mean become negative, so spikes of both signs appear."""
    coding = PoissonCoding(300, seed=2)
    inputs = Inputs(RAW, TIMING, coding, PREPARE)
    assert not inputs.is_static
    static = Inputs(RAW, TIMING, preprocessing=PREPARE).chunk(0, 5)
    shown = inputs.chunk(0, 5)
    np.testing.assert_array_equal(shown, coding(static, TIMING, np.arange(5)))
    assert shown.min() < 0 < shown.max()


@pytest.mark.parametrize("images", [RAW, FRAMES])
def test_a_subset_is_shown_as_it_was(images):
    coding = PoissonCoding(300) if images is RAW else None
    inputs = Inputs(images, TIMING, coding, PREPARE)
    whole = inputs.chunk(0, len(inputs))
    some = inputs.take([2, 0, 1]).take(np.array([2, 0]))
    assert len(some) == 2
    np.testing.assert_array_equal(some.chunk(0, 2), whole[[1, 2]])
    np.testing.assert_array_equal(inputs.chunk(2, 3), whole[2:3])


def test_wrong_number_of_frames(model):
    message = r"24 frames per image .* each of the 30 steps .*t_p=0.024.*np.arange\(30\) \* 24"
    with pytest.raises(DataError, match=message):
        Inputs.of(model, np.zeros((2, 24, 8, 8, 1)), TIMING)
    frames = np.zeros((2, 24, 8, 8, 1))[:, np.arange(30) * 24 // 30]  # what the message advises
    assert Inputs.of(model, frames, TIMING).chunk(0, 1).shape == (1, 30, 8, 8, 1)


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (np.full((2, 30, 8, 8, 1), 7.0), r"frames .* pixels lie in \[7, 7\].* images / 7 if"),
        (np.full((2, 30, 8, 8, 1), np.nan), "frames .* is nan"),
        (np.zeros((0, 30, 8, 8, 1)), "no images"),
        (np.zeros((2, 30, 9, 9, 1)), r"\(9, 9, 1\).*takes \(8, 8, 1\)"),
        (np.zeros((2, 30, 8, 8, 1), int), "are of type int64"),
        (np.zeros((2, 30, 8, 8)), r"\(30, 8, 8\).*takes \(8, 8, 1\)"),
    ],
)
def test_frames_that_do_not_fit(model, frames, message):
    with pytest.raises(DataError, match=message):
        Inputs.of(model, frames, TIMING)


def test_coding_that_makes_no_sense(model):
    images = np.zeros((2, 8, 8, 1))
    with pytest.raises(ValidationError, match=r"coding is 'poisson:200Hz'; .*PoissonCoding\(max"):
        Inputs.of(model, images, TIMING, "poisson:200Hz")
    with pytest.raises(ValidationError, match="are frames over time already"):
        Inputs.of(model, np.zeros((2, 30, 8, 8, 1)), TIMING, PoissonCoding(200))
    short = Inputs.of(model, images, TIMING, lambda images, timing, indices: images)
    with pytest.raises(DataError, match=r"returned shape \(1, 8, 8, 1\); expected \(1, 30, 8"):
        short.chunk(0, 1)


def test_refusal_names_what_was_given(model):
    late = FunctionCoding(lambda t, images: images * (t > 0.01))
    inputs = Inputs.of(model, np.zeros((2, 8, 8, 1)), TIMING, late)
    with pytest.raises(ValidationError, match=r"'rate' shows no .* FunctionCoding\(<lambda>\)"):
        inputs.require_static("rate", ("events", "nengo"))


def test_inputs_of_another_network_are_refused(make_network):
    """`run` takes finished inputs; compiled code must never see those of another shape."""
    model = convert(make_network((2, 3, 1), [Flatten(), Dense(8), Dense(2)]))
    wide = Inputs(np.zeros((1, 4, 4, 1), np.float32), TIMING)
    with pytest.raises(DataError, match=r"images of shape \(4, 4, 1\) become \(4, 4, 1\)"):
        run(model, wide)
