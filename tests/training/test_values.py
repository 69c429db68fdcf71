"""`train` towards values: losses, history, checkpoints, images, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.datasets.base import Dataset, Split
from nengo_lifdeep.errors import DataError, TrainingError
from nengo_lifdeep.inputs.augmentation import Augmentation
from nengo_lifdeep.layers import Conv2D, Dense, Flatten
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.models import TrainedModel
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.training import EarlyStopping, train
from nengo_lifdeep.training.batches import BatchStream
from nengo_lifdeep.training.settings.losses import CrossEntropy, check_loss, loss_name

pytestmark = pytest.mark.tf

NEURON = SoftLIF(0.022, 0.002, 0.02, 0.063)
NETWORK = Architecture((1, 1, 3), (Flatten(), Dense(30), Dense(2)), "waves")


@pytest.fixture(scope="module")
def waves():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(240, 3))
    targets = np.stack([features[:, 0] * features[:, 1], features[:, 2]], axis=1)
    split = Split(features, targets=targets)
    return Dataset("waves", split.subset(slice(200)), split.subset(slice(200, 240)), ("a", "b"))


def _train(data, architecture=NETWORK, **options):
    given = {"neuron": NEURON, "epochs": 2, "batch_size": 20, "progress": False, **options}
    return train(architecture, data, **given)


def test_values_are_learnt(waves):
    from nengo_lifdeep.evaluation.accuracy import evaluate

    model = _train(waves, epochs=15, learning_rate=0.01, validation_split=0.1)
    assert set(model.history) == {
        "loss", "mean_absolute_error", "mean_squared_error", "val_loss", "val_mean_absolute_error",
        "val_mean_squared_error", "learning_rate", "seconds",
    }  # fmt: skip
    np.testing.assert_allclose(model.history["loss"], model.history["mean_squared_error"])
    assert evaluate(model, waves, task="regression").r2 > 0.5
    assert model.classes == ("a", "b")
    assert model.provenance["task"] == "regression" and model.provenance["targets"] == [2]
    assert model.provenance["options"]["loss"] == "mean_squared_error"


def test_the_loss_is_that_of_the_network_s_values(waves):
    """Of one batch, with a learning rate of next to nothing."""
    from nengo_lifdeep.conversion.folding import fold
    from nengo_lifdeep.conversion.rates import forward

    few = waves.train.first(20)
    for loss, of in {
        "mse": lambda error: (error**2).mean(),
        "mae": lambda error: np.abs(error).mean(),
        "huber": lambda e: np.where(np.abs(e) < 1, e**2 / 2, np.abs(e) - 0.5).mean(),
    }.items():
        model = _train(few, epochs=1, loss=loss, learning_rate=1e-12)
        given = forward(fold(model), few.unit_images())["output"]
        assert model.history["loss"][0] == pytest.approx(of(given - few.targets), rel=1e-3)


def test_an_interrupted_training_continues_to_the_same_weights(waves, tmp_path):
    whole = _train(waves, loss="mae", epochs=2)
    with pytest.raises(RuntimeError, match="enough"):
        _train(waves, loss="mae", epochs=2, checkpoint=tmp_path, callbacks=[_stop])
    again = _train(waves, loss="mean_absolute_error", epochs=2, checkpoint=tmp_path, resume=True)
    for layer, arrays in whole.weights.items():
        for name, array in arrays.items():
            np.testing.assert_allclose(again.weights[layer][name], array, rtol=1e-5, atol=1e-6)


def _stop(epochs, history):
    if epochs == 1:
        raise RuntimeError("enough")


def test_images_out_end_in_flatten(tmp_path):
    rng = np.random.default_rng(1)
    images = rng.uniform(size=(40, 6, 6, 2)).astype(np.float32)
    layers = (Conv2D(4, 3, padding="same"), Conv2D(1, 1), Flatten())
    network = Architecture((6, 6, 2), layers, "mean of the channels")
    data = Split(images, targets=images.mean(axis=3, keepdims=True))
    model = _train(data, network, epochs=3)
    assert TrainedModel.load(model.save(tmp_path / "m.lifdeep")).provenance["targets"] == [6, 6, 1]
    assert model.history["loss"][-1] < model.history["loss"][0]


def test_augmented_images_keep_their_targets():
    values = np.arange(12.0)
    images = np.repeat(values / 12, 16).reshape(12, 4, 4, 1)
    stream = BatchStream(Split(images, targets=values), 4, augmentation=Augmentation(flip=True))
    for step in range(3):
        shown, targets = stream.batch(0, step)
        np.testing.assert_allclose(shown[:, 0, 0], targets / 12, rtol=1e-6)
    (inputs, wanted), *_ = stream.dataset(range(1), "input", ["output"])
    assert wanted["output"].shape == (4, 1, 1)
    np.testing.assert_allclose(inputs["input"][:, 0, :1] * 12, wanted["output"][:, 0], rtol=1e-6)


def test_early_stopping_on_an_error_of_values():
    rule = EarlyStopping(1, "val_mean_absolute_error")
    assert rule.best_epoch({"val_mean_absolute_error": [3.0, 1.0, 2.0]}) == 2
    with pytest.raises(TrainingError, match="val_mean_absolute_error"):
        EarlyStopping(1, "val_mean_error")


def test_names_of_losses():
    assert loss_name("mse") == "mean_squared_error"
    with pytest.raises(TrainingError, match=r"no loss 'mse' of classes; expected one of sparse"):
        check_loss("mse")
    with pytest.raises(TrainingError, match=r"no loss 'categorical_hinge' of values; .* huber"):
        check_loss("categorical_hinge", values=True)
    with pytest.raises(TrainingError, match=r"for every class; of values expected one of"):
        check_loss(CrossEntropy(), values=True)


def test_what_does_not_fit_is_refused(waves):
    with pytest.raises(DataError, match="task is 'classification', but the images have values"):
        _train(waves, task="classification")
    with pytest.raises(DataError, match="1 values per image; the network gives 2"):
        _train((waves.train.images, waves.train.targets[:, 0]))
