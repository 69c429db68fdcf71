"""Translate ONNX's Add, Sub, Mul and Div: residual sums, biases, normalised images."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ..chain.graph import Node
from .broadcast import per_channel, spread
from .operation import Operation
from .translator import Translator

__all__ = ["arithmetic"]


def arithmetic(t: Translator, op: Operation) -> None:
    """A residual sum, a bias after weights, or a normalisation of the image.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    constant = [i for i in (0, 1) if op.inputs[i] in t.constants]
    if not constant:
        if op.kind != "Add":
            raise op.refuse("of two computed values; only sums of them can be imported")
        shapes = [t.shapes[name] for name in op.inputs]
        if shapes[0] != shapes[1]:
            raise op.refuse(f"of shapes {shapes[0]} and {shapes[1]}; expected two of one shape")
        if any(name in t.flattened for name in op.inputs):
            raise op.refuse("of flattened images; add the images, and flatten after")
        t.keep(op, op.inputs, is_sum=True)
        return
    number = constant[0]
    value, source = t.value(op, number).astype(np.float64), op.inputs[1 - number]
    if op.kind == "Add" and source in t.made and _ends_in_weights(t.made[source]):
        _bias(t, op, source, value)
        return
    if number == 0 and op.kind in ("Sub", "Div"):
        raise op.refuse("of a constant and a computed value, in this order, cannot be imported")
    shape = t.shapes[source]
    if op.kind in ("Add", "Sub"):  # of the image; may differ between its pixels
        if source in t.flattened:
            raise op.refuse("of a flattened image; rescale the image, and flatten after")
        shift = spread(op, value, shape)
        affine = np.ones(1), shift if op.kind == "Add" else -shift
    else:
        factor = per_channel(op, value, shape)
        factor = factor if op.kind == "Mul" else 1 / np.where(factor == 0, np.nan, factor)
        if not np.isfinite(factor).all() or np.any(factor == 0):
            raise op.refuse("by a constant that holds 0, NaN or infinity; the image would be lost")
        affine = factor, np.zeros(1)
    t.keep(op, (source,), affine=affine)


def _ends_in_weights(node: Node) -> bool:
    return bool(node.layers) and node.layers[-1][0].has_weights


def _bias(t: Translator, op: Operation, source: str, value: np.ndarray) -> None:
    """MatMul and Add as one Dense: the bias goes to the previous layer."""
    node = t.made[source]
    layer: Any = node.layers[-1][0]
    arrays = node.layers[-1][1]
    bias = per_channel(op, value, t.shapes[source]) + arrays.get("bias", 0.0)
    made = dataclasses.replace(layer, use_bias=True)
    entry = made, {**arrays, "bias": np.asarray(bias, np.float32)}
    t.made[op.output] = Node(op.output, node.inputs, node.where, (*node.layers[:-1], entry))
    t.shapes[op.output] = t.shapes[source]
