"""ONNX graphs as other tools write them: layouts, constants, weights elsewhere, activations."""

import numpy as np
import pytest

from nengo_lifdeep.errors import ModelFileError, UnsupportedLayerError
from nengo_lifdeep.importers.onnx import constants
from nengo_lifdeep.importers.onnx.model import from_onnx

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

from .test_onnx import Maker, chain, check  # noqa: E402


def scores(model, x):
    """onnxruntime's scores, and those of the imported network for images (row, column, channel)."""
    from nengo_lifdeep.conversion.rates import forward
    from nengo_lifdeep.conversion.swap import fold

    (expected,) = runtime.InferenceSession(model.SerializeToString()).run(None, {"image": x})
    net = from_onnx(model)
    return (
        expected,
        net,
        lambda images: forward(
            fold(net), net.preprocessing(images.reshape(len(x), *net.architecture.input_shape))
        )["output"],
    )


def close(found, expected):
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


def test_layouts_of_tensorflow_vanish():
    """Images (row, column, channel), a transpose before and after every convolution."""
    m = Maker((1, 9, 8, 3))
    m.op("Transpose", perm=[0, 3, 1, 2])
    m.conv(3, 4, strides=[2, 2], auto_pad="SAME_UPPER")
    m.op("Transpose", perm=[0, 2, 3, 1])
    m.op("Relu")
    m.op("Add", m.random(4))  # per channel: they are the last axis here
    m.op("Transpose", perm=[0, 3, 1, 2])
    m.conv(4, 5, pads=[0, 0, 0, 0])
    m.op("Transpose", perm=[0, 2, 3, 1])
    m.op("Relu")
    m.op("Reshape", m.constant([-1, 3 * 2 * 5], np.int64))
    m.op("MatMul", m.random(30, 4))
    x = m.rng.uniform(size=(3, 9, 8, 3)).astype(np.float32)
    expected, net, answers = scores(m.model(), x)
    assert net.architecture.input_shape == (9, 8, 3)
    assert not any(layer.has_weights and "Conv2D 3" in layer.describe() for layer in
                   net.architecture.layers)  # fmt: skip
    close(answers(x), expected)


def test_flattened_rows_of_a_transposed_image_are_in_their_order():
    m = Maker((1, 6, 5, 3))
    m.op("Flatten")
    m.gemm(90, 6)
    m.op("Relu")
    m.gemm(6, 2)
    x = m.rng.uniform(size=(3, 6, 5, 3)).astype(np.float32)
    expected, net, answers = scores(m.model(), x)
    assert net.architecture.input_shape == (6, 5, 3)
    close(answers(x), expected)


def test_series_and_grey_images():
    m = Maker((1, 2, 16))
    m.op("Conv", m.random(4, 2, 3), m.random(4), pads=[2, 2], dilations=[2])
    m.op("Relu")
    m.op("AveragePool", kernel_shape=[2], strides=[2])
    m.op("Flatten")
    m.gemm(32, 3)
    x = m.rng.uniform(size=(3, 2, 16)).astype(np.float32)
    expected, net, answers = scores(m.model(), x)
    assert net.architecture.input_shape == (1, 16, 2)
    close(answers(x.transpose(0, 2, 1)), expected)
    m = Maker((1, 7, 6))
    m.op("Unsqueeze", m.constant([1], np.int64))
    m.conv(1, 3)
    m.op("Relu")
    m.op("Flatten")
    m.gemm(60, 3)
    x = m.rng.uniform(size=(3, 7, 6)).astype(np.float32)
    expected, net, answers = scores(m.model(), x)
    assert net.architecture.input_shape == (7, 6, 1)
    close(answers(x), expected)


def test_channels_that_are_shuffled():
    m = Maker((1, 2, 6, 6))
    m.conv(2, 6)
    m.op("Relu")
    m.op("Reshape", m.constant([0, 2, 3, 4, 4], np.int64))
    m.op("Transpose", perm=[0, 2, 1, 3, 4])
    m.op("Reshape", m.constant([0, 6, 4, 4], np.int64))
    m.conv(6, 4, group=2)
    m.op("Relu")
    m.op("Flatten")
    m.gemm(16, 3)
    check(m)


@pytest.mark.parametrize("opset", [7, 9, 13, 18, 23])
def test_constants_are_computed(opset):
    """Weights that a graph computes, as exporters and quantisers leave them."""
    m = Maker((1, 2, 6, 6), opset=opset)
    shape = m.constant([3], np.int64)
    filled = m.op("ConstantOfShape", source=shape) if opset >= 9 else m.constant(np.zeros(3))
    m.op("Mul", m.constant(0.5), source=m.random(3, 2, 3, 3))
    weights = m.last
    m.op("Add", m.random(3), source=filled)
    m.last = m.op("Conv", weights, m.last, source="image")
    m.op("Relu")
    if opset >= 13:
        axes = m.op("Concat", m.constant([1], np.int64), axis=0, source=m.constant([0], np.int64))
        m.op("Unsqueeze", axes, source=m.random(3))
        m.op("Squeeze", axes)
        m.op("Unsqueeze", m.constant([1, 2], np.int64), source=m.last)
    else:
        m.op("Unsqueeze", axes=[1, 2], source=m.random(3))
    scale = m.last
    relu = next(n.output[0] for n in m.nodes if n.op_type == "Relu")
    m.op("Mul", scale, source=relu)
    m.op("Flatten")
    m.op("Gemm", m.random(48, 2), m.random(2))
    check(m)


def test_computed_constants_are_bounded(monkeypatch):
    def filled(size):
        m = Maker((1, 4))
        m.op("ConstantOfShape", source=m.constant(size, np.int64))
        m.op("ReduceSum", keepdims=0)
        m.op("Add", m.last, source="image")
        return m.model()

    with pytest.raises(UnsupportedLayerError, match=r"ConstantOfShape\): computes constants of"):
        from_onnx(filled([2**20, 2**20]))
    monkeypatch.setattr(constants, "_MOST_SECONDS", -1.0)
    with pytest.raises(UnsupportedLayerError, match=r"take -1 s"):
        from_onnx(filled([2]))
    m = Maker((1, 4))
    m.op("Det", source=m.constant(np.eye(2)))
    m.op("Add", m.last, source="image")
    with pytest.raises(UnsupportedLayerError, match="export the model with constant folding"):
        from_onnx(m.model())


def test_weights_in_files_beside_the_model(tmp_path):
    made = chain()
    path = tmp_path / "net.onnx"
    options = {"save_as_external_data": True, "size_threshold": 0}
    onnx.save_model(made.model(), str(path), location="net.data", **options)
    whole, beside = from_onnx(made.model()), from_onnx(path)
    for name, arrays in whole.weights.items():
        for kind, array in arrays.items():
            np.testing.assert_array_equal(array, beside.weights[name][kind])
    data = tmp_path / "net.data"
    kept = data.read_bytes()
    data.write_bytes(kept[:-8])
    with pytest.raises(ModelFileError, match="do not belong together"):
        from_onnx(path)
    data.unlink()
    with pytest.raises(ModelFileError, match="no such file beside it; copy both"):
        from_onnx(path)
    secret = tmp_path.parent / "secret.data"
    secret.write_bytes(kept)
    data.symlink_to(secret)
    with pytest.raises(ModelFileError, match="outside of the model's folder"):
        from_onnx(path)
    model = onnx.load_model(str(path), load_external_data=False)
    for outside in ("../secret.data", str(secret), "", "a/../../secret.data"):
        for tensor in model.graph.initializer:
            tensor.external_data[0].value = outside
        onnx.save_model(model, str(tmp_path / "bad.onnx"))
        with pytest.raises(ModelFileError, match="outside of the model's folder"):
            from_onnx(tmp_path / "bad.onnx")
    with pytest.raises(ModelFileError, match="give the path of the model's file"):
        from_onnx(model)


@pytest.mark.parametrize("kind", ["clip", "relu6", "hardtanh", "prelu", "min", "hard", "abs"])
@pytest.mark.parametrize("groups", [1, 2])
def test_activations_of_two_neurons(kind, groups):
    """Between convolutions with groups, after normalisation, and added by a residual sum."""
    m = Maker((1, 2, 6, 6))

    def activate():
        if kind == "clip":
            return m.op("Clip", "", m.constant(0.7))
        if kind == "relu6":
            return m.op("Clip", m.constant(0.0), m.constant(1.5))
        if kind == "hardtanh":
            m.op("Clip", m.constant(-0.5), m.constant(0.8))
            return m.op("Sub", m.constant(-0.5))  # so that zeros around the image stay zeros
        if kind == "prelu":
            return m.op("PRelu", m.random(4, 1, 1))
        if kind == "min":
            return m.op("Min", m.constant(1.0), source=m.op("Relu"))
        return m.op("HardSigmoid") if kind == "hard" else m.op("Abs")

    m.conv(2, 4, pads=[1] * 4, group=groups)
    m.norm(4)
    first = activate()
    zeros = kind != "clip"  # which moves zero
    options = {"kernel": 3, "pads": [1] * 4} if zeros else {"kernel": 1}
    m.conv(4, 4, group=groups, source=first, **options)
    activate()
    main = m.conv(4, 4, group=groups, **options)
    m.op("Add", first, source=main)
    activate()
    m.op("Flatten")
    m.gemm(144, 3)
    check(m)


@pytest.mark.parametrize("after", ["AveragePool", "GlobalAveragePool", "Conv", "Mul", "none"])
def test_read_outs(after):
    """The last layer is a convolution, a pool, a ReLU or a scale."""
    m = Maker((1, 2, 6, 6))
    m.conv(2, 4)
    m.op("Relu")
    m.conv(4, 3, 1)
    if after == "AveragePool":
        m.op("Relu")
        m.op("AveragePool", kernel_shape=[3, 3], pads=[1] * 4, strides=[2, 2], count_include_pad=1)
    elif after == "GlobalAveragePool":
        m.op("GlobalAveragePool")
    elif after == "Conv":
        m.conv(3, 3, 4)
    elif after == "Mul":
        m.op("Mul", m.random(3, 1, 1))
    m.op("Flatten")
    m.op("Relu")
    check(m)


def test_a_residual_sum_of_pooled_values():
    """As ResNets begin: a pool, then a block whose other side is a projection of it."""
    m = Maker((1, 2, 8, 8))
    m.conv(2, 4, pads=[1] * 4)
    m.op("Relu")
    pooled = m.op("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    m.conv(4, 4, pads=[1] * 4)
    m.op("Relu")
    main = m.conv(4, 4, pads=[1] * 4)
    m.op("Add", m.conv(4, 4, 1, source=pooled), source=main)
    fired = m.op("Relu")
    m.op("Add", m.op("Relu", source=m.conv(4, 4, pads=[1] * 4)), source=fired)
    m.op("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    m.op("Flatten")
    m.gemm(16, 3)
    check(m)


@pytest.mark.parametrize("stride", [1, 2])
def test_pooling_with_zeros_before_a_convolution_with_zeros(stride):
    """Neurons pass the pooled values on; after a leaky ReLU they could not, and the pool stays."""
    m = Maker((1, 2, 8, 8))
    m.conv(2, 4, pads=[1] * 4)
    m.op("Relu")
    options = {"pads": [1] * 4, "strides": [stride] * 2, "count_include_pad": 1}
    m.op("AveragePool", kernel_shape=[3, 3], **options)
    m.conv(4, 3, pads=[1] * 4)
    m.op("Relu")
    m.op("Flatten")
    m.gemm(3 * (8 // stride) ** 2, 3)
    net = check(m)
    assert sum(layer.fires for layer in net.architecture.layers) == 3
    m.nodes[1] = onnx.helper.make_node("LeakyRelu", [m.nodes[0].output[0]], [m.nodes[1].output[0]])
    check(m)  # layer by layer


@pytest.mark.parametrize("group", [1, 4])
@pytest.mark.parametrize("activation", ["Relu", "LeakyRelu"])
def test_a_constant_before_zeros_around_the_image(group, activation):
    """Normalisation after the activation, before a padded convolution, in a residual block too."""
    m = Maker((1, 4, 6, 6))
    m.conv(4, 4, pads=[1] * 4, group=group)
    m.norm(4)
    first = m.op(activation)
    m.norm(4)
    m.conv(4, 4, pads=[1] * 4, group=group)
    m.op(activation)
    m.op("AveragePool", kernel_shape=[3, 3], strides=[1, 1], auto_pad="SAME_UPPER")
    m.op("Add", m.random(4, 1, 1))
    main = m.conv(4, 4, pads=[2, 1, 1, 2], kernel=4)
    m.op("Add", first, source=main)
    m.op(activation)
    m.norm(4)
    m.op("Flatten")
    m.gemm(144, 3)
    check(m)


def test_an_output_is_chosen_by_name():
    m = Maker((1, 6))
    m.gemm(6, 4)
    m.op("Relu")
    middle = m.last
    m.gemm(4, 3)
    model = m.model()
    value = onnx.helper.make_tensor_value_info(middle, onnx.TensorProto.FLOAT, None)
    model.graph.output.append(value)
    with pytest.raises(
        UnsupportedLayerError, match=r"2 outputs \(v2, v1\); say which: .*output='v2'"
    ):
        from_onnx(model)
    assert from_onnx(model, output="v2").architecture.output_shape == (3,)
    assert from_onnx(model, output="v1").architecture.output_shape == (4,)
    with pytest.raises(UnsupportedLayerError, match="has no output 'x'"):
        from_onnx(model, output="x")


def test_several_inputs_are_refused_by_name():
    m = Maker((1, 6))
    m.op("Add", "other")
    m.gemm(6, 2)
    model = m.model()
    value = onnx.helper.make_tensor_value_info("other", onnx.TensorProto.FLOAT, [1, 6])
    model.graph.input.append(value)
    with pytest.raises(UnsupportedLayerError, match=r"has 2 inputs \(image, other\)"):
        from_onnx(model)
