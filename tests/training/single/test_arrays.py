"""Arrays trained image by image without NengoDL: its weights, its draws, its rules."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep import Architecture, datasets, train
from nengo_lifdeep.compat import import_tf_keras
from nengo_lifdeep.errors import TrainingError
from nengo_lifdeep.inputs.augmentation import Augmentation
from nengo_lifdeep.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D, Neurons
from nengo_lifdeep.training import prepared
from nengo_lifdeep.training.checkpoints import Checkpoint
from nengo_lifdeep.weights import CrossPoint, Device, Pulses, Read

pytest.importorskip("numba")
pytestmark = pytest.mark.tf

LAYERS = [
    Conv2D(3, 3, strides=2, padding="same"), Neurons(), Conv2D(4, 2, padding="same"), Neurons(),
    MaxPooling2D(2), Flatten(), Dense(6, use_bias=False), Neurons(), Dense(10),
]  # fmt: skip
NET = Architecture((8, 8, 1), LAYERS)
DILATED = Architecture(
    (8, 8, 1),
    [Conv2D(3, 2, dilation_rate=(2, 3)), MaxPooling2D(3, strides=2), Neurons(), Flatten(),
     Dense(10)],
)  # fmt: skip
IDEAL = CrossPoint(Device(bound=None), Read(0, None), Read(0, None), Pulses(None))
DATA = datasets.load("digits").train.take(30)


def trained(weights, net=NET, data=DATA, **settings):
    known = {"neuron": nengo.Tanh(tau_ref=0.8), "epochs": 2, "batch_size": 1, "seed": 3,
             "learning_rate": 0.05, "kernel_initializer": "glorot", "progress": False}  # fmt: skip
    return train(net, data, weights=weights, **(known | settings))


def in_nengo_dl(monkeypatch, *args, **settings):
    with monkeypatch.context() as patch:
        patch.setattr(prepared, "suits", lambda *given: False)
        return trained(*args, **settings)


def same(one, other, atol=1e-4):  # a pulse is ten times that
    for name, arrays in one.weights.items():
        for key, array in arrays.items():
            np.testing.assert_allclose(other.weights[name][key], array, rtol=0, atol=atol)
    for name in ("loss", "accuracy", "learning_rate"):
        assert other.history[name] == pytest.approx(one.history[name], rel=1e-4)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (IDEAL, {}),
        (CrossPoint.managed(2, per_weight=2), {"augmentation": Augmentation(flip=True)}),
        (CrossPoint(), {"net": DILATED, "neuron": nengo.RectifiedLinear(amplitude=0.5),
                        "learning_rate": lambda epoch: 0.05 / (1 + epoch)}),
    ],
    ids=["ideal", "managed", "plain"],
)  # fmt: skip
def test_weights_are_those_of_nengo_dl(monkeypatch, kind, settings):
    """Both reads, pulses, borders, strides, dilation, overlapping maxima: the same draws."""
    found = trained(kind, **settings)
    same(in_nengo_dl(monkeypatch, kind, **settings), found)
    assert len(set(found.history["loss"])) == 2


def test_training_is_resumed_exactly_and_by_either(tmp_path, monkeypatch):
    kind = CrossPoint.managed(2, per_weight=2)
    whole = trained(kind)
    done = []

    def after(epochs, history):  # what is done after an epoch finds its state
        done.append((epochs, Checkpoint.load(tmp_path / "c").epochs))

    trained(kind, epochs=1, checkpoint=tmp_path / "c", callbacks=[after])
    resumed = trained(kind, checkpoint=tmp_path / "c")
    assert done == [(1, 1)] and whole.history["loss"] == resumed.history["loss"]
    for name, arrays in whole.weights.items():
        for key, array in arrays.items():
            np.testing.assert_array_equal(array, resumed.weights[name][key])
    in_nengo_dl(monkeypatch, kind, epochs=1, checkpoint=tmp_path / "d")
    same(whole, trained(kind, checkpoint=tmp_path / "d"))


def test_what_it_has_no_place_for_is_trained_by_nengo_dl(monkeypatch):
    """Other layers and losses, validation, rate targets, callbacks of Keras."""
    used = []
    real = prepared.Prepared._graph
    monkeypatch.setattr(prepared.Prepared, "_graph", lambda self: used.append(1) or real(self))
    few = {"epochs": 1, "data": DATA.take(10)}
    trained(IDEAL, **few)
    assert not used
    keras = import_tf_keras()
    dropped = Architecture((8, 8, 1), [*LAYERS[:-1], Dropout(0.1), Dense(10)])
    others = [
        {"net": dropped}, {"loss": "mean_squared_error"}, {"validation_split": 0.2},
        {"neuron": nengo.Sigmoid()}, {"callbacks": [keras.callbacks.Callback()]},
        {"batch_size": 2},
    ]  # fmt: skip
    for number, settings in enumerate(others, 1):
        trained(IDEAL, **(few | settings))
        assert len(used) == number, settings
    trained({"conv1": IDEAL}, **few)  # the others are floats
    assert len(used) == len(others) + 1


def test_a_loss_that_is_no_number_ends_it():
    with pytest.raises(TrainingError, match=r"the loss became (nan|inf) in epoch 1, batch \d"):
        trained(IDEAL, learning_rate=1e30, neuron=nengo.RectifiedLinear())
