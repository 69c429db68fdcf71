"""Jang et al. (2021): every part runs, tables compare what they say, moons are moons."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep import experiments
from nengo_lifdeep.datasets.base import Dataset, Split
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.experiments import settings
from nengo_lifdeep.experiments.bisnn import Jang_2021, moons, recipes
from nengo_lifdeep.jobs.local import run_jobs


def test_moons_and_their_spikes():
    points, labels = moons.two_moons(400, 0.05, seed=1)
    assert np.bincount(labels).tolist() == [200, 200]
    radius = np.hypot(*(points - np.where(labels[:, None] == 1, [1, 0.5], [0, 0])).T)
    assert abs(radius.mean() - 1) < 0.02 and 0.03 < radius.std() < 0.07
    assert moons.distances(points).max() < 0.3
    corner = moons.plane(5)
    assert corner[0].tolist() == list(moons.LOW) and corner[-1].tolist() == list(moons.HIGH)
    assert corner[1, 0] > corner[0, 0] and corner[1, 1] == corner[0, 1]
    spikes = moons.as_spikes(np.array([moons.LOW, [0.5, 0.25]]), 4000, np.random.default_rng(0))
    rates = spikes.mean(axis=1)
    assert rates[0, [0, 10]].tolist() == [1, 1] and not rates[0, [2, 9, 12, 19]].any()
    assert rates[1, 4] == pytest.approx(rates[1, 5], abs=0.05)  # in the middle of both
    assert rates[1, 4] == pytest.approx((1 + np.cos(np.pi / 4)) / 2, abs=0.02)


def test_three_rules_learn_moons(tmp_path, monkeypatch):
    recipe = dataclasses.replace(
        recipes.MOONS, hidden=(48,), steps=40, epochs=4,
        rules=recipes.MOONS.rules | {"float": recipes.DIGITS.rules["float"]},
    )  # fmt: skip
    learnt, test = moons.two_moons(200, 0.1, 0), moons.two_moons(200, 0.1, 1)
    for kind, ways in recipes.WAYS.items():
        folder = tmp_path / kind
        network = recipe.train(kind, learnt, moons.as_spikes, 2, 0, folder, False)
        found = recipes.answers(recipe, kind, network, test[0], moons.as_spikes, 3)
        assert tuple(found) == ways
        for way, scores in found.items():
            assert scores.shape == (10 if way in ("ensemble", "committee") else 1, 200, 2)
            right = scores.mean(axis=0).argmax(axis=1) == test[1]
            assert right.mean() > 0.8, way
        stopped = dataclasses.replace(recipe, epochs=4)
        monkeypatch.setattr(recipes.LocalLearner, "partial_fit", _stop_at(14))
        with pytest.raises(KeyboardInterrupt):
            stopped.train(kind, learnt, moons.as_spikes, 2, 0, tmp_path / f"{kind}2", False)
        monkeypatch.undo()
        again = stopped.train(kind, learnt, moons.as_spikes, 2, 0, tmp_path / f"{kind}2", False)
        assert again.provenance["batches"] == 20
        np.testing.assert_array_equal(again.latents[0], network.latents[0])


def _stop_at(batch):
    """As it is, but for one batch that never ends."""
    own = recipes.LocalLearner.partial_fit

    def partial_fit(self, *args, **options):
        if self.n_batches == batch:
            raise KeyboardInterrupt
        return own(self, *args, **options)

    return partial_fit


def test_trained_and_tabled(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    labels = np.arange(260) % 10
    images = np.zeros((260, 28, 28, 1), np.float32)
    images[np.arange(260), 2 * labels + 3] = rng.uniform(0.5, 1, (260, 28, 1))
    labels = np.where(rng.random(260) < 0.2, (labels + 1) % 10, labels)  # so that nobody is sure
    few = Dataset("mnist", Split(images[:200], labels[:200]), Split(images[200:], labels[200:]),
                  tuple("0123456789"))  # fmt: skip
    monkeypatch.setattr(settings, "load", lambda name: few)
    monkeypatch.setattr(Jang_2021, "_N_HELD", 60)
    monkeypatch.setattr(Jang_2021, "_N_TRAINING", 140)
    monkeypatch.setattr(Jang_2021, "_SIDE", 6)
    for name in ("DIGITS", "MOONS"):
        small = dataclasses.replace(getattr(Jang_2021, name), hidden=(24,), steps=15)
        monkeypatch.setattr(Jang_2021, name, small)
    plan = experiments.experiment("jang2021-bisnn").Reproduction(
        "mnist", tmp_path, seeds=2, epochs=2, n_images=40, progress=False
    )
    said: list[str] = []
    for table in Jang_2021.TABLES:
        run_jobs(plan.jobs(table), said.append)
    run_jobs(plan.jobs("errors"), said.append)
    assert said[-1] == "6 of 6 parts are there already"
    rows = {row["way"]: row for row in plan.table("errors").rows}
    assert list(rows) == ["float", "straight-through", "mode", "ensemble", "committee"]
    assert rows["float"]["error"] < 60 and rows["float"]["reference"] == 8.0
    assert {row["n_images"] for row in rows.values()} == {40}
    own = plan._scores("errors")["ensemble"][1]
    shares = np.exp(own["test"] / plan.temperature)
    shares = (shares / shares.sum(axis=-1, keepdims=True)).mean(axis=0)
    error = 100 * np.mean(shares.argmax(axis=1) != own["test/labels"])
    assert rows["ensemble"]["all"].split(", ")[1] == f"{error:.2f}"
    for row in plan.table("calibration").rows:
        assert 0 <= abs(row["common_gap"]) <= row["common_error"] + 1e-9 <= 100
    for row in plan.table("moons").rows:
        assert 0 <= row["plain_far"] <= 0.5 and 0 <= row["common_near"] <= 0.5
    for draw in Jang_2021.FIGURES.values():
        axes, grid = draw(plan)
        assert axes.figure is not None and len(grid.rows) > 5


def test_what_it_has_not():
    with pytest.raises(ValidationError, match="no recipe for 'svhn' of jang2021-bisnn"):
        Jang_2021.Reproduction("svhn", "somewhere")
    with pytest.raises(ValidationError, match="no table of noise"):
        Jang_2021.Reproduction("mnist", "somewhere", noises=("none",))
    with pytest.raises(ValidationError, match="no table 'noise'"):
        Jang_2021.Reproduction("mnist", "somewhere").table("noise")
