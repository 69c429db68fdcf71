"""Keras models of other kinds: series, decoders, subclassed, operations, several outputs."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep import from_keras
from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.errors import UnsupportedLayerError

from .conftest import randomise
from .test_keras_networks import same

pytestmark = pytest.mark.tf

SERIES = {
    "convolutions": lambda K: [K.Conv1D(3, 3, 2, activation="relu"), K.Conv1D(2, 2)],
    "dilation": lambda K: [K.Conv1D(4, 3, padding="same", dilation_rate=2), K.ReLU()],
    "causal": lambda K: [K.Conv1D(3, 3, padding="causal", dilation_rate=2, activation="relu")],
    "depthwise": lambda K: [K.DepthwiseConv1D(3, depth_multiplier=2), K.ReLU()],
    "separable": lambda K: [K.SeparableConv1D(4, 3, padding="same"), K.BatchNormalization(axis=2)],
    "transposed": lambda K: [K.Conv1DTranspose(3, 3, 2, padding="same"), K.ReLU()],
    "pools": lambda K: [K.AveragePooling1D(3, 2, padding="same"), K.Dense(4, "relu")],
    "borders": lambda K: [K.ZeroPadding1D((1, 2)), K.Cropping1D((2, 0)), K.UpSampling1D(2)],
}


@pytest.mark.parametrize("what", SERIES)
def test_series(keras, what):
    K = keras.layers
    model = keras.Sequential([keras.Input((9, 2)), *SERIES[what](K), K.Conv1D(3, 2, padding="same"),
                              K.ReLU(), K.GlobalAveragePooling1D(), K.Dense(2)])  # fmt: skip
    assert same(randomise(model)).architecture.input_shape == (1, 9, 2)


def test_features_that_become_images(keras):
    """As decoders do it: Dense, an activation, Reshape."""
    K = keras.layers
    image = keras.Input((6, 6, 1))
    x = K.Dense(3, activation="relu")(K.Flatten()(image))
    x = K.LeakyReLU()(K.BatchNormalization()(K.Dense(24, use_bias=False)(x)))
    x = K.Conv2DTranspose(2, 3, 2, padding="same", activation="relu")(K.Reshape((3, 4, 2))(x))
    net = same(randomise(keras.Model(image, K.Flatten()(x))))
    kinds = [type(layer).__name__ for layer in net.architecture.layers]
    assert kinds.index("UpSampling2D") + 1 == kinds.index("LocallyConnected2D")
    features = keras.Input((5,))
    x = K.Reshape((4, 2))(K.Dense(8, activation="relu")(features))
    same(randomise(keras.Model(features, K.Flatten()(K.Conv1D(3, 2, activation="relu")(x)))))
    x = K.Reshape((2, 2, 2))(K.Dense(8)(K.Flatten()(K.Conv2D(2, 3, activation="relu")(image))))
    with pytest.raises(UnsupportedLayerError, match="put another Dense layer"):
        from_keras(keras.Model(image, K.Flatten()(K.ReLU()(x))))


def test_normalisation_whose_values_are_used_twice(keras):
    """It may not go into the weights before it."""
    K = keras.layers
    features = keras.Input((5,))
    dense = K.Dense(8)(features)
    x = K.Reshape((2, 2, 2))(K.ReLU()(K.BatchNormalization()(dense)))
    x = K.Concatenate()([K.Flatten()(K.Conv2D(3, 2, activation="relu")(x)), K.ReLU()(dense)])
    model = randomise(keras.Model(features, K.Dense(2)(x)))
    with pytest.raises(UnsupportedLayerError, match="only to flat"):
        from_keras(model)


def test_dense_on_every_pixel(keras):
    K = keras.layers
    model = keras.Sequential([keras.Input((5, 4, 2)), K.Dense(3, "relu"), K.Flatten(), K.Dense(2)])
    same(randomise(model))


def test_grey_images_and_series_are_told_apart(keras):
    K = keras.layers
    end = [K.Dense(3, "relu"), K.Flatten()]
    pixels = keras.Sequential([keras.Input((5, 4)), K.Rescaling(0.5), *end[::-1],
                               K.Dense(2)])  # fmt: skip
    assert same(randomise(pixels)).architecture.input_shape == (5, 4, 1)
    end = [K.Dense(3, "relu"), K.Flatten()]
    steps = keras.Sequential([keras.Input((5, 4)), K.Rescaling(0.5), *end, K.Dense(2)])
    assert same(randomise(steps)).architecture.input_shape == (1, 5, 4)


def test_means_and_differences_of_branches(keras):
    K = keras.layers
    image = keras.Input((6, 6, 2))
    one, two, three = (K.Conv2D(2, n, padding="same", activation="relu")(image) for n in (1, 2, 3))
    x = K.Conv2D(2, 3, activation="relu")(K.Average()([one, two, three]))
    y = K.Conv2D(2, 3, activation="relu")(K.Subtract()([one, two]))
    same(randomise(keras.Model(image, K.Dense(2)(K.Flatten()(K.Concatenate()([x, y]))))))


ACTIVATIONS = {
    "hard sigmoid": lambda K: [K.Conv2D(3, 3, activation="hard_sigmoid")],
    "ceiling and slope": lambda K: [K.Conv2D(3, 3), K.ReLU(0.5, negative_slope=0.1)],
    "in a branch": lambda K: [K.Conv2D(3, 3), K.BatchNormalization(), K.ReLU(0.5, 0.1),
                              K.UpSampling2D(2), K.Conv2D(2, 2, padding="same"), K.ReLU(1.0, 0.2)],
    "grouped": lambda K: [K.Conv2D(4, 3, groups=2), K.ReLU(0.5, 0.1), K.Conv2D(4, 2, groups=2),
                          K.ReLU()],
}  # fmt: skip


@pytest.mark.parametrize("what", ACTIVATIONS)
def test_activations_of_several_neurons(keras, what):
    K = keras.layers
    layers = [keras.Input((6, 6, 2)), *ACTIVATIONS[what](K), K.Flatten(), K.Dense(2)]
    same(randomise(keras.Sequential(layers)))


def test_images_of_another_size(keras):
    K = keras.layers
    for layer in (K.Resizing(4, 3), K.Resizing(9, 8, "nearest"), K.CenterCrop(5, 4)):
        model = keras.Sequential([keras.Input((7, 7, 2)), layer, K.Conv2D(3, 3, activation="relu"),
                                  K.Flatten(), K.Dense(2)])  # fmt: skip
        same(randomise(model))


def test_one_of_several_outputs(keras):
    K = keras.layers
    image = keras.Input((6, 6, 1))
    x = K.Flatten()(K.Conv2D(2, 3, activation="relu")(image))
    digit, angle = K.Dense(3, name="digit")(x), K.Dense(1, name="angle")(K.Dense(2, "relu")(x))
    named = randomise(keras.Model(image, {"first": digit, "second": angle}))
    listed = keras.Model(image, [digit, angle])
    for name, key, number in (("digit", "first", 0), ("angle", "second", 1)):
        same(keras.Model(image, [digit, angle][number]), from_keras(named, output=key))
        same(keras.Model(image, [digit, angle][number]), from_keras(listed, output=name))


def test_outputs_of_models_in_models(keras):
    """The second of two feature maps."""
    K = keras.layers
    image = keras.Input((8, 8, 1))
    high = K.Conv2D(2, 3, activation="relu")(image)
    base = keras.Model(image, [high, K.Conv2D(3, 3, activation="relu")(high)], name="base")
    outer = keras.Input((8, 8, 1))
    for number in (0, 1):
        x = K.Flatten()(K.Conv2D(2, 1, activation="relu")(base(outer)[number]))
        same(randomise(keras.Model(outer, K.Dense(2)(x))))


def test_layers_and_models_used_several_times(keras):
    K = keras.layers
    image = keras.Input((8, 8, 2))
    relu, conv = K.ReLU(), K.Conv2D(2, 3, padding="same")
    base = keras.Sequential([keras.Input((8, 8, 2)), K.Conv2D(2, 3, padding="same"), K.ReLU()])
    x = base(relu(conv(base(relu(conv(image))))))
    same(randomise(keras.Model(image, K.Dense(2)(K.Flatten()(x)))))


@pytest.mark.parametrize(("n", "shape"), [("1D", (8, 2)), ("2D", (8, 8, 2))])
def test_maximum_pools_of_every_kind(keras, n, shape):
    K = keras.layers

    def made(kind):
        pools = [getattr(K, kind + "Pooling" + n)(2), getattr(K, f"Global{kind}Pooling{n}")()]
        conv = getattr(K, "Conv" + n)(3, 3, activation="relu")
        return keras.Sequential([keras.Input(shape), conv, *pools, K.Dense(2)])

    model, judge = randomise(made("Max")), made("Average")
    judge.set_weights(model.get_weights())
    same(judge, from_keras(model, max_pooling="average"))
    net = from_keras(model)
    x = np.random.default_rng(0).uniform(size=(2, *shape)).astype(np.float32)
    found = forward(fold(net), x.reshape(2, *net.architecture.input_shape))["output"]
    np.testing.assert_allclose(found, model.predict(x, verbose=0), rtol=1e-5, atol=1e-5)
    with pytest.raises(UnsupportedLayerError, match="max_pooling='average'"):
        from_keras(model, max_pooling="refuse")


def blocks(keras):
    """A class of layers, and a model of it, that no configuration describes."""
    K = keras.layers

    class Block(K.Layer):
        def __init__(self, filters):
            super().__init__()
            self.conv, self.norm = K.Conv2D(filters, 3, padding="same"), K.BatchNormalization()

        def call(self, x, training=None):
            return K.ReLU()(self.norm(self.conv(x), training=training) + x)

    class Model(keras.Model):
        def __init__(self, filters):
            super().__init__()
            self.front = K.Conv2D(filters, 3, activation="relu")
            self.blocks = [Block(filters), Block(filters)]
            self.end = [K.GlobalAveragePooling2D(), K.Dense(2)]

        def call(self, x, training=None):
            x = self.front(x)
            for block in (*self.blocks, *self.end):
                x = block(x)
            return x

    return Block, Model


def test_models_and_layers_of_the_users_own_class(keras):
    K = keras.layers
    block, model = blocks(keras)
    own = model(3)
    x = np.random.default_rng(0).uniform(size=(2, 7, 7, 1)).astype(np.float32)
    own(x)
    before = [len(layer._inbound_nodes) for layer in own._flatten_layers()]
    net = from_keras(own)
    assert [len(layer._inbound_nodes) for layer in own._flatten_layers()] == before
    image = keras.Input((7, 7, 1))
    same(keras.Model(image, own(image)), net)
    mixed = keras.Model(image, K.Dense(2)(K.Flatten()(block(1)(image))))
    same(mixed)


def test_functions_of_tensorflow(tf_keras):
    tf = pytest.importorskip("tensorflow")
    K = tf_keras.layers
    image = tf_keras.Input((8, 8, 2))
    x = tf.nn.avg_pool2d(tf.nn.relu(K.Conv2D(3, 3)(2.0 * image)), 2, 2, "SAME")
    x = tf.concat([x, tf.nn.leaky_relu(K.Conv2D(2, 1)(x), alpha=0.1)], -1)
    x = tf.clip_by_value(K.Conv2D(2, 1)(1 - x), 0.1, 0.9)
    x = tf.reshape(tf.reduce_mean(x, [1, 2]), [-1, 2])
    same(randomise(tf_keras.Model(image, K.Dense(2)(x))))
    odd = tf.math.sin(image)
    with pytest.raises(UnsupportedLayerError, match=r"\(tf.math.sin\): cannot be imported"):
        from_keras(tf_keras.Model(image, K.Dense(2)(K.Flatten()(odd))))


def test_functions_of_keras():
    keras = pytest.importorskip("keras")
    K, ops = keras.layers, keras.ops
    image = keras.Input((8, 8, 2))
    x = ops.average_pool(ops.relu6(K.Conv2D(3, 3)(image)), 2)
    x = ops.pad(x, [[0, 0], [1, 0], [0, 1], [0, 0]], mode="reflect")
    x = ops.abs(ops.clip(K.Conv2D(3, 3)(x), -0.5, 0.5)) - ops.hard_sigmoid(K.Conv2D(3, 3)(x))
    x = ops.mean(x, axis=(1, 2), keepdims=True)
    x = ops.reshape(x, (-1, 3))
    same(randomise(keras.Model(image, K.Dense(2)(x))))
    with pytest.raises(UnsupportedLayerError, match="averages over axes"):
        x = ops.mean(image, axis=-1)
        from_keras(keras.Model(image, K.Dense(2)(K.Flatten()(x))))
