"""Models that pad, crop, resize or take maxima before they rescale: which pixels they take."""

import numpy as np
import pytest

from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.errors import UnsupportedLayerError
from nengo_lifdeep.importers.keras.model import from_keras
from nengo_lifdeep.importers.onnx.model import from_onnx
from nengo_lifdeep.inputs.preprocessing import Preprocessing
from nengo_lifdeep.simulators import run

FIRST = {
    "padding": lambda L: [L.ZeroPadding2D(1)],
    "resizing": lambda L: [L.Resizing(12, 12, interpolation="nearest")],
    "centre": lambda L: [L.CenterCrop(6, 6)],
    "cropping": lambda L: [L.Cropping2D(1)],
    "upsampling": lambda L: [L.UpSampling2D(2)],
    "maxima": lambda L: [L.MaxPooling2D(2)],
    "averages": lambda L: [L.AveragePooling2D(2)],
    "several": lambda L: [L.Resizing(16, 16), L.Dropout(0.1), L.ZeroPadding2D(1)],
}


@pytest.mark.parametrize("brightest", [255, 1, 16])
@pytest.mark.parametrize("first", FIRST)
def test_a_rescaling_behind_padding_or_resizing_says_the_range(first, brightest):
    keras = pytest.importorskip("keras")
    L = keras.layers
    keras.utils.set_random_seed(3)
    scaling = L.Rescaling(2 / brightest, -1.0)
    model = keras.Sequential([
        keras.Input((8, 8, 1)), *FIRST[first](L), scaling, L.Conv2D(4, 3, activation="relu"),
        L.Flatten(), L.Dense(3),
    ])  # fmt: skip
    images = np.random.default_rng(0).random((5, 8, 8, 1)).astype(np.float32)
    network = from_keras(model, max_pooling="keep")
    assert "pixels" not in network.provenance
    found = run(fold(network), images, simulator="rate", progress=False).scores()
    expected = model.predict(brightest * images, verbose=0)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


def branches(keras, *scalings):
    """Branches that each resize, rescale and look at the image."""
    L = keras.layers
    given = keras.Input((8, 8, 1))
    ends = [
        L.Conv2D(2, 3, activation="relu")(L.Rescaling(scale)(L.Resizing(16, 16)(given)))
        for scale in scalings
    ]
    return keras.Model(given, L.Dense(3)(L.Flatten()(L.Concatenate()(ends))))


def test_branches_say_one_range_or_are_refused():
    keras = pytest.importorskip("keras")
    assert from_keras(branches(keras, 1 / 255, 1 / 255)).preprocessing.scale == 255
    torn = branches(keras, 1 / 255, 1.0 / 15)
    with pytest.raises(UnsupportedLayerError, match=r"pixel is 255 to .* and 15 to .*\. Say what"):
        from_keras(torn)
    assert from_keras(torn, preprocessing=Preprocessing()).preprocessing.scale == 1
    odd = branches(keras, 1 / 100, 1 / 100)
    with pytest.raises(UnsupportedLayerError, match="fits pixels of no range that is certain"):
        from_keras(odd)


def test_a_division_behind_padding_says_the_range_in_onnx(tmp_path):
    onnx = pytest.importorskip("onnx")
    from onnx.reference import ReferenceEvaluator

    rng = np.random.default_rng(0)
    kinds = {"pads": np.array([0, 0, 1, 1, 0, 0, 1, 1]), "full": np.float32(255)}
    for name, shape in {"k": (4, 1, 3, 3), "w": (256, 3)}.items():
        kinds[name] = rng.normal(size=shape).astype(np.float32)
    steps = (("Pad", "x", "pads"), ("Div", "Pad", "full"), ("Conv", "Div", "k"), ("Relu", "Conv"),
             ("Flatten", "Relu"), ("Gemm", "Flatten", "w"))  # fmt: skip
    nodes = [onnx.helper.make_node(kind, inputs, [kind]) for kind, *inputs in steps]
    ends = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in (("x", (1, 1, 8, 8)), ("Gemm", (1, 3)))
    ]
    weights = [onnx.numpy_helper.from_array(np.asarray(a), name) for name, a in kinds.items()]
    graph = onnx.helper.make_graph(nodes, "padded", ends[:1], ends[1:], weights)
    opset = [onnx.helper.make_opsetid("", 13)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.save(model, tmp_path / "padded.onnx")
    network = from_onnx(tmp_path / "padded.onnx")
    assert network.preprocessing.scale == 255 and "pixels" not in network.provenance
    image = rng.random((1, 8, 8, 1)).astype(np.float32)
    (expected,) = ReferenceEvaluator(model).run(None, {"x": 255 * image[None, ..., 0]})
    found = run(fold(network), image, simulator="rate", progress=False).scores()
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())
