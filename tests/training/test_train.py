"""`train` end to end: what it learns, records, refuses, and regularises."""

from __future__ import annotations

import functools
import json

import nengo
import numpy as np
import pytest

from nengo_lifdeep.datasets import load
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.errors import DataError, LifdeepError, TrainingError, ValidationError
from nengo_lifdeep.inputs.augmentation import Augmentation
from nengo_lifdeep.inputs.preprocessing import Preprocessing
from nengo_lifdeep.layers import BatchNormalization, Conv2D, Dense, Flatten
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.models import TrainedModel
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.noise import AlphaRCNoise
from nengo_lifdeep.training import EarlyStopping, train
from nengo_lifdeep.training.initial import initial_weights

pytestmark = pytest.mark.tf

SOFTLIF = SoftLIF(0.022, 0.002, 0.02, 0.063)
NOISY = SoftLIF(0.022, 0.002, 0.02, 0.063, noise=AlphaRCNoise(0.003))
SMALL = Architecture((8, 8, 1), (Conv2D(8, 3, strides=2), Flatten(), Dense(32), Dense(10)))


@pytest.fixture(scope="module")
def digits():
    return load("digits")


def _train(data, **options):
    given = {"neuron": SOFTLIF, "epochs": 1, "progress": False, **options}
    return train(given.pop("architecture", SMALL), data, **given)


@pytest.mark.parametrize(
    "neuron", [NOISY, SOFTLIF, nengo.LIFRate(0.022, 0.002, amplitude=0.063),
               nengo.RectifiedLinear()]
)  # fmt: skip
def test_every_rate_neuron_learns(digits, neuron):
    model = _train(digits, neuron=neuron, epochs=8, optimizer="adam", learning_rate=0.003)
    assert model.history["accuracy"][-1] > 0.9  # chance is 0.1
    assert model.history["loss"][-1] < model.history["loss"][0]
    assert model.neuron is neuron


def test_history_and_provenance(digits, tmp_path):
    model = _train(digits, epochs=3, validation_split=0.1, learning_rate=lambda e: 0.01 / (1 + e))
    history, story = model.history, model.provenance
    assert set(history) == {
        "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds",
    }  # fmt: skip
    assert all(len(values) == 3 for values in history.values())
    assert history["learning_rate"] == pytest.approx([0.01, 0.005, 0.01 / 3])
    n = len(digits.train)
    assert story["images"] == {"training": n - 100, "validation": 100}
    assert story["data"] == "digits" and story["options"]["seed"] == 0
    assert set(story["inputs"]) == {"low", "high", "mean", "deviation", "typical"}
    assert story["inputs"]["high"] == story["inputs"]["typical"] == 1.0
    assert story["inputs"]["mean"] == pytest.approx(digits.train.unit_images().mean(), rel=0.05)
    assert story["parameters"] == 8 * 9 + 8 + 72 * 32 + 32 + 32 * 10 + 10
    assert {"tensorflow", "nengo-dl", "nengo_lifdeep"} <= set(story["versions"])
    json.dumps(story)
    again = TrainedModel.load(model.save(tmp_path / "model"))
    assert again.history == history and again.provenance == story
    assert again.classes == digits.classes


def test_the_seed_decides_everything(digits):
    options = {"neuron": NOISY, "augmentation": Augmentation(pad=1, crop=8)}
    one, same, other = (_train(digits, seed=seed, **options) for seed in (1, 1, 2))
    for layer, group in one.weights.items():
        for name, array in group.items():
            np.testing.assert_array_equal(array, same.weights[layer][name])
            assert (array != other.weights[layer][name]).any()


def test_noise_is_for_training_only(digits):
    """Without a step there is no noise: validation of the noisy neuron equals the quiet one's."""
    start = _train(digits).weights
    options = {"validation_split": 0.2, "initial_weights": start, "learning_rate": 1e-12}
    noisy = _train(digits, neuron=NOISY, **options).history
    quiet = _train(digits, **options).history
    assert noisy["val_loss"] == pytest.approx(quiet["val_loss"], rel=1e-5)
    assert abs(noisy["loss"][0] / quiet["loss"][0] - 1) > 1e-4


def test_initial_weights_are_used(digits):
    start = _train(digits).weights
    model = _train(digits, initial_weights=start, learning_rate=1e-12)
    for layer, group in start.items():
        for name, array in group.items():
            np.testing.assert_allclose(model.weights[layer][name], array, atol=1e-9)


def test_architecture_by_name_and_from_keras(digits):
    keras = pytest.importorskip("keras")
    layers = [keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.Flatten(),
              keras.layers.Dense(10)]  # fmt: skip
    given = keras.Sequential([keras.Input((8, 8, 1)), *layers])
    assert _train(digits, architecture=given).architecture.counts().neurons == 144
    assert _train(digits, architecture="digits-compact").architecture.name == "digits-compact"


def test_batch_normalization_learns_its_averages(digits):
    net = Architecture((8, 8, 1), (Conv2D(8, 3), BatchNormalization(), Flatten(), Dense(10)))
    model = _train(digits, architecture=net, epochs=4, learning_rate=0.01)
    norm = model.weights["norm1"]
    assert (norm["moving_mean"] != 0).all() and (norm["moving_variance"] != 1).all()
    assert model.history["accuracy"][-1] > 0.8


def test_weight_decay_acts_on_kernels_only(digits):
    """Without a gradient, and so with decay alone, kernels shrink and thresholds stay."""
    from nengo_lifdeep.compat import import_tf_keras

    net = Architecture((8, 8, 1), (Conv2D(8, 3), BatchNormalization(), Flatten(), Dense(10)))
    sgd = import_tf_keras().optimizers.SGD(0.1, weight_decay=0.1)
    model = _train(
        digits, architecture=net, optimizer=sgd, batch_size=100,
        loss=lambda labels, scores: 0 * scores[:, 0],
    )  # fmt: skip
    steps = len(digits.train) // 100
    start = initial_weights(net, SOFTLIF)
    for layer in ("conv1", "dense1"):
        np.testing.assert_allclose(
            model.weights[layer]["kernel"], start[layer]["kernel"] * 0.99**steps, rtol=1e-3
        )
        np.testing.assert_array_equal(model.weights[layer]["bias"], start[layer]["bias"])
    for name in ("gamma", "beta"):
        np.testing.assert_array_equal(model.weights["norm1"][name], start["norm1"][name])


def test_rate_targets_move_rates(digits):
    """The regularised network's rates are nearer to the band than those without a target."""
    distance = {}
    for weight in (1e-9, 1e-2):
        history = _train(digits, epochs=5, rate_targets={"dense1": (10, 30, weight)}).history
        distance[weight] = history["rate_neurons2_loss"][-1] / weight
        total = history["score_loss"][-1] + history["rate_neurons2_loss"][-1]
        assert history["loss"][-1] == pytest.approx(total, rel=1e-4)
    assert distance[1e-2] < 0.2 * distance[1e-9]


def test_early_stopping_returns_the_best_epoch(digits):
    """A learning rate that explodes in the third epoch makes the second the best."""
    options = {"validation_split": 0.1, "learning_rate": lambda e: 0.002 if e < 2 else 5.0}
    model = _train(digits, epochs=9, early_stopping=EarlyStopping(2), **options)
    assert len(model.history["loss"]) == 4 and model.provenance["kept_epoch"] == 2
    two = _train(digits, epochs=2, **options)
    for layer, group in two.weights.items():
        for name, array in group.items():
            np.testing.assert_array_equal(array, model.weights[layer][name])


def test_callbacks_of_both_kinds(digits):
    from nengo_lifdeep.compat import import_tf_keras

    seen = []

    class Count(import_tf_keras().callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(("keras", epoch))

    _train(digits, epochs=2, callbacks=[Count(), lambda n, h: seen.append((n, len(h["loss"])))])
    assert seen == [("keras", 0), (1, 1), ("keras", 1), (2, 2)]
    with pytest.raises(TrainingError, match="expected a callback or a function"):
        _train(digits, callbacks=["checkpoint"])
    for wrong in (lambda history: None, lambda: None, lambda a, b, c: None):
        with pytest.raises(TrainingError, match=r"callbacks\[0\] is .*def log\(epochs, history\)"):
            _train(digits, callbacks=[wrong])
    few = functools.partial(lambda run, epochs, history: seen.append(run), "run 1")
    _train(digits, epochs=1, callbacks=[few, lambda *both: None])
    assert seen[-1] == "run 1"


def test_progress_goes_to_standard_error(digits, capsys):
    _train(digits, progress=True, validation_split=0.1)
    out, err = capsys.readouterr()
    assert out == ""
    assert "1,300 of 1,338 training images per epoch, 100 held back for validation" in err


# -- what cannot be trained -------------------------------------------------------------------
def test_nan_loss_names_epoch_and_remedy(digits):
    with pytest.raises(TrainingError, match=r"loss became (nan|inf) in epoch 2.*learning_rate"):
        _train(
            digits, neuron=nengo.RectifiedLinear(), epochs=3, optimizer="sgd",
            learning_rate=lambda e: 1e-4 if e == 0 else 1e12,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"epochs": 0}, TrainingError, "epochs is 0; expected an integer, 1 or more"),
        ({"batch_size": 0}, TrainingError, "batch_size is 0"),
        ({"batch_size": 10_000}, TrainingError, "batch_size is 10000, but scikit-learn.* has 1,4"),
        ({"seed": -1}, TrainingError, "seed is -1"),
        ({"gain": 0.0}, TrainingError, "gain is 0.0"),
        ({"learning_rate": -0.1}, TrainingError, "learning_rate is -0.1"),
        ({"validation_split": 1.5}, TrainingError, "validation_split is 1.5"),
        ({"early_stopping": 3}, TrainingError, "needs validation images"),
        ({"resume": "perhaps"}, TrainingError, "resume is 'perhaps'"),
        ({"resume": True}, TrainingError, "there is no checkpoint"),
        ({"neuron": nengo.LIF()}, TrainingError, "spikes and has no gradient"),
        ({"neuron": nengo.AdaptiveLIFRate()}, ValidationError, "neuron type is"),
        ({"neuron": "SoftLIF"}, ValidationError, "neuron type is"),
        ({"architecture": "mnist-compact"}, DataError, r"\(8, 8, 1\).*expects \(28, 28, 1\)"),
        ({"preprocessing": Preprocessing(crop=6)}, DataError, r"\(6, 6, 1\).*'conv1'.*\(8, 8, 1\)"),
        ({"augmentation": Augmentation(crop=6)}, DataError, r"augmentation; layer 'conv1'"),
        ({"architecture": Architecture((8, 8, 1), (Flatten(), Dense(5)))}, DataError, "label"),
        ({"initial_weights": {}}, TrainingError, "kernel of layer 'conv1' is missing"),
        ({"rate_targets": {"conv9": (1, 2)}}, TrainingError, "conv9"),
    ],
)
def test_requests_that_are_refused(digits, options, error, message):
    with pytest.raises(error, match=message) as caught:
        _train(digits, **options)
    assert isinstance(caught.value, LifdeepError)


def test_a_network_whose_output_is_an_image_is_refused(digits):
    with pytest.raises(ValidationError, match="Put Flatten"):
        _train(digits, architecture=Architecture((8, 8, 1), (Conv2D(10, 8),)))


def test_data_that_are_refused():
    images, labels = np.zeros((200, 8, 8, 1), np.float32), np.zeros(200, int)
    broken = images.copy()
    broken[3, 2, 1, 0] = np.nan
    for data, message in [
        ((images[:0], labels[:0]), "no images"),
        ((broken, labels), "row 2, column 1.*image 3 is nan"),
        ((images, labels - 1), "negative"),
        ("digits", "data is a str"),
    ]:
        with pytest.raises(DataError, match=message):
            _train(data)
    with pytest.raises(DataError, match="label 10 of image 7"):
        _train(Split(images, np.where(np.arange(200) == 7, 10, 0)))
