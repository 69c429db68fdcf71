"""Translate ONNX's convolutions, pools and resizing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ....layers.types import AveragePooling2D
from ...chain.graph import Entry
from ...folding.layers import AxisMaps, Windows, pool_matrix
from ...folding.reduction import Maps, average_pooling
from ..advice import POOL
from ..operation import Operation
from ..ordering import as_image
from ..translator import Translator
from ..view import View
from .resizing import resize_matrix

__all__ = [
    "convolution",
    "global_pool",
    "padding",
    "pool",
    "resize",
    "sizes_of",
    "widened",
    "with_rows",
]

_Pads = tuple[tuple[int, int], tuple[int, int]]


def convolution(t: Translator, op: Operation) -> None:
    """A convolution of images or series, with zeros around and holes in its kernel.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    kernel = t.value(op, 1).astype(np.float32)
    if kernel.ndim not in (3, 4):
        raise op.refuse(f"its kernel has shape {kernel.shape}; images and series only")
    source, view = as_image(t, op, kernel.ndim - 2)
    groups = int(op.options.get("group", 1))
    if groups < 1 or kernel.shape[1] * groups != view.shape[2] or kernel.shape[0] % groups:
        raise op.refuse(
            f"has a kernel for {kernel.shape[1] * groups} channels; its input is {view.shape} "
            "(row, column, channel)"
        )
    dilations = sizes_of(op, "dilations", 1, kernel.ndim - 2)
    strides = sizes_of(op, "strides", 1, kernel.ndim - 2)
    arrays = {"kernel": widened(with_rows(kernel).transpose(2, 3, 1, 0), dilations)}
    bias = t.given(op, 2)
    if bias is not None:
        arrays["bias"] = bias.astype(np.float32).reshape(-1)
        if arrays["bias"].shape != kernel.shape[:1]:
            raise op.refuse(f"has {bias.size} biases for {len(kernel)} filters")
    size = arrays["kernel"].shape[:2]
    pads = padding(op, view, size, strides)
    layer = Windows(
        filters=len(kernel), kernel_size=size, strides=strides, pads=pads, groups=groups
    )
    made = View.image(layer.output_shape(view.shape), kernel.ndim - 2)
    t.keep(op, (source,), [(layer, arrays)], made)


def with_rows(kernel: np.ndarray) -> np.ndarray:
    """A kernel of ONNX with rows; of a series it has one.

    Parameters
    ----------
    kernel : array
        The last axes are rows and columns, or steps.
    """
    return kernel if kernel.ndim == 4 else kernel[:, :, None]


def sizes_of(op: Operation, name: str, default: int, n_axes: int) -> tuple[int, int]:
    """An attribute with a number for rows and columns; a series has one row.

    Parameters
    ----------
    op : Operation
        A convolution or a pool.
    name : str
        Name of the attribute.
    default : int
        Where it is not given.
    n_axes : int
        1 for series, 2 for images.
    """
    given = [int(n) for n in op.options.get(name) or (default,) * n_axes]
    if len(given) != n_axes or min(given) < 1:
        raise op.refuse(f"{name} is {given}; expected {n_axes} numbers >= 1")
    return (1, given[0]) if n_axes == 1 else (given[0], given[1])


def widened(kernel: np.ndarray, dilations: tuple[int, int]) -> np.ndarray:
    """A kernel with zeros in its holes.

    Parameters
    ----------
    kernel : (row, column, ...) array
        Without holes.
    dilations : (int, int)
        Pixels from one weight to the next.
    """
    if dilations == (1, 1):
        return np.ascontiguousarray(kernel)
    rows, cols = ((n - 1) * d + 1 for n, d in zip(kernel.shape, dilations, strict=False))
    wide = np.zeros((rows, cols, *kernel.shape[2:]), kernel.dtype)
    wide[:: dilations[0], :: dilations[1]] = kernel
    return wide


def padding(op: Operation, view: View, size: tuple[int, int], strides: tuple[int, int]) -> _Pads:
    """Zeros before and after the rows and the columns.

    Parameters
    ----------
    op : Operation
        A convolution or a pool.
    view : View
        Axes of its input.
    size, strides : (int, int)
        Of its windows.
    """
    auto = op.text("auto_pad", "NOTSET")
    if auto == "VALID":
        return (0, 0), (0, 0)
    if auto not in ("NOTSET", "SAME_UPPER", "SAME_LOWER"):
        raise op.refuse(f"auto_pad is {auto!r}; expected NOTSET, SAME_UPPER, SAME_LOWER or VALID")
    n_axes = len(view.dims) - 1
    if auto == "NOTSET":
        given = [int(n) for n in op.options.get("pads") or (0,) * (2 * n_axes)]
        if len(given) != 2 * n_axes:
            raise op.refuse(f"pads are {given}; expected {2 * n_axes} numbers")
        both = tuple(zip(given[:n_axes], given[n_axes:], strict=True))
        return ((0, 0), both[0]) if n_axes == 1 else (both[0], both[1])
    found = []
    for n, k, s in zip(view.shape[:2], size, strides, strict=True):
        total = max((math.ceil(n / s) - 1) * s + k - n, 0)
        small, large = total // 2, total - total // 2
        found.append((small, large) if auto == "SAME_UPPER" else (large, small))
    return found[0], found[1]


def pool(t: Translator, op: Operation) -> None:
    """Average pooling; maximum pooling where that was asked for.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    if op.kind == "MaxPool" and t.max_pooling != "average":
        raise op.refuse(f"cannot be imported; {POOL}, or give max_pooling='average'")
    source, view = as_image(t, op)
    n_axes = len(view.dims) - 1
    if set(op.options.get("dilations") or [1]) != {1}:
        raise op.refuse("dilations are not 1; use plain pooling")
    size = sizes_of(op, "kernel_shape", 1, n_axes)
    strides = sizes_of(op, "strides", 1, n_axes)
    pads = padding(op, view, size, strides)
    counted = op.kind == "AveragePool" and bool(op.options.get("count_include_pad", 0))
    ceil = bool(op.options.get("ceil_mode", 0))
    both = [
        pool_matrix(n, k, s, pad, counted, ceil)
        for n, k, s, pad in zip(view.shape, size, strides, pads, strict=False)
    ]
    how = f"average pooling of {size[0]} x {size[1]} with padding {pads}"
    _mapped(t, op, source, view, Maps(both[0], both[1], how))


def _mapped(t: Translator, op: Operation, source: str, view: View, maps: Maps) -> None:
    """A map of rows and columns, as pooling where it is one."""
    layer: Any = average_pooling(maps)
    arrays = {}
    if layer is None:
        layer = AxisMaps(what=maps.name, after=(len(maps.rows), len(maps.cols)))
        arrays = {"rows": maps.rows, "cols": maps.cols}
    after = (len(maps.rows), len(maps.cols), view.shape[2])
    t.keep(op, (source,), [(layer, arrays)], View.image(after, len(view.dims) - 1))


def global_pool(t: Translator, op: Operation) -> None:
    """The mean of rows and columns.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    if op.kind == "GlobalMaxPool" and t.max_pooling != "average":
        raise op.refuse(f"cannot be imported; {POOL}, or give max_pooling='average'")
    source, view = op.inputs[0], t.view(op, 0)
    if op.kind != "ReduceMean":
        source, view = as_image(t, op)
        axes: list[int] | None = list(range(2, len(view.dims) + 1))
    else:
        axes = t.axes(op, 1)
    axes = list(range(1, len(view.dims) + 1)) if axes is None else axes
    names = {a for axis in axes if axis > 0 for a in view.dims[axis - 1]}
    is_image = not view.is_flat and 0 not in axes and names <= {"h", "w"}
    if not is_image:
        raise op.refuse(
            f"averages over axes {axes} of {len(view.dims) + 1}; expected the rows or columns of "
            "an image"
        )
    rows, cols, _ = view.shape
    size = (rows if "h" in names else 1, cols if "w" in names else 1)
    entries: list[Entry] = [(AveragePooling2D(size), {})]
    dims = [
        () if i + 1 in axes else dim
        for i, dim in enumerate(view.dims)
        if i + 1 not in axes or op.kind != "ReduceMean" or op.options.get("keepdims", 1)
    ]
    sizes = {a: 1 if a in names else n for a, n in view.sizes.items()}
    t.keep(op, (source,), entries, View(sizes, tuple(dims)).clean())


def resize(t: Translator, op: Operation) -> None:
    """Resize and Upsample of rows and columns.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    source, view = as_image(t, op)
    raw = (t.batch, *view.raw)
    is_new = op.kind == "Resize" and len(op.inputs) > 2
    scales = t.given(op, 2 if is_new else 1, "scales")
    sizes = t.given(op, 3)
    axes = op.options.get("axes")
    which = list(range(len(raw))) if axes is None else [int(a) % len(raw) for a in axes]
    factors = dict.fromkeys(range(len(raw)), 1.0)
    lengths = dict(enumerate(raw))
    if sizes is not None and sizes.size:
        lengths.update(zip(which, (int(n) for n in np.ravel(sizes)), strict=True))
        factors = {i: lengths[i] / raw[i] for i in lengths}
    elif scales is not None and scales.size:
        factors.update(zip(which, (float(s) for s in np.ravel(scales)), strict=True))
        lengths = {i: int(math.floor(raw[i] * f)) for i, f in factors.items()}
    if lengths[0] != raw[0] or lengths[1] != raw[1]:
        raise op.refuse("changes the batch or the channels; only rows and columns")
    spatial = [np.eye(1)] * (4 - len(raw)) + [
        resize_matrix(op, raw[i], lengths[i], factors[i]) for i in range(2, len(raw))
    ]
    how = f"resizing to {lengths[2]} x {lengths[len(raw) - 1]}"
    _mapped(t, op, source, view, Maps(spatial[0], spatial[1], how))
