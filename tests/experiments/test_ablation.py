"""The ablation: which networks its rows are, that they train, resume, and are not run twice."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep.datasets.synthetic import bars
from nengo_lifdeep.errors import TrainingError, ValidationError
from nengo_lifdeep.experiments import Hunsberger_2016, max_pooling, recipe
from nengo_lifdeep.experiments.ablation import ABLATION
from nengo_lifdeep.experiments.max_pooling import MaxPoolingTrial, max_pooling_network
from nengo_lifdeep.experiments.recipe import Recipe
from nengo_lifdeep.experiments.trial import Trial
from nengo_lifdeep.jobs.local import run_jobs
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten
from nengo_lifdeep.layers.architecture import Architecture

pytestmark = pytest.mark.tf

DIGITS = Recipe("digits", "digits-compact", epochs=2, batch_size=50, peak=0.1)


@pytest.mark.parametrize("response", [False, True])
def test_network_is_the_recipes_with_maxima(response):
    papers = Recipe("cifar10", "hunsberger2016-cifar10")
    network = max_pooling_network(papers, response)
    kinds = [type(layer).__name__ for layer in network.layers]
    assert kinds.count("MaxPooling2D") == 2 and "AveragePooling2D" not in kinds
    assert kinds.count("ResponseNormalization") == 2 * response
    assert kinds.count("ReLU") == 4
    order = [name for name in (layer.name for layer in network.layers) if "pool" in name]
    assert order == (
        ["pool1", "response_pool1", "response_pool2", "pool2"] if response else ["pool1", "pool2"]
    )
    assert network.output_shape == (None, 10)
    kernels = sum(int(np.prod(v.shape)) for v in network.weights if "kernel" in v.name)
    assert kernels == papers.architecture().counts().weights


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
    batches = max_pooling._batches
    monkeypatch.setattr(
        max_pooling, "_batches", lambda stream, epoch: _stop() if epoch else batches(stream, epoch)
    )
    with pytest.raises(KeyboardInterrupt):
        run_jobs(broken.jobs(), lambda line: None)
    assert not broken.file.exists()
    monkeypatch.undo()
    run_jobs(broken.jobs(), lambda line: None)
    np.testing.assert_array_equal(broken.rates().predictions, whole.rates().predictions)
    assert whole.rates().error < 60


def test_dropout_is_another_one_in_every_step_of_training(tmp_path, monkeypatch):
    """The mask must change with the step, and a training that never advances it must not pass."""
    import tensorflow as tf

    from nengo_lifdeep.training.tf_layers import StatelessDropout

    seen: list[int] = []
    mask = StatelessDropout._mask

    def watched(self, inputs):
        tf.py_function(lambda step: seen.append(int(step)), [self.step], [])
        return mask(self, inputs)

    monkeypatch.setattr(StatelessDropout, "_mask", watched)
    monkeypatch.setattr(Recipe, "data", lambda self: bars(28).dataset(100, 20))
    small = Recipe("bars", "hunsberger2016-mnist", epochs=2, batch_size=25)
    MaxPoolingTrial(small, True, 0, tmp_path / "x" / "seed0", progress=False)._run()
    assert seen == list(range(8))
    step = tf.Variable(0, dtype=tf.int64)
    dropout = max_pooling_network(small, False, seed=1, step=step).get_layer("dropout1")
    masks = []
    for number in (0, 1, 0):
        step.assign(number)
        masks.append(dropout(tf.ones((4, 50)), training=True).numpy())
    assert (masks[0] == masks[2]).all() and (masks[0] != masks[1]).any()


def test_folder_of_another_recipe_is_refused(tmp_path):
    DIGITS.note(tmp_path, 0)
    longer = dataclasses.replace(DIGITS, epochs=3)
    with pytest.raises(ValidationError, match="epochs 2 instead of 3"):
        MaxPoolingTrial(longer, False, 0, tmp_path).jobs()
    with pytest.raises(ValidationError, match="seed 0 instead of 1"):
        Trial(DIGITS, 1, tmp_path).jobs()


def test_network_without_pooling_has_no_ablation(tmp_path):
    plan = Hunsberger_2016.Reproduction("fashion-mnist", tmp_path)
    with pytest.raises(ValidationError, match="fashion-mnist, 'mnist-compact', has no pooling"):
        plan.jobs("ablation")


def test_training_that_diverges_says_so(tmp_path):
    wild = dataclasses.replace(DIGITS, peak=1e30)
    with pytest.raises(TrainingError, match=r"the loss is (nan|inf) in epoch 1; lower Recipe.peak"):
        MaxPoolingTrial(wild, False, 0, tmp_path / "x" / "seed0", progress=False)._run()


def _stop():
    raise KeyboardInterrupt


def test_table_has_every_row_and_is_not_computed_twice(tmp_path, monkeypatch):
    half = [Conv2D(8, 3, padding="same"), AveragePooling2D(2, 2)]
    small = Architecture((8, 8, 1), [*half, *half, Flatten(), Dense(10)])
    monkeypatch.setattr(recipe, "architecture", lambda name: small)
    recipes = {**Hunsberger_2016._RECIPES, "mnist": dataclasses.replace(DIGITS, epochs=1)}
    monkeypatch.setattr(Hunsberger_2016, "_RECIPES", recipes)
    plan = Hunsberger_2016.Reproduction("mnist", tmp_path, seeds=1, n_images=40, progress=False)
    jobs = plan.jobs("ablation")
    assert len({job.result for job in jobs}) == len(jobs) == 2 + 2 + 3 * 4
    run_jobs(jobs, lambda line: None)
    rows = plan.table("ablation").records()
    assert [row["network"] for row in rows] == list(ABLATION)
    assert all(0 <= row["measured_rates"] <= 100 for row in rows)
    assert [row["measured_spikes"] is None for row in rows] == [True] * 3 + [False] * 3
    assert not any({"published_rates", "p_rates"} & set(row) for row in rows)  # CIFAR-10's
    assert [row["measured_stream"] is None for row in rows] == [True] * 3 + [False] * 3
    for row in rows:  # 40 images: the closed form solved for the bounds themselves
        low, high = (bound / 100 for bound in row["interval_rates"])
        share = row["measured_rates"] / 100
        for bound in (low, high):
            assert (share - bound) ** 2 == pytest.approx(
                1.96**2 * bound * (1 - bound) / 40, abs=1e-9
            )
        assert low <= share <= high and low < high
    lines: list[str] = []
    run_jobs(plan.jobs("ablation"), lines.append)
    assert lines == [f"{len(jobs)} of {len(jobs)} parts are there already"]
