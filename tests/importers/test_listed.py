"""Models that are written layer by layer: what cannot be merged into one layer between neurons."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep import convert, from_keras, run
from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.errors import UnsupportedLayerError
from nengo_lifdeep.importers.chain import assemble
from nengo_lifdeep.inputs.presentation import Presentation

keras = pytest.importorskip("keras")
L = keras.layers
IMAGE = (8, 8, 2)


def block(x, filters):
    """Normalisation, activation, convolution, as in DenseNet and later ResNets."""
    x = L.ReLU()(L.BatchNormalization()(x))
    return L.Conv2D(filters, 3, padding="same")(x)


def dense_net(image):
    x = L.Conv2D(4, 3, padding="same")(image)
    for _ in range(2):
        x = L.Concatenate()([x, block(x, 3)])
    x = L.AveragePooling2D(2)(L.Conv2D(5, 1)(L.ReLU()(L.BatchNormalization()(x))))
    x = L.Concatenate()([x, block(x, 3)])
    return L.GlobalAveragePooling2D()(L.ReLU()(L.BatchNormalization()(x)))


def pre_activation(image):
    x = L.Conv2D(4, 3, padding="same")(image)
    for _ in range(2):
        x = L.Add()([x, block(block(x, 4), 4)])
    return L.Flatten()(L.AveragePooling2D(2)(L.ReLU()(L.BatchNormalization()(x))))


def bottleneck(image):
    """As MobileNetV2: no activation at the end of a block, ceilings within."""
    x = L.ReLU(max_value=6)(L.Conv2D(4, 3, 2, padding="same")(image))
    y = L.Conv2D(8, 1)(x)
    y = L.ReLU(max_value=6)(L.BatchNormalization()(y))
    y = L.DepthwiseConv2D(3, padding="same")(y)
    y = L.ReLU(max_value=6)(L.BatchNormalization()(y))
    x = L.Add()([x, L.BatchNormalization()(L.Conv2D(4, 1)(y))])
    x = L.LeakyReLU()(L.Conv2D(6, 1)(x))
    return L.GlobalAveragePooling2D()(x)


def upward(image):
    x = L.ReLU()(L.Conv2D(4, 3, 2, padding="same")(image))
    x = L.UpSampling2D(2)(x)
    x = L.Concatenate()([x, image])
    x = L.ReLU()(L.Conv2D(3, 3)(L.ZeroPadding2D(((1, 0), (2, 1)))(x)))
    return L.Flatten()(x)


def autoencoder(image):
    """Down and up again, with dilated and transposed convolutions, cropped to the image."""
    x = L.ReLU()(L.Conv2D(5, 3, 2, padding="same")(image))
    x = L.ReLU()(L.Conv2D(4, 3, padding="same", dilation_rate=2)(x))
    x = L.ReLU()(L.Conv2DTranspose(3, 3, 2, padding="same")(x))
    x = L.ReLU()(L.Conv2DTranspose(3, 4, 1)(x))
    x = L.Conv2D(2, 3)(L.Cropping2D(((1, 0), (2, 1)))(x))
    x = L.UpSampling2D((2, 3), interpolation="bilinear")(x)
    return L.Flatten()(L.ReLU()(x))


def crossing(image):
    """Branches that part and meet at different places, with the image in one of them."""
    a = L.ReLU()(L.Conv2D(3, 3, padding="same")(image))
    b = L.ReLU()(L.Conv2D(3, 3, padding="same")(a))
    c = L.Concatenate()([L.AveragePooling2D(2)(a), L.Conv2D(4, 3, 2, padding="same")(b)])
    d = L.Add()([L.Conv2D(7, 1)(c), L.Concatenate()([L.Conv2D(5, 2, 2)(image),
                                                     L.AveragePooling2D(2)(image)])])  # fmt: skip
    return L.Flatten()(L.ReLU()(d))


MODELS = [dense_net, pre_activation, bottleneck, upward, autoencoder, crossing]


def built(make, front=None):
    keras.utils.set_random_seed(3)
    image = keras.Input(IMAGE)
    x = make(image if front is None else front(image))
    model = keras.Model(image, L.Dense(4, activation="softmax")(x))
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, L.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
        elif isinstance(layer, L.Conv2D | L.DepthwiseConv2D):
            kernel, *bias = layer.get_weights()
            layer.set_weights([2 * kernel, *(rng.uniform(0, 0.5, b.shape) for b in bias)])
    return model


def scores(model, images):
    return keras.Model(model.input, model.layers[-1].input)(images), model.layers[-1].get_weights()


@pytest.mark.parametrize("make", MODELS)
def test_rates_equal_keras(make):
    model = built(make)
    images = np.random.default_rng(1).uniform(size=(3, *IMAGE)).astype("f4")
    features, (kernel, bias) = scores(model, images)
    expected = np.asarray(features) @ kernel + bias
    found = forward(fold(from_keras(model)), images)["output"]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    assert np.ptp(expected, axis=0).max() > 1e-2


@pytest.mark.parametrize("make", MODELS)
def test_pixels_to_255(make):
    """The model's own rescaling says which pixels it takes; all branches take it."""
    model = built(make, L.Rescaling(1 / 127.5, -1.0))
    images = np.random.default_rng(1).uniform(size=(3, *IMAGE)).astype("f4")
    features, (kernel, bias) = scores(model, 255 * images)
    network = from_keras(model)
    found = forward(fold(network), network.preprocessing(images))["output"]
    np.testing.assert_allclose(found, np.asarray(features) @ kernel + bias, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("make", [pre_activation, bottleneck])
def test_spikes(make):
    """Events and Nengo fire the same; scores come to those in rates."""
    model = built(make)
    images = np.random.default_rng(1).uniform(size=(1, *IMAGE)).astype("f4")
    network = from_keras(model)
    spiking = convert(network, synapse=0.002, scale_firing_rates=300)
    timing = Presentation(t_c=0.0, t_p=0.05)
    found, truth = (
        run(spiking, images, simulator=name, presentation=timing, **options)
        for name, options in (("events", {"dtype": "float64"}), ("nengo", {}))
    )
    for name, spikes in truth.image_spikes.items():
        np.testing.assert_array_equal(found.image_spikes[name], spikes)
    assert min(spikes.sum() for spikes in truth.image_spikes.values()) > 0


def test_what_could_be_merged_is_the_same_layer_by_layer(monkeypatch):
    """A chain, written both ways."""
    image = keras.Input(IMAGE)
    x = L.ReLU()(L.BatchNormalization()(L.Conv2D(4, 3, 2, padding="same")(image)))
    x = L.ReLU()(L.Conv2D(5, 3, padding="same")(L.AveragePooling2D(2)(x)))
    model = keras.Model(image, L.Dense(1, activation="sigmoid")(L.Flatten()(x)))
    images = np.random.default_rng(1).uniform(size=(3, *IMAGE)).astype("f4")
    expected = forward(fold(from_keras(model)), images)["output"]

    def refuse(graph):
        raise UnsupportedLayerError("not merged")

    monkeypatch.setattr(assemble, "_merged", refuse)
    found = forward(fold(from_keras(model)), images)["output"]
    assert found.shape == (3, 2)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_a_model_without_activation_gets_no_neurons(monkeypatch):
    """Two layers with weights and no neurons between them: an architecture would place some."""
    image = keras.Input(IMAGE)
    x = L.Conv2D(3, 3, padding="same")(L.Conv2D(4, 3)(image))
    model = keras.Model(image, L.Flatten()(x))

    def refuse(graph):
        raise UnsupportedLayerError("not merged")

    monkeypatch.setattr(assemble, "_merged", refuse)
    with pytest.raises(UnsupportedLayerError, match="not merged"):
        from_keras(model)


def test_what_neither_way_says_is_refused_as_before():
    image = keras.Input(IMAGE)
    x = L.Multiply()([L.Conv2D(2, 1)(image), image])
    with pytest.raises(UnsupportedLayerError, match="Multiply|multiply"):
        from_keras(keras.Model(image, L.Dense(2)(L.Flatten()(x))))
