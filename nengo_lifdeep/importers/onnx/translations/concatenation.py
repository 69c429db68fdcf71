"""Translate ONNX's Concat: images side by side along the channels, or flat values."""

from __future__ import annotations

import dataclasses

import numpy as np

from ...chain.graph import Node
from ...folding.channels import picking
from ...folding.layers import AxisMaps
from ..operation import Operation
from ..ordering import as_flat
from ..translator import Translator
from ..view import View
from .along import along, image_axis

__all__ = ["concat"]


def concat(t: Translator, op: Operation) -> None:
    """Images one after another along the channels, or flat values.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    views = [t.view(op, i) for i in range(len(op.inputs))]
    axis = int(op.options.get("axis", 1))
    first = views[0]
    n = len(first.dims) + 1
    axis %= n
    if len(views) == 1:
        t.keep(op, (op.inputs[0],))
        return
    inputs = list(op.inputs)
    if _picked(t, op, axis) or _of_pixels(t, op, views, axis):
        return
    for i, view in enumerate(views):
        place = 0 if axis == 0 else axis - 1
        if len(view.dims) != len(first.dims) or axis == 0:
            raise op.refuse(f"axis is {axis} of {view.raw}; expected the channels")
        if _is_shuffled(view, place):
            inputs[i], view = _ordered(t, op, i, axis)
            views[i] = view
            if i == 0:
                first = view
        rest = [dim for j, dim in enumerate(view.dims) if j != place]
        expected = [dim for j, dim in enumerate(first.dims) if j != place]
        names = view.dims[place]
        flat = len(view.dims) == 1
        if flat and any(view.sizes.get(a, 1) > 1 for a in ("h", "w")):
            raise op.refuse("of flattened images; concatenate the images, and flatten after")
        if (
            rest != expected
            or view.shape[:-1] != first.shape[:-1]
            or names != (view.own_order if flat else view.channels)
        ):
            raise op.refuse(
                f"axis is {axis}, of {' and '.join(str(v.raw) for v in views)}; expected the "
                "channels, with the same rows and columns"
            )
        if flat and not view.is_flat:  # one pixel
            numbered = dataclasses.replace(op, inputs=(op.inputs[i],))
            inputs[i], views[i] = as_flat(t, numbered)
    total = sum(view.shape[-1] for view in views)
    if len(first.dims) == 1:
        made = View.flat(total)
    else:
        sizes = {a: first.sizes[a] for a in ("h", "w")} | {"c": total}
        dims = list(first.dims)
        dims[axis - 1] = ("c",)
        made = View(sizes, tuple(dims)).clean()
    t.keep(op, tuple(inputs), None, made, is_concat=True)


def _is_shuffled(view: View, place: int) -> bool:
    """Whether an axis is all channels of an image, in another order than here."""
    names, channels = view.dims[place], view.channels
    return not view.is_flat and names != channels and set(names) == set(channels)


def _ordered(t: Translator, op: Operation, number: int, axis: int) -> tuple[str, View]:
    """An input with its channels in ONNX's order here too."""
    source, view = op.inputs[number], t.view(op, number)
    entries, made = along(op, view, axis, np.eye(view.raw[axis - 1]))
    return t.extra(op, source, entries, made), made


def _picked(t: Translator, op: Operation, axis: int) -> bool:
    """Channels of one image put together again in another order, as one matrix."""
    found = [t.picked[name] for name in op.inputs if name in t.picked]
    if len(found) < len(op.inputs) or len({source for source, _ in found}) > 1:
        return False
    source = found[0][0]
    before = t.views[source]
    rest = [t.views[name].dims[: axis - 1] + t.views[name].dims[axis:] for name in op.inputs]
    kept = np.concatenate([taken for _, taken in found])
    places = [i for i, dim in enumerate(before.dims, 1) if dim == before.channels]
    expected = before.dims[: axis - 1] + before.dims[axis:]
    if places != [axis] or any(dims != expected for dims in rest) or len(kept) < 2:
        return False
    made = View({**{a: before.sizes[a] for a in "hw"}, "c": len(kept)}, before.dims)
    t.keep(op, (source,), [picking(kept, before.shape[2])], made)
    t.picked[op.output] = source, kept
    return True


def _of_pixels(t: Translator, op: Operation, views: list[View], axis: int) -> bool:
    """Images one below or beside the other, as a sum of images with zeros in the others' place."""
    names = {image_axis(view, axis) if axis else None for view in views}
    if len(names) > 1 or None in names:
        return False
    (name,) = names
    assert name is not None
    sizes = [{**view.sizes, name: 1} for view in views]
    rest = [view.dims[: axis - 1] + view.dims[axis:] for view in views]
    if any(s != sizes[0] for s in sizes) or any(dims != rest[0] for dims in rest):
        return False
    total = sum(view.sizes[name] for view in views)
    dims = tuple((name,) if i == axis else dim for i, dim in enumerate(views[0].dims, 1))
    made = View({**views[0].sizes, name: total}, dims).clean()
    first, inputs = 0, []
    for i, view in enumerate(views):
        size = view.sizes[name]
        maps = {a: np.eye(view.sizes[a]) for a in "hw"}
        maps[name] = np.eye(total)[:, first : first + size]
        first += size
        layer = AxisMaps(what="images side by side", after=(len(maps["h"]), len(maps["w"])))
        entry = layer, {"rows": maps["h"], "cols": maps["w"]}
        inputs.append(f"{op.inputs[i]}, part {i} of {op.output}")
        numbered = dataclasses.replace(op, outputs=(inputs[-1],))
        t.keep(numbered, (op.inputs[i],), [entry], made)
    t.made[op.output] = Node(op.output, tuple(inputs), op.where, is_sum=True)
    t.views[op.output] = made
    return True
