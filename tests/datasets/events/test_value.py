"""`Events`: arrays of others as they are, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.datasets import Events
from nengo_lifdeep.errors import DataError

from .written import some_events

AEDAT = np.dtype([("t", "<u8"), ("x", "<u2"), ("y", "<u2"), (("p", "on"), "?")])
TONIC = np.dtype([("x", "<i2"), ("y", "<i2"), ("t", "<i8"), ("p", "<i2")])
SHD = np.dtype([("t", int), ("x", int), ("p", int)])


@pytest.mark.parametrize("kind", [AEDAT, TONIC])
def test_arrays_of_others(kind):
    plain = some_events(50, (10, 12), 0)
    given = np.zeros(50, kind)
    for name in ("t", "x", "y", "p"):
        given[name] = plain[name]
    events = Events(given, (10, 12))
    for name in ("t", "x", "y", "p"):
        np.testing.assert_array_equal(getattr(events, name), plain[name])
    assert (events.signs == np.where(plain["p"], 1, -1)).all()


def test_channels_without_rows_and_signs_as_polarity():
    given = np.zeros(3, SHD)
    given["x"], given["t"], given["p"] = [5, 699, 5], [1, 2, 2], [1, -1, 1]
    events = Events(given)
    assert events.size == (1, 700) and not events.y.any()
    np.testing.assert_array_equal(events.p, [True, False, True])
    assert Events(given[["t", "x"]]).p.all()


def test_what_it_is_given_cannot_change_it():
    given = some_events(5, (4, 4), 0)
    events = Events(given, (4, 4))
    kept = events.t.copy()
    given["t"] = 0
    np.testing.assert_array_equal(events.t, kept)
    with pytest.raises(ValueError, match="read-only"):
        events.t[0] = 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"t": [3, 2, 4]}, "event 1 is at 2 us, after one at 3 us"),
        ({"t": [-1, 2, 4]}, "t of event 0 is -1"),
        ({"t": [1, 2, 2**60]}, "t of event 2 is"),
        ({"x": [0, 8, 0]}, "x of event 1 is 8; expected 0 to 7 on a sensor of 6 x 8"),
        ({"y": [0, 0, 6]}, "y of event 2 is 6; expected 0 to 5"),
        ({"p": [0, 2, 0]}, "p of event 1 is 2"),
        ({"p": [0, -1, 1]}, "p is -1, 0 and 1"),
    ],
)
def test_wrong_events_are_named(change, words):
    given = np.zeros(3, [("t", "i8"), ("x", "i8"), ("y", "i8"), ("p", "i8")])
    for name, values in change.items():
        given[name] = values
    with pytest.raises(DataError, match=words):
        Events(given, (6, 8))


def test_other_arrays_are_refused():
    with pytest.raises(DataError, match="structured array"):
        Events(np.zeros((4, 4)))
    with pytest.raises(DataError, match="fields x, y; expected t or timestamp too"):
        Events(np.zeros(2, [("x", int), ("y", int)]))
    with pytest.raises(DataError, match="t is of type float64; .* Seconds become"):
        Events(np.zeros(2, [("t", float), ("x", int)]))
    with pytest.raises(DataError, match="size is"):
        Events(some_events(2, (4, 4), 0), (0, 4))


def test_windows_crops_and_coarser_pixels():
    given = some_events(400, (9, 12), 1)
    events = Events(given, (9, 12))
    part = events.between(1000, 150_000)
    assert len(part) == ((given["t"] >= 1000) & (given["t"] < 150_000)).sum()
    centre = events.cropped(5, 6)
    inside = (abs(given["y"] - 4) <= 2) & (given["x"] >= 3) & (given["x"] < 9)
    np.testing.assert_array_equal(centre.y, given["y"][inside] - 2)
    np.testing.assert_array_equal(centre.x, given["x"][inside] - 3)
    coarse = events.downsampled(4)
    assert coarse.size == (3, 3)
    np.testing.assert_array_equal(coarse.x, given["x"] // 4)
    with pytest.raises(DataError, match="10 x 10 pixels was asked for"):
        events.cropped(10, 10)
    assert events.between(9, 3).duration == 0 and len(events.between(9, 3)) == 0
