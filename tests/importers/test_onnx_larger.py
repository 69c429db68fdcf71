"""ONNX graphs that make images larger or average over borders: equal to onnxruntime."""

import itertools

import numpy as np
import pytest

from nengo_lifdeep import Preprocessing, Presentation, convert, run
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.swap import fold
from nengo_lifdeep.errors import UnsupportedLayerError
from nengo_lifdeep.importers.folding.layers import pool_matrix
from nengo_lifdeep.importers.folding.pieces import MOST_PIECES, pieces
from nengo_lifdeep.importers.onnx.model import from_onnx

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

from .test_onnx import Maker, check  # noqa: E402
from .test_onnx_graphs import close, scores  # noqa: E402


def front(shape=(1, 2, 7, 6), opset=17, activation="Relu", seed=0):
    """A convolution whose neurons the next operation takes."""
    m = Maker(shape, opset, seed)
    m.conv(shape[1], 3, pads=[1] * 4)
    m.op(activation)
    return m


def back(m):
    """A padded convolution after it, and a read-out of its mean."""
    m.conv(3, 4, pads=[1] * 4)
    m.op("Relu")
    m.op("GlobalAveragePool")
    m.op("Flatten")
    m.gemm(4, 3)
    return m


TRANSPOSED = [
    {},
    {"strides": [2, 2]},
    {"strides": [2, 3], "pads": [1, 0, 0, 1]},
    {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]},
    {"strides": [4, 4], "output_padding": [3, 2]},  # zeros where no window reaches, and the bias
    {"strides": [1, 2], "dilations": [2, 1], "pads": [2, 1, 2, 1]},
    {"strides": [2, 2], "dilations": [1, 3], "group": 3},
    {"strides": [2, 2], "auto_pad": "SAME_UPPER"},
    {"strides": [2, 2], "auto_pad": "SAME_LOWER"},
    {"strides": [1, 3], "auto_pad": "VALID"},
    {"strides": [2, 2], "output_shape": [13, 12]},
    {"strides": [3, 2], "output_shape": [20, 12], "auto_pad": "SAME_UPPER"},
]


@pytest.mark.parametrize("options", TRANSPOSED)
@pytest.mark.parametrize("use_bias", [False, True])
def test_transposed_convolutions(options, use_bias):
    m = front()
    group = options.get("group", 1)
    weights = [m.random(3, 3 // group, 3, 3)] + ([m.random(3)] if use_bias else [])
    m.op("ConvTranspose", *weights, **options)
    check(back(m))


def test_a_transposed_convolution_of_series():
    m = Maker((1, 3, 9))
    m.op("Conv", m.random(4, 3, 3))
    m.op("Relu")
    m.op("ConvTranspose", m.random(4, 2, 4), m.random(2), strides=[3], pads=[1, 2])
    m.op("Relu")
    m.op("Flatten")
    m.gemm(2 * 19, 3)
    x = m.rng.uniform(size=(3, 3, 9)).astype(np.float32)
    expected, _, answers = scores(m.model(), x)
    close(answers(x.transpose(0, 2, 1)), expected)


def test_transposed_convolutions_that_do_not_fit_are_named():
    for weights, options, text in (
        ((4, 3, 3, 3), {}, "for 4 channels in 1 group;"),
        ((3, 1, 3, 3), {"group": 2}, "for 3 channels in 2 groups"),
        ((3, 3, 2, 2), {"pads": [9, 0, 9, 0]}, "cuts the whole image off"),
        ((3, 3, 3, 3), {"strides": [2, 2], "output_shape": [19, 12]}, "and 19 are wanted of it"),
        ((3, 3, 3, 3), {"strides": [4, 4], "auto_pad": "SAME_UPPER"}, "use output_padding"),
        ((3, 3, 3, 3), {"output_padding": [1]}, r"output_padding \[1\]"),
        ((3, 3, 3, 3, 3), {}, "images and series only"),
    ):
        m = front()
        m.op("ConvTranspose", m.random(*weights), **options)
        with pytest.raises(UnsupportedLayerError, match=rf"node 3 'v2' \(ConvTranspose\).*{text}"):
            from_onnx(back(m).model())


@pytest.mark.parametrize("mode", ["reflect", "edge", "wrap"])
@pytest.mark.parametrize("amounts", [(1, 1, 1, 1), (2, 0, 1, 1), (0, 2, 0, 2), (-1, 1, 1, -2)])
@pytest.mark.parametrize("activation", ["Relu", "LeakyRelu"])
def test_pixels_of_the_image_around_it(mode, amounts, activation):
    m = front(opset=19, activation=activation)
    if mode == "wrap":
        amounts = tuple(max(n, 0) for n in amounts)
    given = [0, 0, *amounts[:2], 0, 0, *amounts[2:]]
    m.op("Pad", m.constant(given, np.int64), mode=mode)
    check(back(m))


def test_wrapping_what_is_cut_off_is_refused():
    """Whether it is cut off before or after is not said; onnxruntime does it before."""
    m = front(opset=19)
    m.op("Pad", m.constant([0, 0, -1, 0, 0, 0, 1, 0], np.int64), mode="wrap")
    with pytest.raises(UnsupportedLayerError, match=r"\(Pad\): cuts off and repeats"):
        from_onnx(back(m).model())


@pytest.mark.parametrize("where", ["image", "sum"])
def test_pixels_of_the_image_around_it_elsewhere(where):
    """Of the image itself; and of what a sum takes as it is too."""
    m = Maker((1, 3, 6, 7))
    if where == "image":
        m.op("Pad", m.constant([0, 0, 1, 1, 0, 0, 1, 1], np.int64), mode="reflect")
        m.conv(3, 3)
        m.op("Relu")
    else:
        m.conv(3, 3, pads=[1] * 4)
        first = m.op("Relu")
        m.op("Pad", m.constant([0, 0, 1, 1, 0, 0, 1, 1], np.int64), mode="edge")
        main = m.conv(3, 3)
        m.op("Add", first, source=main)
        m.op("Relu")
    check(back(m))


POOLS = [
    {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1] * 4},
    {"kernel_shape": [3, 2], "strides": [2, 1], "pads": [1, 0, 1, 1], "count_include_pad": 1},
    {"kernel_shape": [3, 3], "strides": [1, 1], "pads": [1, 1, 0, 1]},
    {"kernel_shape": [3, 3], "strides": [3, 2], "ceil_mode": 1},
    {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1] * 4, "ceil_mode": 1},
    {"kernel_shape": [5, 3], "strides": [1, 2], "pads": [2, 1, 2, 1]},
]


@pytest.mark.parametrize("options", POOLS)
@pytest.mark.parametrize("activation", ["Relu", "LeakyRelu"])
def test_averages_over_the_border(options, activation):
    m = front((1, 2, 7, 8), opset=19, activation=activation)
    m.op("AveragePool", **options)
    check(back(m))


@pytest.mark.parametrize("opset", [11, 19])
def test_matrices_of_averages_are_onnxruntimes(opset):
    if tuple(map(int, runtime.__version__.split(".")[:2])) < (1, 20):
        pytest.skip("onnxruntime 1.19 lets averages begin beyond the border with ceil_mode")
    rng = np.random.default_rng(0)
    for n, k, s, front, end, counted in itertools.product(
        (4, 7, 8), (2, 3), (1, 2, 3), (0, 1), (0, 1), (0, 1)
    ):
        m = Maker((1, 1, n, 1), opset)
        m.op("AveragePool", kernel_shape=[k, 1], strides=[s, 1], pads=[front, 0, end, 0],
             ceil_mode=1, count_include_pad=counted)  # fmt: skip
        x = rng.uniform(size=(1, 1, n, 1)).astype(np.float32)
        session = runtime.InferenceSession(m.model().SerializeToString())
        (expected,) = session.run(None, {"image": x})
        found = pool_matrix(n, k, s, (front, end), bool(counted), True) @ x.ravel()
        np.testing.assert_allclose(found, expected.ravel(), rtol=1e-5)


@pytest.mark.parametrize("mode", ["nearest", "linear"])
@pytest.mark.parametrize("factor", [2.0, 3.0])
@pytest.mark.parametrize("how", ["half_pixel", "asymmetric"])
def test_larger_images(mode, factor, how):
    m = front((1, 2, 4, 5))
    options = {"nearest_mode": "floor"} if how == "asymmetric" else {}
    m.op("Resize", "", m.constant([1, 1, factor, factor]), mode=mode,
         coordinate_transformation_mode=how, **options)  # fmt: skip
    model = back(m).model()
    try:
        from_onnx(model)
    except UnsupportedLayerError as error:  # TensorFlow's older way: another weight for each place
        assert (mode, how) == ("linear", "asymmetric")
        assert "resizing to" in str(error)
        return
    check(m)


@pytest.mark.parametrize("kind", ["reflect", "average", "transposed"])
def test_spikes(kind):
    """Events and Nengo fire the same, after each piece."""
    m = front((1, 2, 5, 6))
    if kind == "reflect":
        m.op("Pad", m.constant([0, 0, 1, 1, 0, 0, 1, 1], np.int64), mode="reflect")
    elif kind == "average":
        m.op("AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    else:
        weights = m.random(3, 3, 3, 3), m.random(3)
        m.op("ConvTranspose", *weights, strides=[2, 2], pads=[1, 0, 0, 1], output_padding=[1, 1])
    network = check(back(m))
    images = m.rng.uniform(size=(1, 5, 6, 2)).astype(np.float32)
    spiking = convert(network, synapse=0.002, scale_firing_rates=300)
    timing = Presentation(t_c=0.0, t_p=0.05)
    found, truth = (
        run(spiking, images, simulator=name, presentation=timing, **options)
        for name, options in (("events", {"dtype": "float64"}), ("nengo", {}))
    )
    for name, spikes in truth.image_spikes.items():
        np.testing.assert_array_equal(found.image_spikes[name], spikes)
        assert spikes.sum() > 0


def test_a_mean_outside_the_pixels_is_taken_where_the_pixels_are_said():
    """Normalisation of the image with any mean, before a convolution with zeros around."""
    m = Maker((1, 2, 7, 6))
    statistics = [m.constant(pair) for pair in ([1.5, 0.7], [0.2, 0.3], [-0.4, 0.6], [0.5, 2.0])]
    m.op("BatchNormalization", *statistics)
    m.conv(2, 3, pads=[1] * 4)
    m.op("Relu")
    model = back(m).model()
    with pytest.raises(UnsupportedLayerError, match=r"what it takes: preprocessing="):
        from_onnx(model)
    x = m.rng.uniform(size=(3, 2, 7, 6)).astype(np.float32)
    session = runtime.InferenceSession(model.SerializeToString())
    for preprocessing, factor in ((Preprocessing(), 1), (Preprocessing(scale=3.0), 3)):
        net = from_onnx(model, preprocessing=preprocessing)
        (expected,) = session.run(None, {"image": np.float32(factor) * x})
        images = net.preprocessing(x.transpose(0, 2, 3, 1))
        close(forward(fold(net), images)["output"], expected)


def test_too_many_pieces_are_refused_by_name():
    m = front((1, 2, 7, 7))
    m.op("Pad", m.constant([0, 0, 3, 3, 0, 0, 3, 3], np.int64), mode="reflect")
    with pytest.raises(UnsupportedLayerError, match=r"\(Pad\): padding \(3, 3\).* mode reflect"):
        from_onnx(back(m).model())


def test_pieces_add_up_to_their_matrix():
    """Random rows, windows, borders: every new pixel is given once."""
    rng = np.random.default_rng(0)
    maps = [
        pool_matrix(n, k, s, (p, p), counted, ceil)
        for n, k, s, p, counted, ceil in itertools.product(
            (5, 8), (2, 3), (1, 2, 3), (0, 1), (False, True), (False, True))
    ]  # fmt: skip
    maps += [np.eye(n)[np.pad(np.arange(n), 2, mode="reflect")] for n in (3, 6)]
    maps += [rng.integers(0, 2, (6, 5)) * rng.uniform(-1, 1, (6, 5)) for _ in range(100)]
    for matrix in maps:
        parts = pieces(matrix)
        if parts is None:
            assert not matrix.any() or len(matrix) > MOST_PIECES
            continue
        found = np.zeros(matrix.shape)
        for part in parts:
            (off, end), size = part.crop, matrix.shape[1]
            wide = np.zeros((len(matrix), size + max(-off, 0) + max(-end, 0)))
            at, count = max(off, 0), 0
            for row in range(part.border[0], len(matrix) - part.border[1]):
                first = at + count * part.stride
                wide[row, first : first + len(part.kernel)] = part.kernel
                count += 1
            found += wide[:, max(-off, 0) : max(-off, 0) + size]
        np.testing.assert_allclose(found, matrix, atol=1e-12)
    assert pieces(np.zeros((3, 4))) is None
