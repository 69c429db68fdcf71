"""ONNX models (exported from PyTorch and others) as our architecture and weights.

ONNX images are ``(channel, row, column)``; ours are ``(row, column, channel)``. Kernels are
transposed, and dense weights after a flattened image permuted, so that the network takes our
images and gives the same scores.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from ...compat.requirements import import_optional
from ...datasets.base import Dataset, Split
from ...errors import ModelFileError, UnsupportedLayerError, ValidationError
from ...inputs.preprocessing import Preprocessing
from ...layers.types import Shape
from ...models import TrainedModel
from ...support.checks import checked, checked_names, instance, optional, word
from ..chain.assemble import assemble
from ..chain.graph import Graph, Node
from ..chain.trained import as_trained, finite, looked_at
from .layers import TRANSLATE
from .operation import Operation
from .translator import Translator

__all__ = ["from_onnx"]

#: operator sets that were tried
_OPSETS = range(7, 28)


@checked(
    preprocessing=optional(instance(Preprocessing)),
    classes=checked_names,
    max_pooling=word("refuse", "average"),
)
def from_onnx(
    model: Any,
    *,
    preprocessing: Preprocessing | None = None,
    classes: tuple[str, ...] = (),
    max_pooling: str = "refuse",
    images: Split | Dataset | np.ndarray | None = None,
) -> TrainedModel:
    """A trained ONNX model as a network of rectified linear neurons, weights included.

    Conv, Gemm, MatMul, Add of biases, BatchNormalization, Relu, LeakyRelu, AveragePool,
    GlobalAveragePool, ReduceMean over the image, Flatten, Reshape to flat, Dropout, Identity, Pad
    with zeros, and residual sums are taken over; Mul, Div, Add and Sub of constants right after
    the input become the preprocessing; a final Softmax or LogSoftmax is dropped, a
    final Sigmoid of one unit becomes two scores, 0 and its logit. Export from
    PyTorch in evaluation mode: ``torch.onnx.export(model.eval(), example, "model.onnx")``.

    Parameters
    ----------
    model : path-like or onnx.ModelProto
        One input of shape ``(batch, channel, row, column)`` or ``(batch, features)``, one output
        ``(batch, classes)``. All weights in the one file.
    preprocessing : Preprocessing, optional
        From images in [0, 1] to what the model takes.
    classes : tuple of str
        Names of the classes; numbers by default.
    max_pooling : {"refuse", "average"}
        As for `from_keras`.
    images : Split, Dataset or (n, row, column, channel) array, optional
        As for `from_keras`.

    Returns
    -------
    TrainedModel

    Raises
    ------
    ModelFileError
        If the file is damaged, of another kind, or its weights are stored in other files.
    UnsupportedLayerError
        If an operation, or how operations are connected, has no counterpart; it names the node.
    DataError
        If a weight is NaN or infinite.
    MissingDependencyError
        If `onnx` is not installed (extra ``onnx``).

    Examples
    --------
    >>> spiking = convert(from_onnx("model.onnx"), scale_firing_rates=200)  # doctest: +SKIP
    """
    if max_pooling not in ("refuse", "average"):
        raise ValidationError(f"max_pooling is {max_pooling!r}; expected 'refuse' or 'average'")
    name = Path(model).name if isinstance(model, str | os.PathLike) else "model"
    proto = _read(model) if isinstance(model, str | os.PathLike) else model
    _check(proto, name)
    graph = proto.graph
    constants = {tensor.name: _array(tensor, name) for tensor in graph.initializer}
    input_name, raw_shape = _input(graph, constants, name)
    outputs = [value.name for value in graph.output]
    if len(outputs) != 1:
        raise UnsupportedLayerError(f"ONNX model {name!r} has {len(outputs)} outputs; expected one")
    translator = Translator(input_name, raw_shape, constants, outputs[0], max_pooling, TRANSLATE)
    for position, node in enumerate(graph.node, 1):
        translator.add(Operation.of(node, position))
    nodes: dict[str, Node] = translator.made
    if outputs[0] not in nodes:
        raise UnsupportedLayerError(
            f"ONNX model {name!r}: its output {outputs[0]!r} does not come from its input"
        )
    rows_last = translator.flattened.get(outputs[0], (1, 1, 1))
    if rows_last[-1] > 1 and rows_last[:2] != (1, 1):
        raise UnsupportedLayerError(
            f"ONNX model {name!r}: its output is a flattened image of {rows_last} (row, column, "
            "channel), whose values would come in another order here; end it with Gemm or MatMul"
        )
    built = Graph(
        graph.name or name, input_name, translator.input_shape, nodes, outputs[0],
        translator.is_sigmoid,
    )  # fmt: skip
    origin = f"ONNX model {name!r}"
    return looked_at(as_trained(finite(assemble(built)), preprocessing, classes, origin), images)


def _read(path: str | os.PathLike[str]) -> Any:
    onnx = import_optional("onnx")
    path = Path(path)
    if not path.is_file():
        raise ModelFileError(f"there is no file {path}")
    try:
        return onnx.load_model(path, load_external_data=False)
    except Exception as error:  # protobuf raises its own kinds
        raise ModelFileError(f"{path} is damaged, or no ONNX file: {error}") from error


def _check(proto: Any, name: str) -> None:
    onnx = import_optional("onnx")
    if not isinstance(proto, onnx.ModelProto):
        raise ValidationError(f"{proto!r} is no ONNX model; expected a path or onnx.ModelProto")
    if not proto.graph.node:
        raise ModelFileError(f"{name} is damaged, or no ONNX file: it holds no operation")
    for tensor in proto.graph.initializer:
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            raise ModelFileError(
                f"{name}: weights {tensor.name!r} are in another file; save one whole file "
                "(torch.onnx.export(..., external_data=False), or onnx.save_model)"
            )
    versions = [o.version for o in proto.opset_import if o.domain in ("", "ai.onnx")]
    if not versions or versions[0] not in _OPSETS:
        raise UnsupportedLayerError(
            f"ONNX model {name!r} is of operator set {versions}; {_OPSETS[0]} to {_OPSETS[-1]} are "
            "known. Export it again with opset_version=17"
        )


def _array(tensor: Any, name: str) -> np.ndarray:
    """An initialiser's values, after its size was compared with what is there."""
    onnx = import_optional("onnx")
    declared = int(np.prod(np.array(tensor.dims, dtype=object))) if tensor.dims else 1
    held = len(tensor.raw_data) + sum(
        8 * len(getattr(tensor, field))
        for field in ("float_data", "int32_data", "int64_data", "double_data", "uint64_data")
    )
    if any(n < 0 for n in tensor.dims) or declared > 8 * held + 8:
        raise ModelFileError(
            f"{name} is damaged: weights {tensor.name!r} declare the shape {tuple(tensor.dims)}, "
            f"and hold {held} bytes"
        )
    try:
        return np.asarray(onnx.numpy_helper.to_array(tensor))
    except Exception as error:  # wrong sizes, unknown types
        raise ModelFileError(f"{name} is damaged: weights {tensor.name!r}: {error}") from error


def _input(graph: Any, constants: dict[str, np.ndarray], name: str) -> tuple[str, Shape]:
    inputs = [value for value in graph.input if value.name not in constants]
    if len(inputs) != 1:
        listed = ", ".join(value.name for value in inputs)
        raise UnsupportedLayerError(
            f"ONNX model {name!r} has {len(inputs)} inputs ({listed}); expected one, the image"
        )
    dims = [d.dim_value for d in inputs[0].type.tensor_type.shape.dim][1:]
    if len(dims) not in (1, 3) or any(n < 1 for n in dims):
        raise UnsupportedLayerError(
            f"ONNX model {name!r} takes input of shape (batch, {', '.join(map(str, dims))}); "
            "expected (batch, channel, row, column) or (batch, features) with fixed sizes"
        )
    return inputs[0].name, tuple(dims)
