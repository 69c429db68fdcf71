"""Keras models of both generations: architecture, and weights compared on a forward pass."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.errors import DataError
from nengo_lifdeep.importers.keras.model import architecture_from_keras, weights_from_keras
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Dropout, Neurons
from nengo_lifdeep.layers.named import architecture

from .conftest import forward, randomise

pytestmark = pytest.mark.tf


def check_forward(model, shape, tail=lambda out: out, seed=1):
    """The imported arrays, run by NumPy alone, give what Keras predicts."""
    images = np.random.default_rng(seed).random((3, *shape), dtype=np.float32)
    net, weights = architecture_from_keras(model), weights_from_keras(model)
    ours = tail(forward(net, weights, images))
    theirs = np.asarray(model(images))
    assert ours.shape == theirs.shape
    assert theirs.std() > 1e-3  # otherwise equality would say little
    # float32 sums of up to 2,000 terms
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5 * np.abs(theirs).max())
    return net, weights


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def test_sequential(keras):
    K = keras.layers
    model = keras.Sequential(
        [
            keras.Input((11, 9, 2)),
            K.Conv2D(4, (3, 2), strides=2, padding="same", activation="relu", name="first"),
            K.AveragePooling2D(3, 2, padding="same"),
            K.Dropout(0.25),
            K.Conv2D(6, 3, use_bias=False),
            K.ReLU(),
            K.Flatten(),
            K.Dense(7, activation="relu"),
            K.Dense(5, activation="softmax"),
        ],
        name="small",
    )
    net, weights = check_forward(randomise(model), (11, 9, 2), softmax)
    assert net.name == "small"
    assert [layer.name for layer in net.layers] == [
        "conv1", "neurons1", "pool1", "dropout1", "conv2", "neurons2", "flatten1",
        "dense1", "neurons3", "dense2",
    ]  # fmt: skip
    assert [type(layer) for layer in net.layers[:4]] == [
        Conv2D, Neurons, AveragePooling2D, Dropout,
    ]  # fmt: skip
    assert net.layers[3].rate == 0.25
    assert set(weights) == {"conv1", "conv2", "dense1", "dense2"}
    assert set(weights["conv2"]) == {"kernel"}
    assert weights["conv1"]["kernel"].shape == (3, 2, 2, 4)
    assert all(a.dtype == np.float32 for w in weights.values() for a in w.values())


@pytest.mark.parametrize("multiplier", [1, 3])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_depthwise_and_separable(keras, multiplier, padding):
    K = keras.layers
    options = {"padding": padding, "depth_multiplier": multiplier}
    model = keras.Sequential([
        keras.Input((9, 8, 3)),
        K.DepthwiseConv2D(3, activation="relu", **options),
        K.SeparableConv2D(5, (3, 2), strides=2, activation="relu", **options),
        K.SeparableConv2D(4, 2, use_bias=False, **options),
        K.BatchNormalization(),
        K.ReLU(),
        K.Flatten(),
        K.Dense(6),
    ])  # fmt: skip
    randomise(model)
    check_forward(model, (9, 8, 3))
    first, second = architecture_from_keras(model).layers[:3:2]
    assert (first.groups, first.filters) == (3, 3 * multiplier)
    assert (second.groups, second.filters) == (1, 5)


def test_imported_network_runs_in_rates_and_spikes(keras):
    from nengo_lifdeep import Presentation, convert, evaluate, from_keras, run

    K = keras.layers
    model = randomise(keras.Sequential([
        keras.Input((9, 8, 1)), K.Conv2D(4, 3, use_bias=False), K.BatchNormalization(), K.ReLU(),
        K.AveragePooling2D(2), K.Flatten(), K.Dense(12, activation="relu"), K.Dense(5),
    ]))  # fmt: skip
    images = np.random.default_rng(3).random((30, 9, 8, 1), dtype=np.float32)
    labels = np.asarray(model(images)).argmax(axis=1)
    net = from_keras(model)
    assert evaluate(net, Split(images, labels)).accuracy == 1
    spiking = convert(net, scale_firing_rates=300)
    record = run(spiking, images, presentation=Presentation(t_c=0.1, t_p=0.5))
    theirs = np.asarray(model(images))
    assert np.corrcoef(record.scores().ravel(), theirs.ravel())[0, 1] > 0.99
    assert net.provenance["imported from"] == f"Keras model {model.name!r}"


def test_functional_with_normalisation(keras):
    K = keras.layers
    image = keras.Input((8, 8, 3))
    x = K.Conv2D(6, 3, groups=3, use_bias=False)(image)
    x = K.BatchNormalization(epsilon=0.01, momentum=0.9)(x)
    x = K.Activation("relu")(x)
    x = K.Conv2D(4, 2, padding="same")(x)
    x = K.BatchNormalization(scale=False, center=False)(x)
    x = K.ReLU()(x)
    x = K.GlobalAveragePooling2D()(x)
    x = K.Dense(3)(x)
    model = keras.Model(image, K.Softmax()(x))
    net, weights = check_forward(randomise(model), (8, 8, 3), softmax)
    assert net.layers[1].epsilon == 0.01
    np.testing.assert_array_equal(weights["norm2"]["gamma"], np.ones(4))
    np.testing.assert_array_equal(weights["norm2"]["beta"], np.zeros(4))
    assert net.layers[-1] == Dense(3, name="dense1")


def test_order_is_that_of_the_connections_not_of_the_names(keras):
    K = keras.layers
    image = keras.Input((4, 4, 1), name="z")
    middle = K.Dense(6, activation="relu", name="b")
    last = K.Dense(2, name="a")
    model = keras.Model(image, last(middle(K.Flatten(name="c")(image))))
    net, _ = check_forward(randomise(model), (4, 4, 1))
    assert [la.units for la in net.layers if isinstance(la, Dense)] == [6, 2]


def test_rates_of_a_dense_network_on_vectors(keras):
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(5, activation=keras.activations.relu),
            keras.layers.Dense(2, activation="linear"),
        ]
    )
    check_forward(randomise(model), (6,))


def test_single_linear_layer_gets_no_neurons(keras):
    K = keras.layers
    model = keras.Sequential([keras.Input((4, 4, 1)), K.Flatten(), K.Dense(3)])
    net, _ = check_forward(randomise(model), (4, 4, 1))
    assert not any(isinstance(layer, Neurons) for layer in net.layers)


def test_weights_are_copies(keras):
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2)])
    before = model.get_weights()[0].copy()
    weights_from_keras(model)["dense1"]["kernel"][...] = 7
    np.testing.assert_array_equal(model.get_weights()[0], before)


def test_frozen_layers_are_read_in_the_same_order(keras):
    K = keras.layers
    model = keras.Sequential(
        [
            keras.Input((5, 5, 1)),
            K.Conv2D(3, 2),
            K.BatchNormalization(),
            K.ReLU(),
            K.Flatten(),
            K.Dense(2),
        ]
    )
    for layer in model.layers:
        layer.trainable = False
    check_forward(randomise(model), (5, 5, 1))


@pytest.mark.parametrize("implementation", [1, 2, 3])
@pytest.mark.parametrize(
    ("kernel", "strides", "padding"),
    [((3, 3), 1, "valid"), ((2, 3), (2, 1), "valid"), ((3, 3), 1, "same"), ((1, 5), 1, "same")],
)
def test_locally_connected(tf_keras, implementation, kernel, strides, padding):
    if implementation == 1 and padding == "same":
        pytest.skip("tf_keras: implementation 1 knows 'valid' only")
    K = tf_keras.layers
    model = tf_keras.Sequential(
        [
            tf_keras.Input((6, 7, 2)),
            K.LocallyConnected2D(
                3, kernel, strides, padding, activation="relu", implementation=implementation
            ),
            K.Flatten(),
            K.Dense(4),
        ]
    )
    _, weights = check_forward(randomise(model), (6, 7, 2))
    rows, cols = model.layers[0].output_shape[1:3]
    assert weights["local1"]["kernel"].shape == (rows, cols, kernel[0] * kernel[1] * 2, 3)
    assert weights["local1"]["bias"].shape == (rows, cols, 3)


def test_papers_network_written_in_keras_is_ours(tf_keras):
    """The CIFAR-10 network of Hunsberger & Eliasmith, spelled in Keras, is the named one."""
    K = tf_keras.layers
    model = tf_keras.Sequential(
        [
            tf_keras.Input((24, 24, 3)),
            K.Conv2D(64, 5, padding="same", activation="relu"),
            K.AveragePooling2D(3, 2, padding="same"),
            K.Conv2D(64, 5, padding="same", activation="relu"),
            K.AveragePooling2D(3, 2, padding="same"),
            K.LocallyConnected2D(64, 3, padding="same", activation="relu", implementation=2),
            K.LocallyConnected2D(32, 3, padding="same", activation="relu", implementation=2),
            K.Flatten(),
            K.Dense(10, activation="softmax"),
        ]
    )
    named = architecture("hunsberger2016-cifar10")
    assert architecture_from_keras(model).layers == named.layers


def test_nan_weights_are_refused(keras):
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2, name="out")])
    kernel, bias = model.get_weights()
    model.set_weights([kernel * np.nan, bias])
    with pytest.raises(DataError, match=r"layer 1 'out' \(Dense\): its kernel .*NaN"):
        weights_from_keras(model)


def test_importing_the_importer_imports_no_framework():
    code = (
        "import sys, nengo_lifdeep.importers.keras.model; "
        "print([m for m in ('tensorflow', 'keras', 'tf_keras') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
