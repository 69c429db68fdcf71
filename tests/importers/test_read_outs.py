"""Networks of unusual ends: flat inputs, neurons after a Flatten, one sigmoid, image outputs."""

import numpy as np
import pytest

from nengo_lifdeep import Presentation, Split, convert, evaluate, run
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.errors import DataError, UnsupportedLayerError, ValidationError
from nengo_lifdeep.importers.keras.model import from_keras
from nengo_lifdeep.importers.onnx.model import from_onnx
from nengo_lifdeep.layers import Conv2D, Dense, Flatten, Neurons
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.models import TrainedModel
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.neurons.counterparts import neuron_rate

from .conftest import randomise

RNG = np.random.default_rng(0)


def trained(architecture):
    """Random weights for an architecture."""
    weights = {
        layer.name: {
            name: RNG.uniform(-1, 1.5, size=size).astype(np.float32)
            for name, size in layer.arrays(shape).items()
        }
        for layer, shape in zip(architecture.layers, architecture.layer_inputs(), strict=True)
    }
    weights = {name: arrays for name, arrays in weights.items() if arrays}
    return TrainedModel(architecture, weights, SoftLIF(0.02, 0.002))


def test_neurons_after_a_flatten_are_those_before_it():
    """Same weights, same answers and same spikes, wherever the image is flattened."""
    late = Architecture((6, 6, 2), [Conv2D(3, 3), Neurons(), Flatten(), Dense(4)])
    early = Architecture((6, 6, 2), [Conv2D(3, 3), Flatten(), Neurons(), Dense(4)])
    one = trained(late)
    two = TrainedModel(early, one.weights, one.neuron)
    images = RNG.uniform(size=(3, 6, 6, 2)).astype(np.float32)
    for simulator in ("rate", "events", "nengo"):
        found = [
            run(convert(net, synapse=0.003), images, simulator=simulator).outputs
            for net in (one, two)
        ]
        np.testing.assert_array_equal(*found)
        assert np.any(found[0] != found[0][:1])  # the images differ
    assert evaluate(two, (images, [0, 1, 2])).n_images == 3


@pytest.mark.parametrize("simulator", ["rate", "events", "nengo"])
def test_flat_inputs_take_rows(simulator):
    net = trained(Architecture((16,), [Dense(12), Dense(3)]))
    assert net.architecture.input_shape == (1, 1, 16)
    again = Architecture.from_dict(net.architecture.to_dict())
    assert again == net.architecture
    spiking, rows = convert(net, synapse=0.003), RNG.uniform(size=(4, 16)).astype(np.float32)
    flat = run(spiking, rows, simulator=simulator).outputs
    image = run(spiking, rows.reshape(4, 1, 1, 16), simulator=simulator).outputs
    np.testing.assert_array_equal(flat, image)
    result = evaluate(spiking, Split(rows, np.zeros(4, int)), simulator=simulator)
    assert result.n_images == 4
    if simulator == "rate":
        first, last = net.weights["dense1"], net.weights["dense2"]
        J = rows @ first["kernel"] + first["bias"]
        hidden = neuron_rate(spiking.populations[0].neuron, J)
        expected = hidden @ last["kernel"] + last["bias"]
        np.testing.assert_allclose(flat[:, 0], expected, rtol=1e-4, atol=1e-3)


def test_an_output_that_is_an_image_is_refused_with_the_remedy():
    layers = [Conv2D(4, 3), Conv2D(1, 3)]
    with pytest.raises(ValidationError, match=r"\(4, 4, 1\), an image.*Flatten\(\) after it"):
        Architecture((8, 8, 1), layers)
    spiking = convert(trained(Architecture((8, 8, 1), [*layers, Flatten()])), synapse=0.003)
    for simulator in ("rate", "events", "nengo"):
        record = run(spiking, np.ones((2, 8, 8, 1), np.float32), simulator=simulator)
        assert record.outputs.shape[::2] == (2, 16)


def test_targets_that_are_no_classes():
    images = np.zeros((3, 8, 8, 1), np.float32)
    with pytest.raises(
        DataError, match=r"give real numbers as targets, Split\(images, targets"
    ) as caught:
        Split(images, np.array([0.25, 0.5, 0.75]))
    assert "astype" not in str(caught.value)
    with pytest.raises(DataError, match=r"astype\(np.int64\)"):
        Split(images, np.array([0.0, 1.0, 2.0]))


def test_one_sigmoid_in_onnx():
    onnx = pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    from .test_onnx import Maker

    assert onnx
    m = Maker((1, 6))
    m.gemm(6, 5)
    m.op("Relu")
    m.gemm(5, 1)
    m.op("Sigmoid")
    net = from_onnx(m.model())
    assert net.classes == ("0", "1")
    rows = m.rng.uniform(size=(20, 6)).astype(np.float32)
    session = runtime.InferenceSession(m.model().SerializeToString())
    (expected,) = session.run(None, {"image": rows})
    scores = forward(convert(net), rows.reshape(20, 1, 1, 6))["output"]
    assert not scores[:, 0].any()
    np.testing.assert_allclose(1 / (1 + np.exp(-scores[:, 1:])), expected, atol=1e-6)
    m = Maker((1, 6))
    m.gemm(6, 5)
    m.op("Relu")
    m.gemm(5, 3)
    m.op("Sigmoid")
    with pytest.raises(UnsupportedLayerError, match="several sigmoid outputs are no classes"):
        from_onnx(m.model())


@pytest.mark.tf
def test_one_sigmoid_in_keras(keras):
    """The second score is Keras's logit, whose sigmoid is Keras's answer; in spikes too."""
    K = keras.layers
    model = keras.Sequential(
        [keras.Input((6,)), K.Dense(5, activation="relu"), K.Dense(1, activation="sigmoid")]
    )
    net = from_keras(randomise(model))
    assert net.classes == ("0", "1")
    rows = RNG.uniform(size=(40, 6)).astype(np.float32)
    logits = np.asarray(keras.Model(model.inputs, model.layers[0].output)(rows))
    kernel, bias = model.layers[-1].get_weights()
    logits = logits @ kernel + bias
    scores = run(convert(net), rows, simulator="rate").outputs[:, 0]
    assert not scores[:, 0].any() and logits.std() > 0.1
    np.testing.assert_allclose(scores[:, 1:], logits, atol=1e-5)
    answers = np.asarray(model(rows))
    np.testing.assert_allclose(1 / (1 + np.exp(-scores[:, 1:])), answers, atol=1e-6)
    labels = (answers[:, 0] > 0.5).astype(int)
    assert evaluate(net, (rows, labels)).accuracy == 1
    clear = np.abs(logits[:, 0]) > 0.2
    spikes = evaluate(
        convert(net, scale_firing_rates=500), (rows[clear], labels[clear]),
        presentation=Presentation(t_c=0.1, t_p=0.5),
    )  # fmt: skip
    assert spikes.accuracy > 0.9


def check_late_neurons(net, images, expected, order=("Conv2D", "Flatten", "Neurons", "Dense")):
    """Scores in rates are the other library's, and spikes come near them."""
    assert tuple(type(layer).__name__ for layer in net.architecture.layers) == order
    labels = expected.argmax(axis=1)
    spiking = convert(net, scale_firing_rates=500)
    for model in (net, spiking):
        assert evaluate(model, (images, labels), simulator="rate").accuracy == 1
    scores = run(spiking, images, simulator="rate").outputs[:, 0]
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    timing = Presentation(t_c=0.1, t_p=0.5)
    record = run(spiking, images, presentation=timing)
    off = record.outputs[:, timing.c_steps :].mean(axis=1) - expected
    assert np.abs(off).max() < 0.1 * np.abs(expected).max()


@pytest.mark.tf
def test_flatten_before_relu_in_keras(keras):
    K = keras.layers
    model = keras.Sequential(
        [keras.Input((6, 5, 2)), K.Conv2D(3, 3), K.Flatten(), K.ReLU(), K.Dense(4)]
    )
    images = RNG.uniform(size=(6, 6, 5, 2)).astype(np.float32)
    order = ("Conv2D", "Neurons", "Flatten", "Dense")  # the same neurons, before or after
    check_late_neurons(from_keras(randomise(model)), images, np.asarray(model(images)), order)


def test_flatten_before_relu_in_an_onnx_file(tmp_path):
    """A file on disk, whose image is flattened channel by channel before the neurons."""
    onnx = pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    from .test_onnx import Maker

    m = Maker((1, 2, 6, 5))
    m.conv(2, 3)
    m.op("Flatten")
    m.op("Relu")
    m.gemm(3 * 4 * 3, 4)
    file = tmp_path / "late.onnx"
    onnx.save(m.model(), file)
    images = RNG.uniform(size=(6, 2, 6, 5)).astype(np.float32)
    (expected,) = runtime.InferenceSession(str(file)).run(None, {"image": images})
    order = ("Conv2D", "Neurons", "Flatten", "Dense")  # flattened where the order counts
    check_late_neurons(from_onnx(file), images.transpose(0, 2, 3, 1), expected, order)


def test_a_flattened_image_as_onnx_output_keeps_its_order():
    """Its values come channel by channel there, and so they do here, unless they are too many."""
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from .test_onnx import Maker, check

    m = Maker((1, 2, 6, 6))
    m.conv(2, 3)
    m.op("Relu")
    m.conv(3, 2)
    m.op("Flatten")
    check(m)
    m = Maker((1, 2, 60, 60))
    m.conv(2, 3)
    m.op("Flatten")
    with pytest.raises(UnsupportedLayerError, match="another order"):
        from_onnx(m.model())
