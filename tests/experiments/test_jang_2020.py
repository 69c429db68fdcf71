"""Jang et al. (2020), VOWEL: what networks see, every part runs on small digits, and limits."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

pytest.importorskip("numba")

from nengo_lifdeep import experiments
from nengo_lifdeep.datasets import load
from nengo_lifdeep.datasets.base import Dataset, Split
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.experiments.vowel import Jang_2020 as module
from nengo_lifdeep.experiments.vowel import recipes
from nengo_lifdeep.experiments.vowel.recipes import CLASSES, Recipe, Scheme, moving
from nengo_lifdeep.jobs.local import run_jobs


def _large(split: Split) -> Split:
    """Digits of 8 x 8 pixels as 28 x 28."""
    images = np.kron(split.images[:, :, :, 0], np.ones((1, 3, 3)))
    images = np.pad(images, ((0, 0), (2, 2), (2, 2)))[..., None]
    if images.max() <= 1:
        images = 255 * images
    return Split(images.round().astype(np.uint8), split.labels)


@pytest.fixture(scope="module")
def digits():
    given = load("digits")
    return Dataset("mnist", _large(given.train), _large(given.test), given.classes)


def test_contrast_is_in_the_sign_alone(digits):
    """Normal and inverted digits: the same events without the sign, opposite ones with it."""
    at, places = recipes.tested(digits.test, 6)
    assert len(at) == 6 and (digits.test.labels[at] == np.array([1, 7])[places]).all()
    images = digits.test.images[:][at]
    for events, inputs in (("signed", 49), ("per sign", 98), ("unsigned", 49)):
        films, classes = moving(images, places, Scheme(events, 7))
        assert films.shape == (12, 20, inputs)
        normal, inverted = films[:6], films[6:]
        np.testing.assert_array_equal(classes, [*(2 * places), *(2 * places + 1)])
        if events == "signed":
            assert set(np.unique(films)) == {0, 1, 2}
            np.testing.assert_array_equal(inverted, np.array([0, 2, 1])[normal])
        elif events == "per sign":
            both = normal.reshape(6, 20, 49, 2)
            np.testing.assert_array_equal(inverted.reshape(both.shape), both[..., ::-1])
        else:
            np.testing.assert_array_equal(inverted, normal)
            assert set(np.unique(films)) == {0, 1}
        assert 0.02 < np.count_nonzero(films) / films.size < 0.6


def test_hidden_circuits_have_no_more_weights():
    plan = module.Reproduction("mnist", "somewhere")
    schemes = list(plan.schemes("resources"))
    assert len(set(schemes)) == len(schemes) == 24
    weights = {scheme: scheme.model(0).n_weights for scheme in schemes}
    for pixels in (4, 7, 14):
        for events in ("signed", "per sign"):
            few, none, *hidden = (s for s in schemes if s[:2] == (events, pixels))
            assert few.hidden == none.hidden == 0 and all(s.hidden for s in hidden)
            assert weights[few] < 0.6 * weights[none]
            for scheme in hidden:
                assert weights[scheme] == pytest.approx(weights[none], rel=0.09)
    model = schemes[2].model(0)
    assert model.classes == CLASSES and model.n_values == 2 and model.n_hidden == 8


@pytest.mark.slow
def test_trained_tabled_and_drawn(digits, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "load", lambda name: digits)
    monkeypatch.setattr(module, "_SIZES", {4: ((0, 2), (4, 1))})
    module._learned.cache_clear(), module._unseen.cache_clear()
    plan = module.Reproduction("mnist", tmp_path, seeds=2, n_images=50, recipe=Recipe(3, 60, 5e-4))
    said: list[str] = []
    for table in module.TABLES:
        run_jobs(plan.jobs(table), said.append)
    signed, apart, unsigned = plan.table("inputs").rows
    assert [row["events"] for row in (signed, apart, unsigned)] == [
        "signed",
        "per sign",
        "unsigned",
    ]
    assert signed["accuracy"] >= 90 and apart["accuracy"] >= 90
    assert unsigned["accuracy"] == pytest.approx(50, abs=4)
    assert min(row["digit"] for row in (signed, apart, unsigned)) >= 97
    assert signed["least"] <= signed["accuracy"] <= signed["most"] and signed["n_films"] == 100
    assert signed["reference"] == 94.5 and "another program" in plan.table("inputs").markdown()
    rows = plan.table("resources").rows
    assert [(row["events"], row["hidden"], row["kernels"]) for row in rows] == [
        ("signed", 0, 2), ("signed", 4, 1), ("per sign", 0, 4), ("per sign", 4, 2)
    ]  # fmt: skip
    axes, grid = module.FIGURES["inputs"](plan)
    assert len(grid.rows) == 9 and grid.rows[2]["accuracy"] == signed["accuracy"]
    assert axes.get_title() == "digit and contrast"
    axes, grid = module.FIGURES["resources"](plan)
    assert grid.rows == rows and axes.get_xscale() == "log"
    assert len(axes.get_legend().get_texts()) == 4
    run_jobs(plan.jobs("resources"), said.append)
    assert said[-1] == "8 of 8 parts are there already"
    module._learned.cache_clear(), module._unseen.cache_clear()


def test_what_it_has_not(tmp_path):
    assert experiments.experiment("jang2020-vowel") is module
    with pytest.raises(ValidationError, match="no recipe for 'svhn'"):
        module.Reproduction("svhn", tmp_path)
    with pytest.raises(ValidationError, match="no table of noise"):
        module.Reproduction("mnist", tmp_path, noises=("none",))
    plan = module.Reproduction("mnist", tmp_path, epochs=5)
    assert plan.recipe == dataclasses.replace(Recipe(), epochs=5)
    jobs = plan.jobs("resources")
    assert len({job.result for job in jobs}) == len(jobs) == 72
    with pytest.raises(ValidationError, match="no table 'errors'"):
        plan.jobs("errors")
