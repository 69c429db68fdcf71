"""The ablation: which networks its rows are, that they train, resume, and are not run twice."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep.experiments import Hunsberger_2016
from nengo_lifdeep.experiments.ablation import ABLATION
from nengo_lifdeep.experiments.jobs import run_jobs
from nengo_lifdeep.experiments.max_pooling import MaxPoolingTrial, max_pooling_network
from nengo_lifdeep.experiments.recipe import Recipe
from nengo_lifdeep.training import OneCycle

pytestmark = pytest.mark.tf

DIGITS = Recipe("digits", "digits-compact", epochs=2, batch_size=50, peak=0.1)


@pytest.mark.parametrize("response", [False, True])
def test_network_is_the_recipes_with_maxima(response):
    recipe = Recipe("cifar10", "hunsberger2016-cifar10")
    network = max_pooling_network(recipe, response)
    kinds = [type(layer).__name__ for layer in network.layers]
    assert kinds.count("MaxPooling2D") == 2 and "AveragePooling2D" not in kinds
    assert kinds.count("ResponseNormalization") == 2 * response
    assert kinds.count("ReLU") == 4
    assert network.output_shape == (None, 10)
    kernels = sum(int(np.prod(v.shape)) for v in network.weights if "kernel" in v.name)
    assert kernels == recipe.architecture().counts().weights


def test_response_normalisation_is_krizhevskys():
    network = max_pooling_network(Recipe("cifar10", "hunsberger2016-cifar10"), True)
    layer = next(each for each in network.layers if type(each).__name__ == "ResponseNormalization")
    x = np.random.default_rng(0).normal(size=(1, 1, 1, 20)).astype(np.float32) * 30
    found = layer(x).numpy().ravel()
    for i, value in enumerate(x.ravel()):
        near = x.ravel()[max(0, i - 4) : i + 5]
        assert found[i] == pytest.approx(
            value / (1 + 0.001 / 9 * (near**2).sum()) ** 0.75, rel=1e-4
        )


def test_interrupted_training_ends_where_an_unbroken_one_does(tmp_path, monkeypatch):
    whole = MaxPoolingTrial(DIGITS, False, 0, tmp_path / "whole" / "seed0", 60, progress=False)
    run_jobs(whole.jobs(), lambda line: None)
    broken = MaxPoolingTrial(DIGITS, False, 0, tmp_path / "broken" / "seed0", 60, progress=False)
    half = dataclasses.replace(broken, recipe=dataclasses.replace(DIGITS, epochs=1))
    monkeypatch.setattr(MaxPoolingTrial, "_judge", _stop)
    over = OneCycle.over
    monkeypatch.setattr(OneCycle, "over", lambda self, steps: over(self, 2 * 28))  # of two epochs
    with pytest.raises(KeyboardInterrupt):
        half._run()
    monkeypatch.undo()
    run_jobs(broken.jobs(), lambda line: None)
    np.testing.assert_array_equal(broken.rates().predictions, whole.rates().predictions)
    assert whole.rates().error < 60


def _stop(*arguments):
    raise KeyboardInterrupt


def test_table_has_every_row_and_is_not_computed_twice(tmp_path, monkeypatch):
    recipes = {**Hunsberger_2016._RECIPES, "mnist": dataclasses.replace(DIGITS, epochs=1)}
    monkeypatch.setattr(Hunsberger_2016, "_RECIPES", recipes)
    plan = Hunsberger_2016.Reproduction("mnist", tmp_path, seeds=1, n_images=40, progress=False)
    jobs = plan.jobs("ablation")
    assert len({job.result for job in jobs}) == len(jobs) == 2 + 2 + 3 * 3
    run_jobs(jobs, lambda line: None)
    rows = plan.table("ablation").records()
    assert [row["network"] for row in rows] == list(ABLATION)
    assert all(0 <= row["measured_rates"] <= 100 for row in rows)
    assert [row["measured_spikes"] is None for row in rows] == [True] * 3 + [False] * 3
    assert all("published_rates" not in row for row in rows)  # those are CIFAR-10's
    lines: list[str] = []
    run_jobs(plan.jobs("ablation"), lines.append)
    assert lines == [f"{len(jobs)} of {len(jobs)} parts are there already"]
