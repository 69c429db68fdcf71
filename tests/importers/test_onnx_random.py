"""Random ONNX graphs: what is imported answers as onnxruntime does, and the rest is refused."""

import numpy as np
import pytest

from nengo_lifdeep.errors import LifdeepError, UnsupportedLayerError
from nengo_lifdeep.importers.onnx.model import from_onnx

pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

from .test_onnx import Maker, check  # noqa: E402

#: shapes that ONNX lets stand beside (batch, 4, 4, 4): all, channels, rows, columns, one, ...
CONSTANTS = [(4,), (1, 4), (4, 1), (4, 1, 1), (1, 4, 1, 1), (1,), (), (4, 4), (4, 4, 4), (1, 1, 4)]


#: those that go into a channel's bias or scale, whatever the image
FITTING = [(4, 1, 1), (1, 4, 1, 1), (1,), ()]


def constant(m, rng, fitting=FITTING, **options):
    """Mostly a constant that can be imported."""
    shapes = fitting if rng.random() < 0.8 else CONSTANTS
    return m.random(*shapes[rng.integers(len(shapes))], **options)


def runs(made):
    """Whether onnxruntime takes the model."""
    model = made.model().SerializeToString()
    try:
        session = runtime.InferenceSession(model)
        session.run(None, {"image": np.ones((3, *made.shape[1:]), np.float32)})
    except Exception:  # onnxruntime raises kinds of its own
        return False
    return True


def convolution(m, rng, channels, filters, size):
    """A convolution, mostly padded as a kernel can say it; the rows and columns after it."""
    largest = min(*size, 3)
    kernel = int(rng.integers(1, largest + 1))
    stride = int(rng.choice([1, 2, 3], p=[0.7, 0.2, 0.1]))
    if rng.random() < 0.1:
        pads = rng.integers(0, 3, 4)
        m.op("Pad", m.constant([0, 0, *pads[:2], 0, 0, *pads[2:]], np.int64))
        size = (size[0] + pads[0] + pads[2], size[1] + pads[1] + pads[3])
    options = {"strides": [stride] * 2}
    how = str(rng.choice(["SAME_UPPER", "VALID", "pads", "SAME_LOWER"], p=[0.3, 0.3, 0.3, 0.1]))
    if how == "pads":
        usual = np.array([(kernel - 1) // 2] * 2 + [kernel // 2] * 2)
        pads = usual if rng.random() < 0.9 else rng.integers(0, 3, 4)
        options["pads"] = [int(n) for n in pads]
        size = (size[0] + pads[0] + pads[2], size[1] + pads[1] + pads[3])
    else:
        options["auto_pad"] = how
    m.conv(channels, filters, kernel, **options)
    if how.startswith("SAME"):
        return tuple(-(-n // stride) for n in size)
    return tuple((n - kernel) // stride + 1 for n in size)


def random_model(seed):
    """Image arithmetic, two convolutions with a bias of any shape, a pool, dense layers."""
    rng = np.random.default_rng(seed)
    opset = int(rng.choice([11, 13, 17, 18, 21]))
    m = Maker((1, 4, 4, 4), opset=opset, seed=seed)
    if rng.random() < 0.5:
        m.op(str(rng.choice(["Sub", "Mul", "Div"])), constant(m, rng, FITTING[:2], low=0.1))
    size = convolution(m, rng, 4, 4, (4, 4))
    if rng.random() < 0.5:
        m.op("Add", constant(m, rng))
    m.op("Relu")
    size = convolution(m, rng, 4, 5, size)
    m.op("Relu")
    if rng.random() < 0.5 and min(size) > 1:
        auto = str(rng.choice(["SAME_UPPER", "SAME_LOWER", "VALID"]))
        m.op("AveragePool", kernel_shape=[2, 2], strides=[2, 2], auto_pad=auto)
        size = tuple(-(-n // 2) if auto != "VALID" else n // 2 for n in size)
    m.op("Flatten", axis=int(rng.choice([1, -3])))
    features = 5 * size[0] * size[1]
    shape = [(3,), (1, 3), (1,), (1, 1), (3, 1)][rng.choice(5, p=[0.4, 0.2, 0.2, 0.15, 0.05])]
    m.op("Gemm", m.random(features, 3), m.random(*shape))
    return m


def test_what_is_imported_is_equal():
    """Every graph that onnxruntime takes is imported exactly, or refused by node."""
    imported = refused = 0
    for seed in range(300):
        m = random_model(seed)
        if not runs(m):
            continue
        try:
            from_onnx(m.model())
        except UnsupportedLayerError as error:
            assert "ONNX node" in str(error) or "the model" in str(error)
            refused += 1
            continue
        check(m)
        imported += 1
    assert imported >= 150 and refused > 20, (imported, refused)  # neither side is empty


@pytest.mark.parametrize("auto", ["SAME_UPPER", "SAME_LOWER"])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_padding_before_same_padding(auto, stride):
    """The convolution pads what it sees: the padded image."""
    m = Maker((1, 2, 9, 8))
    m.op("Pad", m.constant([0, 0, 1, 1, 0, 0, 0, 1], np.int64))
    m.conv(2, 3, auto_pad=auto, strides=[stride] * 2)
    m.op("Relu")
    m.op("GlobalAveragePool")
    m.op("Flatten")
    m.gemm(3, 2)
    try:
        check(m)
    except UnsupportedLayerError as error:
        assert "cannot be merged into one kernel" in str(error)


@pytest.mark.parametrize("shape", CONSTANTS)
def test_constants_meet_what_onnx_says(shape):
    """As many channels as columns: a constant (4,) runs along the columns."""
    m = Maker((1, 3, 4, 4))
    m.conv(3, 4, pads=[1] * 4)
    m.op("Add", m.random(*shape))
    m.op("Relu")
    m.op("Flatten")
    m.gemm(64, 2)
    if shape in ((4, 1, 1), (1, 4, 1, 1), (1,), ()):
        check(m)
        return
    with pytest.raises(UnsupportedLayerError, match="another for every pixel"):
        from_onnx(m.model())


@pytest.mark.parametrize("shape", CONSTANTS)
def test_a_mean_image_may_have_any_shape(shape):
    m = Maker((1, 4, 4, 4))
    m.op("Sub", m.random(*shape, low=0.1))
    m.conv(4, 3, pads=[1] * 4)
    m.op("Relu")
    m.op("Flatten")
    m.gemm(48, 2)
    check(m)


def refused(build, match, shape=(1, 4, 4, 4), opset=17):
    m = Maker(shape, opset)
    build(m)
    with pytest.raises(LifdeepError, match=match):
        from_onnx(m.model())


def test_axes_and_modes_that_would_change_the_answer():
    def softmax(axis):
        def build(m):
            m.op("Flatten")
            m.gemm(64, 5)
            m.op("Softmax", axis=axis)

        return build

    refused(softmax(0), r"\(Softmax\).*axis is 0")
    m = Maker((1, 4, 4, 4))
    m.conv(4, 4, pads=[1] * 4)
    m.op("Relu")
    softmax(-1)(m)
    check(m, softmax=True)

    def column_bias(m):
        m.op("Flatten")
        m.op("Gemm", m.random(64, 3), m.random(3, 1))

    refused(column_bias, r"\(Gemm\).*does not fit|\(Gemm\).*constant of shape")

    def scaled_by(value):
        def build(m):
            m.op("Mul", m.constant(np.full((4, 1, 1), value)))
            m.op("Flatten")
            m.gemm(64, 2)

        return build

    refused(scaled_by(0), "holds 0")

    def squeezed(m):
        m.conv(4, 3)
        m.op("Relu")
        m.op("GlobalAveragePool")
        m.op("Squeeze", m.constant([2], np.int64))
        m.gemm(3, 2)

    refused(squeezed, r"\(Gemm\): takes \(batch, features\); its input is \(3, 1\)")

    def cast(m):
        m.op("Cast", to=7)
        m.op("Cast", to=1)
        m.op("Flatten")
        m.gemm(64, 2)

    refused(cast, r"\(Cast\): to whole numbers")

    def cast_like(kind):
        def build(m):
            m.op("CastLike", m.constant([1], kind))
            m.op("Cast", to=1)
            m.op("Flatten")
            m.gemm(64, 2)

        return build

    for kind in (np.int32, np.uint8, np.bool_):
        refused(cast_like(kind), r"\(CastLike\): to whole numbers")

    def cropped(m):
        m.op("Pad", m.constant([0, 0, -4, 0, 0, 0, 0, 0], np.int64))
        m.conv(4, 3, 2, pads=[1, 0, 0, 0])

    refused(cropped, "cuts the whole image off")
    m = Maker((1, 4, 4, 4))
    m.op("Pad", m.constant([0, 0, -1, 0, 0, 0, 0, 0], np.int64))
    m.conv(4, 3, 2, pads=[1, 0, 0, 0])
    m.op("Flatten")
    m.gemm(27, 2)
    check(m)

    def flat_sum(m):
        m.conv(4, 3)
        m.op("Flatten")
        first = m.op("Relu")
        main = m.gemm(12, 12)
        m.op("Relu", source=m.op("Add", first, source=main))
        m.gemm(12, 2)

    refused(flat_sum, "of flattened images; add the images")


def test_valid_ignores_pads_and_pads_name_their_axes():
    m = Maker((1, 2, 8, 8), opset=18)
    m.op("Pad", m.constant([1, 1, 1, 1], np.int64), "", m.constant([-2, 3], np.int64))
    m.conv(2, 3, 3, auto_pad="VALID")
    m.op("Relu")
    m.op("Flatten")
    m.gemm(3 * 8 * 8, 2)
    check(m)
