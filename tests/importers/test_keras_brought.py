"""Keras models that people bring: classes of their own, parts of images, models of pixels."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep import from_keras
from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.errors import ModelFileError, UnsupportedLayerError, ValidationError

from .conftest import randomise
from .test_keras_networks import same

pytestmark = pytest.mark.tf


def functions(keras):
    """Keras's operations, or TensorFlow's in tf_keras."""
    if hasattr(keras, "ops"):
        return keras.ops
    return pytest.importorskip("tensorflow")


def ended(keras, image, x):
    K = keras.layers
    return randomise(keras.Model(image, K.Dense(3)(K.Flatten()(x))))


def test_layers_of_an_own_class_with_weights(keras):
    """As the guides of Keras write them: ``matmul(x, w) + b``."""
    ops = functions(keras)

    class Linear(keras.layers.Layer):
        def build(self, shape):
            self.w = self.add_weight(name="w", shape=(shape[-1], 4), initializer="he_normal")
            self.b = self.add_weight(name="b", shape=(4,), initializer="he_normal")

        def call(self, x):
            return (ops.matmul(x, self.w) + self.b) * self.b

    image = keras.Input((5, 4, 2))
    x = keras.layers.ReLU()(Linear()(image))
    same(ended(keras, image, keras.layers.ReLU()(Linear()(keras.layers.Flatten()(x)))))


@pytest.mark.parametrize("base", ["Model", "Sequential"])
def test_an_own_call_counts(keras, base):
    """The layers of a subclass are not all that it computes."""
    K = keras.layers

    class Twice(getattr(keras, base)):
        def call(self, x, training=None):
            return super().call(x) * 2.0

    if base == "Sequential":
        model = Twice([keras.Input((6,)), K.Dense(5, activation="relu"), K.Dense(3)])
    else:
        image = keras.Input((6,))
        model = Twice(image, K.Dense(3)(K.Dense(5, activation="relu")(image)))
    same(randomise(model))


def test_a_layer_at_two_places_of_a_sequential_model(keras):
    K = keras.layers
    block = keras.Sequential([keras.Input((5, 5, 2)), K.Conv2D(2, 3, padding="same"), K.ReLU()])
    layers = [keras.Input((5, 5, 2)), block, block, K.Flatten(), K.Dense(3)]
    net = same(randomise(keras.Sequential(layers)))
    assert [type(la).__name__ for la in net.architecture.layers].count("Conv2D") == 2


def test_parts_of_images_and_series(keras):
    K = keras.layers
    image = keras.Input((7, 6, 3))
    x = K.Conv2D(4, 3, padding="same", activation="relu")(image[..., :2])
    x = K.Conv2D(4, 2, activation="relu")(x[:, 1:-1, ::-1, 1:3])
    same(ended(keras, image, K.Concatenate()([x[:, 2, -1], K.Flatten()(x)[:, 3:20:2]])))
    series = keras.Input((8, 3))
    x = K.Conv1D(4, 3, padding="causal", activation="relu")(series)
    same(randomise(keras.Model(series, K.Dense(2)(x[:, -1, :]))))
    grey = keras.Input((6, 7))
    same(ended(keras, grey, K.Conv2D(3, 3, activation="relu")(grey[..., None])))
    with pytest.raises(UnsupportedLayerError, match=r"takes a part that is no image; expected"):
        from_keras(ended(keras, image, image[:, 0]))
    with pytest.raises(UnsupportedLayerError, match=r"leaves nothing of \(7, 6, 3\)"):
        from_keras(ended(keras, image, image[:, 5:2]))


def test_bounds(keras):
    ops, K = functions(keras), keras.layers
    image = keras.Input((6, 6, 2))
    x = ops.maximum(K.Conv2D(3, 3, padding="same")(image), 0.0)
    x = ops.minimum(K.Conv2D(3, 3, padding="same")(x), 0.2)
    x = ops.maximum(K.Conv2D(3, 3, padding="same")(x), -0.1)
    if hasattr(keras, "ops"):
        x = ops.clip(K.Conv2D(3, 3)(x), 0.0, np.inf)
        x = ops.clip(K.Conv2D(3, 1)(x), -np.inf, 0.3)
    same(ended(keras, image, x))
    with pytest.raises(UnsupportedLayerError, match="Maximum.*merges"):
        from_keras(ended(keras, image, ops.maximum(image, 2.0 * image)))


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2", "densenet"])
def test_preprocessing_of_applications_in_the_model(keras, name):
    """Channels in another order, a mean, a scale: of pixels from 0 to 255."""
    image = keras.Input((6, 6, 3))
    prepared = getattr(keras.applications, name).preprocess_input(image)
    conv = keras.layers.Conv2D(4, 3, padding="same", activation="relu")
    model = ended(keras, image, conv(prepared))
    x = np.random.default_rng(0).uniform(size=(2, 6, 6, 3)).astype(np.float32)
    net = from_keras(model)
    found = forward(fold(net), net.preprocessing(x))["output"]
    np.testing.assert_allclose(found, np.asarray(model(255.0 * x)), rtol=1e-4, atol=1e-4)


def test_bytes_are_pixels_to_255(keras):
    image = keras.Input((6, 6, 1), dtype="uint8")
    floats = keras.layers.Rescaling(1.0)(image)  # tf_keras convolves no bytes
    model = ended(keras, image, keras.layers.Conv2D(2, 3, activation="relu")(floats))
    assert from_keras(model).preprocessing.scale == 255.0


def test_adaptive_pools(keras):
    K = keras.layers
    if not hasattr(K, "AdaptiveAveragePooling2D"):
        pytest.skip("only newer Keras 3 has them")
    image = keras.Input((8, 7, 2))
    x = K.Conv2D(3, 2, activation="relu")(image)
    same(ended(keras, image, K.AdaptiveAveragePooling2D((3, 2))(x)))


def test_wrappers(keras):
    K = keras.layers
    steps = [K.TimeDistributed(K.Dense(4, activation="relu")), K.Flatten(), K.Dense(2)]
    same(randomise(keras.Sequential([keras.Input((5, 3)), *steps])))
    if hasattr(keras, "ops"):
        normed = K.SpectralNormalization(K.Conv2D(3, 3, activation="relu"))
        same(keras.Sequential([keras.Input((6, 6, 2)), normed, K.Flatten(), K.Dense(2)]))


def test_softmax_before_what_moves_no_value(keras):
    K = keras.layers
    layers = [K.Dense(4, activation="softmax"), K.Dropout(0.1, noise_shape=(None, 1)), K.Flatten()]
    net = from_keras(keras.Sequential([keras.Input((6,)), *layers]))
    assert net.architecture.output_shape == (4,)
    with pytest.raises(UnsupportedLayerError, match="softmax is over one unit, and always 1"):
        from_keras(keras.Sequential([keras.Input((6,)), K.Dense(1, activation="softmax")]))


def test_inputs_by_name(keras):
    image = keras.Input((6, 6, 1), name="image")
    x = keras.layers.Dense(3)(keras.layers.Flatten()(image))
    assert from_keras(keras.Model({"image": image}, x)).architecture.input_shape == (6, 6, 1)
    model = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(2, 3)])
    with pytest.raises(ValidationError, match=r"put one before a trained model: keras.Sequential"):
        from_keras(model)


def test_own_classes_in_files(keras, tmp_path):
    class Scaled(keras.layers.Layer):
        def call(self, x):
            return x * 2.0

    Scaled.__module__ = "__main__"  # as in a script
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), Scaled()])
    model.save(tmp_path / "own.keras")
    with pytest.raises(ModelFileError, match=r"class of your own.*custom_objects") as caught:
        from_keras(tmp_path / "own.keras")
    assert len(str(caught.value)) < 500
