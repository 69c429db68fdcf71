"""Lee et al. (2020): the recipe trains, its table stands published beside measured."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from nengo_lifdeep import experiments
from nengo_lifdeep.datasets.base import Dataset, Split
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.experiments import Lee_2020, settings
from nengo_lifdeep.experiments.lee.spike_recipes import BriefRecipe, PublishedRecipe
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.jobs.local import run_jobs
from nengo_lifdeep.layers.named import architecture
from nengo_lifdeep.records import Evaluation
from nengo_lifdeep.training.random_features import trained_example

pytestmark = pytest.mark.tf

PUBLISHED = {
    recipe.network: recipe
    for tables in Lee_2020.RECIPES.values()
    for recipe in tables["published"].values()
}


def test_the_published_figures():
    errors = experiments.experiment("lee2020").ERRORS
    assert errors["lenet"].error == pytest.approx(100 - 99.59)
    assert errors["vgg9"].error == pytest.approx(100 - 90.45)
    assert errors["resnet11"].error == pytest.approx(100 - 90.95)
    unseen = {name for name, each in errors.items() if not each.checked}
    assert unseen == {"vgg9"} and "memory" in errors["vgg9"].source


@pytest.mark.parametrize(
    ("name", "batch", "rates"),
    [
        ("lenet", 64, {0: 0.0085, 74: 0.0085, 75: 0.0017}),
        ("vgg9", 16, {0: 0.0033, 70: 0.00066, 100: 0.000132, 149: 2.64e-5}),
        ("resnet11", 16, {69: 0.0025, 70: 0.0005, 124: 0.0001, 125: 2e-5}),
    ],
)
def test_rates_are_those_of_a_sum_over_a_batch(name, batch, rates):
    recipe = PUBLISHED[name]
    assert recipe.batch_size == batch
    for epoch, rate in rates.items():
        assert recipe.learning_rate(epoch) / batch == pytest.approx(rate)


def test_pixels_of_cifar10_are_probabilities_with_a_sign():
    for name in ("vgg9", "resnet11"):
        recipe = PUBLISHED[name]
        shown = recipe.preprocessing(np.float32([0, 1])[:, None, None, None] * np.ones((1, 3)))
        assert shown.min() < -0.8 and 0.99 < shown.max() <= 1 + 1e-6
        frames = recipe.coding(shown, Presentation(t_p=0.1), np.arange(2))
        assert set(np.unique(frames)) == {-1, 0, 1}


def test_recipes_fit_their_networks():
    kinds = {}
    for name, recipe in PUBLISHED.items():
        net = architecture(f"lee2020-{recipe.network}")
        assert recipe.preprocessing.input_shape(net.input_shape) == net.input_shape
        kinds[name] = (recipe.epochs, recipe.n_steps, recipe.leak, round(recipe.gain**2 * 2, 6))
    assert kinds == {
        "lenet": (125, 100, 0.99, 2), "vgg9": (150, 100, 0.99, 2), "resnet11": (150, 100, 0.99, 1)
    }  # fmt: skip


@pytest.mark.slow
def test_trained_and_tabled(tmp_path, monkeypatch):
    """On a few images, for a few steps: every part runs and is not run again."""
    rng = np.random.default_rng(0)
    images = rng.uniform(size=(1000, 28, 28, 1)).astype(np.float32)
    labels = np.arange(1000) % 10
    train, test = Split(images[:900], labels[:900]), Split(images[900:], labels[900:])
    few = Dataset("mnist", train, test, tuple("0123456789"))
    monkeypatch.setattr(settings, "load", lambda name: few)
    brief = {
        "LeNet from scratch": BriefRecipe(epochs=1, n_steps=4),
        "LeNet from rates": BriefRecipe(epochs=1, n_steps=4, rate_epochs=1),
    }
    short = {"errors": brief, "published": {"LeNet as published": PublishedRecipe(1, 5)}}
    monkeypatch.setitem(Lee_2020.RECIPES, "mnist", short)
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


def test_a_figure_that_was_not_seen_is_shown_and_not_compared_with(tmp_path):
    plan = Lee_2020.Reproduction("cifar10", tmp_path, epochs=2)
    labels = np.arange(100) % 10
    trained = dataclasses.replace(trained_example()[0], history={"seconds": [1.0]})
    for job in plan.jobs("published"):
        if "spikes" in job.name:
            job.result.parent.mkdir(parents=True)
            trained.save(job.result.with_name("trained.lifdeep"))
            classes, rates = tuple("abcdefghij"), {"neurons1": 1.0}
            found = Evaluation(
                "events", "net", "cifar10", None, labels, labels, classes, None, rates, rates, 1.0
            )
            found.save(job.result)
    by_row = [row["verdict"] for row in plan.table("published").rows]
    assert by_row == [None, "lower"]
    text = plan.table("published").markdown()
    assert "9.55" in text and "VGG9: the published figure was not seen in print" in text
    assert "9.05" in text and "Fang et al. 2021" in text
    one = Lee_2020.Reproduction("cifar10", tmp_path, networks=("resnet11",))
    assert [job.name for job in one.jobs("published")] == [
        "train lee2020 ResNet11 as published, seed 0, 150 epochs",
        "spikes of lee2020 ResNet11 as published, seed 0, 150 epochs",
    ]


def test_what_it_has_not():
    with pytest.raises(ValidationError, match="no network 'lenet' for cifar10; .* resnet11"):
        Lee_2020.Reproduction("cifar10", "somewhere", networks=("lenet",))
    with pytest.raises(ValidationError, match="no table 'errors' for cifar10; .* 'published'"):
        Lee_2020.Reproduction("cifar10", "somewhere").jobs("errors")
    with pytest.raises(ValidationError, match="no recipe for 'svhn' of lee2020"):
        Lee_2020.Reproduction("svhn", "somewhere")
    with pytest.raises(ValidationError, match="no table of noise"):
        Lee_2020.Reproduction("mnist", "somewhere", noises=("none",))
    with pytest.raises(ValidationError, match="no table 'noise'"):
        Lee_2020.Reproduction("mnist", "somewhere").jobs("noise")
