"""Translate ONNX's Split, Slice, Gather, Tile and Expand: matrices along one axis each."""

from __future__ import annotations

import dataclasses

import numpy as np

from ....support.words.counted import counted
from ...chain.graph import Entry
from ...folding.layers import AxisMaps
from ..operation import Operation
from ..ordering import as_flat
from ..translator import Translator
from ..view import View
from .along import along, image_axis

__all__ = ["expand", "gather", "repeat", "slices", "split"]


def slices(t: Translator, op: Operation) -> None:
    """A part of the rows, columns, channels or units.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    n = len(t.view(op, 0).dims) + 1
    raw = (t.batch, *t.view(op, 0).raw)
    starts, ends = t.numbers(op, 1, "starts"), t.numbers(op, 2, "ends")
    axes, steps = t.given(op, 3, "axes"), t.given(op, 4)
    which = range(len(starts)) if axes is None else [int(a) for a in np.ravel(axes)]
    by = np.ones(len(starts), int) if steps is None else np.ravel(steps)
    taken = {}
    for axis, start, end, step in zip(which, starts, ends, by, strict=True):
        axis = axis % n
        # in ONNX an end of -1 - size or less, of a step backwards, is before the first
        stop = None if step < 0 and end < -raw[axis] else int(end)
        kept = range(raw[axis])[int(start) : stop : int(step)]
        if kept != range(raw[axis]):
            taken[axis] = list(kept)
    _take(t, op, taken)


def gather(t: Translator, op: Operation) -> None:
    """Channels, rows, columns or units by their numbers, in any order; one number drops the axis.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    numbers = t.value(op, 1)
    if op.kind == "GatherND":
        if numbers.ndim != 2 or numbers.shape[1] != 1 or op.options.get("batch_dims", 0):
            raise op.refuse("takes single values; take rows, columns or channels as a whole")
        numbers = numbers[:, 0]
        op = dataclasses.replace(op, kind="Gather", options={"axis": 0})
    if op.inputs[0] in t.turned:  # as torch.export writes x[:, [2, 1, 0]]
        _gather_turned(t, op, numbers)
        return
    _gather(t, op, numbers)


def _gather(t: Translator, op: Operation, numbers: np.ndarray) -> None:
    view = t.view(op, 0)
    n = len(view.dims) + 1
    axis = int(op.options.get("axis", 0)) % n
    size = (t.batch, *view.raw)[axis]
    flat = [int(i) for i in np.ravel(numbers)]
    if numbers.ndim > 1:
        raise op.refuse(f"takes numbers of shape {numbers.shape}; expected a list of them")
    if any(not -size <= i < size for i in flat):
        raise op.refuse(f"takes numbers {flat} of {size} along axis {axis}")
    _take(t, op, {axis: [i % size for i in flat]}, drop=numbers.ndim == 0)


def _gather_turned(t: Translator, op: Operation, numbers: np.ndarray) -> None:
    """Of values whose batch is not the first axis, which stays so."""
    source, perm = t.turned[op.inputs[0]]
    axis = perm[int(op.options.get("axis", 0)) % len(perm)]
    if numbers.ndim != 1:
        raise op.refuse(f"takes numbers of shape {numbers.shape}; expected a list of them")
    name = f"{op.output}, batch first"
    batch_first = dataclasses.replace(
        op, inputs=(source, op.inputs[1]), outputs=(name,), options={"axis": axis}
    )
    _gather(t, batch_first, numbers)
    t.turned[op.output] = name, perm


def split(t: Translator, op: Operation) -> None:
    """Channels, rows, columns or units in several parts.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    view = t.view(op, 0)
    axis = int(op.options.get("axis", 0)) % (len(view.dims) + 1)
    size = (t.batch, *view.raw)[axis]
    given = t.given(op, 1, "split")
    if given is not None:
        sizes = [int(n) for n in np.ravel(given)]
    else:
        parts = len(op.outputs)
        each = -(-size // parts)  # the last may be smaller
        sizes = [max(min(each, size - i * each), 0) for i in range(parts)]
    if len(sizes) != len(op.outputs) or sum(sizes) != size:
        raise op.refuse(f"into parts of {sizes}; axis {axis} has {size}")
    first = 0
    for name, part in zip(op.outputs, sizes, strict=True):
        if name:
            one = dataclasses.replace(op, outputs=(name,))
            _take(t, one, {axis: list(range(first, first + part))})
        first += part


def repeat(t: Translator, op: Operation) -> None:
    """Tile: channels, rows, columns or units again and again.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    raw = (t.batch, *t.view(op, 0).raw)
    times = t.numbers(op, 1, "repeats")
    if len(times) != len(raw):
        raise op.refuse(f"has {counted(len(times), 'number')} for {len(raw)} axes")
    _take(t, op, {i: list(range(raw[i])) * n for i, n in enumerate(times) if n != 1})


def expand(t: Translator, op: Operation) -> None:
    """Axes of size 1 repeated, as a grey image in three channels.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    raw = (t.batch, *t.view(op, 0).raw)
    target = t.numbers(op, 1, "shape")
    if len(target) > len(raw):
        raise op.refuse(f"to {len(target)} axes of {len(raw)}; Unsqueeze before it")
    target = [1] * (len(raw) - len(target)) + target
    if any(n not in (1, m) and m != 1 for n, m in zip(target, raw, strict=True)):
        raise op.refuse(f"of {raw[1:]} to {tuple(target[1:])}; only axes of size 1 can grow")
    _take(t, op, {i: [0] * n for i, (n, m) in enumerate(zip(target, raw, strict=True))
                  if n > 1 and m == 1})  # fmt: skip


def _take(t: Translator, op: Operation, taken: dict[int, list[int]], drop: bool = False) -> None:
    """Values by their numbers along some axes."""
    source, view = op.inputs[0], t.view(op, 0)
    if 0 in taken:
        raise op.refuse("takes some images of a batch; leave the batch as it is")
    for axis, kept in taken.items():
        if not kept:
            raise op.refuse(
                f"leaves nothing of axis {axis}, which has {view.raw[axis - 1]}; take a part with "
                "values in it"
            )
    if taken and len(view.dims) == 1 and not view.is_flat and view.dims[0] != view.channels:
        source, view = as_flat(t, op)
    entries: list[Entry] = []
    sizes = view.shape
    images = {"h": np.eye(sizes[0]), "w": np.eye(sizes[1])} if not view.is_flat else {}
    picked = not view.is_flat and len(taken) == 1 and len(view.channels) < 2
    before = view
    for axis, kept in taken.items():
        matrix = np.eye(view.raw[axis - 1])[kept]
        name = image_axis(view, axis)
        if name is None:
            more, view = along(op, view, axis, matrix)
            entries += more
            continue
        picked = False
        images[name] = images[name][kept]
        view = View({**view.sizes, name: len(kept)}, _with_axis(view, axis, name)).clean()
    if any(len(m) != m.shape[1] or not np.array_equal(m, np.eye(len(m))) for m in images.values()):
        rows, cols = images["h"], images["w"]
        layer = AxisMaps(what="a part of rows and columns", after=(len(rows), len(cols)))
        entries.insert(0, (layer, {"rows": rows, "cols": cols}))
    if drop:
        (axis,) = taken
        view = dataclasses.replace(view, dims=view.dims[: axis - 1] + view.dims[axis:])
    t.keep(op, (source,), entries, view)
    if picked and before.shape[:2] == view.shape[:2]:
        t.picked[op.output] = source, np.array(next(iter(taken.values())))


def _with_axis(view: View, axis: int, name: str) -> tuple[tuple[str, ...], ...]:
    """Axes of ONNX, where one is the rows or columns that had size 1."""
    return tuple((name,) if i == axis else dim for i, dim in enumerate(view.dims, 1))
