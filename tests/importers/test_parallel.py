"""Concatenated branches, read as layers side by side and checked against Keras's own output."""

import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import UnsupportedLayerError
from nengo_lifdeep.importers.keras.model import from_keras

from .conftest import randomise
from .test_keras_networks import same


def model(keras, merge, shape=(8, 8, 2), image=False):
    """A convolution, the branches that ``merge(K, x)`` makes of it, and a read-out."""
    K = keras.layers
    image_ = keras.Input(shape)
    x = image_ if image else K.Conv2D(3, 3, padding="same", activation="relu")(image_)
    y = merge(K, x)
    y = K.Flatten()(y) if len(y.shape) == 4 else y
    return randomise(keras.Model(image_, K.Dense(3)(y)))


def inception(K, x):
    """Ways of one, two and three layers, with kernels of other sizes."""
    one = K.Conv2D(2, 1, activation="relu")(x)
    three = K.Conv2D(2, 1, activation="relu")(x)
    three = K.Conv2D(4, 3, padding="same", activation="relu")(three)
    five = K.Conv2D(2, 1, activation="relu")(x)
    for _ in range(2):
        five = K.ReLU()(K.BatchNormalization()(K.Conv2D(2, 3, padding="same")(five)))
    return K.Concatenate()([one, three, five])


def dense(K, x):
    """As in a DenseNet: what was there stays, twice."""
    for _ in range(2):
        x = K.concatenate([x, K.Conv2D(2, 3, padding="same", activation="relu")(x)])
    return x


def strided(K, x):
    one = K.Conv2D(2, 3, 2, padding="same", activation="relu")(x)
    two = K.Conv2D(3, 1, 2, activation="relu")(x)
    three = K.Conv2D(4, 5, 2, padding="same", groups=1, activation="relu")(x)
    return K.Concatenate(axis=3)([two, one, three])


def before_activation(K, x):
    """One normalisation and activation for all, after the concatenation."""
    ways = [K.Conv2D(2, 3, padding="same")(x), K.Conv2D(1, 1, use_bias=False)(x)]
    return K.ReLU()(K.BatchNormalization()(K.Concatenate()(ways)))


def flat(K, x):
    x = K.Flatten()(x)
    one = K.Dense(4, activation="relu")(x)
    two = K.Dense(3, activation="relu")(K.Dense(5, activation="relu")(x))
    return K.Concatenate()([one, two])


def grouped(K, x):
    x = K.Conv2D(4, 1, activation="relu")(x)
    one = K.Conv2D(4, 3, padding="same", groups=2, activation="relu")(x)
    two = K.DepthwiseConv2D(3, padding="same", activation="relu")(x)
    return K.Concatenate()([one, two])


def leaky(K, x):
    ways = [K.LeakyReLU()(K.Conv2D(2, k, padding="same")(x)) for k in (1, 3)]
    return K.Conv2D(2, 1, activation="relu")(K.Concatenate()(ways))


MERGES = [inception, dense, strided, before_activation, flat, grouped, leaky]


@pytest.mark.parametrize("merge", MERGES, ids=lambda merge: merge.__name__)
def test_branches_give_kerass_scores(keras, merge):
    same(model(keras, merge))


def test_branches_of_the_image(keras):
    same(model(keras, strided, image=True))


def test_neurons_are_counted(keras):
    """One layer of neurons per level: 2 + 2 + 2 channels, then 2 + 4 + 2, then the same."""
    sizes = [p.n_neurons for p in convert(from_keras(model(keras, inception))).populations]
    assert sizes == [64 * n for n in (3, 6, 8, 8)]


def test_residual_sum_around_branches(keras):
    def merge(K, x):
        y = K.Concatenate()([K.Conv2D(n, 3, padding="same", activation="relu")(x) for n in (1, 3)])
        z = K.Conv2D(4, 3, padding="same")(y)
        return K.ReLU()(K.Add()([y, z]))

    same(model(keras, merge))


def pooled(K, x):
    one = K.Conv2D(2, 1, 2, activation="relu")(x)
    return K.Concatenate()([one, K.AveragePooling2D(2)(x)])


def image_kept(K, x):
    return K.Concatenate()([x, K.Conv2D(2, 1, activation="relu")(x)])


def other_strides(K, x):
    one = K.Conv2D(2, 1, 2, activation="relu")(x)
    two = K.Conv2D(2, 3, 1, padding="same", activation="relu")(x)
    return K.Concatenate()([one, K.Conv2D(2, 3, 2, padding="same", activation="relu")(two)])


def other_activations(K, x):
    return K.ReLU()(K.Concatenate()([K.Conv2D(2, 1)(x), K.Conv2D(2, 1, activation="relu")(x)]))


def padded(K, x):
    both = K.Concatenate()([K.ZeroPadding2D(1)(x), K.ZeroPadding2D(1)(x)])
    return K.Conv2D(2, 3, activation="relu")(both)


@pytest.mark.parametrize("image", [False, True])
@pytest.mark.parametrize(
    "merge",
    [pooled, image_kept, other_strides, other_activations, padded],
    ids=lambda merge: merge.__name__,
)
def test_what_is_no_layer_beside_others_is_written_as_it_is(keras, merge, image):
    same(model(keras, merge, image=image))


def test_other_axes_are_refused(keras):
    def rows(K, x):
        return K.Concatenate(axis=1)([K.Conv2D(2, 1, activation="relu")(x) for _ in range(2)])

    with pytest.raises(UnsupportedLayerError, match=r"axis is 1; expected the last one"):
        from_keras(model(keras, rows))


def test_onnx_branches():
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")

    from .test_onnx import Maker, check

    m = Maker()
    m.conv(2, 3, pads=[1] * 4)
    x = m.op("Relu")
    m.conv(3, 2, kernel=1, source=x)
    one = m.op("Relu")
    m.conv(3, 4, pads=[1] * 4, source=x)
    m.norm(4)
    two = m.op("Relu")
    m.op("Concat", two, x, source=one, axis=1)
    m.op("Flatten")
    m.gemm(64 * 9, 2)
    check(m)
    m = Maker()
    m.conv(2, 3)
    x = m.op("Relu")
    m.op("Concat", x, source=x, axis=2)
    m.op("Flatten")
    m.gemm(72 * 3, 2)
    check(m)
