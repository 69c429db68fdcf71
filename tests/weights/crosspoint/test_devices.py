"""Devices drawn at random: the same for the same seed, as different as they are said to be."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.weights import Device

SHAPE = (2, 150, 100)


def test_tables_are_those_of_the_seed():
    first, again, other = (Device().tables(SHAPE, seed) for seed in (3, 3, 4))
    for one, same, different in zip(first, again, other, strict=True):
        assert one.shape == SHAPE and one.dtype == np.float32
        np.testing.assert_array_equal(one, same)
        assert (one != different).mean() > 0.9
    assert (Device().tables((2, 100, 150), 3).up.ravel() != first.up.ravel()).mean() > 0.9


def test_spreads_are_as_asked():
    up, down, low, high = Device().tables(SHAPE, 0)
    n = up.size
    # standard errors of a mean and of a deviation over n devices, and what clipping at 0 takes
    mean, deviation = 4 / np.sqrt(n), 4 / np.sqrt(2 * n) + 2e-3
    for table, scale in ((up, 0.001), (down, 0.001), (high, 0.6), (-low, 0.6)):
        assert (table >= 0).all()
        assert table.mean() / scale == pytest.approx(1, abs=0.3 * mean + 1e-4)
        assert table.std() / scale == pytest.approx(0.3, abs=0.3 * deviation + 1e-3)
    assert (up == 0).any()  # one in 2,300 would have a negative step, and does not move
    moving = up > 0
    ratio = up[moving] / down[moving]
    assert ratio.mean() == pytest.approx(1, abs=0.02 * mean + 4e-4)
    assert ratio.std() == pytest.approx(0.02, abs=0.02 * deviation + 2e-4)
    assert abs(np.corrcoef(high.ravel(), low.ravel())[0, 1]) < 4 / np.sqrt(n)


def test_ideal_devices_are_alike():
    up, down, low, high = Device(0.01, 0, 0, 0, None).tables((1, 3, 4), 0)
    assert (up == np.float32(0.01)).all() and (down == np.float32(0.01)).all()
    assert (low == -np.inf).all() and (high == np.inf).all()


@pytest.mark.parametrize(
    ("fields", "text"),
    [({"step": 0}, "Device: step is 0"), ({"bound": -1.0}, "Device: bound is -1"),
     ({"cycle_spread": np.nan}, "Device: cycle_spread is nan"), ({"bound": "0.6"}, "bound is")],
)  # fmt: skip
def test_what_no_device_is_is_refused(fields, text):
    with pytest.raises(ValidationError, match=text):
        Device(**fields)
