"""The ablation: which networks its rows are, that they train, resume, and are not run twice."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep.datasets.synthetic import bars
from nengo_lifdeep.errors import TrainingError, ValidationError
from nengo_lifdeep.experiments import Hunsberger_2016, recipe
from nengo_lifdeep.experiments.ablation import ABLATION
from nengo_lifdeep.experiments.recipe import Recipe
from nengo_lifdeep.experiments.trial import Trial
from nengo_lifdeep.jobs.local import run_jobs
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.training.checkpoints import Checkpoint

pytestmark = pytest.mark.tf

DIGITS = Recipe("digits", "digits-compact", epochs=2, batch_size=50, peak=0.1)


MAXIMA = dataclasses.replace(DIGITS, neuron="relu", noise=None, max_pooling=True)
#: the recipe's network on digits has no pooling; this one has
POOLED = Architecture(
    (8, 8, 1),
    [Conv2D(8, 3, padding="same"), AveragePooling2D(2, 2), Conv2D(8, 3, padding="same"),
     AveragePooling2D(2, 2), Flatten(), Dense(10)],
    "pooled",
)  # fmt: skip


@pytest.mark.parametrize("response", [False, True])
def test_network_is_the_recipes_with_maxima(response):
    papers = Recipe("cifar10", "hunsberger2016-cifar10", neuron="relu", noise=None)
    rows = dataclasses.replace(papers, max_pooling=True, response_normalization=response)
    network = rows.architecture()
    kinds = [type(layer).__name__ for layer in network.layers]
    assert kinds.count("MaxPooling2D") == 2 and "AveragePooling2D" not in kinds
    assert kinds.count("LocalResponseNormalization") == 2 * response
    assert kinds.count("Neurons") == 4
    order = [name for name in (layer.name for layer in network.layers) if "pool" in name]
    assert order == (
        ["pool1", "response_pool1", "response_pool2", "pool2"] if response else ["pool1", "pool2"]
    )
    assert network.output_shape == (10,)
    assert network.counts() == papers.architecture().counts()
    assert repr(rows.rate_neuron()) == "RectifiedLinear()"


def test_response_normalisation_is_krizhevskys():
    papers = Recipe("cifar10", "hunsberger2016-cifar10", max_pooling=True,
                    response_normalization=True)  # fmt: skip
    layer = next(la for la in papers.architecture().layers if la.name == "response_pool1")
    from nengo_lifdeep.training.tensorflow.layers import keras_layer

    x = np.random.default_rng(0).normal(size=(1, 1, 1, 20)).astype(np.float32) * 30
    found = keras_layer(layer, (1, 1, 20), None, 0)(x).numpy().ravel()
    for i, value in enumerate(x.ravel()):
        near = x.ravel()[max(0, i - 4) : i + 5]
        assert found[i] == pytest.approx(
            value / (1 + 0.001 / 9 * (near**2).sum()) ** 0.75, rel=1e-4
        )


def test_response_normalisation_without_maxima_is_refused():
    with pytest.raises(ValidationError, match="give max_pooling=True too"):
        dataclasses.replace(DIGITS, response_normalization=True)


def test_recipes_without_maxima_are_noted_as_before():
    assert not {"max_pooling", "response_normalization"} & set(DIGITS.to_dict())
    assert MAXIMA.to_dict()["max_pooling"] is True


def test_interrupted_training_ends_where_an_unbroken_one_does(tmp_path, monkeypatch):
    monkeypatch.setattr(recipe, "architecture", lambda name: POOLED)
    whole = Trial(MAXIMA, 0, tmp_path / "whole" / "seed0", 60, progress=False)
    run_jobs(whole.jobs(), lambda line: None)
    broken = Trial(MAXIMA, 0, tmp_path / "broken" / "seed0", 60, progress=False)
    save = Checkpoint.save

    def stop(self, directory):
        save(self, directory)
        if self.epochs:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Checkpoint, "save", stop)
        run_jobs(broken.jobs(), lambda line: None)
    assert not broken.file(None).exists()
    run_jobs(broken.jobs(), lambda line: None)
    for name, arrays in whole.trained().weights.items():
        for kind, array in arrays.items():
            np.testing.assert_array_equal(broken.trained().weights[name][kind], array)
    np.testing.assert_array_equal(broken.rates().predictions, whole.rates().predictions)
    assert whole.rates().error < 60


def test_dropout_is_another_one_in_every_step_of_training(tmp_path, monkeypatch):
    """The mask must change with the step, and a training that never advances it must not pass."""
    import tensorflow as tf

    from nengo_lifdeep.training.tensorflow.simple import StatelessDropout

    seen: list[int] = []
    mask = StatelessDropout._mask

    def watched(self, inputs):
        tf.py_function(lambda step: seen.append(int(step)), [self.step], [])
        return mask(self, inputs)

    monkeypatch.setattr(StatelessDropout, "_mask", watched)
    monkeypatch.setattr(Recipe, "data", lambda self: bars(28).dataset(100, 20))
    small = dataclasses.replace(
        MAXIMA, dataset="bars", network="hunsberger2016-mnist", batch_size=25,
        response_normalization=True,
    )  # fmt: skip
    Trial(small, 0, tmp_path / "x" / "seed0", progress=False).trained()
    assert sorted(set(seen)) == list(range(8))
    step = tf.Variable(0, dtype=tf.int64)
    layer = next(la for la in small.architecture().layers if la.name == "dropout1")
    dropout = StatelessDropout(layer, step, seed=1)
    monkeypatch.setattr(StatelessDropout, "_mask", mask)
    masks = []
    for number in (0, 1, 0):
        step.assign(number)
        masks.append(dropout(tf.ones((4, 50)), training=True).numpy())
    assert (masks[0] == masks[2]).all() and (masks[0] != masks[1]).any()


def test_folder_of_another_recipe_is_refused(tmp_path):
    DIGITS.note(tmp_path, 0)
    longer = dataclasses.replace(DIGITS, epochs=3)
    with pytest.raises(ValidationError, match="epochs 2 instead of 3"):
        Trial(longer, 0, tmp_path).jobs()
    with pytest.raises(ValidationError, match="max_pooling None instead of True"):
        Trial(dataclasses.replace(DIGITS, max_pooling=True), 0, tmp_path).jobs()
    with pytest.raises(ValidationError, match="seed 0 instead of 1"):
        Trial(DIGITS, 1, tmp_path).jobs()


def test_network_without_pooling_has_no_ablation(tmp_path):
    plan = Hunsberger_2016.Reproduction("fashion-mnist", tmp_path)
    with pytest.raises(ValidationError, match="fashion-mnist, 'mnist-compact', has no pooling"):
        plan.jobs("ablation")


def test_training_that_diverges_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(recipe, "architecture", lambda name: POOLED)
    wild = dataclasses.replace(MAXIMA, peak=1e30)
    message = "the loss became (nan|inf) in epoch 1, .*smaller learning_rate"
    with pytest.raises(TrainingError, match=message):
        Trial(wild, 0, tmp_path / "x" / "seed0", progress=False).trained()


def test_table_has_every_row_and_is_not_computed_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(recipe, "architecture", lambda name: POOLED)
    recipes = {**Hunsberger_2016._RECIPES, "mnist": dataclasses.replace(DIGITS, epochs=1)}
    monkeypatch.setattr(Hunsberger_2016, "_RECIPES", recipes)
    plan = Hunsberger_2016.Reproduction("mnist", tmp_path, seeds=1, n_images=40, progress=False)
    jobs = plan.jobs("ablation")
    assert len({job.result for job in jobs}) == len(jobs) == 3 * 2 + 3 * 4
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
