"""Training through cross-point arrays: ideal ones as floats, flawed ones as their NumPy array."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep import Architecture, Herding, SpikeBased, datasets, train
from nengo_lifdeep.compat import import_tensorflow
from nengo_lifdeep.errors import TrainingError
from nengo_lifdeep.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D, Neurons
from nengo_lifdeep.neurons import StepLIF
from nengo_lifdeep.weights import CrossPoint, CrossPointArray, Device, Pulses, Read, Rounded

pytestmark = pytest.mark.tf

TANH = nengo.Tanh(tau_ref=1.0)
LAYERS = [
    Conv2D(3, 3, strides=2, padding="same"), Neurons(), MaxPooling2D(2), Dropout(0.1), Flatten(),
    Dense(6, use_bias=False), Neurons(), Dense(10),
]  # fmt: skip
NET = Architecture((8, 8, 1), LAYERS)
IDEAL = CrossPoint(Device(bound=None), Read(0, None), Read(0, None), Pulses(None))


def trained(weights, net=NET, **settings):
    known = {"neuron": TANH, "epochs": 2, "batch_size": 20, "optimizer": "sgd", "seed": 3,
             "learning_rate": 0.05, "kernel_initializer": "glorot", "progress": False}  # fmt: skip
    data = datasets.load("digits").train.take(60)
    return train(net, data, weights=weights, **(known | settings))


def same(one, other, atol=0.0):
    for name, arrays in one.weights.items():
        for key, array in arrays.items():
            np.testing.assert_allclose(other.weights[name][key], array, rtol=0, atol=atol)


def test_ideal_arrays_train_as_floats_do():
    """Forward, backward and update, with strides, padding, maxima, dropout; rates by epoch."""
    rates = {"learning_rate": lambda epoch: 0.05 / (1 + epoch)}
    plain, arrays = (trained(kind, **rates) for kind in (None, IDEAL))
    same(plain, arrays, atol=2e-6)
    assert arrays.history["loss"] == pytest.approx(plain.history["loss"], rel=1e-5)
    assert np.abs(plain.weights["conv1"]["kernel"]).max() > 0.1


def test_a_step_is_that_of_the_array_in_numpy():
    """Output, gradient of the input and pulses of a layer are those of a `CrossPointArray`."""
    from nengo_lifdeep.training.tensorflow.layers import keras_layer

    tf = import_tensorflow()
    kind, rate = CrossPoint.managed(10, per_weight=2, seed=4), 0.02
    layer = Dense(3, name="d", weights=kind)
    made = keras_layer(layer, (5,), tf.Variable(7, dtype=tf.int64), 11, lambda: tf.constant(rate))
    made.build((None, 5))
    rng = np.random.default_rng(0)
    start = {name: 0.1 * rng.normal(size=size).astype(np.float32)
             for name, size in layer.arrays((5,)).items()}  # fmt: skip
    start["deviations"] -= start["deviations"].mean(axis=0)
    for name, array in start.items():
        getattr(made, name).assign(array)
    x, d = rng.normal(size=(4, 5)).astype(np.float32), rng.normal(size=(4, 3)).astype(np.float32)
    with tf.GradientTape() as tape:
        inputs = tf.constant(x)
        tape.watch(inputs)
        found = made(inputs)
        loss = tf.reduce_sum(found * d)
    slopes = tape.gradient(loss, [inputs, *(getattr(made, name) for name in start)])
    by_hand = CrossPointArray(6, 3, kind)
    by_hand.weights = kind.as_array(start)
    rows = np.concatenate([x, np.ones((4, 1), np.float32)], axis=1)
    draws = [np.random.default_rng([11, purpose, 7]) for purpose in range(3)]
    np.testing.assert_allclose(found, by_hand.read(rows, draws[0]), atol=1e-6)
    np.testing.assert_allclose(slopes[0], by_hand.read_back(d, draws[1])[:, :5], atol=1e-6)
    by_hand.pulse(rows, -d, rate, draws[2])
    expected = kind.from_array(by_hand.weights, start)
    for slope, (name, array) in zip(slopes[1:], start.items(), strict=True):
        np.testing.assert_allclose(array - rate * slope.numpy(), expected[name], atol=1e-6)
        assert np.abs(slope.numpy()).max() > 0


def test_training_is_resumed_exactly_and_stays_within_bounds(tmp_path):
    kind = CrossPoint.managed(2, per_weight=2, device=Device(0.01, bound=0.15))
    whole = trained(kind)
    trained(kind, epochs=1, checkpoint=tmp_path / "c")
    resumed = trained(kind, checkpoint=tmp_path / "c")
    same(whole, resumed)
    assert whole.history["loss"] == resumed.history["loss"]
    at_bound = 0
    for name, own in whole.architecture.weight_kinds.items():
        devices = own.as_array(whole.weights[name])
        tables = own.tables(*devices.shape[1:])
        assert (devices >= tables.low - 1e-6).all() and (devices <= tables.high + 1e-6).all()
        at_bound += int((np.abs(devices) >= np.abs(tables.high) - 1e-6).sum())
    assert at_bound > 0


def test_floats_are_written_into_arrays():
    """Weights of a float network start several devices alike, and another seed pulses otherwise."""
    kind = CrossPoint.managed(2, per_weight=2)
    floats = {
        layer.name: {name: np.full(size, 0.02) for name, size in layer.arrays(shape).items()}
        for layer, shape in zip(NET.layers, NET.layer_inputs(), strict=True)
        if layer.has_weights
    }
    still = {"initial_weights": floats, "epochs": 1, "learning_rate": 1e-9}
    written = trained(kind, **still)
    assert written.weights["conv1"]["deviations"].shape == (2, 10, 3)
    for name, arrays in floats.items():
        for key, array in arrays.items():
            np.testing.assert_allclose(written.weights[name][key], array, atol=3e-3)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"optimizer": "adam"}, "optimizer is Adam, but layers conv1, dense1, dense2 are cross"),
        ({"optimizer": {"class_name": "SGD", "config": {"momentum": 0.9}}}, "SGD with momentum"),
        ({"method": SpikeBased(), "neuron": StepLIF.of_leak(0.9)}, "trained in rates only"),
        ({"method": Herding(), "neuron": nengo.RectifiedLinear(), "optimizer": None,
          "batch_size": None}, "cannot be trained by herding|weights is"),
    ],
)  # fmt: skip
def test_what_would_change_the_pulses_is_refused(settings, text):
    net = NET
    if "method" in settings:
        bias = isinstance(settings["method"], SpikeBased)
        net = Architecture(
            (8, 8, 1),
            [Flatten(), Dense(4, use_bias=False), Neurons(), Dense(10, use_bias=False)],
        )
        assert bias or settings["batch_size"] is None
    with pytest.raises(TrainingError, match=text):
        trained(CrossPoint(), net=net, **settings)


def test_kinds_can_be_mixed_and_the_usual_optimizer_is_sgd():
    kinds = {"conv1": CrossPoint.managed(10), "dense1": Rounded(3)}
    model = trained(kinds, optimizer=None, epochs=1)
    assert model.provenance["options"]["optimizer"]["class_name"] == "SGD"
    assert len(np.unique(model.weights["dense1"]["kernel"])) <= 7
    assert model.architecture.weight_kinds == kinds
