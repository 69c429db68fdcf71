"""Lee et al. (2020): the recipe trains, its table stands published beside measured."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from nengo_lifdeep import experiments
from nengo_lifdeep.datasets.base import Dataset, Split
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.experiments import Lee_2020
from nengo_lifdeep.jobs.local import run_jobs

pytestmark = pytest.mark.tf


def test_the_published_figure():
    assert experiments.experiment("lee2020").ERRORS["mnist"] == pytest.approx(100 - 99.59)


def test_rates_are_those_of_a_sum_over_64_images():
    assert Lee_2020._rate(0) / 64 == pytest.approx(0.0085)
    assert Lee_2020._rate(74) / 64 == pytest.approx(0.0085)
    assert Lee_2020._rate(75) / 64 == pytest.approx(0.0017)


@pytest.mark.slow
def test_trained_and_tabled(tmp_path, monkeypatch):
    """On a few images, for a few steps: every part runs and is not run again."""
    rng = np.random.default_rng(0)
    images = rng.uniform(size=(1000, 28, 28, 1)).astype(np.float32)
    labels = np.arange(1000) % 10
    train, test = Split(images[:900], labels[:900]), Split(images[900:], labels[900:])
    few = Dataset("mnist", train, test, tuple("0123456789"))
    monkeypatch.setattr(Lee_2020, "load", lambda name: few)
    short = Lee_2020.Recipe(epochs=1, n_steps=5)
    monkeypatch.setattr(Lee_2020.Reproduction, "recipe", short)
    plan = Lee_2020.Reproduction("mnist", tmp_path, n_images=40, progress=False)
    said: list[str] = []
    run_jobs(plan.jobs("errors"), said.append)
    run_jobs(plan.jobs("errors"), said.append)
    assert said[-1] == "2 of 2 parts are there already"
    text = plan.table("errors").markdown()
    assert "0.41" in text and "LeNet, 1 epochs, seed 0" in text


def test_what_it_has_not():
    with pytest.raises(ValidationError, match="no recipe for 'svhn' of lee2020"):
        Lee_2020.Reproduction("svhn", "somewhere")
    with pytest.raises(ValidationError, match="no table of noise"):
        Lee_2020.Reproduction("mnist", "somewhere", noises=("none",))
    with pytest.raises(ValidationError, match="no table 'noise'"):
        Lee_2020.Reproduction("mnist", "somewhere").jobs("noise")
