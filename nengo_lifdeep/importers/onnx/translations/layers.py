"""Translate ONNX operations to layers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ....layers.types import BatchNormalization, Dense, Dropout
from ...chain.graph import Entry
from ...folding.layers import Windows
from ..advice import RELU
from ..operation import Operation
from ..ordering import as_flat
from ..translator import Translator
from ..view import View
from .activations import absolute, clip, extremum, hard_sigmoid, prelu, relu
from .arithmetic import affine, arithmetic, negative, spread, sum_of_all
from .borders import pad
from .concatenation import concat
from .depth import depth_to_space, space_to_depth
from .parts import expand, gather, repeat, slices, split
from .pools import global_pool, pool, response_normalisation
from .reductions import reduction
from .resizing import resize
from .shapes import flatten, reshape, squeeze, transpose, unsqueeze
from .transposed import transposed_convolution
from .windows import convolution

__all__ = ["TRANSLATE"]

#: ONNX's numbers for float32, float16, float64 and bfloat16
_FLOATS = (1, 10, 11, 16)


def _dense(t: Translator, op: Operation) -> None:
    """Gemm, or MatMul by a constant."""
    matrix = t.value(op, 1).astype(np.float32)
    if matrix.ndim != 2:
        raise op.refuse(f"its weights have shape {matrix.shape}; expected two axes")
    arrays: dict[str, np.ndarray] = {}
    if op.kind == "Gemm":
        matrix = matrix.T if op.options.get("transB", 0) else matrix
        if op.options.get("transA", 0):
            raise op.refuse("transA is 1; the batch must be the first axis")
        matrix = matrix * np.float32(op.options.get("alpha", 1.0))
        bias = t.given(op, 2)
        if bias is not None:
            units = matrix.shape[1]
            bias = spread(op, bias, View.flat(units)) * float(op.options.get("beta", 1.0))
            arrays["bias"] = np.broadcast_to(bias, units).astype(np.float32)
    view = t.view(op, 0)
    if op.kind == "MatMul" and len(view.dims) > 1 and not view.is_flat:
        _pixelwise(t, op, matrix)
        return
    source, view = as_flat(t, op)
    if view.shape[0] != len(matrix):
        raise op.refuse(f"has weights of shape {matrix.shape} for input of {view.shape}")
    arrays = {"kernel": np.ascontiguousarray(matrix[view.positions()]), **arrays}
    layer = Dense(matrix.shape[1], "bias" in arrays)
    t.keep(op, (source,), [(layer, arrays)], View.flat(matrix.shape[1]))


def _pixelwise(t: Translator, op: Operation, matrix: np.ndarray) -> None:
    """A product with the channels of every pixel: a 1 x 1 convolution."""
    view = t.view(op, 0)
    if view.dims[-1] != view.channels or len(view.channels) != 1 or view.shape[2] != len(matrix):
        raise op.refuse(
            f"has weights of shape {matrix.shape} for {view.raw}; only the channels of every pixel "
            "can be multiplied by a matrix"
        )
    layer = Windows(filters=matrix.shape[1])
    made = View({**view.sizes, "c": matrix.shape[1]}, view.dims)
    if matrix.shape[1] == 1:
        made = made.clean()
    t.keep(op, (op.inputs[0],), [(layer, {"kernel": matrix[None, None]})], made)


def _norm(t: Translator, op: Operation) -> None:
    if op.options.get("training_mode", 0):
        raise op.refuse("training_mode is 1; export the model in evaluation mode: model.eval()")
    if not op.options.get("spatial", 1):
        raise op.refuse("spatial is 0; expected one mean and variance per channel")
    view = t.view(op, 0)
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    arrays = {}
    for i, name in enumerate(names, 1):
        value = t.value(op, i)
        arrays[name] = spread(op, value.reshape(-1, *[1] * (len(view.dims) - 1)), view)
    epsilon = float(op.options.get("epsilon", 1e-5))
    if np.any(arrays["moving_variance"] < 0):
        raise op.refuse("has a variance below 0")
    if all(a.ndim == 1 for a in arrays.values()):
        channels = view.shape[-1:]
        made = {k: np.broadcast_to(a, channels).astype(np.float32) for k, a in arrays.items()}
        entries: list[Entry] = [(BatchNormalization(epsilon=epsilon), made)]
    else:  # of flattened images: for every pixel another
        scale = arrays["gamma"] / np.sqrt(arrays["moving_variance"] + epsilon)
        shift = arrays["beta"] - arrays["moving_mean"] * scale
        entries = [affine(scale, np.broadcast_to(shift, view.shape), view)]
    t.keep(op, (op.inputs[0],), entries)


def _dropout(t: Translator, op: Operation) -> None:
    """At the rate of the file, an attribute in old ones; PyTorch's and ONNX's default is 0.5."""
    rate = op.options.get("ratio", 0.5)
    given = t.given(op, 1)
    if given is not None:
        rate = float(np.ravel(given)[0])
    training = t.given(op, 2)
    if training is not None and np.any(training):
        raise op.refuse("training_mode is True; export in evaluation mode: model.eval()")
    t.keep(op, (op.inputs[0],), [(Dropout(float(rate)), {})])


def _nothing(t: Translator, op: Operation) -> None:
    t.keep(op, (op.inputs[0],))


def _cast(t: Translator, op: Operation) -> None:
    if op.kind == "Cast":
        rounds = int(op.options.get("to", 0)) not in _FLOATS
    else:  # CastLike: of what is computed all numbers are floats
        like = op.inputs[1]
        rounds = like in t.constants and t.constants[like].dtype.kind in "biu"
    if rounds:
        raise op.refuse("to whole numbers, which would be rounded; leave it out")
    t.keep(op, (op.inputs[0],))


def _softmax(t: Translator, op: Operation) -> None:
    view = t.view(op, 0)
    n = len(view.dims) + 1
    axis = int(op.options.get("axis", -1 if t.constants.opset >= 13 else 1))
    from_here = t.constants.opset < 13  # then over all axes from that one on
    seen = [i for i, dim in enumerate(view.dims, 1) if dim]
    over = [i for i in seen if i >= axis % n] if from_here else [axis % n]
    if axis % n == 0 or (seen and over != seen):
        raise op.refuse(
            f"axis is {axis} of {n}; softmax is dropped only over the classes of (batch, classes), "
            "axis 1 or -1"
        )
    if op.output not in t.ends:
        raise op.refuse("stands inside the model; softmax can only be the very last operation")
    t.keep(op, (op.inputs[0],))


def _sigmoid(t: Translator, op: Operation) -> None:
    """Two classes as one number at the very end."""
    if op.output not in t.ends:
        raise op.refuse(f"stands inside the model; {RELU}")
    t.keep(op, (op.inputs[0],))
    t.is_sigmoid = True


TRANSLATE: dict[str, Callable[[Translator, Operation], None]] = {
    "Conv": convolution,
    "ConvTranspose": transposed_convolution,
    "Gemm": _dense,
    "MatMul": _dense,
    "BatchNormalization": _norm,
    "Relu": relu,
    "LeakyRelu": relu,
    "PRelu": prelu,
    "Clip": clip,
    "HardSigmoid": hard_sigmoid,
    "Abs": absolute,
    "Max": extremum,
    "Min": extremum,
    "AveragePool": pool,
    "MaxPool": pool,
    "GlobalAveragePool": global_pool,
    "GlobalMaxPool": global_pool,
    "ReduceMax": global_pool,
    "LRN": response_normalisation,
    "ReduceMean": reduction,
    "ReduceSum": reduction,
    "Flatten": flatten,
    "Reshape": reshape,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Transpose": transpose,
    "Pad": pad,
    "Slice": slices,
    "Split": split,
    "Gather": gather,
    "GatherND": gather,
    "Tile": repeat,
    "Expand": expand,
    "SpaceToDepth": space_to_depth,
    "DepthToSpace": depth_to_space,
    "Resize": resize,
    "Upsample": resize,
    "Dropout": _dropout,
    "Identity": _nothing,
    "Cast": _cast,
    "CastLike": _cast,
    "Softmax": _softmax,
    "LogSoftmax": _softmax,
    "Sigmoid": _sigmoid,
    "Concat": concat,
    "Add": arithmetic,
    "Sub": arithmetic,
    "Mul": arithmetic,
    "Div": arithmetic,
    "Sum": sum_of_all,
    "Neg": negative,
}
