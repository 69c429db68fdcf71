"""Translate ONNX's ReduceMean and ReduceSum: over rows and columns, channels, or units."""

from __future__ import annotations

import dataclasses

import numpy as np

from ....layers.types import AveragePooling2D
from ...chain.graph import Entry
from ..operation import Operation
from ..ordering import as_flat
from ..translator import Translator
from ..view import View
from .along import along
from .arithmetic import affine

__all__ = ["reduction"]


def reduction(t: Translator, op: Operation) -> None:
    """The mean or the sum along some axes.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    source, view = op.inputs[0], t.view(op, 0)
    axes = t.axes(op, 1)
    if axes is None:
        empty = bool(op.options.get("noop_with_empty_axes", 0))
        axes = [] if empty else list(range(len(view.dims) + 1))
    if 0 in axes:
        raise op.refuse(
            f"takes the mean or sum over axes {axes}, and so over images of a batch; leave axis 0 "
            "as it is"
        )
    if len(view.dims) == 1 and axes and not view.is_flat and view.dims[0] != view.channels:
        source, view = as_flat(t, op)
    names = {a for axis in axes for a in view.dims[axis - 1]}
    of_image = names & {"h", "w"} if not view.is_flat else set()
    entries: list[Entry] = []
    count = 1
    if of_image:
        if any(set(view.dims[a - 1]) & of_image and len(view.dims[a - 1]) > 1 for a in axes):
            raise op.refuse(
                f"over axes {axes} of (batch, {str(view.raw)[1:-1]}) mixes rows or columns with "
                "channels; do it before they are flattened"
            )
        rows, cols = (view.sizes[a] if a in of_image else 1 for a in "hw")
        count = rows * cols
        entries.append((AveragePooling2D((rows, cols)), {}))
        sizes = {a: 1 if a in of_image else n for a, n in view.sizes.items()}
        view = View(sizes, view.dims).clean()
    for axis in axes:
        if view.dims[axis - 1]:
            size = view.raw[axis - 1]
            value = 1.0 if op.kind == "ReduceSum" else 1 / size
            more, view = along(op, view, axis, np.full((1, size), value))
            entries += more
    if op.kind == "ReduceSum" and count > 1:
        entries.append(affine(np.array([float(count)]), np.zeros(1), view))
    if not op.options.get("keepdims", 1):
        dims = tuple(dim for i, dim in enumerate(view.dims, 1) if i not in axes)
        view = dataclasses.replace(view, dims=dims)
    t.keep(op, (source,), entries, view)
