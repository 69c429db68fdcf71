"""Frames of events against a loop over events, and their polarities, crops and windows."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.datasets import Binning, EventFilms, Events, Split
from nengo_lifdeep.datasets.events import binning as module
from nengo_lifdeep.errors import DataError

from .written import some_events


def by_hand(given, size, binning):
    """One event after the other."""
    factor = binning.factor
    rows, columns = -(-size[0] // factor), -(-size[1] // factor)
    window = binning.window or (given["t"][0], given["t"][-1] + 1)
    inside = [e for e in given.tolist() if window[0] <= e[0] < window[1]]
    crop = binning.crop or (rows, columns)
    top, left = (rows - crop[0]) // 2, (columns - crop[1]) // 2
    found = np.zeros((binning.n_frames, *crop, binning.channels), int)
    for number, (t, x, y, p) in enumerate(inside):
        if binning.by == "time":
            frame = (t - window[0]) * binning.n_frames // (window[1] - window[0])
        else:
            frame = number * binning.n_frames // len(inside)
        row, column = y // factor - top, x // factor - left
        if 0 <= row < crop[0] and 0 <= column < crop[1]:
            channel = int(p) if binning.polarity == "kept" else 0
            found[int(frame), row, column, channel] += (
                (1 if p else -1) if binning.polarity == "signed" else 1
            )
    return found


@pytest.mark.parametrize("by", ["time", "count"])
@pytest.mark.parametrize("polarity", ["kept", "summed", "signed"])
@pytest.mark.parametrize(
    "others",
    [{}, {"window": (20_000, 170_001)}, {"crop": (4, 5), "factor": 2}, {"n_frames": 1}],
    ids=str,
)
def test_counts_are_those_of_a_loop(by, polarity, others, monkeypatch):
    monkeypatch.setattr(module, "PIECE", 64)
    size = (11, 14)
    given = some_events(300, size, 3)
    binning = Binning(**{"n_frames": 7, "by": by, "polarity": polarity, **others})
    counts = binning.counts(Events(given, size))
    np.testing.assert_array_equal(counts, by_hand(given, size, binning))
    assert counts.shape == binning.shape(size) and counts.any()


def test_frames_are_counts_up_to_the_limit():
    events = Events(some_events(300, (3, 3), 4), (3, 3))
    counts = Binning(5).counts(events)
    frames = Binning(5, limit=4).frames(events)
    np.testing.assert_allclose(frames / 255, np.minimum(counts, 4) / 4, atol=0.5 / 255)
    signed = Binning(5, polarity="signed", limit=2)
    np.testing.assert_array_equal(
        signed.frames(events), np.clip(signed.counts(events), -2, 2).astype(np.float32) / 2
    )


def test_no_events_no_light():
    none = Events(np.zeros(0, [("t", int), ("x", int)]), (4, 4))
    for by in ("time", "count"):
        assert not Binning(3, by=by).frames(none).any()


def test_what_cannot_be_meant_is_refused():
    for wrong in ({"n_frames": 0}, {"by": "events"}, {"polarity": "both"}, {"limit": 256},
                  {"window": (5, 5)}, {"window": 3}, {"crop": (0, 2)}, {"factor": 0}):  # fmt: skip
        with pytest.raises(DataError):
            Binning(**wrong)
    stream = Events(some_events(3, (4, 4), 0), (4, 4))
    with pytest.raises(DataError, match=r"crop is \(5, 4\); a sensor of 4 x 4"):
        Binning(crop=(5, 4)).counts(stream)
    with pytest.raises(DataError, match=r"more than 2\^30"):
        Binning(2**30).counts(stream)
    with pytest.raises(DataError, match="expected Events, or an EventFile"):
        Binning().counts(np.zeros(3))


def test_films_are_read_when_asked_for():
    streams = [Events(some_events(60, (6, 6), i), (6, 6), f"number {i}") for i in range(5)]
    binning = Binning(4)
    films = EventFilms(streams, binning)
    whole = np.stack([binning.frames(stream) for stream in streams])
    np.testing.assert_array_equal(films[:], whole)
    np.testing.assert_array_equal(films.select([3, 1])[:1], whole[[3]])
    np.testing.assert_array_equal(films[np.array([True, False, False, True, False])], whole[[0, 3]])
    split = Split(films, [0, 1, 0, 1, 1])
    assert split.is_lazy and split.is_film and split.n_frames == 4
    np.testing.assert_array_equal(
        split.frames.images[[0, 7, 6, 19]], whole.reshape(20, 6, 6, 2)[[0, 7, 6, 19]]
    )
    np.testing.assert_array_equal(split.frames.labels, np.repeat([0, 1, 0, 1, 1], 4))
    np.testing.assert_array_equal(
        split.subset([2, 4]).stacked().images[1], np.concatenate(list(whole[4]), axis=2)
    )
    assert not np.array_equal(split.frames.subset(slice(3)).images.identity,
                              split.frames.subset(slice(1, 4)).images.identity)  # fmt: skip
    with pytest.raises(DataError, match="sensors of .* expected one size"):
        EventFilms([*streams, Events(some_events(3, (5, 6), 0), (5, 6))], binning)
    with pytest.raises(DataError, match="hold nothing"):
        EventFilms([], binning)
