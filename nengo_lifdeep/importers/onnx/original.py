"""Run an ONNX model as it was trained: in onnxruntime, or in ONNX's reference evaluator."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...compat.requirements import import_optional
from ...errors import UnsupportedLayerError
from ...inputs.preprocessing import Preprocessing
from .translator import BATCH
from .view import View

__all__ = ["in_onnx"]


def in_onnx(
    proto: Any,
    nodes: list[Any],
    weights: Mapping[str, np.ndarray],
    entry: tuple[str, int, View],
    output: str,
    before: Preprocessing,
) -> Callable[[np.ndarray], np.ndarray]:
    """Scores of images in an ONNX model, of which only what its output needs is run.

    Parameters
    ----------
    proto : onnx.ModelProto
        The model, for its versions.
    nodes : list of onnx.NodeProto
        What the output needs.
    weights : dict of str to array
        Its weights.
    entry : (str, int, View)
        The input's name, how many images it takes at once, and its axes.
    output : str
        Name of the output.
    before : Preprocessing
        From images in [0, 1] to what it takes.
    """
    onnx = import_optional("onnx")
    name, batch, view = entry
    fixed = None if batch == BATCH else batch
    used = {each for node in nodes for each in node.input}
    of_float = onnx.TensorProto.FLOAT
    graph = onnx.helper.make_graph(
        nodes,
        "original",
        [onnx.helper.make_tensor_value_info(name, of_float, [fixed or "batch", *view.raw])],
        [onnx.helper.make_tensor_value_info(output, of_float, None)],
        [onnx.numpy_helper.from_array(w, key) for key, w in weights.items() if key in used],
    )
    model = onnx.helper.make_model(
        graph, opset_imports=proto.opset_import, ir_version=proto.ir_version
    )
    made: list[Any] = []  # the session, at the first images

    def scores(images: np.ndarray) -> np.ndarray:
        values = before(images).reshape(len(images), -1)
        raw = np.empty_like(values)
        raw[:, view.positions()] = values
        size = fixed or len(raw)
        found = []
        try:
            made[:] = made or [_session(model)]
            for start in range(0, len(raw), size):
                some = np.zeros((size, raw.shape[1]), np.float32)
                part = raw[start : start + size]
                some[: len(part)] = part
                answer = made[0].run([output], {name: some.reshape(size, *view.raw)})[0]
                found.append(_last(np.asarray(answer))[: len(part)])
        except Exception as error:  # what the evaluators raise is of no one kind
            raise UnsupportedLayerError(
                f"the ONNX model cannot be run as it is: {error}"
            ) from error
        return np.concatenate(found)

    return scores


def _session(model: Any) -> Any:
    """Something that runs the model: onnxruntime where it is installed, else ONNX's reference."""
    if importlib.util.find_spec("onnxruntime") is None:
        return importlib.import_module("onnx.reference").ReferenceEvaluator(model)
    runtime: Any = importlib.import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    return runtime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def _last(values: np.ndarray) -> np.ndarray:
    """Scores ``(n, output)``, of images ``(n, channel, ...)`` with the channels last."""
    return (np.moveaxis(values, 1, -1) if values.ndim > 2 else values).reshape(len(values), -1)
