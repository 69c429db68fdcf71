"""Events of moving images: their sum is the change, and inverted contrast turns their signs."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.datasets import Binning, load, saccades, signed_events
from nengo_lifdeep.errors import DataError

PATH = saccades(4, 1.5)


@pytest.fixture(scope="module")
def digits():
    return load("digits").train.images[:20]


def test_the_sum_of_events_is_the_change(digits):
    threshold, step = 0.17, 1000
    path = PATH[:7]
    streams = signed_events(digits, path, threshold, step=step, margin=2)
    binning = Binning(6, polarity="signed", window=(0, 6 * step))
    image = np.pad(digits, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="edge")[..., 0]

    def seen(row, column):
        """Pixel by pixel from its four neighbours."""
        rows, columns = np.arange(12) - row, np.arange(12) - column
        found = np.zeros((20, 12, 12))
        for dr in (0, 1):
            for dc in (0, 1):
                r, c = np.floor(rows).astype(int) + dr, np.floor(columns).astype(int) + dc
                weight = np.outer(1 - abs(rows - r), 1 - abs(columns - c))
                found += weight * image[:, np.clip(r, 0, 11)][:, :, np.clip(c, 0, 11)]
        return found

    for number, place in enumerate(path[1:], 1):
        total = [binning.counts(s)[:number, ..., 0].sum(axis=0) for s in streams]
        change = seen(*place) - seen(*path[0])
        # a pixel waits for a whole threshold: what is left is less than one
        assert np.abs(change - threshold * np.array(total)).max() < threshold * (1 + 1e-3)


def test_inverted_contrast_turns_the_signs(digits):
    normal = signed_events(digits, PATH, 0.2, margin=1)
    inverted = signed_events(1 - digits, PATH, 0.2, margin=1)
    for one, other in zip(normal, inverted, strict=True):
        signed = Binning(12, polarity="signed", window=(0, 60_000))
        np.testing.assert_array_equal(signed.counts(one), -signed.counts(other))
        assert len(one) > 100
        summed = Binning(12, polarity="summed", window=(0, 60_000))
        np.testing.assert_array_equal(summed.counts(one), summed.counts(other))


def test_times_are_where_a_line_passes_the_thresholds():
    dark, bright = np.zeros((1, 1, 3)), np.zeros((1, 1, 3))
    bright[0, 0, 0] = 1.0  # moves onto the middle pixel: 0 to 1 within the step
    stream = signed_events(dark + bright, [[0, 0], [0, 1]], 0.25, step=1000)[0]
    middle = stream.x == 1
    np.testing.assert_allclose(stream.t[middle], [250, 500, 750, 999], atol=1)
    assert stream.p[middle].all() and stream.size == (1, 3)


def test_logarithms_see_dark_changes(digits):
    dim = digits * 0.1
    assert sum(map(len, signed_events(dim, PATH, 0.2))) == 0
    assert sum(map(len, signed_events(dim, PATH, 0.2, logarithm=True))) > 0


def test_many_images_are_each_what_one_is(digits, monkeypatch):
    together = signed_events(digits, PATH, 0.3)
    monkeypatch.setattr("nengo_lifdeep.datasets.events.moving._AT_ONCE", 3)
    for one, other in zip(together, signed_events(digits, PATH, 0.3), strict=True):
        np.testing.assert_array_equal(one.data, other.data)
    alone = signed_events(digits[7:8], PATH, 0.3)[0]
    np.testing.assert_array_equal(alone.data, together[7].data)


def test_saccades_return():
    np.testing.assert_allclose(PATH[0], PATH[-1])
    assert PATH.shape == (13, 2) and np.abs(PATH).max() == 1.5
    lengths = np.linalg.norm(np.diff(PATH, axis=0), axis=1).reshape(3, 4)
    np.testing.assert_allclose(lengths, lengths[:, :1] * np.ones(4))


def test_what_cannot_be_moved_is_refused(digits):
    with pytest.raises(DataError, match="expected grey images"):
        signed_events(np.zeros((2, 4, 4, 3)), PATH)
    with pytest.raises(DataError, match="path has 1 places"):
        signed_events(digits, [[0, 0]])
    for wrong in ({"threshold": 0}, {"step": 0}, {"margin": -1}):
        with pytest.raises(DataError):
            signed_events(digits, PATH, **wrong)
