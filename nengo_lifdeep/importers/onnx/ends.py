"""The input and the output of an ONNX graph, and what lies between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import ModelFileError, UnsupportedLayerError
from .operation import Operation
from .translator import BATCH
from .view import View

__all__ = ["check_order", "ends", "entry", "needed", "takes_bytes"]

#: ONNX's number of uint8
_UINT8 = 2

#: operations that leave the order of axes as it is
_PASSING = frozenset(
    "Identity Cast CastLike Add Sub Mul Div Neg Dropout Clip Relu BatchNormalization Pad "
    "Slice Split Concat Tile Expand".split()
)

#: operations that move values at most
_RESHAPING = frozenset("Identity Squeeze Unsqueeze Reshape Flatten".split())

#: channels of a picture
_COLOURS = (1, 3, 4)


def check_order(graph: Any, name: str) -> None:
    """Every value is given once, and before it is taken, as ONNX demands.

    Parameters
    ----------
    graph : onnx.GraphProto
        The graph.
    name : str
        How errors call the model.

    Raises
    ------
    ModelFileError
        If it is not so.
    """
    given = {t.name for t in graph.initializer} | {v.name for v in graph.input}
    given |= {t.values.name for t in graph.sparse_initializer}
    later = {value for node in graph.node for value in node.output if value}
    for i, node in enumerate(graph.node, 1):
        where = f"{name} is damaged: node {i} {node.name!r} ({node.op_type})"
        for value in node.input:
            if value and value not in given:
                who = "it or a later node" if value in later else "nothing"
                raise ModelFileError(
                    f"{where} takes {value!r}, which {who} gives; every value must be given before "
                    "it is taken (onnx.checker.check_model says more)"
                )
        for value in node.output:
            if value and value in given:
                raise ModelFileError(
                    f"{where} gives {value!r}, which is there already; every value needs a name of "
                    "its own (onnx.checker.check_model says more)"
                )
            given.add(value)


def takes_bytes(graph: Any, name: str) -> bool:
    """Whether an input is of bytes, as pictures are: 0 to 255.

    Parameters
    ----------
    graph : onnx.GraphProto
        The graph.
    name : str
        Name of the input.
    """
    return any(v.name == name and v.type.tensor_type.elem_type == _UINT8 for v in graph.input)


def ends(operations: list[Operation], output: str) -> set[str]:
    """The output, and the values that differ from it in shape at most.

    Parameters
    ----------
    operations : list of Operation
        Those that are needed, in order.
    output : str
        Name of the output.
    """
    found = {output}
    for op in reversed(operations):
        if op.output in found and op.kind in _RESHAPING:
            found.add(op.inputs[0])
    return found


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
    if not inputs:
        raise UnsupportedLayerError(
            f"ONNX model {name!r}: its output takes nothing from an input (those of If, Loop are "
            "not followed); export the model so that the image leads to it"
        )
    if len(inputs) != 1:
        listed = ", ".join(value.name for value in inputs)
        raise UnsupportedLayerError(
            f"ONNX model {name!r} has {len(inputs)} inputs ({listed}); expected one, the image: "
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
    op = _first(name, operations, weights)
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


def _first(
    name: str, operations: list[Operation], weights: Mapping[str, np.ndarray]
) -> Operation | None:
    """The first operation after an input for which the order of axes counts."""
    names = {name}
    for op in operations:
        if not names & set(op.inputs[:2]):
            continue
        is_list = op.kind in ("Gather", "GatherND") and np.ndim(weights.get(op.inputs[1], 0)) > 0
        moves_batch = op.kind == "Transpose" and list(op.options.get("perm") or [0])[:2] == [1, 0]
        if op.kind not in _PASSING and not is_list and not moves_batch:
            return op
        names.update(op.outputs)
    return None
