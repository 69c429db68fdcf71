"""Translate ONNX's Flatten, Reshape, Squeeze, Unsqueeze, Transpose: axes move, values do not."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from ...folding.layers import Affine
from ..operation import Operation
from ..translator import Translator
from ..view import View

__all__ = ["flatten", "reshape", "squeeze", "transpose", "unsqueeze"]


def flatten(t: Translator, op: Operation) -> None:
    """All axes but the batch as one.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    view = t.view(op, 0)
    axis = int(op.options.get("axis", 1))
    n = len(view.dims) + 1
    if axis not in (1, 1 - n):
        raise op.refuse(f"axis is {axis}; expected 1, which keeps the batch")
    _seen(t, op, dataclasses.replace(view, dims=(view.order,)))


def _seen(t: Translator, op: Operation, view: View) -> None:
    t.keep(op, (op.inputs[0],), None, view)
    if op.inputs[0] in t.picked:
        t.picked[op.output] = t.picked[op.inputs[0]]


def reshape(t: Translator, op: Operation) -> None:
    """To other axes; right after the input, also an image of flat values.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    view = t.view(op, 0)
    target = t.numbers(op, 1, "shape")
    raw = (t.batch, *view.raw)
    if not op.options.get("allowzero", 0):
        target = [raw[i] if n == 0 and i < len(raw) else n for i, n in enumerate(target)]
    whole = math.prod(raw)
    known = math.prod(n for n in target if n != -1)
    if target.count(-1) == 1 and known > 0 and whole % known == 0:
        target = [whole // known if n == -1 else n for n in target]
    if min(target, default=0) < 1 or math.prod(target) != whole or target[0] != t.batch:
        text = [n if n != t.batch or i else "batch" for i, n in enumerate(target)]
        raise op.refuse(
            f"to shape {text} of (batch, {str(view.raw)[1:-1]}); the batch must be kept"
        )
    made = view.reshaped(target[1:])
    if made is not None:
        _seen(t, op, made)
        return
    if _at_input(t) and len(target) in (3, 4) and view.is_flat:  # an image made of a flat input
        channels, rows, cols = target[1:] if len(target) == 4 else (1, *target[1:])
        made = View({"h": rows, "w": cols, "c": channels}, (("c",), ("h",), ("w",)))
        made = made if len(target) == 4 else dataclasses.replace(made, dims=made.dims[1:])
        if len(target) == 4 and cols in (1, 3, 4) and channels not in (1, 3, 4):
            made = View({"h": channels, "w": rows, "c": cols}, (("h",), ("w",), ("c",)))
        t.input_shape = made.shape
        t.views[t.input_name] = made.clean()
        for name in t.made:
            t.views[name] = made.clean()
        _seen(t, op, made.clean())
        return
    raise op.refuse(
        f"to {tuple(target[1:])} of {view.raw} mixes rows, columns or units with each other; only "
        "axes as a whole can be moved"
    )


def _at_input(t: Translator) -> bool:
    """Whether nothing was done but scaling by one number."""
    return all(
        isinstance(layer, Affine) and all(np.ptp(a) == 0 for a in arrays.values())
        for node in t.made.values()
        for layer, arrays in node.layers
    )


def squeeze(t: Translator, op: Operation) -> None:
    """Axes of size 1 go.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    view = t.view(op, 0)
    axes = t.axes(op, 1)
    if axes is None:
        axes = [i + 1 for i, dim in enumerate(view.dims) if not dim] + [0] * (t.batch == 1)
    if 0 in axes or any(view.dims[a - 1] for a in axes):
        raise op.refuse(
            f"of axes {axes} of (batch, {str(view.raw)[1:-1]}); only axes of size 1 can go, and "
            "the batch must stay"
        )
    dims = tuple(dim for i, dim in enumerate(view.dims, 1) if i not in axes)
    _seen(t, op, dataclasses.replace(view, dims=dims))


def unsqueeze(t: Translator, op: Operation) -> None:
    """New axes of size 1.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    view = t.view(op, 0)
    axes = t.numbers(op, 1, "axes")
    n = len(view.dims) + 1 + len(axes)
    axes = sorted(a % n for a in axes)
    if 0 in axes:
        raise op.refuse("puts an axis before the batch")
    dims = list(view.dims)
    for axis in axes:
        dims.insert(axis - 1, ())
    _seen(t, op, dataclasses.replace(view, dims=tuple(dims)))


def transpose(t: Translator, op: Operation) -> None:
    """Axes in another order.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    source, before = t.turned.get(op.inputs[0], (op.inputs[0], None))
    op = dataclasses.replace(op, inputs=(source,))
    view = t.view(op, 0)
    n = len(view.dims) + 1
    axes = [int(a) for a in op.options.get("perm") or range(n)[::-1]]
    if sorted(axes) != list(range(n)):
        raise op.refuse(f"perm is {axes}; expected all {n} axes")
    if before is not None:
        axes = [before[a] for a in axes]
    if axes[0] != 0:
        t.turned[op.output] = source, axes
        return
    _seen(t, op, view.transposed([a - 1 for a in axes[1:]]))
