"""Parts of images in ONNX graphs, in another order or side by side, against onnxruntime."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.errors import UnsupportedLayerError
from nengo_lifdeep.importers.onnx.model import from_onnx

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

from .test_onnx import Maker, check  # noqa: E402


def whole(m, *numbers):
    return m.constant(numbers, np.int64)


def parts(m, sizes, axis=1):
    """Split: names of its outputs."""
    names = [f"part {len(m.nodes)} {i}" for i in range(len(sizes))]
    m.nodes.append(onnx.helper.make_node("Split", [m.last, whole(m, *sizes)], names, axis=axis))
    return names


def ended(m, channels, size):
    """A convolution with zeros around, ReLU and a read-out after what is tried."""
    m.conv(channels, 3, pads=[1, 1, 1, 1])
    m.op("Relu")
    m.op("Flatten")
    m.gemm(3 * size[0] * size[1], 2)
    return check(m)


def features(shape=(1, 2, 8, 7), filters=6):
    m = Maker(shape)
    m.conv(shape[1], filters, pads=[1, 1, 1, 1])
    m.op("Relu")
    return m


def test_blocks_of_shufflenet_v2():
    """Half of the channels is passed on, half computed, and both are shuffled; twice."""
    m = features()
    for _ in range(2):
        kept, taken = parts(m, [3, 3])
        m.conv(3, 3, 1, source=taken)
        m.op("Relu")
        m.conv(3, 3, pads=[1, 1, 1, 1], group=3)
        m.norm(3)
        m.conv(3, 3, 1)
        branch = m.op("Relu")
        m.op("Concat", branch, source=kept, axis=1)
        m.op("Reshape", whole(m, 0, 2, 3, 8, 7))
        m.op("Transpose", perm=[0, 2, 1, 3, 4])
        m.op("Reshape", whole(m, 0, 6, 8, 7))
    ended(m, 6, (8, 7))


@pytest.mark.parametrize("how", ["Gather", "Slice", "Concat", "transposed", "stacked"])
def test_colours_in_another_order(how):
    """The mean is said in the model's order, blue first, and is that of our images' channels."""
    m = Maker((1, 3, 6, 5))
    if how == "Gather":
        m.op("Gather", whole(m, 2, 1, 0), axis=1)
    elif how == "Slice":
        m.op("Slice", whole(m, -1), whole(m, -(2**63) + 1), whole(m, 1), whole(m, -1))
    elif how == "Concat":
        red, green, blue = parts(m, [1, 1, 1])
        m.op("Concat", green, red, source=blue, axis=1)
    elif how == "transposed":
        m.op("Transpose", perm=[1, 0, 2, 3])
        m.op("GatherND", m.constant([[2], [1], [0]], np.int64))
        m.op("Transpose", perm=[1, 0, 2, 3])
    else:
        one = whole(m, 1)
        channels = []
        for i in (2, 1, 0):
            m.op("Gather", m.constant(i, np.int64), source="image", axis=1)
            channels.append(m.op("Unsqueeze", one))
        m.op("Concat", *channels[1:], source=channels[0], axis=1)
    m.op("Mul", m.constant(255.0))
    mean = np.array([104.0, 117.0, 124.0])
    m.op("Sub", m.constant(mean.reshape(3, 1, 1)))
    net = ended(m, 3, (6, 5))
    assert net.preprocessing.scale == 255
    found = np.broadcast_to(net.preprocessing.mean, (6, 5, 3))[0, 0]  # of pixels in [0, 1]
    np.testing.assert_allclose(found, mean[::-1] / 255, rtol=1e-6)


@pytest.mark.parametrize(
    ("starts", "ends", "axes", "steps", "channels", "size"),
    [
        ([1], [6], [1], [2], 3, (8, 7)),
        ([1, 0], [-1, 2**62], [2, 3], [1, 2], 6, (6, 4)),
        ([-1, 1], [-(2**62), 4], [3, 1], [-1, 1], 3, (8, 7)),
    ],
)
def test_slices(starts, ends, axes, steps, channels, size):
    m = features()
    m.op("Slice", *(whole(m, *each) for each in (starts, ends, axes, steps)))
    ended(m, channels, size)


@pytest.mark.parametrize("axis", [2, 3])
def test_rows_and_columns_side_by_side(axis):
    """What ``torch.roll`` is written as."""
    m = features()
    first, second = parts(m, [3, 8 - 3 if axis == 2 else 7 - 3], axis)
    m.op("Concat", first, source=second, axis=axis)
    ended(m, 6, (8, 7))


def test_the_last_step_of_a_series():
    m = Maker((1, 2, 9))
    m.op("Conv", m.random(4, 2, 3), m.random(4))
    m.op("Relu")
    m.op("Gather", m.constant(-1, np.int64), axis=2)
    m.gemm(4, 3)
    x = m.rng.uniform(size=(3, 2, 9)).astype(np.float32)
    model = m.model()
    from .test_onnx_graphs import close, scores

    expected, _, answers = scores(model, x)
    close(answers(x.transpose(0, 2, 1)), expected)


def test_features_in_parts():
    m = features()
    m.op("Flatten")
    m.gemm(336, 8)
    m.op("Relu")
    first, _, last = parts(m, [3, 1, 4])  # one is taken by nothing
    m.last = m.op("Concat", first, source=last, axis=1)
    m.gemm(7, 2)
    check(m)


@pytest.mark.parametrize(("kind", "axes"), [
    ("ReduceSum", [1]), ("ReduceSum", [2]), ("ReduceSum", [1, 2, 3]), ("ReduceMean", [1]),
])  # fmt: skip
@pytest.mark.parametrize("keepdims", [0, 1])
def test_sums_and_means(kind, axes, keepdims):
    m = features()
    if kind == "ReduceSum":
        m.op(kind, whole(m, *axes), keepdims=keepdims)
    else:
        m.op(kind, axes=axes, keepdims=keepdims)
    m.op("Flatten")
    left = int(np.prod([n for i, n in enumerate((6, 8, 7), 1) if i not in axes], dtype=int))
    m.gemm(left, 2)
    check(m)


@pytest.mark.parametrize(("kind", "mode"), [
    ("DepthToSpace", "DCR"), ("DepthToSpace", "CRD"), ("SpaceToDepth", None),
])  # fmt: skip
def test_blocks_of_pixels_as_channels(kind, mode):
    m = features((1, 2, 8, 6), 8)
    m.op(kind, blocksize=2, **({"mode": mode} if mode else {}))
    channels, size = (2, (16, 12)) if mode else (32, (4, 3))
    ended(m, channels, size)


@pytest.mark.parametrize("kind", ["Tile", "Expand"])
def test_grey_images_in_three_channels(kind):
    m = Maker((1, 1, 6, 5))
    m.op(kind, whole(m, 1, 3, 1, 1))
    ended(m, 3, (6, 5))


def test_what_is_no_part_is_named():
    def refused(match, kind, *more, **options):
        m = features()
        m.op(kind, *(whole(m, *each) for each in more), **options)
        with pytest.raises(UnsupportedLayerError, match=match):
            from_onnx(m.model())

    refused(r"ONNX node 3 .*\(Gather\): takes numbers \[7\] of 6 along axis 1",
            "Gather", [7], axis=1)  # fmt: skip
    refused(r"leaves nothing of axis 2, which has 8", "Slice", [5], [5], [2])
    refused(r"takes some images of a batch", "Slice", [0], [1], [0])
    refused(r"over axes \[0, 1\], and so over images of a batch", "ReduceSum", [0, 1])
    refused(r"blocks of 3 x 3 of 6 channels", "DepthToSpace", blocksize=3)
    refused(r"blocks of 3 x 3 do not fit into 8 x 7", "SpaceToDepth", blocksize=3)


def test_advice_speaks_of_what_is_there():
    def refused(match, make):
        m = features()
        make(m)
        m.conv(6, 3, pads=[1, 1, 1, 1])
        m.op("Relu")
        with pytest.raises(UnsupportedLayerError, match=match) as error:
            from_onnx(m.model())
        return str(error.value)

    aligned = {"mode": "linear", "coordinate_transformation_mode": "align_corners"}
    text = refused(
        r"\(Resize\): resizing to 16 x 14 before .* without align_corners",
        lambda m: m.op("Resize", "", m.constant([1, 1, 2, 2]), **aligned),
    )
    assert "pooling" not in text

    def own_bias(m):
        m.conv(6, 6, pads=[1, 1, 1, 1])
        m.op("Add", m.random(1, 6, 8, 7))
        m.op("Relu")

    refused(r"\(Add\): its constant is another for every pixel", own_bias)
