"""What ONNX's Add, Sub, Mul and Div become: residual sums, biases, normalised images."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from .graph import Node
from .onnx_operation import Operation
from .onnx_translator import Translator

__all__ = ["arithmetic"]


def arithmetic(t: Translator, op: Operation) -> None:
    """A residual sum, a bias behind weights, or a normalisation of the image."""
    constant = [i for i in (0, 1) if op.inputs[i] in t.constants]
    if not constant:
        if op.kind != "Add":
            raise op.refuse("of two computed values; only sums of them can be imported")
        t.keep(op, op.inputs, is_sum=True)
        return
    number = constant[0]
    value, source = t.value(op, number).astype(np.float64), op.inputs[1 - number]
    if op.kind == "Add" and source in t.made and _ends_in_weights(t.made[source]):
        _bias(t, op, source, value)
        return
    if number == 0 and op.kind in ("Sub", "Div"):
        raise op.refuse("of a constant and a computed value, in this order, cannot be imported")
    per_channel = np.ravel(value) if value.size > 1 else value.reshape(1)
    if value.size not in (1, t.shapes[source][-1]):
        raise op.refuse(f"with a constant of shape {value.shape}; expected one per channel")
    one, zero = np.ones_like(per_channel), np.zeros_like(per_channel)
    affine = {
        "Add": (one, per_channel), "Sub": (one, -per_channel),
        "Mul": (per_channel, zero), "Div": (1 / per_channel, zero),
    }[op.kind]  # fmt: skip
    t.keep(op, (source,), affine=affine)


def _ends_in_weights(node: Node) -> bool:
    return bool(node.layers) and node.layers[-1][0].has_weights


def _bias(t: Translator, op: Operation, source: str, value: np.ndarray) -> None:
    """MatMul and Add as one Dense: the bias goes to the layer in front."""
    node = t.made[source]
    layer: Any = node.layers[-1][0]
    arrays = node.layers[-1][1]
    size = t.shapes[source][-1]
    bias = np.broadcast_to(np.ravel(value), (size,)) + arrays.get("bias", 0.0)
    made = dataclasses.replace(layer, use_bias=True)
    entry = made, {**arrays, "bias": np.asarray(bias, np.float32)}
    t.made[op.output] = Node(op.output, node.inputs, node.where, (*node.layers[:-1], entry))
    t.shapes[op.output] = t.shapes[source]
