"""ONNX graphs whose values are not in order, and inputs of bytes."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep import from_onnx
from nengo_lifdeep.errors import ModelFileError, UnsupportedLayerError, ValidationError

onnx = pytest.importorskip("onnx")


def model(*, kind=None, after=()):
    """Flatten, a matrix, ReLU, a matrix."""
    helper = onnx.helper
    rng = np.random.default_rng(0)
    weights = {"W": rng.normal(size=(12, 5)), "V": rng.normal(size=(5, 1))}
    nodes = [
        helper.make_node("Cast", ["x"], ["pixels"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Flatten", ["pixels"], ["f"]),
        helper.make_node("MatMul", ["f", "W"], ["a"]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("MatMul", ["b", "V"], ["y"]),
        *after,
    ]
    image = helper.make_tensor_value_info("x", kind or onnx.TensorProto.FLOAT, [1, 3, 2, 2])
    last = helper.make_tensor_value_info(nodes[-1].output[0], onnx.TensorProto.FLOAT, None)
    arrays = [onnx.numpy_helper.from_array(w.astype(np.float32), n) for n, w in weights.items()]
    graph = helper.make_graph(nodes, "net", [image], [last], arrays)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def test_a_value_that_is_given_twice():
    proto = model()
    proto.graph.node[3].output[0] = "a"
    proto.graph.node[4].input[0] = "a"
    with pytest.raises(
        ModelFileError, match=r"node 4 '' \(Relu\) gives 'a', which is there already"
    ):
        from_onnx(proto)


def test_a_circle():
    proto = model()
    proto.graph.node[2].input[0] = "b"
    with pytest.raises(ModelFileError, match=r"node 3 .*takes 'b', which it or a later node gives"):
        from_onnx(proto)


def test_a_value_that_nothing_gives():
    proto = model()
    proto.graph.node[3].input[0] = "gone"
    with pytest.raises(ModelFileError, match=r"node 4 .*takes 'gone', which nothing gives"):
        from_onnx(proto)


def test_an_output_that_takes_nothing_from_the_input():
    proto = model()
    proto.graph.output[0].name = "nowhere"
    with pytest.raises(UnsupportedLayerError, match="output takes nothing from an input"):
        from_onnx(proto)


def test_bytes_are_pixels_to_255():
    assert from_onnx(model(kind=onnx.TensorProto.UINT8)).preprocessing.scale == 255.0
    assert from_onnx(model()).preprocessing.scale == 1.0


def test_bytes_of_a_file_are_no_model():
    with pytest.raises(ValidationError, match="load_model_from_string") as caught:
        from_onnx(model().SerializeToString())
    assert len(str(caught.value)) < 300


def test_a_sigmoid_before_what_moves_no_value():
    node = onnx.helper.make_node
    ends = node("Sigmoid", ["y"], ["s"]), node("Flatten", ["s"], ["z"], axis=1)
    assert from_onnx(model(after=ends)).architecture.output_shape == (2,)
    inside = (*ends, node("Add", ["z", "z"], ["w"]))
    with pytest.raises(UnsupportedLayerError, match="Sigmoid.*stands inside the model"):
        from_onnx(model(after=inside))
