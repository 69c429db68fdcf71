"""Translate ONNX operations to layers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...layers.types import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Neurons,
    Shape,
)
from ..chain.graph import Entry
from ..chain.padding import padded_convolution
from .arithmetic import arithmetic
from .broadcast import spread
from .operation import Operation
from .translator import POOL, RELU, Translator

__all__ = ["TRANSLATE"]


def _conv(t: Translator, op: Operation) -> None:
    kernel = t.value(op, 1)
    if kernel.ndim != 4:
        raise op.refuse(f"its kernel has shape {kernel.shape}; images only: use Conv2d")
    if list(op.options.get("dilations", (1, 1))) != [1, 1]:
        raise op.refuse("dilations are not 1; use a larger kernel or strides")
    source, shape = op.inputs[0], t.shapes[op.inputs[0]]
    filters, groups = kernel.shape[0], int(op.options.get("group", 1))
    if len(shape) != 3 or kernel.shape[1] * groups != shape[-1]:
        raise op.refuse(
            f"has a kernel for {kernel.shape[1] * groups} channels; its input is {shape} "
            "(row, column, channel)"
        )
    arrays = {"kernel": kernel.transpose(2, 3, 1, 0).astype(np.float32)}
    if len(op.inputs) > 2 and op.inputs[2]:
        arrays["bias"] = t.value(op, 2).astype(np.float32)
    layer = Conv2D(
        filters, kernel.shape[2:], tuple(op.options.get("strides", (1, 1))), "valid",
        "bias" in arrays, groups,
    )  # fmt: skip
    more = t.pads[source][1] if source in t.pads else ((0, 0), (0, 0))
    seen = tuple(n + sum(pad) for n, pad in zip(shape, more, strict=False))
    pads = _pads(op, seen, layer.kernel_size, layer.strides)
    if source in t.pads:
        pads = tuple((a + c, b + d) for (a, b), (c, d) in zip(pads, more, strict=True))
    made = padded_convolution(layer, arrays, shape, pads)
    if made is None:
        raise op.refuse(f"its padding {pads} cannot be merged into one kernel; use kernel // 2")
    t.keep(op, (source,), [made])


def _pads(op: Operation, shape: Shape, kernel: Any, strides: Any) -> Any:
    """Zeros before and after the rows and the columns of an image of ``shape``."""
    auto = op.options.get("auto_pad", b"NOTSET")
    auto = auto.decode() if isinstance(auto, bytes) else auto
    if auto == "VALID":
        return (0, 0), (0, 0)
    if auto not in ("NOTSET", "SAME_UPPER", "SAME_LOWER"):
        raise op.refuse(f"auto_pad is {auto!r}; expected NOTSET, SAME_UPPER, SAME_LOWER or VALID")
    if auto == "NOTSET":
        top, left, bottom, right = op.options.get("pads", (0, 0, 0, 0))
        return (top, bottom), (left, right)
    both = []
    for n, k, s in zip(shape[:2], kernel, strides, strict=True):
        total = max((math.ceil(n / s) - 1) * s + k - n, 0)
        small, large = total // 2, total - total // 2
        both.append((small, large) if auto == "SAME_UPPER" else (large, small))
    return tuple(both)


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
        if len(op.inputs) > 2 and op.inputs[2]:
            beta = np.float32(op.options.get("beta", 1.0))
            bias = spread(op, t.value(op, 2), matrix.shape[1:])
            arrays["bias"] = bias.astype(np.float32) * beta
    source = op.inputs[0]
    if source in t.flattened:
        rows, cols, channels = t.flattened[source]
        if len(matrix) == rows * cols * channels:
            matrix = matrix.reshape(channels, rows, cols, -1).transpose(1, 2, 0, 3)
            matrix = matrix.reshape(rows * cols * channels, -1)
    (inputs,) = t.shapes[source] if len(t.shapes[source]) == 1 else (None,)
    if inputs != len(matrix):
        raise op.refuse(f"has weights of shape {matrix.shape} for input of {t.shapes[source]}")
    arrays = {"kernel": np.ascontiguousarray(matrix), **arrays}
    t.keep(op, (source,), [(Dense(matrix.shape[1], "bias" in arrays), arrays)])


def _norm(t: Translator, op: Operation) -> None:
    if op.options.get("training_mode", 0):
        raise op.refuse("training_mode is 1; export the model in evaluation mode: model.eval()")
    if not op.options.get("spatial", 1):
        raise op.refuse("spatial is 0; expected one mean and variance per channel")
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    arrays = {n: t.value(op, i).astype(np.float32) for i, n in enumerate(names, 1)}
    layer = BatchNormalization(epsilon=float(op.options.get("epsilon", 1e-5)))
    t.keep(op, (op.inputs[0],), [(layer, arrays)])


def _relu(t: Translator, op: Operation) -> None:
    leak = float(op.options.get("alpha", 0.01)) if op.kind == "LeakyRelu" else 0.0
    t.keep(op, (op.inputs[0],), [(Neurons(), {})], leak=leak)


def _pool(t: Translator, op: Operation) -> None:
    if op.kind == "MaxPool" and t.max_pooling != "average":
        raise op.refuse(f"cannot be imported; {POOL}, or give max_pooling='average'")
    if op.options.get("ceil_mode", 0) or list(op.options.get("dilations", (1, 1))) != [1, 1]:
        raise op.refuse("ceil_mode or dilations are set; use plain pooling")
    size = tuple(op.options["kernel_shape"])
    strides = tuple(op.options.get("strides", (1, 1)))
    shape = t.shapes[op.inputs[0]]
    pads = _pads(op, shape, size, strides)
    padding = "valid"
    if any(map(any, pads)):
        total = [max((math.ceil(n / s) - 1) * s + k - n, 0)
                 for n, k, s in zip(shape, size, strides, strict=False)]  # fmt: skip
        same = tuple((n // 2, n - n // 2) for n in total)
        if pads != same or (op.kind == "AveragePool" and op.options.get("count_include_pad", 0)):
            raise op.refuse(
                f"pads {pads} around an average that counts them; use padding=0 or "
                "count_include_pad=False with 'same' padding"
            )
        padding = "same"
    t.keep(op, (op.inputs[0],), [(AveragePooling2D(size, strides, padding), {})])


def _global_pool(t: Translator, op: Operation) -> None:
    rows, cols, _ = t.shapes[op.inputs[0]]
    entries: list[Entry] = [(AveragePooling2D((rows, cols)), {})]
    if op.kind == "ReduceMean":
        axes = op.options.get("axes")
        axes = [int(a) % 4 for a in (t.value(op, 1) if axes is None else axes)]
        if sorted(axes) != [2, 3]:
            raise op.refuse(f"averages over axes {axes}; expected the image's, 2 and 3")
        if not op.options.get("keepdims", 1):
            entries.append((Flatten(), {}))
    t.keep(op, (op.inputs[0],), entries)


def _flatten(t: Translator, op: Operation) -> None:
    source, shape = op.inputs[0], t.shapes[op.inputs[0]]
    axes = len(shape) + 1
    if op.kind == "Flatten" and int(op.options.get("axis", 1)) not in (1, 1 - axes):
        raise op.refuse(f"axis is {op.options['axis']}; expected 1, which keeps the batch")
    if op.kind == "Reshape":
        target = [int(n) for n in t.value(op, 1)]
        if len(target) == 4 and not t.made:  # an image made of a flat input
            channels, rows, cols = _whole(op, target[1:], math.prod(shape))
            t.input_shape = (rows, cols, channels)
            t.keep(op, (source,))
            t.shapes[op.output] = t.input_shape
            return
        if len(target) != 2 or (target[1] not in (-1, math.prod(shape))):
            raise op.refuse(f"to shape {target}; only to (batch, everything)")
    if op.kind == "Squeeze":
        _check_squeeze(t, op, shape)
    if len(shape) == 1:
        t.keep(op, (source,))
        return
    t.keep(op, (source,), [(Flatten(), {})])
    t.flattened[op.output] = shape


def _whole(op: Operation, target: list[int], size: int) -> list[int]:
    """The shape of an image, its one -1 worked out."""
    known = math.prod(n for n in target if n != -1)
    whole = [size // max(known, 1) if n == -1 else n for n in target]
    if target.count(-1) > 1 or min(whole) < 1 or math.prod(whole) != size:
        raise op.refuse(f"to {target} of {size} values; expected (channel, row, column) of as many")
    return whole


def _check_squeeze(t: Translator, op: Operation, shape: Shape) -> None:
    """Only rows and columns may go, and both of them."""
    axes: Any = op.options.get("axes")
    if axes is None and len(op.inputs) > 1 and op.inputs[1]:
        axes = t.value(op, 1)
    if axes is None:
        axes = [2, 3] if shape[-1] > 1 else [1, 2, 3]
    axes = sorted(int(a) % (len(shape) + 1) for a in axes)
    if tuple(shape[:2]) != (1, 1) or axes != [2, 3]:
        raise op.refuse(
            f"of axes {axes} of an image of {shape}; only of 2 and 3, after global pooling"
        )


def _pad(t: Translator, op: Operation) -> None:
    mode = op.options.get("mode", b"constant")
    amounts = op.options.get("pads")
    amounts = [int(n) for n in (t.value(op, 1) if amounts is None else amounts)]
    value = 0.0
    if len(op.inputs) > 2 and op.inputs[2]:
        value = float(np.ravel(t.value(op, 2))[0])
    if len(op.inputs) > 3 and op.inputs[3]:
        amounts = _of_all_axes(amounts, [int(a) % 4 for a in t.value(op, 3)])
    if mode not in (b"constant", "constant") or value != 0 or len(amounts) != 8:
        raise op.refuse("only zeros around an image can be imported")
    if min(amounts) < 0:
        raise op.refuse(f"pads {amounts} cut pixels off; crop with Preprocessing(crop=...)")
    if any(amounts[i] for i in (0, 1, 4, 5)):
        raise op.refuse("pads batch or channels")
    t.keep(op, (op.inputs[0],))
    t.pads[op.output] = op, ((amounts[2], amounts[6]), (amounts[3], amounts[7]))


def _of_all_axes(amounts: list[int], axes: list[int]) -> list[int]:
    """Amounts given for some axes, those before first, as amounts for all four."""
    made = [0] * 8
    for i, axis in enumerate(axes):
        made[axis], made[axis + 4] = amounts[i], amounts[i + len(axes)]
    return made


def _dropout(t: Translator, op: Operation) -> None:
    """At the rate of the file, an attribute in old ones; PyTorch's and ONNX's default is 0.5."""
    rate = op.options.get("ratio", 0.5)
    if len(op.inputs) > 1 and op.inputs[1]:
        rate = float(np.ravel(t.value(op, 1))[0])
    if len(op.inputs) > 2 and op.inputs[2] and np.any(t.value(op, 2)):
        raise op.refuse("training_mode is True; export in evaluation mode: model.eval()")
    t.keep(op, (op.inputs[0],), [(Dropout(float(rate)), {})])


def _nothing(t: Translator, op: Operation) -> None:
    t.keep(op, (op.inputs[0],))


def _cast(t: Translator, op: Operation) -> None:
    if int(op.options.get("to", 0)) not in _FLOATS:
        raise op.refuse("to whole numbers, which would be rounded; leave it out")
    t.keep(op, (op.inputs[0],))


#: ONNX's numbers for float32, float16, float64 and bfloat16
_FLOATS = (1, 10, 11, 16)


def _softmax(t: Translator, op: Operation) -> None:
    shape = t.shapes[op.inputs[0]]
    if len(shape) != 1 or int(op.options.get("axis", -1)) not in (1, -1):
        raise op.refuse(
            f"axis is {op.options.get('axis', 'not given')} of {len(shape) + 1}; "
            "softmax is dropped only over the classes of (batch, classes), axis 1 or -1"
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


def _concat(t: Translator, op: Operation) -> None:
    axis = int(op.options["axis"])
    axes = len(t.shapes[op.inputs[0]]) + 1
    if axis % axes != 1:
        raise op.refuse(f"axis is {axis}; expected the channels, 1")
    if any(name in t.flattened for name in op.inputs):
        raise op.refuse("of flattened images; concatenate the images, and flatten after")
    t.keep(op, op.inputs, is_concat=True)


TRANSLATE: dict[str, Callable[[Translator, Operation], None]] = {
    "Conv": _conv,
    "Gemm": _dense,
    "MatMul": _dense,
    "BatchNormalization": _norm,
    "Relu": _relu,
    "LeakyRelu": _relu,
    "AveragePool": _pool,
    "MaxPool": _pool,
    "GlobalAveragePool": _global_pool,
    "ReduceMean": _global_pool,
    "Flatten": _flatten,
    "Reshape": _flatten,
    "Squeeze": _flatten,
    "Pad": _pad,
    "Dropout": _dropout,
    "Identity": _nothing,
    "Cast": _cast,
    "Softmax": _softmax,
    "LogSoftmax": _softmax,
    "Sigmoid": _sigmoid,
    "Concat": _concat,
    "Add": arithmetic,
    "Sub": arithmetic,
    "Mul": arithmetic,
    "Div": arithmetic,
}
