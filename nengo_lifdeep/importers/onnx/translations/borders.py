"""Translate ONNX's Pad: pixels around an image, or less of it."""

from __future__ import annotations

import numpy as np

from ....support.words.counted import counted
from ...folding.layers import AxisMaps
from ..operation import Operation
from ..translator import Translator
from ..view import View

__all__ = ["pad"]


def pad(t: Translator, op: Operation) -> None:
    """Zeros, or pixels of the image again, around the image; negative numbers cut off.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    view = t.view(op, 0)
    mode = op.text("mode", "constant")
    amounts = t.numbers(op, 1, "pads")
    value = t.given(op, 2, "value")
    n = len(view.dims) + 1
    axes = t.given(op, 3)
    if axes is not None:
        amounts = _of_all_axes(amounts, [int(a) % n for a in np.ravel(axes)], n)
    if len(amounts) != 2 * n:
        raise op.refuse(f"has {counted(len(amounts), 'number')} for {n} axes")
    if mode not in ("constant", "reflect", "edge", "wrap"):
        raise op.refuse(f"mode is {mode!r}; expected constant, reflect, edge or wrap")
    if mode == "constant" and value is not None and float(np.ravel(value)[0]) != 0:
        raise op.refuse("only zeros, or pixels of the image, can be put around an image")
    both = {"h": (0, 0), "w": (0, 0)}
    for i, pair in enumerate(zip(amounts[:n], amounts[n:], strict=True)):
        if not any(pair):
            continue
        name = _image_axis(op, view, i)
        both[name] = pair
    rows, cols = (
        _padded(op, size, both[name], mode) for size, name in zip(view.shape, "hw", strict=False)
    )
    how = f"padding {both['h']}, {both['w']} of mode {mode}"
    _axis_maps(t, op, view, rows, cols, how)


def _image_axis(op: Operation, view: View, axis: int) -> str:
    """Whether one of ONNX's axes is the rows or the columns."""
    dim = view.dims[axis - 1] if axis else ()
    if view.is_flat or axis == 0 or (dim and dim[0] not in ("h", "w")) or len(dim) > 1:
        raise op.refuse(f"changes axis {axis}; only the rows and columns of an image")
    if dim:
        return dim[0]
    spatial = [a for d in view.dims for a in d if a in ("h", "w")]  # an axis of size 1
    return "h" if "w" in spatial or axis == len(view.dims) - 1 else "w"


def _of_all_axes(amounts: list[int], axes: list[int], n: int) -> list[int]:
    whole = [0] * (2 * n)
    for i, axis in enumerate(axes):
        whole[axis], whole[n + axis] = amounts[i], amounts[len(axes) + i]
    return whole


def _padded(op: Operation, size: int, pads: tuple[int, int], mode: str) -> np.ndarray:
    """The matrix that puts zeros or pixels around one axis, or cuts some off."""
    before, after = (max(n, 0) for n in pads)
    left = size + min(*pads, 0)
    if mode == "reflect" and max(before, after) >= left:
        raise op.refuse(f"reflects {max(before, after)} of {left} pixels")
    if mode == "wrap" and min(pads) < 0 < max(pads):
        raise op.refuse("cuts off and repeats pixels of one axis; do it in two operations")
    kind = {"reflect": "reflect", "edge": "edge", "wrap": "wrap"}.get(mode)
    if kind is None:
        where = np.pad(np.arange(size), (before, after), constant_values=-1)
    else:
        where = np.pad(np.arange(size), (before, after), mode=kind)  # type: ignore[call-overload]
    where = where[max(-pads[0], 0) : len(where) - max(-pads[1], 0)]
    if len(where) < 1:
        raise op.refuse("cuts the whole image off")
    return np.asarray(where[:, None] == np.arange(size), float)


def _axis_maps(
    t: Translator, op: Operation, view: View, rows: np.ndarray, cols: np.ndarray, how: str
) -> None:
    """A map of rows and columns that leaves the order of axes."""
    identity = all(
        m.shape[0] == m.shape[1] and np.array_equal(m, np.eye(len(m))) for m in (rows, cols)
    )
    if identity:
        t.keep(op, (op.inputs[0],))
        return
    layer = AxisMaps(what=how, after=(len(rows), len(cols)))
    sizes = {**view.sizes, "h": len(rows), "w": len(cols)}
    dims = _with_grown(view, sizes)
    t.keep(op, (op.inputs[0],), [(layer, {"rows": rows, "cols": cols})], View(sizes, dims).clean())


def _with_grown(view: View, sizes: dict[str, int]) -> tuple[tuple[str, ...], ...]:
    """Axes of ONNX, with rows or columns that had size 1 in their place again."""
    dims = [list(dim) for dim in view.dims]
    for name in ("h", "w"):
        if sizes[name] > 1 and view.sizes[name] == 1 and len(dims) == 3:
            other = "w" if name == "h" else "h"
            at = next((i for i, d in enumerate(dims) if d == [other]), None)
            place = (1 if name == "h" else 2) if at is None else at + (-1 if name == "h" else 1)
            dims[place] = [name]
    return tuple(map(tuple, dims))
