"""Max pooling and response normalisation: imported as they are, in rates and for training."""

import numpy as np
import pytest

from nengo_lifdeep import convert, from_keras
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.swap import fold
from nengo_lifdeep.datasets import Split
from nengo_lifdeep.errors import ConversionError, UnsupportedLayerError
from nengo_lifdeep.importers.onnx.model import from_onnx
from nengo_lifdeep.layers import LocalResponseNormalization, MaxPooling2D, Neurons

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from .conftest import randomise
from .test_onnx import Maker, check
from .test_onnx_larger import back, front

POOLS = [
    {"kernel_shape": [2, 2], "strides": [2, 2]},
    {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]},  # ResNet's
    {"kernel_shape": [3, 3], "strides": [1, 1], "pads": [1, 1, 1, 1]},
    {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1},  # GoogLeNet's
    {"kernel_shape": [2, 3], "strides": [2, 2], "ceil_mode": 1, "pads": [0, 1, 1, 0]},
    {"kernel_shape": [3, 3], "strides": [2, 3], "auto_pad": "SAME_UPPER"},
    {"kernel_shape": [2, 2], "strides": [2, 1], "auto_pad": "SAME_LOWER"},
    {"kernel_shape": [3, 1], "auto_pad": "VALID"},
]
#: those whose windows stay inside, or as in TensorFlow
UNPADDED = [POOLS[0], POOLS[5], POOLS[7]]


def maxima(net):
    return [layer for layer in net.architecture.layers if isinstance(layer, MaxPooling2D)]


@pytest.mark.parametrize("options", POOLS)
def test_after_neurons(options):
    m = front()
    m.op("MaxPool", **options)
    assert len(maxima(check(back(m)))) == 1


@pytest.mark.parametrize("options", POOLS)
@pytest.mark.parametrize("activation", ["Relu", "Clip"])
def test_before_their_activation(options, activation):
    m = Maker((1, 2, 7, 6))
    m.conv(2, 3, pads=[1] * 4)
    m.norm(3)
    m.op("MaxPool", **options)
    bounds = [m.constant(0.0), m.constant(0.7)] if activation == "Clip" else []
    m.op(activation, *bounds)
    net = check(back(m))
    kinds = [type(layer) for layer in net.architecture.layers]
    assert kinds.index(Neurons) < kinds.index(MaxPooling2D)


@pytest.mark.parametrize("options", UNPADDED)
def test_after_a_leaky_activation(options):
    m = front(activation="LeakyRelu")
    m.op("MaxPool", **options)
    check(back(m))


def test_after_sums_and_concatenations():
    m = front()
    first = m.last
    m.conv(3, 3, pads=[1] * 4)
    m.op("Relu")
    joined = m.op("Concat", first, axis=1)
    m.op("MaxPool", **POOLS[1], source=joined)
    m.conv(6, 3, 1)
    m.op("Relu")
    second = m.last
    m.conv(3, 3, 1)
    m.op("Relu")
    m.op("Add", second)
    m.op("MaxPool", **POOLS[2])
    assert len(maxima(check(back(m)))) == 2


def test_several_in_a_row_on_the_image_and_over_all_of_it():
    m = Maker((1, 2, 12, 10))
    m.op("MaxPool", **POOLS[0])
    m.conv(2, 3)
    m.op("Relu")
    m.op("MaxPool", **POOLS[2])
    m.op("LRN", size=3, alpha=0.3)
    m.op("Dropout")
    m.op("MaxPool", **POOLS[3])
    m.conv(3, 4, 1)
    m.op("Relu")
    m.op("GlobalMaxPool")
    m.op("Flatten")
    m.gemm(4, 2)
    assert len(maxima(check(m))) == 4


def test_maxima_of_reductions_and_of_series():
    m = front()
    m.op("ReduceMax", axes=[2, 3], keepdims=0)
    m.gemm(3, 2)
    assert maxima(check(m))[0].pool_size == (7, 6)
    m = Maker((1, 2, 9))
    m.op("Conv", m.random(3, 2, 3))
    m.op("Relu")
    m.op("MaxPool", kernel_shape=[2], strides=[2], ceil_mode=1)
    m.op("Flatten")
    m.gemm(12, 2)
    model = m.model()
    net = from_onnx(model)
    assert maxima(net)[0].pool_size == (1, 2)


@pytest.mark.parametrize("options", [
    {"size": 3}, {"size": 5, "alpha": 0.5, "beta": 0.6, "bias": 2.0}, {"size": 9, "alpha": 1.0},
])  # fmt: skip
def test_response_normalisation(options):
    m = front()
    m.op("LRN", **options)
    net = check(back(m))
    (layer,) = [la for la in net.architecture.layers if isinstance(la, LocalResponseNormalization)]
    assert layer.depth_radius == options["size"] // 2
    with pytest.raises(ConversionError, match="LocalResponseNormalization .* no counterpart"):
        convert(net)


def test_what_cannot_be_said():
    m = front(activation="LeakyRelu")
    m.op("MaxPool", **POOLS[1])
    with pytest.raises(UnsupportedLayerError, match=r"\(MaxPool\): its windows reach over"):
        from_onnx(back(m).model())
    m = front()
    m.op("LRN", size=2)
    with pytest.raises(UnsupportedLayerError, match="size is 2; expected an odd number"):
        from_onnx(back(m).model())
    m = Maker()
    m.conv(2, 3)
    m.op("LRN", size=3)
    m.op("Relu")
    with pytest.raises(UnsupportedLayerError, match="takes weights with a bias"):
        from_onnx(back(m).model())


def test_conversion_names_every_layer_and_what_helps():
    m = front()
    m.op("MaxPool", **POOLS[1])
    m.op("LRN", size=3)
    net = from_onnx(back(m).model())
    with pytest.raises(ConversionError) as told:
        convert(net)
    for text in ("MaxPooling2D 3/2 valid", "max_pooling='average'", "LocalResponseNormalization"):
        assert text in str(told.value)
    m = front()
    m.op("MaxPool", **POOLS[0])
    spiking = convert(from_onnx(back(m).model(), max_pooling="average"))
    assert spiking.n_neurons > 0


@pytest.fixture
def model(keras):
    K = keras.layers
    return randomise(keras.Sequential([
        keras.Input((9, 8, 2)), K.Rescaling(2.0, offset=-1.0), K.Conv2D(4, 3, padding="same"),
        K.BatchNormalization(), K.ReLU(), K.MaxPooling2D(3, 2, padding="same"),
        K.Conv2D(5, 3, activation="relu"), K.GlobalMaxPooling2D(), K.Dense(3),
    ]))  # fmt: skip


def test_keras_models(model):
    net = from_keras(model)
    assert [layer.pool_size for layer in maxima(net)] == [(3, 3), (3, 2)]
    x = np.random.default_rng(0).uniform(size=(4, 9, 8, 2)).astype(np.float32)
    found = forward(fold(net), net.preprocessing(x))["output"]
    expected = model.predict(x, verbose=0)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())
    with pytest.raises(ConversionError, match="MaxPooling2D 3/2 same has no counterpart"):
        convert(net)
    with pytest.raises(UnsupportedLayerError, match="AveragePooling2D, which is linear"):
        from_keras(model, max_pooling="refuse")
    averages = from_keras(model, max_pooling="average")
    assert not maxima(averages) and convert(averages).n_neurons > 0


@pytest.mark.tf
def test_they_train_on():
    pytest.importorskip("tf_keras")
    from nengo_lifdeep import train

    m = front()
    m.op("MaxPool", **POOLS[1])
    m.op("LRN", size=3)
    net = from_onnx(back(m).model())
    rng = np.random.default_rng(0)
    data = Split(rng.uniform(size=(40, 7, 6, 2)).astype(np.float32), np.arange(40) % 3)
    tuned = train(
        net.architecture, data, neuron=net.neuron, epochs=1, batch_size=20, progress=False,
        initial_weights=net.weights,
    )  # fmt: skip
    assert tuned.architecture == net.architecture
    assert any((tuned.weights[k]["kernel"] != net.weights[k]["kernel"]).any() for k in ("conv1",))
