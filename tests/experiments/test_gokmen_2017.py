"""Gokmen et al. (2017): the network's arrays, published figures, every part runs."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from nengo_lifdeep import datasets, experiments
from nengo_lifdeep.datasets.base import Dataset, Split
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.experiments import Gokmen_2017, settings
from nengo_lifdeep.experiments.gokmen import spikes
from nengo_lifdeep.jobs.local import run_jobs
from nengo_lifdeep.weights import CrossPoint


def test_published_figures_and_arrays():
    module = experiments.experiment("gokmen2017")
    assert module.ERRORS["aihwkit"]["NM"] == 5.25 and module.ERRORS["aihwkit"]["BM"] == 89.7
    assert set(module.ERRORS["aihwkit"]) < set(module.ROWS)
    net = Gokmen_2017.Recipe().network("NM + BM + UM, 13 devices", seed=2)
    shapes = {}
    for layer, shape in zip(net.layers, net.layer_inputs(), strict=True):
        if layer.has_weights:
            sizes = layer.arrays(shape)
            shapes[layer.name] = (sizes["kernel"][-1], np.prod(sizes["kernel"][:-1]) + 1)
            assert ("deviations" in sizes) == (layer.name == "conv2")
    # outputs, and inputs with that of the bias
    expected = {"conv1": (16, 26), "conv2": (32, 401), "dense1": (128, 513), "dense2": (10, 129)}
    assert shapes == expected
    assert [kind.seed for kind in net.weight_kinds.values()] == [200, 201, 202, 203]


@pytest.mark.slow
def test_trained_and_tabled(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    images = rng.uniform(size=(60, 28, 28, 1)).astype(np.float32)
    labels = np.arange(60) % 10
    few = Dataset("mnist", Split(images[:30], labels[:30]), Split(images[30:], labels[30:]),
                  tuple("0123456789"))  # fmt: skip
    monkeypatch.setattr(settings, "load", lambda name: few)
    monkeypatch.setattr(Gokmen_2017, "_FEW_SEEDS", {"initialisation": 1, "management": 1})
    monkeypatch.setattr(
        Gokmen_2017,
        "_FEW_ROWS",
        dict.fromkeys(("initialisation", "management"), ("float", "baseline")),
    )
    monkeypatch.setattr(Gokmen_2017, "_FEW_EPOCHS", 2)
    monkeypatch.setattr(Gokmen_2017, "ROWS", {"float": None, "baseline": Gokmen_2017.CrossPoint()})
    plan = Gokmen_2017.Reproduction("mnist", tmp_path, epochs=1, n_images=20, progress=False)
    said: list[str] = []
    for table in Gokmen_2017.TABLES[:3]:
        run_jobs(plan.jobs(table), said.append)
    run_jobs(plan.jobs("errors"), said.append)
    assert said[-1] == "2 of 2 parts are there already"
    rows = plan.table("initialisation").rows
    assert [(row["row"], row["start"]) for row in rows] == [
        (row, start) for start in ("glorot", "uniform") for row in ("float", "baseline")
    ]
    assert [row["published"] for row in rows] == [None, None, 5.50, 89.3]
    assert all(row["plain"] == row["arrays"] for row in rows if row["row"] == "float")
    assert "0.80" in plan.table("errors").markdown()
    more = dataclasses.replace(plan, epochs=2)  # goes on from the first epoch
    run_jobs(more.jobs("errors")[:1], said.append)
    (file,) = tmp_path.glob("mnist/float-*all-images/seed0/epochs-20-images.json")
    first, second = json.loads(file.read_text()).values()
    assert first["loss"] != second["loss"]


@pytest.mark.slow
def test_noise_in_neurons_and_arrays_in_spikes(tmp_path, monkeypatch):
    digits = datasets.load("digits")
    few = Dataset("digits", digits.train.take(20), digits.test.take(10), digits.classes)
    monkeypatch.setattr(settings, "load", lambda name: few)
    monkeypatch.setattr(spikes, "ARRAYS", {k: spikes.ARRAYS[k] for k in list(spikes.ARRAYS)[::3]})
    plan = Gokmen_2017.Reproduction("digits", tmp_path, seeds=2, epochs=1, progress=False)
    said: list[str] = []
    for _ in range(2):
        run_jobs(plan.jobs("spikes"), said.append)
    assert said[-1] == "8 of 8 parts are there already"
    rows = plan.table("spikes").rows
    assert [(row["arrays"], row["neurons"]) for row in rows] == [
        (arrays, neurons)
        for arrays in ("none: floats", "reads and devices, managed")
        for neurons in ("none", "alpha-RC 3 ms")
    ]
    assert rows[0]["cost"] == 0 and all(row["seeds"] == 2 and row["n_images"] == 10 for row in rows)
    assert all(row["through"] == row["rates"] for row in rows[:2])
    assert len(list((tmp_path / "digits" / "spikes").iterdir())) == 8


def test_every_noise_is_where_its_row_says():
    """Ideal updates of unbounded devices with noisy reads, clean reads of devices that differ."""
    _, reads, devices, managed, plain = spikes.ARRAYS.values()
    assert reads.pulses.length is None and reads.device.bound is None
    assert reads.forward.noise == reads.backward.noise == 0.06
    assert devices.forward.noise == devices.backward.noise == 0 and devices.device == plain.device
    assert managed == CrossPoint.managed() and plain == CrossPoint()
    assert spikes.NEURONS["alpha-RC 3 ms"] is not None and spikes.NEURONS["none"] is None


def test_what_it_has_not():
    with pytest.raises(ValidationError, match="no recipe for 'svhn' of gokmen2017"):
        Gokmen_2017.Reproduction("svhn", "somewhere")
    with pytest.raises(ValidationError, match="no table of noise"):
        Gokmen_2017.Reproduction("mnist", "somewhere", noises=("none",))
    with pytest.raises(ValidationError, match="no table 'noise' of mnist; expected one of errors"):
        Gokmen_2017.Reproduction("mnist", "somewhere").jobs("noise")
    with pytest.raises(ValidationError, match="no table 'errors' of digits; expected one of spik"):
        Gokmen_2017.Reproduction("digits", "somewhere").table("errors")
