"""ONNX models against onnxruntime's own answers, and files that are not what they say."""

import numpy as np
import pytest

from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.swap import fold
from nengo_lifdeep.errors import (
    DataError,
    LifdeepError,
    ModelFileError,
    UnsupportedLayerError,
    ValidationError,
)
from nengo_lifdeep.importers.onnx.model import from_onnx

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")


class Maker:
    """Writes small models as exporters do; every value is random."""

    def __init__(self, shape=(1, 2, 8, 8), opset=17, seed=0):
        self.shape = shape
        self.opset = min(opset, onnx.defs.onnx_opset_version())  # what an old package knows
        self.rng = np.random.default_rng(seed)
        self.nodes, self.weights = [], []
        self.last = "image"

    def constant(self, array, dtype=np.float32):
        name = f"w{len(self.weights)}"
        self.weights.append(onnx.numpy_helper.from_array(np.asarray(array, dtype), name))
        return name

    def random(self, *shape, low=-0.5):
        return self.constant(self.rng.uniform(low, 1, size=shape))

    def op(self, kind, *more, source=None, **options):
        out = f"v{len(self.nodes)}"
        inputs = [self.last if source is None else source, *more]
        self.nodes.append(onnx.helper.make_node(kind, inputs, [out], **options))
        self.last = out
        return out

    def conv(self, channels, filters, kernel=3, bias=True, source=None, **options):
        weights = [self.random(filters, channels // options.get("group", 1), kernel, kernel)]
        weights += [self.random(filters)] if bias else []
        return self.op("Conv", *weights, source=source, **options)

    def norm(self, channels):
        arrays = [self.random(channels, low=0.5) for _ in range(4)]
        return self.op("BatchNormalization", *arrays, epsilon=1e-5)

    def gemm(self, inputs, units):
        return self.op("Gemm", self.random(units, inputs), self.random(units), transB=1)

    def model(self):
        f = onnx.TensorProto.FLOAT
        graph = onnx.helper.make_graph(
            self.nodes, "random",
            [onnx.helper.make_tensor_value_info("image", f, ["n", *self.shape[1:]])],
            [onnx.helper.make_tensor_value_info(self.last, f, None)], self.weights,
        )  # fmt: skip
        made = onnx.helper.make_model(
            graph, opset_imports=[onnx.helper.make_opsetid("", self.opset)]
        )
        made.ir_version = 8
        return made


def check(made, softmax=False):
    """Scores of the imported network are onnxruntime's; returns it."""
    model = made.model()
    net = from_onnx(model)
    x = made.rng.uniform(size=(3, *made.shape[1:])).astype(np.float32)
    session = runtime.InferenceSession(model.SerializeToString())
    (expected,) = session.run(None, {"image": x})
    images = x.transpose(0, 2, 3, 1) if x.ndim == 4 else x
    images = images.reshape(len(x), *net.architecture.input_shape)
    images = net.preprocessing(images) if images.ndim == 4 else images
    found = forward(fold(net), images)["output"].reshape(expected.shape)
    if softmax:
        found = np.exp(found - found.max(axis=1, keepdims=True))
        found = found / found.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())
    return net


def chain(opset=17):
    m = Maker(opset=opset)
    m.conv(2, 4, pads=[1, 1, 1, 1], strides=[2, 2])
    m.norm(4)
    m.op("Relu")
    m.op("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    m.conv(4, 6, 2, group=2, auto_pad="SAME_LOWER")
    m.op("Relu")
    m.op("Flatten")
    m.gemm(24, 5)
    m.op("Relu")
    m.op("MatMul", m.random(5, 3))
    m.op("Add", m.random(3))
    m.op("Softmax", axis=1)
    return m


@pytest.mark.parametrize("opset", [9, 13, 17, 20])
def test_a_chain_in_several_operator_sets(opset):
    net = check(chain(opset), softmax=True)
    assert net.architecture.input_shape == (8, 8, 2)
    assert net.provenance["imported from"] == "ONNX model 'model'"


def test_residual_sums_with_projection():
    m = Maker()
    m.conv(2, 4, pads=[1] * 4, bias=False)
    m.norm(4)
    first = m.op("Relu")
    m.conv(4, 4, pads=[1] * 4)
    m.op("Relu")
    main = m.conv(4, 4, pads=[1] * 4)
    second = m.op("Relu", source=m.op("Add", first, source=main))
    m.conv(4, 6, pads=[1] * 4, strides=[2, 2], source=second)
    m.op("Relu")
    m.conv(6, 6, pads=[1] * 4, bias=False)
    main = m.norm(6)
    m.conv(4, 6, 1, strides=[2, 2], bias=False, source=second)
    side = m.norm(6)
    m.op("Relu", source=m.op("Add", side, source=main))
    m.op("GlobalAveragePool")
    m.op("Reshape", m.constant([0, -1], np.int64))
    m.gemm(6, 3)
    net = check(m)
    kinds = [type(layer).__name__ for layer in net.architecture.layers]
    assert kinds.count("Shortcut") == 2


def test_normalised_padded_and_leaky():
    m = Maker()
    m.op("Sub", m.constant(np.array([0.2, 0.4]).reshape(1, 2, 1, 1)))
    m.op("Div", m.constant(np.array([0.3, 0.5]).reshape(1, 2, 1, 1)))
    m.op("Pad", m.constant([0, 0, 2, 1, 0, 0, 0, 1], np.int64))
    m.conv(2, 3)
    m.op("LeakyRelu", alpha=0.2)
    m.op("ReduceMean", axes=[2, 3], keepdims=0)
    m.gemm(3, 2)
    check(m)


def test_dynamic_reshape_of_a_flat_network():
    m = Maker((1, 6))
    m.gemm(6, 4)
    m.op("Relu")
    fired = m.last
    size = m.op("Shape")
    batch = m.op("Gather", m.constant(0, np.int64), source=size)
    m.op("Unsqueeze", m.constant([0], np.int64), source=batch)
    target = m.op("Concat", m.constant([-1], np.int64), axis=0)
    m.op("Reshape", target, source=fired)
    m.gemm(4, 2)
    check(m)


def test_what_cannot_be_imported_is_named():
    m = Maker()
    m.conv(2, 4)
    m.op("Relu")
    m.op("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    m.op("Flatten")
    m.gemm(36, 2)
    with pytest.raises(UnsupportedLayerError, match=r"node 3 'v2' \(MaxPool\).*max_pooling='aver"):
        from_onnx(m.model(), max_pooling="refuse")
    assert from_onnx(m.model(), max_pooling="average").architecture.counts().pooled == 144
    with pytest.raises(ValidationError, match="'keep' or 'average' or 'refuse'"):
        from_onnx(m.model(), max_pooling="max")
    for kind, text in (("Tanh", "train with ReLU"), ("Sin", "what else docs/own_model.md lists")):
        m = Maker()
        m.conv(2, 4)
        m.op(kind)
        with pytest.raises(UnsupportedLayerError, match=rf"node 2 'v1' \({kind}\).*{text}"):
            from_onnx(m.model())
    m = Maker((1, 2, 8, 8, 8))
    m.op("Relu")
    with pytest.raises(UnsupportedLayerError, match=r"expected \(batch, channel, row, column\)"):
        from_onnx(m.model())


def test_sizes_that_do_not_fit_are_named():
    m = Maker()
    m.conv(3, 4)
    with pytest.raises(UnsupportedLayerError, match=r"node 1 'v0' \(Conv\).*for 3 channels"):
        from_onnx(m.model())
    m = Maker()
    m.conv(2, 4)
    m.norm(5)
    m.op("Relu")
    m.op("Flatten")
    m.gemm(6 * 6 * 4, 2)
    with pytest.raises(LifdeepError, match=r"node 2 'v1' \(BatchNormalization\).*does not fit"):
        from_onnx(m.model())


def test_dropout_keeps_its_rate():
    m = Maker((1, 6))
    m.gemm(6, 4)
    m.op("Relu")
    m.op("Dropout", m.constant(0.25))
    m.gemm(4, 2)
    (dropout,) = (la for la in from_onnx(m.model()).architecture.layers if la.name == "dropout1")
    assert dropout.rate == 0.25


def test_options_that_cannot_be_imported():
    def after(kind, *more, **options):
        m = Maker()
        m.conv(2, 4, pads=[1] * 4)
        m.op("Relu")
        m.op(kind, *[m.constant(a) for a in more], **options)
        m.conv(4, 2, pads=[1] * 4)
        m.op("Relu")
        return m.model()

    for model, text in (
        (after("Resize", [], [1, 1, 1.5, 1.5], mode="linear"), "cannot be merged into its weights"),
        (after("AveragePool", kernel_shape=[3, 3], dilations=[2, 2]), "dilations are not 1"),
        (after("Flatten", axis=2), "axis is 2"),
        (after("ReduceMean", axes=[0, 1]), "over axes"),
        (after("Add", np.ones((1, 4, 6, 8))), "does not fit"),
        (after("Softmax", axis=1), "axis is 1 of 4; softmax is dropped only over the classes"),
    ):
        with pytest.raises(UnsupportedLayerError, match=text) as caught:
            from_onnx(model)
        assert "makes no sense" not in str(caught.value)


def test_files(tmp_path):
    path = tmp_path / "net.onnx"
    onnx.save_model(chain().model(), str(path))
    assert from_onnx(path).provenance["imported from"] == "ONNX model 'net.onnx'"
    whole = path.read_bytes()
    for cut in (10, len(whole) // 2, len(whole) - 7):
        path.write_bytes(whole[:cut])
        with pytest.raises(LifdeepError):
            from_onnx(path)
    path.write_bytes(b"\x00\x01 something else")
    with pytest.raises(ModelFileError, match="damaged, or no ONNX file"):
        from_onnx(path)
    with pytest.raises(ModelFileError, match="there is no file"):
        from_onnx(tmp_path / "none.onnx")
    with pytest.raises(ValidationError, match="expected a path"):
        from_onnx(3)


def test_weights_that_lie():
    for change, text in (
        (lambda t: t.dims.__setitem__(0, 2**40), "declare the shape"),
        (lambda t: t.dims.__setitem__(0, 7), "damaged: weights"),
        (lambda t: setattr(t, "data_location", onnx.TensorProto.EXTERNAL), "in another file"),
    ):
        model = chain().model()
        change(model.graph.initializer[0])
        with pytest.raises(ModelFileError, match=text):
            from_onnx(model)
    model = chain().model()
    broken = np.full((4, 2, 3, 3), np.nan, np.float32)
    model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(broken, "w0"))
    with pytest.raises(DataError, match=r"ONNX node 1 .*NaN"):
        from_onnx(model)
    model = chain().model()
    model.opset_import[0].version = 99
    with pytest.raises(UnsupportedLayerError, match=r"\[99\]; 7 to"):
        from_onnx(model)


@pytest.mark.parametrize("first", [True, False])
def test_differences_of_computed_values(first):
    m = Maker()
    m.conv(2, 4, pads=[1] * 4)
    start = m.op("Relu")
    m.conv(4, 4, pads=[1] * 4)
    m.op("Relu")
    m.op("Sub", start) if first else m.op("Sub", m.last, source=start)
    m.conv(4, 3)
    m.op("Relu")
    m.op("GlobalAveragePool")
    m.op("Flatten")
    m.gemm(3, 2)
    check(m)
