"""Entries of event data."""

from __future__ import annotations

import numpy as np

from nengo_lifdeep import datasets

from . import samples
from .judging import Entry
from .kinds import array, but, choice, flag, optional, pair, place, real, text, value, whole

IMAGES = np.linspace(0, 1, 96).reshape(2, 6, 8, 1).astype(np.float32)
BINNING = datasets.Binning(3, limit=1)
OTHERS = value(*samples.others())
SIZE = but(optional(pair), "two", "list", "NumPy's")


def span(good):
    """Two whole numbers, one before the other."""
    wrong = {"one": (1,), "text": "ab", "backwards": (5, 1), "none at all": (5, 5), "of text":
             ("1", "5"), "fractions": (0.5, 9), "negative": (-1, 5), "number": 3}  # fmt: skip
    return [*((k, v, "refuse") for k, v in wrong.items()), ("list", list(good), "same")]


def recordings(good):
    """Several streams."""
    wrong = {"none": [], "one": good[0], "text": "abc", "None": None, "numbers": [1, 2], "number":
             3, "None inside": [good[0], None], "array": np.zeros(3)}  # fmt: skip
    return [*((k, v, "refuse") for k, v in wrong.items()), ("tuple", tuple(good), "same")]


def _frames(**given):
    return datasets.Binning(**given).counts(samples.events())


TABLE = {
    "datasets.Events": lambda: Entry(
        datasets.Events,
        {"data": (OTHERS, np.array(samples.events().data)), "size": (SIZE, (4, 4)),
         "source": (text, "mine")},
    ),
    "datasets.Events.between": lambda: Entry(
        samples.events().between, {"start": (whole(0), 10), "stop": (whole(0), 50)}
    ),
    "datasets.Events.cropped": lambda: Entry(
        samples.events().cropped, {"rows": (whole(1, 4), 2), "columns": (whole(1, 4), 2)}
    ),
    "datasets.Events.downsampled": lambda: Entry(
        samples.events().downsampled, {"factor": (whole(1), 2)}
    ),
    "datasets.EventFile": lambda: Entry(
        lambda **given: datasets.EventFile(**given).read(),
        {"path": (place, samples.event_file()), "size": (SIZE, (4, 4)), "sample": (None, None)},
    ),
    "datasets.EventFile.read": lambda: Entry(datasets.EventFile(samples.event_file()).read, {}),
    "datasets.EventFile.pieces": lambda: Entry(
        lambda: list(datasets.EventFile(samples.event_file()).pieces()), {}
    ),
    "datasets.read_events": lambda: Entry(
        datasets.read_events,
        {"path": (place, samples.event_file()), "size": (SIZE, (4, 4)), "sample": (None, None)},
    ),
    "datasets.Binning": lambda: Entry(
        _frames,
        {"n_frames": (whole(1), 3), "by": (choice, "count"), "polarity": (choice, "summed"),
         "limit": (whole(1, 255), 2), "window": (optional(span), (0, 60)),
         "crop": (optional(pair), (2, 2)), "factor": (whole(1), 1)},
    ),
    "datasets.Binning.shape": lambda: Entry(
        BINNING.shape, {"size": (but(pair, "None"), (4, 4))}
    ),
    "datasets.Binning.counts": lambda: Entry(
        BINNING.counts, {"recording": (OTHERS, samples.events())}
    ),
    "datasets.Binning.frames": lambda: Entry(
        BINNING.frames, {"recording": (OTHERS, samples.events())}
    ),
    "datasets.Binning.to_dict": lambda: Entry(BINNING.to_dict, {}),
    "datasets.EventFilms": lambda: Entry(
        lambda **given: datasets.EventFilms(**given)[:],
        {"recordings": (recordings, [samples.events()] * 3), "binning": (OTHERS, BINNING)},
    ),
    "datasets.EventFilms.select": lambda: Entry(
        lambda index: datasets.EventFilms([samples.events()] * 3, BINNING).select(index)[:],
        {"index": (None, [0, 2])},
    ),
    "datasets.saccades": lambda: Entry(
        datasets.saccades, {"steps": (whole(1), 2), "extent": (real(0, zero=False), 1.5)}
    ),
    "datasets.signed_events": lambda: Entry(
        datasets.signed_events,
        {"images": (but(array(4, high=1), "one axis less"), IMAGES),
         "path": (array(2, low=None), np.array([[0, 0], [1.0, 0.5], [0, 1]])),
         "threshold": (real(0, zero=False), 0.1), "step": (whole(1), 100),
         "margin": (whole(0, 1000), 1), "logarithm": (flag, True)},
    ),
}  # fmt: skip
