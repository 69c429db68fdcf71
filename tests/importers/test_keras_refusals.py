"""What cannot be imported from Keras is refused by name and position, with what to use instead."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep import from_keras
from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.errors import UnsupportedLayerError, ValidationError
from nengo_lifdeep.importers.keras.layers import ADVICE
from nengo_lifdeep.importers.keras.model import architecture_from_keras

pytestmark = pytest.mark.tf


def around(keras, *middle):
    """A model with the given layers between a good beginning and a good end."""
    K = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            K.Conv2D(4, 3, activation="relu"),
            *middle,
            K.Flatten(),
            K.Dense(3),
        ]
    )


UNSUPPORTED = {
    "GroupNormalization": lambda K: K.GroupNormalization(2),
    "Permute": lambda K: K.Permute((2, 1, 3)),
    "ELU": lambda K: K.ELU(),
    "LayerNormalization": lambda K: K.LayerNormalization(),
    "TimeDistributed": lambda K: K.TimeDistributed(K.Flatten()),
    "Softmax": lambda K: K.Softmax(),
}


@pytest.mark.parametrize("kind", UNSUPPORTED)
def test_layer_is_refused_with_advice(keras, kind):
    model = around(keras, UNSUPPORTED[kind](keras.layers))
    with pytest.raises(UnsupportedLayerError) as caught:
        architecture_from_keras(model)
    message = str(caught.value)
    assert message.startswith("Keras layer 2 '")
    assert f"({kind}): cannot be imported; {ADVICE[kind]}" in message
    assert isinstance(caught.value, TypeError)


def test_unknown_layer_says_what_is_known(keras):
    with pytest.raises(UnsupportedLayerError, match=r"\(RepeatVector\).*convolutions, Dense.* can"):
        architecture_from_keras(keras.Sequential([keras.Input((6,)), keras.layers.RepeatVector(3)]))


@pytest.mark.parametrize("kind", ["int32", "uint8", "bool"])
def test_cast_that_rounds_is_refused(keras, kind):
    """Its rounding was left out before: scores were off by the largest score and more."""

    def model(kind):
        image = keras.Input((8, 8, 2))
        x = keras.layers.Conv2D(4, 3)(image)
        if hasattr(keras, "ops"):
            x = keras.ops.cast(keras.ops.cast(x, kind), "float32")
        else:
            tf = pytest.importorskip("tensorflow")
            x = tf.cast(tf.cast(x, kind), tf.float32)
        x = keras.layers.ReLU()(x)
        return keras.Model(image, keras.layers.Dense(3)(keras.layers.Flatten()(x)))

    with pytest.raises(UnsupportedLayerError, match=rf"\(Cast\): to {kind}, by which"):
        from_keras(model(kind))
    assert from_keras(model("float64")).architecture.output_shape == (3,)


def relu(x):
    """Not what its name says."""
    return 2 * x


OPTIONS = [
    (lambda K: K.Conv2DTranspose(4, 3, 2, output_padding=1), r"output_padding is .*1"),
    (lambda K: K.Resizing(4, 4, interpolation="bicubic"), "expected 'nearest' or 'bilinear'"),
    (lambda K: K.CenterCrop(8, 8), r"to \(8, 8\), larger than its input"),
    (lambda K: K.UpSampling2D(2, interpolation="bicubic"), "expected 'nearest' or 'bilinear'"),
    (lambda K: K.Conv2D(4, 3, activation="tanh"), "activation is 'tanh'; use ReLU"),
    (lambda K: K.Conv2D(4, 3, activation="softmax"), "activation is 'softmax'"),
    (lambda K: K.Dense(4, activation="tanh"), "activation is 'tanh'; use ReLU"),
    (lambda K: K.Activation("sigmoid"), "activation is 'sigmoid'"),
    (lambda K: K.Reshape((6, 24)), r"target_shape is \(6, 24\) of \(6, 6, 4\); only to flat"),
    (lambda K: K.ReLU(threshold=1), "threshold is 1"),
    (lambda K: K.Conv2D(4, 3, activation="sigmoid"), "can only be that of the very last layer"),
    (lambda K: K.Conv2D(4, 2, activation=lambda x: x), "activation is '.*lambda"),
    (lambda K: K.Conv2D(4, 2, activation=relu), r"activation is '.*\.relu'"),
]


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
@pytest.mark.parametrize(("make", "message"), OPTIONS)
def test_option_is_refused_by_position(keras, make, message):
    with pytest.raises(UnsupportedLayerError, match=f"^Keras layer 2 '.*{message}"):
        architecture_from_keras(around(keras, make(keras.layers)))


@pytest.mark.parametrize("kind", ["Conv2D", "AveragePooling2D", "Flatten"])
def test_channels_first_is_refused(keras, kind):
    options = {"Conv2D": (4, 3), "AveragePooling2D": (2,), "Flatten": ()}[kind]
    layer = getattr(keras.layers, kind)(*options, data_format="channels_first")
    with pytest.raises(UnsupportedLayerError, match=r"layer 1 '.*data_format is 'channels_first'"):
        architecture_from_keras(keras.Sequential([keras.Input((2, 8, 8)), layer]))


def test_normalisation_over_another_axis(keras):
    K = keras.layers
    model = keras.Sequential(
        [keras.Input((8, 8, 2)), K.Conv2D(4, 3), K.BatchNormalization(axis=1), K.ReLU(),
         K.Flatten(), K.Dense(2)]
    )  # fmt: skip
    with pytest.raises(UnsupportedLayerError, match=r"layer 2 .*axis is .*1.*axis=-1"):
        architecture_from_keras(model)


def test_layers_without_activation_between_them(keras):
    """Two convolutions are one, unless the second pads what the first gives."""
    K = keras.layers
    model = keras.Sequential(
        [keras.Input((8, 8, 2)), K.Conv2D(4, 3, name="one"), K.Conv2D(4, 3, padding="same",
         name="two"), K.ReLU(), K.Flatten(), K.Dense(5)]
    )  # fmt: skip
    for weights in model.layers[0].weights:
        weights.assign(weights + 1.0)
    kinds = [type(layer).__name__ for layer in same(model, (8, 8, 2)).architecture.layers]
    assert kinds == ["Conv2D", "Conv2D", "Neurons", "Flatten", "Dense"]


def test_read_out_with_activation(keras):
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(5, activation="sigmoid")])
    with pytest.raises(UnsupportedLayerError, match=r"layer 1 .*one unit"):
        architecture_from_keras(model)


def same(model, shape):
    """The imported network, which gives what the model gives."""
    images = np.random.default_rng(0).uniform(size=(3, *shape)).astype("f4")
    network = from_keras(model)
    rows = images if len(shape) == 3 else images[:, np.newaxis, np.newaxis]
    found = forward(fold(network), rows)["output"]
    np.testing.assert_allclose(found, np.asarray(model(images)), rtol=1e-4, atol=1e-4)
    return network


def test_sums_that_are_not_residual_are_written_as_they_are(keras):
    K = keras.layers
    image = keras.Input((8, 8, 2))
    x = K.Conv2D(2, 3, padding="same", activation="relu", name="fork")(image)
    y = K.Conv2D(2, 3, padding="same", activation="relu")(image)
    out = K.Dense(2)(K.Flatten()(K.Add(name="sum")([x, y])))
    same(keras.Model(image, out), (8, 8, 2))
    wide = K.Conv2D(2, 3, padding="same", activation="relu")(x)
    deep = K.Conv2D(2, 3, padding="same")(wide)
    both = K.ReLU()(K.Add(name="two")([deep, K.Conv2D(2, 3, padding="same")(x)]))
    same(keras.Model(image, K.Dense(2)(K.Flatten()(both))), (8, 8, 2))
    own = K.ReLU()(K.Add(name="own")([K.Conv2D(2, 3, padding="same")(x), image]))
    same(keras.Model(image, K.Dense(2)(K.Flatten()(own))), (8, 8, 2))


def test_merging_with_itself(keras):
    K = keras.layers
    image = keras.Input((6,))
    x = K.Dense(4, activation="relu")(image)
    same(keras.Model(image, K.Dense(2)(K.Concatenate(name="join")([x, x]))), (6,))


def test_several_inputs_or_outputs(keras):
    K = keras.layers
    one, two = keras.Input((6,), name="one"), keras.Input((6,), name="two")
    out = K.Dense(2)(K.Concatenate()([one, two]))
    with pytest.raises(UnsupportedLayerError, match=r"2 inputs \(one, two\)"):
        architecture_from_keras(keras.Model([one, two], out))
    hidden = K.Dense(2, name="hidden")(one)
    model = keras.Model(one, [hidden, K.Dense(2, name="final")(hidden)])
    with pytest.raises(UnsupportedLayerError, match=r"2 outputs \(hidden, final\); say which"):
        architecture_from_keras(model)
    with pytest.raises(UnsupportedLayerError, match="no output 'last'; it has hidden, final"):
        from_keras(model, output="last")


def test_layer_used_twice(keras):
    K = keras.layers
    image = keras.Input((6,))
    twice = K.Dense(6, activation="relu", name="twice")
    same(keras.Model(image, K.Dense(2)(twice(twice(image)))), (6,))
    soft = K.Softmax(name="soft")
    model = keras.Model(image, soft(K.Dense(2)(soft(K.Dense(3)(image)))))
    with pytest.raises(UnsupportedLayerError, match=r"'soft' \(Softmax\): cannot be imported"):
        architecture_from_keras(model)


def test_layers_called_as_in_training(tf_keras):
    """Keras 3 heeds what the whole model is called with."""
    K = tf_keras.layers
    image = tf_keras.Input((6,))
    x = K.Dropout(0.5, name="drop")(K.Dense(4, activation="relu")(image), training=True)
    with pytest.raises(UnsupportedLayerError, match=r"'drop' .*called with training=True"):
        architecture_from_keras(tf_keras.Model(image, K.Dense(2)(x)))


def test_sums_that_spread_one_image_over_another(keras):
    K = keras.layers
    image = keras.Input((6, 6, 2))
    x = K.Conv2D(2, 3, padding="same", activation="relu")(image)
    y = K.Conv2D(2, 6, activation="relu")(image)
    out = K.Dense(2)(K.Flatten()(K.Add(name="sum")([x, y])))
    with pytest.raises(UnsupportedLayerError, match=r"adds values of the shapes \(6, 6, 2\), "):
        architecture_from_keras(keras.Model(image, out))
    both = K.Concatenate(axis=1, name="rows")([x, x])
    with pytest.raises(UnsupportedLayerError, match=r"'rows' .*axis is 1; expected the last"):
        architecture_from_keras(keras.Model(image, K.Dense(2)(K.Flatten()(both))))


def test_softmax_over_another_axis(keras):
    K = keras.layers
    model = keras.Sequential([keras.Input((6, 6, 2)), K.Conv2D(2, 3, activation="relu"),
                              K.Conv2D(3, 1), K.Softmax(axis=1)])  # fmt: skip
    with pytest.raises(UnsupportedLayerError, match="axis is 1; softmax is dropped only"):
        architecture_from_keras(model)


def test_bare_operation(keras):
    K = keras.layers
    image = keras.Input((6,))
    x = K.Dense(4, activation="relu")(image)
    model = keras.Model(image, K.Dense(2)(x**2.0))
    with pytest.raises(UnsupportedLayerError, match="layer 2 '.*cannot be imported"):
        architecture_from_keras(model)


def test_class_of_the_users_own(keras):
    class Conv2D(keras.layers.Conv2D):
        pass

    model = keras.Sequential([keras.Input((8, 8, 2)), Conv2D(2, 3)])
    with pytest.raises(UnsupportedLayerError, match=r"layer 1 .*\..*Conv2D\): cannot be imported"):
        architecture_from_keras(model)


def test_subclassed_model(keras):
    class Mine(keras.Model):
        def call(self, x):
            return x if float(x[0, 0]) > 0 else -x

    model = Mine()
    with pytest.raises(ValidationError, match="no fixed shape yet; call it once on an image"):
        architecture_from_keras(model)
    model(np.ones((1, 4), np.float32))
    with pytest.raises(UnsupportedLayerError, match="subclassed model.*Sequential or Functional"):
        architecture_from_keras(model)


@pytest.mark.parametrize("shape", [None, (None, None, 3), (4, 28, 28, 1)])
def test_input_shape_must_be_an_image(keras, shape):
    start = [] if shape is None else [keras.Input(shape)]
    model = keras.Sequential([*start, keras.layers.Dense(2)])
    with pytest.raises(ValidationError, match=r"Input\(\(rows, columns, channels\)\)"):
        architecture_from_keras(model)


@pytest.mark.parametrize("thing", [None, "model.keras", 3, object])
def test_no_model_at_all(thing):
    with pytest.raises(ValidationError, match="is not a Keras model; expected a Sequential"):
        architecture_from_keras(thing)


@pytest.mark.parametrize(("kernel", "strides"), [(2, 1), (3, 2)])
def test_locally_connected_same_padding_of_another_alignment(tf_keras, kernel, strides):
    K = tf_keras.layers
    layer = K.LocallyConnected2D(2, kernel, strides, "same", implementation=2)
    model = tf_keras.Sequential([tf_keras.Input((6, 6, 1)), layer, K.ReLU(), K.Flatten(),
                                 K.Dense(2)])  # fmt: skip
    with pytest.raises(UnsupportedLayerError, match="aligned differently .*odd kernel"):
        architecture_from_keras(model)
