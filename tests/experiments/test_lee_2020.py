"""Lee et al. (2020): the recipe trains, its table stands published beside measured."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from nengo_lifdeep import experiments
from nengo_lifdeep.datasets.base import Dataset, Split
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.experiments import Lee_2020
from nengo_lifdeep.experiments.spike_recipes import BriefRecipe, PublishedRecipe, published_rate
from nengo_lifdeep.jobs.local import run_jobs

pytestmark = pytest.mark.tf


def test_the_published_figure():
    assert experiments.experiment("lee2020").ERRORS["mnist"] == pytest.approx(100 - 99.59)


def test_rates_are_those_of_a_sum_over_64_images():
    assert published_rate(0) / 64 == pytest.approx(0.0085)
    assert published_rate(74) / 64 == pytest.approx(0.0085)
    assert published_rate(75) / 64 == pytest.approx(0.0017)


@pytest.mark.slow
def test_trained_and_tabled(tmp_path, monkeypatch):
    """On a few images, for a few steps: every part runs and is not run again."""
    rng = np.random.default_rng(0)
    images = rng.uniform(size=(1000, 28, 28, 1)).astype(np.float32)
    labels = np.arange(1000) % 10
    train, test = Split(images[:900], labels[:900]), Split(images[900:], labels[900:])
    few = Dataset("mnist", train, test, tuple("0123456789"))
    monkeypatch.setattr(Lee_2020, "load", lambda name: few)
    brief = {
        "from scratch": BriefRecipe(epochs=1, n_steps=4),
        "from rates": BriefRecipe(epochs=1, n_steps=4, rate_epochs=1),
    }
    short = {"errors": brief, "published": {"as published": PublishedRecipe(1, 5)}}
    monkeypatch.setattr(Lee_2020, "RECIPES", short)
    plan = Lee_2020.Reproduction("mnist", tmp_path, n_images=40, progress=False)
    said: list[str] = []
    run_jobs(plan.jobs("errors"), said.append)
    run_jobs(plan.jobs("errors"), said.append)
    assert said[-1] == "4 of 4 parts are there already"
    text = plan.table("errors").markdown()
    assert "0.41" in text and "LeNet from rates, 1 epochs, seed 0" in text
    run_jobs(plan.jobs("published"), said.append)
    assert "LeNet as published, 1 epochs" in plan.table("published").markdown()


def test_epochs_and_the_first_recipe_can_be_asked_for(tmp_path):
    plan = Lee_2020.Reproduction("mnist", tmp_path, epochs=3, seeds=2)
    assert plan.recipe == BriefRecipe(epochs=3)
    assert len(plan.jobs("errors")) == 8 and len(plan.jobs("published")) == 4
    assert len({job.result for job in plan.jobs("errors")}) == 8


def test_what_it_has_not():
    with pytest.raises(ValidationError, match="no recipe for 'svhn' of lee2020"):
        Lee_2020.Reproduction("svhn", "somewhere")
    with pytest.raises(ValidationError, match="no table of noise"):
        Lee_2020.Reproduction("mnist", "somewhere", noises=("none",))
    with pytest.raises(ValidationError, match="no table 'noise'"):
        Lee_2020.Reproduction("mnist", "somewhere").jobs("noise")
