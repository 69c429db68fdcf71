"""Codings: means and counts against their distributions, independence of the batch, errors."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from nengo_lifdeep import BernoulliCoding, FunctionCoding, PoissonCoding, Presentation
from nengo_lifdeep.errors import DataError, ValidationError

TIMING = Presentation(t_c=0, t_p=0.4)
PIXELS = np.array([0.0, 0.02, 0.3, 1.0, -0.3], np.float32)
RANDOM = [BernoulliCoding(250), PoissonCoding(250), PoissonCoding(4000)]
random_codings = pytest.mark.parametrize("coding", RANDOM, ids=str)

#: a right coding fails a test with this probability
CHANCE = 1e-9


def images_of(pixels: np.ndarray, size: int = 20) -> np.ndarray:
    """One image per pixel value, all of whose pixels have it."""
    return np.broadcast_to(pixels[:, None, None, None], (len(pixels), size, size, 1)).copy()


def coded(coding, images, timing=TIMING):
    return coding(images, timing, np.arange(len(images)))


@random_codings
def test_spikes_are_counted_as_their_distribution_says(coding):
    """All pixels and steps of an image are independent trials of one probability or mean."""
    images = images_of(PIXELS)
    frames = coded(coding, images)
    assert (frames.shape, frames.dtype) == ((5, 400, 20, 20, 1), np.float32)
    per_step = coding.max_rate * TIMING.dt
    spikes = frames * per_step
    np.testing.assert_allclose(spikes, np.rint(spikes), atol=1e-4)
    n = frames[0].size
    for pixel, counts in zip(PIXELS, np.rint(spikes), strict=True):
        mean = abs(pixel) * per_step
        if isinstance(coding, BernoulliCoding):
            assert abs(counts).max() <= 1
            total, silent = stats.binom(n, mean), stats.binom(n, 1 - mean)
        else:
            total, silent = stats.poisson(n * mean), stats.binom(n, np.exp(-mean))
        low, high = total.interval(1 - CHANCE)
        assert low <= np.sign(pixel) * counts.sum() <= high
        low, high = silent.interval(1 - CHANCE)
        assert low <= (counts == 0).sum() <= high


@random_codings
def test_mean_over_time_is_the_pixel(coding):
    """Within six standard errors of a mean of Poisson counts, the widest of the two."""
    frames = coded(coding, images_of(PIXELS))
    error = 6 * np.sqrt(abs(PIXELS) / (coding.max_rate * TIMING.dt * frames[0].size)) + 1e-6
    np.testing.assert_array_less(abs(frames.mean(axis=(1, 2, 3, 4)) - PIXELS), error)


def test_pixels_and_steps_are_independent():
    """Pairs of neighbours spike together as often as chance has it."""
    spikes = coded(BernoulliCoding(500), images_of(np.ones(1, np.float32)))[0, ..., 0] > 0
    for axis in range(3):
        front, back = np.delete(spikes, -1, axis), np.delete(spikes, 0, axis)
        low, high = stats.binom(front.size, 0.25).interval(1 - CHANCE)
        # neighbouring pairs share spikes, which widens the binomial interval at most threefold
        assert abs((front & back).sum() - front.size / 4) <= 1.5 * (high - low)


@random_codings
def test_an_image_is_coded_alike_in_every_batch(coding):
    images = np.random.default_rng(1).uniform(size=(6, 4, 4, 2)).astype(np.float32)
    together = coded(coding, images)
    for chosen in ([4], [5, 0], [2, 3, 1]):
        alone = coding(images[chosen], TIMING, np.array(chosen))
        np.testing.assert_array_equal(alone, together[chosen])


@random_codings
def test_position_and_seed_decide_the_spikes(coding):
    images = images_of(np.full(2, 0.4, np.float32))
    first = coded(coding, images)
    np.testing.assert_array_equal(coded(coding, images), first)
    other = coded(type(coding)(coding.max_rate, seed=1), images)
    assert (first[0] != first[1]).any()
    assert (first != other).any(axis=(1, 2, 3, 4)).all()


@random_codings
def test_a_longer_presentation_begins_like_a_short_one(coding):
    images = images_of(PIXELS, 3)
    short = coded(coding, images, Presentation(t_p=0.1))
    np.testing.assert_array_equal(coded(coding, images)[:, :100], short)


def test_probability_above_one():
    image = images_of(np.array([0.8], np.float32))
    message = r"max_rate = 2000 Hz and dt = 0.001 s .* 0.8 .* probability 1.6 .* max_rate <= 1250"
    with pytest.raises(ValidationError, match=message):
        coded(BernoulliCoding(2000), image)
    assert coded(BernoulliCoding(1000), images_of(np.ones(1, np.float32))).min() == 1
    assert coded(PoissonCoding(2000), image).mean() == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("kind", [BernoulliCoding, PoissonCoding])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0,), r"Coding.max_rate is 0; expected a finite number above 0, in Hz"),
        ((float("nan"),), "max_rate is nan"),
        (("200Hz",), "max_rate is '200Hz'"),
        ((200, -1), "Coding.seed is -1; expected a whole number"),
        ((200, 0.5), "seed is 0.5"),
    ],
)
def test_wrong_parameters(kind, arguments, message):
    with pytest.raises(ValidationError, match=message):
        kind(*arguments)


def test_function_of_time():
    times = []

    def fading(t, images):
        times.append(t)
        images *= t  # its own copy: the next step starts from the image again
        return images

    images = images_of(PIXELS, 2)
    frames = coded(FunctionCoding(fading), images, Presentation(t_c=0, t_p=0.004, dt=0.002))
    assert times == [0.002, 0.004]
    np.testing.assert_allclose(frames, np.stack([0.002 * images, 0.004 * images], axis=1))
    assert str(FunctionCoding(fading)) == "FunctionCoding(fading)"


def test_function_that_returns_something_else():
    images = images_of(PIXELS, 2)
    with pytest.raises(DataError, match=r"t = 0.001 s .* returned shape \(2, 2, 1\); expected"):
        coded(FunctionCoding(lambda t, images: images[0]), images)
    with pytest.raises(DataError, match="returned numbers that are not finite"):
        coded(FunctionCoding(lambda t, images: images * np.nan), images)
    with pytest.raises(ValidationError, match="function is 3; expected a function"):
        FunctionCoding(3)


def test_latency_is_one_spike_the_earlier_the_brighter():
    from nengo_lifdeep.inputs.coding import LatencyCoding

    values = np.array([1.7, 1.0, 0.99, 0.5, 0.01, 0.0, -0.75, -1.0], np.float32)
    image = values.reshape(1, 1, 8, 1)
    frames = LatencyCoding(height=3.0)(image, Presentation(t_c=0, t_p=0.01), np.array([0]))
    frames = frames.reshape(10, 8)
    assert np.count_nonzero(frames, axis=0).tolist() == [1, 1, 1, 1, 1, 0, 1, 1]
    assert frames.sum(axis=0).tolist() == [3, 3, 3, 3, 3, 0, -3, -3]
    steps = np.abs(frames).argmax(axis=0)
    assert steps[[0, 1, 2, 3, 4, 6, 7]].tolist() == [0, 0, 0, 5, 9, 2, 0]
    with pytest.raises(ValidationError, match="height is 0"):
        LatencyCoding(height=0)
