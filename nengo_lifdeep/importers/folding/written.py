"""Merged steps written as layers of ours; what no layer is, is refused by name."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from ...errors import UnsupportedLayerError
from ...layers.types import AveragePooling2D, Conv2D, Dense, Flatten, Layer, Shape
from ...stages.grouping import full_kernel
from ..chain.placed import Placed
from .kernels import Kernel, Matrix
from .layers import Windows
from .padding import padded_convolution
from .steps import Flat, Maps, Scaled, Step, average_pooling, by_channel

__all__ = ["as_layers", "plain_convolution"]


def plain_convolution(entry: Placed, shape: Shape) -> Placed:
    """A convolution with explicit zeros as one of ours; other layers as they are.

    Parameters
    ----------
    entry : Placed
        The layer with its arrays.
    shape : (row, column, channel)
        Of its input.
    """
    if not isinstance(entry.layer, Windows):
        return entry
    layer: Any = entry.layer
    bias = entry.arrays.get("bias")
    zero = np.zeros(layer.filters)
    kernel = Kernel(
        entry.arrays["kernel"], zero if bias is None else bias, layer.strides, layer.pads,
        layer.groups,
    )  # fmt: skip
    return _convolution(kernel, shape, entry, bias is not None)


def _convolution(kernel: Kernel, shape: Shape, entry: Placed, use_bias: bool) -> Placed:
    """A convolution as a layer; refused if no padding of ours does the same."""
    values, pads, strides = kernel.kernel, list(kernel.pads), list(kernel.strides)
    after = kernel.output_shape(shape)
    for axis in (0, 1):
        widths = [(0, 0)] * 4
        widths[axis] = (max(-pads[axis][0], 0), max(-pads[axis][1], 0))  # zeros for a border off
        values = np.pad(values, widths)
        pads[axis] = (max(pads[axis][0], 0), max(pads[axis][1], 0))
        if after[axis] == 1:  # the one window, without the weights that see zeros only
            first = pads[axis][0]
            seen = range(first, min(first + shape[axis], values.shape[axis]))
            values, pads[axis] = np.take(values, seen, axis=axis), (0, 0)
            strides[axis] = max(strides[axis], shape[axis])
    arrays = {"kernel": values.astype(np.float32)}
    if use_bias:
        arrays["bias"] = kernel.bias.astype(np.float32)
    layer = Conv2D(
        values.shape[3], values.shape[:2], tuple(strides), "valid", use_bias, kernel.groups
    )
    made = padded_convolution(layer, arrays, shape, (pads[0], pads[1]))
    if made is None:
        raise UnsupportedLayerError(
            f"{entry.where}: its padding {tuple(map(tuple, kernel.pads))} cannot be merged into "
            "one kernel; use kernel // 2"
        )
    return Placed(*made, entry.where, entry.node)


def _with_constant(steps: list[Step]) -> list[Step]:
    """A shift before a convolution with zeros around the image, as one channel more.

    Inside the image that channel is 1, outside 0 as all others, so that the shift ends where the
    image does.
    """
    made = list(steps)
    for i, (step, later) in enumerate(zip(steps, steps[1:], strict=False)):
        what, reader = step.what, later.what
        if not isinstance(what, Scaled) or not isinstance(reader, Kernel):
            continue
        scale, shift = by_channel(what.scale, step.shape), by_channel(what.shift, step.shape)
        if scale is None or shift is None:
            continue
        full = full_kernel(reader.kernel, reader.groups)
        constant = np.einsum("abcf,c->abf", full, shift)[:, :, None]
        kernel = np.concatenate([full * scale[:, None], constant], axis=2)
        entry = dataclasses.replace(later.entry, reads_constant=True)
        merged = dataclasses.replace(reader, kernel=kernel, groups=1)
        made[i : i + 2] = [Step(merged, entry, step.shape)]
        break
    return made


def as_layers(steps: list[Step], shape: Shape) -> list[Placed]:
    """Merged steps as our layers.

    Parameters
    ----------
    steps : list of Step
        From neurons (or the input) to the next.
    shape : tuple of int
        Of what the first takes.

    Raises
    ------
    UnsupportedLayerError
        If something is left over that is no pooling before weights, or weights are left twice.
    """
    steps = _with_constant(steps)
    made: list[Placed] = []
    for step in steps:
        entry, what = step.entry, step.what
        layer: Layer
        if isinstance(what, Maps):
            pool = average_pooling(what)
            if pool is None:
                later = next((s.entry for s in steps[steps.index(step) + 1 :]), entry)
                raise UnsupportedLayerError(
                    f"{entry.where}: {what.name} before {later.where} cannot be merged into its "
                    f"weights; {_instead_of(what.name)}"
                )
            made.append(Placed(pool, {}, entry.where, entry.node))
        elif isinstance(what, Flat):
            made.append(Placed(Flatten(), {}, entry.where, entry.node))
        elif isinstance(what, Kernel):
            placed = _convolution(what, shape, entry, bool(np.any(what.bias != 0)))
            placed.reads_constant = entry.reads_constant
            made.append(placed)
        elif isinstance(what, Matrix):
            arrays = {"kernel": what.kernel.astype(np.float32)}
            if np.any(what.bias != 0):
                arrays["bias"] = what.bias.astype(np.float32)
            layer = Dense(what.kernel.shape[1], "bias" in arrays)
            made.append(Placed(layer, arrays, entry.where, entry.node))
        else:
            differs = isinstance(what, Scaled) and max(what.scale.ndim, what.shift.ndim) > 1
            raise UnsupportedLayerError(
                f"{entry.where}: its constant is another for every pixel, and a convolution has "
                "one per channel; take one per channel, its mean over the pixels, and train on"
                if differs
                else f"{entry.where}: its constant, added to every pixel, meets the zeros around "
                "the image in the convolution after it; put it between the weights and their "
                "activation"
            )
        shape = made[-1].layer.output_shape(shape)
    weighted = [e for e in made if e.layer.has_weights]
    if len(weighted) > 1:
        raise UnsupportedLayerError(
            f"{weighted[1].where}: no activation stands between it and {weighted[0].where}, and "
            "its padding keeps the two from being one; give the earlier one a ReLU, or the later "
            "one padding=0"
        )
    if not weighted or any(
        isinstance(e.layer, AveragePooling2D) for e in made[made.index(weighted[0]) :]
    ):
        last = made[-1]
        raise UnsupportedLayerError(
            f"{last.where}: pooling after {weighted[0].where if weighted else 'the input'}, "
            "before its activation, cannot be merged into its weights; pool after the activation"
        )
    assert math.prod(shape) > 0
    return made


def _instead_of(name: str) -> str:
    """What to use in place of a map of rows and columns."""
    if name.startswith("resizing"):
        return (
            "resize by a whole number, without align_corners (nearest, or half-pixel centres), or "
            "give padding=0 to the convolution"
        )
    if "pooling" in name:
        return "use pooling without padding there, or padding=0 in the convolution"
    return "do it before an activation, or give padding=0 to the convolution"
