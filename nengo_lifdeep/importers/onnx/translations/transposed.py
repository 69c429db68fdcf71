"""Translate ONNX's ConvTranspose: every pixel spreads its kernel over a larger image."""

from __future__ import annotations

import numpy as np

from ....layers.types import Conv2DTranspose, Cropping2D, ZeroPadding2D
from ....stages.grouping import dilated
from ....support.words.counted import counted
from ...chain.graph import Entry
from ...folding.layers import Affine
from ..operation import Operation
from ..ordering import as_image
from ..translator import Translator
from ..view import View
from .windows import sizes_of, with_rows

__all__ = ["transposed_convolution"]


def transposed_convolution(t: Translator, op: Operation) -> None:
    """A transposed convolution of images or series, and what is cut off of its output.

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
    n_axes = kernel.ndim - 2
    source, view = as_image(t, op, n_axes)
    groups = int(op.options.get("group", 1))
    if groups < 1 or len(kernel) != view.shape[2] or len(kernel) % groups:
        raise op.refuse(
            f"has a kernel for {counted(len(kernel), 'channel')} in {counted(groups, 'group')}; "
            f"its input is {view.shape} (row, column, channel)"
        )
    strides = sizes_of(op, "strides", 1, n_axes)
    dilations = sizes_of(op, "dilations", 1, n_axes)
    whole = _of_all_channels(with_rows(kernel), groups).transpose(2, 3, 0, 1)
    whole = np.ascontiguousarray(dilated(whole, dilations))
    window = (int(whole.shape[0]), int(whole.shape[1]))
    filters = int(whole.shape[3])
    bias = t.given(op, 2)
    if bias is not None and bias.size != filters:
        raise op.refuse(
            f"has {counted(bias.size, 'bias', 'biases')} for {counted(filters, 'filter')}"
        )
    layers: list[Entry] = [
        (Conv2DTranspose(filters, window, strides, use_bias=False), {"kernel": whole})
    ]
    shape = layers[0][0].output_shape(view.shape)
    cut = _cut(op, view, window, strides, n_axes)
    less = tuple(
        (max(a, 0), max(n - wanted - a, 0)) for n, (a, wanted) in zip(shape, cut, strict=False)
    )
    more = tuple(
        (max(-a, 0), max(a + wanted - n, 0)) for n, (a, wanted) in zip(shape, cut, strict=False)
    )
    for layer, border in ((Cropping2D, less), (ZeroPadding2D, more)):
        if any(map(any, border)):
            layers.append((layer(border), {}))
    if bias is not None:  # also where no window reaches
        shift = np.asarray(bias, np.float64).reshape(-1)
        layers.append((Affine(), {"scale": np.ones(filters), "shift": shift}))
    after: tuple[int, ...] = view.shape
    for each, _ in layers:
        after = each.output_shape(after)
    t.keep(op, (source,), layers, View.image(after, n_axes))


def _of_all_channels(kernel: np.ndarray, groups: int) -> np.ndarray:
    """Zeros from the channels of a group to the filters of another, which are no synapses."""
    channels, per_group = kernel.shape[:2]
    if groups == 1:
        return kernel
    whole = np.zeros((channels, per_group * groups, *kernel.shape[2:]), kernel.dtype)
    size = channels // groups
    for g in range(groups):
        own = slice(g * size, (g + 1) * size)
        whole[own, g * per_group : (g + 1) * per_group] = kernel[own]
    return whole


def _cut(
    op: Operation, view: View, window: tuple[int, int], strides: tuple[int, int], n_axes: int
) -> list[tuple[int, int]]:
    """For rows and columns: pixels off at the front, and how many are left."""
    extra = [int(n) for n in op.options.get("output_padding") or [0] * n_axes]
    wanted = [int(n) for n in op.options.get("output_shape") or []][-n_axes:]
    auto = op.text("auto_pad", "NOTSET")
    pads = [int(n) for n in op.options.get("pads") or [0] * (2 * n_axes)]
    if auto not in ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"):
        raise op.refuse(f"auto_pad is {auto!r}; expected NOTSET, SAME_UPPER, SAME_LOWER or VALID")
    if len(extra) != n_axes or len(pads) != 2 * n_axes or len(wanted) not in (0, n_axes):
        raise op.refuse(
            f"has pads {pads}, output_padding {extra} and output_shape {wanted} for {n_axes} axes"
        )
    if n_axes == 1:
        extra = [0, *extra]
        pads = [0, pads[0], 0, pads[1]]
        wanted = [1, *wanted] if wanted else []
    found = []
    for i in (0, 1):
        full = (view.shape[i] - 1) * strides[i] + window[i] + extra[i]
        if wanted or auto.startswith("SAME"):
            left = wanted[i] if wanted else view.shape[i] * strides[i]
            total = full - left
            if total < 0:
                raise op.refuse(
                    f"its windows reach {full} pixels along an axis, and {left} are wanted of it; "
                    "use output_padding"
                )
            front = total // 2 if auto == "SAME_UPPER" else total - total // 2
            found.append((front, left))
            continue
        before, after = (0, 0) if auto == "VALID" else (pads[i], pads[i + 2])
        found.append((before, full - before - after))
    if min(left for _, left in found) < 1:
        raise op.refuse("cuts the whole image off")
    return found
