"""Recordings of events and series on the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest

import nengo_lifdeep as ld
from nengo_lifdeep.cli.data import load_data
from nengo_lifdeep.datasets import saccades, signed_events
from nengo_lifdeep.errors import DataError, ValidationError
from nengo_lifdeep.training.random_features import random_features


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("moving")
    digits = ld.datasets.load("digits").train
    streams = signed_events(digits.images[:120], saccades(3, 1.0), 0.2, margin=4)  # 16 x 16
    for i, (stream, label) in enumerate(zip(streams, digits.labels, strict=False)):
        place = root / ("test" if i >= 90 else "train") / str(label)
        place.mkdir(parents=True, exist_ok=True)
        np.save(place / f"{i}.npy", stream.data)
    return root


def test_frames_have_the_size_that_the_network_takes(folder):
    data = load_data("events-folder", folder, shape=(8, 8, 2))
    binning = data.train.images.binning
    assert (binning.factor, binning.crop, binning.polarity) == (2, (8, 8), "kept")
    assert data.image_shape == (8, 8, 2) and data.train.n_frames == 10
    assert load_data("events-folder", folder, shape=(5, 5, 1)).image_shape == (5, 5, 1)
    assert load_data("events-folder", folder).image_shape[2] == 2
    with pytest.raises(DataError, match="takes 28 x 28 x 1"):
        load_data("events-folder", folder, shape=(28, 28, 1))
    with pytest.raises(DataError, match="takes 8 x 8 x 3"):
        load_data("events-folder", folder, shape=(8, 8, 3))
    for name in ("events-folder", "series", "Events_Folder-held-out"):
        with pytest.raises(ValidationError, match="needs --data-dir"):
            load_data(name, None)


def test_evaluate_shows_films(folder, tmp_path, lifdeep):
    train = load_data("events-folder", folder, shape=(8, 8, 1)).train
    layers = (ld.Flatten(), ld.Dense(60), ld.Dense(10))
    model = random_features(ld.Architecture((8, 8, 1), layers, "moving"), train, ridge=1e-2)
    model.save(tmp_path / "model.lifdeep")
    ld.convert(model, synapse=0.005).save(tmp_path / "spiking.lifdeep")
    given = ("--data", "events-folder", "--data-dir", folder, "--json", "-q")
    errors = []
    for name, words in (("model", ()), ("spiking", ("--t-c", 10, "--t-p", 50))):
        done = lifdeep("evaluate", tmp_path / f"{name}.lifdeep", *given, *words)
        assert done.exit_code == 0, done.output
        (row,) = json.loads(done.stdout)
        errors.append(row["error_percent"])
        assert row["n_images"] == 30
    assert abs(errors[1] - errors[0]) <= 20 and max(errors) < 80
    done = lifdeep("evaluate", tmp_path / "spiking.lifdeep", *given, "-s", "loihi-exact")
    assert done.exit_code == 2 and "shows no input that changes over time" in done.stderr
