"""The input and the output of an ONNX graph, and what lies between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import UnsupportedLayerError
from .operation import Operation
from .translator import BATCH
from .view import View

__all__ = ["entry", "needed"]

#: operations that leave the order of axes as it is
_PASSING = frozenset(
    "Identity Cast CastLike Add Sub Mul Div Neg Dropout Clip Relu BatchNormalization Pad".split()
)

#: channels of a picture
_COLOURS = (1, 3, 4)


def needed(graph: Any, output: str) -> list[tuple[int, Any]]:
    """The nodes that an output takes something from, in their order, counted from 1.

    Parameters
    ----------
    graph : onnx.GraphProto
        The graph.
    output : str
        Name of the output.
    """
    wanted = {output}
    found = []
    for i, node in reversed(list(enumerate(graph.node, 1))):
        if wanted & set(node.output):
            found.append((i, node))
            wanted |= set(node.input)
    return found[::-1]


def entry(
    graph: Any, operations: list[Operation], weights: Mapping[str, np.ndarray], name: str
) -> tuple[str, int, View]:
    """The input's name, the size of the batch (`BATCH` if open), and its axes.

    Parameters
    ----------
    graph : onnx.GraphProto
        The graph.
    operations : list of Operation
        Those that are needed.
    weights : dict of str to array
        Values that are given.
    name : str
        How errors call the model.

    Raises
    ------
    UnsupportedLayerError
        If there is not one input, or its size is open.
    """
    used = {each for op in operations for each in op.inputs}
    inputs = [v for v in graph.input if v.name not in weights and v.name in used]
    if len(inputs) != 1:
        found = inputs or [v for v in graph.input if v.name not in weights]
        listed = ", ".join(value.name for value in found)
        raise UnsupportedLayerError(
            f"ONNX model {name!r} has {len(found)} inputs ({listed}); expected one, the image: "
            "put the others into the model as constants, or export a part that takes one"
        )
    value = inputs[0]
    first, *dims = [d.dim_value for d in value.type.tensor_type.shape.dim] or [0]
    if len(dims) not in (1, 2, 3) or any(n < 1 for n in dims):
        text = ", ".join(str(n) if n > 0 else "open" for n in dims)
        raise UnsupportedLayerError(
            f"ONNX model {name!r} takes input of shape (batch, {text}); expected (batch, channel, "
            "row, column), (batch, channel, step), (batch, row, column) or (batch, features) with "
            "fixed sizes"
        )
    return value.name, first or BATCH, _view(value.name, dims, operations, weights)


def _view(
    name: str, dims: list[int], operations: list[Operation], weights: Mapping[str, np.ndarray]
) -> View:
    """What the axes of the input are, from the first operation that says it."""
    op = _first(name, operations)
    perm = [int(a) for a in op.options.get("perm") or ()] if op and op.kind == "Transpose" else []
    if len(dims) == 1:
        return View.flat(dims[0])
    if len(dims) == 2:
        if perm == [0, 2, 1]:
            return View({"h": 1, "w": dims[0], "c": dims[1]}, (("w",), ("c",))).clean()
        if op is not None and op.kind in ("Conv", "AveragePool", "MaxPool", "GlobalAveragePool"):
            return View.image((1, dims[1], dims[0]), 1)
        return View({"h": dims[0], "w": dims[1], "c": 1}, (("h",), ("w",))).clean()
    is_last = perm == [0, 3, 1, 2]
    if op is not None and op.kind in ("Flatten", "Reshape", "MatMul"):
        is_last = dims[2] in _COLOURS and dims[0] not in _COLOURS
    if is_last:
        sizes = dict(zip("hwc", dims, strict=True))
        return View(sizes, (("h",), ("w",), ("c",))).clean()
    return View.image((dims[1], dims[2], dims[0]))


def _first(name: str, operations: list[Operation]) -> Operation | None:
    """The first operation after an input for which the order of axes counts."""
    names = {name}
    for op in operations:
        if not names & set(op.inputs[:2]):
            continue
        if op.kind not in _PASSING:
            return op
        names.add(op.output)
    return None
