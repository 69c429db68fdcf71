"""Translate ONNX's pools and its response normalisation."""

from __future__ import annotations

from typing import Any

from ....layers.types import AveragePooling2D, LocalResponseNormalization, MaxPooling2D
from ...chain.graph import Entry
from ...folding.layers import AxisMaps, Maxima, pool_matrix
from ...folding.steps import Maps, average_pooling
from ..advice import POOL
from ..operation import Operation
from ..ordering import as_image
from ..translator import Translator
from ..view import View
from .windows import padding, sizes_of

__all__ = ["global_pool", "mapped", "pool", "response_normalisation"]


def pool(t: Translator, op: Operation) -> None:
    """Average pooling; maximum pooling where that was asked for.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    _refuse_maxima(t, op)
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
    if op.kind == "MaxPool" and t.max_pooling == "keep":
        after = (len(both[0]), len(both[1]))
        layer = Maxima(
            pool_size=size,
            strides=strides,
            pads=pads,
            before=(view.shape[0], view.shape[1]),
            after=after,
        )
        made = View.image((*after, view.shape[2]), n_axes)
        t.keep(op, (source,), [(layer, {})], made)
        return
    how = f"average pooling of {size[0]} x {size[1]} with padding {pads}"
    mapped(t, op, source, view, Maps(both[0], both[1], how))


def _refuse_maxima(t: Translator, op: Operation) -> None:
    if "Max" in op.kind and t.max_pooling == "refuse":
        raise op.refuse(f"cannot be imported; {POOL}, or give max_pooling='average'")


def mapped(t: Translator, op: Operation, source: str, view: View, maps: Maps) -> None:
    """A map of rows and columns, as pooling where it is one.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    source : str
        Name of what it takes.
    view : View
        Axes of that.
    maps : Maps
        The map.
    """
    layer: Any = average_pooling(maps)
    arrays = {}
    if layer is None:
        layer = AxisMaps(what=maps.name, after=(len(maps.rows), len(maps.cols)))
        arrays = {"rows": maps.rows, "cols": maps.cols}
    after = (len(maps.rows), len(maps.cols), view.shape[2])
    t.keep(op, (source,), [(layer, arrays)], View.image(after, len(view.dims) - 1))


def global_pool(t: Translator, op: Operation) -> None:
    """The mean of rows and columns, or their maximum.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    _refuse_maxima(t, op)
    source, view = op.inputs[0], t.view(op, 0)
    is_reduction = op.kind.startswith("Reduce")
    if not is_reduction:
        source, view = as_image(t, op)
        axes: list[int] | None = list(range(2, len(view.dims) + 1))
    else:
        axes = t.axes(op, 1)
    axes = list(range(1, len(view.dims) + 1)) if axes is None else axes
    names = {a for axis in axes if axis > 0 for a in view.dims[axis - 1]}
    is_image = not view.is_flat and 0 not in axes and names <= {"h", "w"}
    if not is_image:
        raise op.refuse(
            f"pools over axes {axes} of {len(view.dims) + 1}; expected the rows or columns of "
            "an image"
        )
    rows, cols, _ = view.shape
    size = (rows if "h" in names else 1, cols if "w" in names else 1)
    maxima = "Max" in op.kind and t.max_pooling == "keep"
    entries: list[Entry] = [((MaxPooling2D if maxima else AveragePooling2D)(size), {})]
    dims = [
        () if i + 1 in axes else dim
        for i, dim in enumerate(view.dims)
        if i + 1 not in axes or not is_reduction or op.options.get("keepdims", 1)
    ]
    sizes = {a: 1 if a in names else n for a, n in view.sizes.items()}
    t.keep(op, (source,), entries, View(sizes, tuple(dims)).clean())


def response_normalisation(t: Translator, op: Operation) -> None:
    """Local response normalisation; ONNX's ``alpha`` is for the mean of the neighbours.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    size = int(op.options.get("size", 0))
    if size < 1 or size % 2 == 0:
        raise op.refuse(f"size is {size}; expected an odd number of channels")
    alpha, beta, bias = (
        float(op.options.get(name, usual))
        for name, usual in (("alpha", 1e-4), ("beta", 0.75), ("bias", 1.0))
    )
    source, view = as_image(t, op)
    layer = LocalResponseNormalization(size // 2, bias, alpha / size, beta)
    t.keep(op, (source,), [(layer, {})], view)
