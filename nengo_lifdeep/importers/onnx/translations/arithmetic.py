"""Translate ONNX's Add, Sub, Mul, Div, Sum and Neg: residual sums, biases, scales."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...chain.graph import Node
from ...folding.channels import picking, unpicked
from ...folding.layers import Affine
from ..operation import Operation
from ..translator import Translator
from ..view import View

__all__ = ["affine", "arithmetic", "negative", "scaled_and_shifted", "spread", "sum_of_all"]


def spread(op: Operation, value: np.ndarray, view: View) -> np.ndarray:
    """A constant as it meets every value of one image, by ONNX's rule: trailing axes agree.

    A constant ``(4,)`` beside an image ``(batch, channel, row, column)`` runs along its columns,
    not along its channels, also where there are as many of both.

    Parameters
    ----------
    op : Operation
        For the error.
    value : array
        The constant, in ONNX's order of axes.
    view : View
        Axes of what it meets.

    Returns
    -------
    array of the shape of one image here, or with one number per channel if all pixels have the
    same

    Raises
    ------
    UnsupportedLayerError
        If it does not fit, is another for every image, or would make what it meets larger.
    """
    found = view.spread(np.asarray(value, np.float64))
    if found is None:
        raise op.refuse(
            f"with a constant of shape {value.shape}; by ONNX's rule it does not fit "
            f"{(1, *view.raw)}, one image. Save it with that many axes"
        )
    by_channel = found.reshape(-1, found.shape[-1])
    return by_channel[0] if np.all(by_channel == by_channel[0]) else found


def arithmetic(t: Translator, op: Operation) -> None:
    """A residual sum or difference, or a scale or shift by a constant.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    constant = [i for i in (0, 1) if op.inputs[i] in t.constants]
    if not constant:
        if op.kind == "Sub":
            view = t.view(op, 1)
            entry = affine(-np.ones(1), np.zeros(1), view)
            negated = t.extra(op, op.inputs[1], [entry], view)
            op = dataclasses.replace(op, inputs=(op.inputs[0], negated))
        elif op.kind != "Add":
            raise op.refuse(
                "of two computed values is not linear (a gate, attention or normalisation); only "
                "sums of them can be imported"
            )
        sum_of_all(t, op)
        return
    number = constant[0]
    value, source = t.value(op, number).astype(np.float64), op.inputs[1 - number]
    view = t.view(op, 1 - number)
    given = spread(op, value, view)
    one, zero = np.ones(1), np.zeros(1)
    if op.kind == "Add":
        scale, shift = one, given
    elif op.kind == "Sub":
        scale, shift = (-one, given) if number == 0 else (one, -given)
    elif op.kind == "Mul":
        scale, shift = given, zero
    else:
        if number == 0:
            raise op.refuse("of a constant by a computed value is not linear")
        scale, shift = 1 / np.where(given == 0, np.nan, given), zero
    if not (np.isfinite(scale).all() and np.isfinite(shift).all()):
        raise op.refuse("by a constant that holds 0, NaN or infinity; the image would be lost")
    if op.kind in ("Mul", "Div") and not np.all(scale):
        raise op.refuse("by a constant that holds 0, NaN or infinity; the image would be lost")
    scaled_and_shifted(t, op, source, scale, shift)


def scaled_and_shifted(
    t: Translator, op: Operation, source: str, scale: np.ndarray, shift: np.ndarray
) -> None:
    """``x * scale + shift``; a shift after weights is their bias.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    source : str
        Name of ``x``.
    scale, shift : arrays
        One number, one per channel, or an image.
    """
    if _before_picking(t, op, source, scale, shift):
        return
    node = t.made.get(source)
    if node is not None and node.layers and np.all(scale == 1) and shift.ndim == 1:
        layer: Any = node.layers[-1][0]
        arrays = node.layers[-1][1]
        if layer.has_weights:  # MatMul and Add as one: the bias goes to the previous layer
            bias = np.broadcast_to(shift, t.views[source].shape[-1:]) + arrays.get("bias", 0.0)
            made = (
                dataclasses.replace(layer, use_bias=True) if hasattr(layer, "use_bias") else layer
            )
            entry = made, {**arrays, "bias": np.asarray(bias, np.float32)}
            layers = (*node.layers[:-1], entry)
            t.made[op.output] = Node(op.output, node.inputs, node.where, layers)
            t.views[op.output] = t.views[source]
            return
    t.keep(op, (source,), [affine(scale, shift, t.views[source])], t.views[source])


def _before_picking(
    t: Translator, op: Operation, source: str, scale: np.ndarray, shift: np.ndarray
) -> bool:
    """Arithmetic after channels of the input were put in another order, done before it.

    So a mean that is taken away from the image says which pixels the model takes.
    """
    image, taken = t.picked.get(source, ("", np.zeros(0, int)))
    channels = t.views[image].shape[-1] if image else 0
    if not image or len(set(taken)) < len(taken) or len(taken) < channels:
        return False
    layer, arrays = affine(scale, shift, t.views[source])
    before = t.extra(op, image, [(layer, unpicked(arrays, taken, channels))], t.views[image])
    t.keep(op, (before,), [picking(taken, channels)], t.views[source])
    t.picked[op.output] = before, taken
    return True


def affine(
    scale: np.ndarray, shift: np.ndarray, view: View
) -> tuple[Affine, dict[str, np.ndarray]]:
    """A scale and a shift as a layer.

    Parameters
    ----------
    scale, shift : arrays
        One number, one per channel, or an image.
    view : View
        Axes of what they meet.
    """
    channels = view.shape[-1:]
    arrays = {"scale": np.asarray(scale, float), "shift": np.asarray(shift, float)}
    return Affine(), {
        name: np.broadcast_to(a, channels).copy() if a.ndim < 2 else a for name, a in arrays.items()
    }


def negative(t: Translator, op: Operation) -> None:
    """The values with the opposite sign.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    view = t.view(op, 0)
    t.keep(op, (op.inputs[0],), [affine(-np.ones(1), np.zeros(1), view)])


def sum_of_all(t: Translator, op: Operation) -> None:
    """Add or Sum of computed values.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    if any(name in t.constants for name in op.inputs):
        raise op.refuse("of constants and computed values; write them as Add of two")
    views = [t.view(op, i) for i in range(len(op.inputs))]
    if len(op.inputs) == 1:
        t.keep(op, (op.inputs[0],))
        return
    first = views[0]
    for view in views[1:]:
        if first.raw != view.raw:
            raise op.refuse(f"of shapes {first.raw} and {view.raw}; expected two of one shape")
        if first.shape != view.shape or not np.array_equal(first.positions(), view.positions()):
            if len(first.dims) == 1:
                raise op.refuse("of flattened images; add the images, and flatten after")
            raise op.refuse("of images whose axes are in another order; add them before that")
    t.keep(op, op.inputs, is_sum=True)
