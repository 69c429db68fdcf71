"""Translate ONNX operations to layers."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from ....layers.types import BatchNormalization, Dense, Dropout, Neurons
from ...chain.activation import Activation
from ...chain.graph import Entry
from ...folding.layers import Windows
from ..advice import RELU
from ..operation import Operation
from ..ordering import as_flat
from ..translator import Translator
from ..view import View
from .arithmetic import affine, arithmetic, negative, spread, sum_of_all
from .borders import crop, pad
from .shapes import concat, flatten, reshape, squeeze, transpose, unsqueeze
from .transposed import transposed_convolution
from .windows import convolution, global_pool, pool, resize

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


def _relu(t: Translator, op: Operation) -> None:
    slope = float(op.options.get("alpha", 0.01)) if op.kind == "LeakyRelu" else 0.0
    _fires(t, op, Activation((slope,)))


def _fires(t: Translator, op: Operation, activation: Activation) -> None:
    t.keep(op, (op.inputs[0],), [(Neurons(), {})], activation=activation)


def _prelu(t: Translator, op: Operation) -> None:
    """A slope for every channel, or one."""
    slope = spread(op, t.value(op, 1), t.view(op, 0))
    if slope.ndim > 1:
        raise op.refuse("has other slopes in other pixels; expected one per channel")
    _fires(t, op, Activation(tuple(map(float, slope))))


def _clip(t: Translator, op: Operation) -> None:
    """ReLU with a ceiling, between any two numbers."""
    low, high = (t.given(op, i, name) for i, name in ((1, "min"), (2, "max")))
    floor = -math.inf if low is None else float(np.ravel(low)[0])
    ceiling = math.inf if high is None else float(np.ravel(high)[0])
    _clipped(t, op, max(floor, -3e38) if floor > -1e38 else -math.inf, ceiling)


def _clipped(t: Translator, op: Operation, floor: float, ceiling: float) -> None:
    """``floor + min(relu(x - floor), ceiling - floor)``."""
    ceiling = math.inf if ceiling > 1e38 else ceiling
    if math.isinf(floor) and math.isinf(ceiling):
        t.keep(op, (op.inputs[0],))
        return
    if not floor < ceiling:
        raise op.refuse(f"between {floor} and {ceiling}; nothing lies between")
    source, view = op.inputs[0], t.view(op, 0)
    before = t.made.get(source)
    if math.isinf(floor) and ceiling > 0 and before is not None and before.fires:
        if before.activation.is_plain:  # min(relu(x), c)
            t.keep(
                op, before.inputs, list(before.layers), view, activation=Activation(high=(ceiling,))
            )
            return
    sign = -1.0 if math.isinf(floor) else 1.0  # min(x, c) = -max(-x, -c)
    if sign < 0:
        floor, ceiling = -ceiling, math.inf
    one, shift = np.full(1, sign), np.full(1, -floor)
    if floor or sign < 0:
        source = t.extra(op, source, [affine(one, shift, view)], view)
    if not floor and sign > 0:
        activation = Activation(high=(ceiling,))
        t.keep(op, (source,), [(Neurons(), {})], view, activation=activation)
        return
    fired = f"{op.output} of neurons"
    activation = Activation(high=(ceiling - floor,))
    moved = _named(op, fired)
    t.keep(moved, (source,), [(Neurons(), {})], view, activation=activation)
    t.keep(op, (fired,), [affine(one, np.full(1, sign * floor), view)], view)


def _named(op: Operation, name: str) -> Operation:
    return dataclasses.replace(op, outputs=(name,))


def _hard_sigmoid(t: Translator, op: Operation) -> None:
    """``min(max(alpha * x + beta, 0), 1)``: two neurons."""
    alpha, beta = (float(op.options.get(k, v)) for k, v in (("alpha", 0.2), ("beta", 0.5)))
    view = t.view(op, 0)
    entry = affine(np.full(1, alpha), np.full(1, beta), view)
    source = t.extra(op, op.inputs[0], [entry], view)
    t.keep(op, (source,), [(Neurons(), {})], view, activation=Activation(high=(1.0,)))


def _absolute(t: Translator, op: Operation) -> None:
    _fires(t, op, Activation((-1.0,)))


def _extremum(t: Translator, op: Operation) -> None:
    """Max or Min of a value and one number."""
    constant = [i for i, name in enumerate(op.inputs) if name in t.constants]
    if len(op.inputs) != 2 or len(constant) != 1:
        raise op.refuse(f"of {len(op.inputs)} computed values; {RELU}")
    value = np.ravel(t.value(op, constant[0]))
    if np.any(value != value[0]):
        raise op.refuse(f"with other numbers in other channels; {RELU}")
    moved = dataclasses.replace(op, inputs=(op.inputs[1 - constant[0]],))
    floor, ceiling = float(value[0]), math.inf
    if op.kind == "Min":
        floor, ceiling = -math.inf, float(value[0])
    _clipped(t, moved, floor, ceiling)


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
    if op.kind == "Cast" and int(op.options.get("to", 0)) not in _FLOATS:
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
    if op.output != t.output:
        raise op.refuse("stands inside the model; softmax can only be the very last operation")
    t.keep(op, (op.inputs[0],))


def _sigmoid(t: Translator, op: Operation) -> None:
    """Two classes as one number at the very end."""
    if op.output != t.output:
        raise op.refuse(f"stands inside the model; {RELU}")
    t.keep(op, (op.inputs[0],))
    t.is_sigmoid = True


TRANSLATE: dict[str, Callable[[Translator, Operation], None]] = {
    "Conv": convolution,
    "ConvTranspose": transposed_convolution,
    "Gemm": _dense,
    "MatMul": _dense,
    "BatchNormalization": _norm,
    "Relu": _relu,
    "LeakyRelu": _relu,
    "PRelu": _prelu,
    "Clip": _clip,
    "HardSigmoid": _hard_sigmoid,
    "Abs": _absolute,
    "Max": _extremum,
    "Min": _extremum,
    "AveragePool": pool,
    "MaxPool": pool,
    "GlobalAveragePool": global_pool,
    "GlobalMaxPool": global_pool,
    "ReduceMean": global_pool,
    "Flatten": flatten,
    "Reshape": reshape,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Transpose": transpose,
    "Pad": pad,
    "Slice": crop,
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
