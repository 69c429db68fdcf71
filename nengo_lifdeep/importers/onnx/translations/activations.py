"""Translate ONNX's activations to neurons."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from ....layers.types import Neurons
from ...chain.activation import Activation
from ..advice import RELU
from ..operation import Operation
from ..translator import Translator
from .arithmetic import affine, spread

__all__ = ["absolute", "clip", "extremum", "hard_sigmoid", "prelu", "relu"]


def relu(t: Translator, op: Operation) -> None:
    """Relu and LeakyRelu.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    slope = float(op.options.get("alpha", 0.01)) if op.kind == "LeakyRelu" else 0.0
    _fires(t, op, Activation((slope,)))


def _fires(t: Translator, op: Operation, activation: Activation) -> None:
    t.keep(op, (op.inputs[0],), [(Neurons(), {})], activation=activation)


def prelu(t: Translator, op: Operation) -> None:
    """A slope for every channel, or one.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    slope = spread(op, t.value(op, 1), t.view(op, 0))
    if slope.ndim > 1:
        raise op.refuse("has other slopes in other pixels; expected one per channel")
    _fires(t, op, Activation(tuple(map(float, slope))))


def clip(t: Translator, op: Operation) -> None:
    """ReLU with a ceiling, between any two numbers.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
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


def hard_sigmoid(t: Translator, op: Operation) -> None:
    """``min(max(alpha * x + beta, 0), 1)``: two neurons.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    alpha, beta = (float(op.options.get(k, v)) for k, v in (("alpha", 0.2), ("beta", 0.5)))
    view = t.view(op, 0)
    entry = affine(np.full(1, alpha), np.full(1, beta), view)
    source = t.extra(op, op.inputs[0], [entry], view)
    t.keep(op, (source,), [(Neurons(), {})], view, activation=Activation(high=(1.0,)))


def absolute(t: Translator, op: Operation) -> None:
    """The absolute value, as a slope of -1 below zero.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    _fires(t, op, Activation((-1.0,)))


def extremum(t: Translator, op: Operation) -> None:
    """Max or Min of a value and one number.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
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
