"""What lies between neurons as pooling and one layer with weights, which is what a network can say.

Linear layers that follow each other are one. `folded` merges those of a path where that is exact:
normalisation and scaling anywhere, convolutions in a row, pooling around them, everything before a
dense layer. What is left over is refused by name.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from ...errors import UnsupportedLayerError
from ...layers.types import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LocallyConnected2D,
    Neurons,
    Shape,
)
from ...stages.grouping import full_kernel
from ..chain.placed import Placed
from .kernels import Kernel, Matrix
from .layers import Windows
from .padding import padded_convolution
from .reduction import (
    Flat,
    Maps,
    Reduction,
    Scaled,
    Step,
    as_kernel,
    average_pooling,
    by_channel,
)

__all__ = ["folded", "single"]


def folded(
    entries: list[Placed],
    shape: Shape,
    source: str,
    *,
    is_last: bool,
    is_rectified: bool = False,
) -> list[Placed]:
    """The same map as pooling, one layer with weights, and its normalisation.

    Parameters
    ----------
    entries : list of Placed
        From neurons (or the input) to the next neurons (or the output), without sums.
    shape : tuple of int
        Of what the first takes.
    source : str
        How an error calls what they take.
    is_last : bool
        Whether it ends in the output.
    is_rectified : bool
        Whether what the first takes is never negative. Neurons pass pooling with zeros around the
        image on then, where it cannot be merged.

    Returns
    -------
    list of Placed
        The entries themselves where they are of that form already.

    Raises
    ------
    UnsupportedLayerError
        If they cannot be merged exactly.
    """
    if _is_sayable(entries):
        shapes = _shapes(entries, shape)
        made = [_as_convolution(e, s) for e, s in zip(entries, shapes, strict=True)]
        last = made[-1]
        if is_last and len(last.layer.output_shape(shapes[-1])) == 3:
            made.append(Placed(Flatten(), {}, last.where, last.node))
        return made
    entries = [e for e in entries if not isinstance(e.layer, Dropout)]
    for entry in entries:
        if isinstance(entry.layer, LocallyConnected2D):
            raise UnsupportedLayerError(
                f"{entry.where}: no activation stands between it and "
                f"{next(e for e in entries if e is not entry).where}; merge the two"
            )
    reduction = Reduction(entries, shape, source)
    reduction.finish(is_last)
    steps = reduction.steps
    at = _loose_pool(steps) if is_rectified else None
    if at is None:
        return _spoken(steps, shape)
    kernel = as_kernel(steps[at].what, steps[at].shape)  # type: ignore[arg-type]
    assert kernel is not None
    passed = dataclasses.replace(steps[at], what=kernel)
    where, node = passed.entry.where, passed.entry.node
    front = [*_spoken([*steps[:at], passed], shape), Placed(Neurons(), {}, where, node)]
    return [*front, *_spoken(steps[at + 1 :], kernel.output_shape(steps[at].shape))]


def _loose_pool(steps: list[Step]) -> int | None:
    """The first map that no pooling of ours is, and that a convolution by channel is."""
    for i, step in enumerate(steps):
        if not isinstance(step.what, Maps):
            return None
        if average_pooling(step.what) is None:
            kernel = as_kernel(step.what, step.shape)
            is_one = kernel is not None and np.all(kernel.kernel >= 0)
            return i if is_one and i + 1 < len(steps) else None
    return None


def single(entries: list[Placed], shape: Shape) -> list[Step]:
    """The steps of a path after merging: pooling, then at most one map with weights.

    Parameters
    ----------
    entries : list of Placed
        One side of a sum, from neurons or the input.
    shape : tuple of int
        Of what the first takes.
    """
    reduction = Reduction([e for e in entries if not isinstance(e.layer, Dropout)], shape, "")
    reduction.finish(False, identity=False)
    return reduction.steps


def _is_sayable(entries: list[Placed]) -> bool:
    """Whether pooling comes first, then one layer with weights, then its normalisation."""
    stage = 0
    for entry in entries:
        layer = entry.layer
        if isinstance(layer, Conv2D | Dense | LocallyConnected2D | Windows) and stage == 0:
            stage = 1
        elif isinstance(layer, BatchNormalization) and stage == 1:
            stage = 2
        elif isinstance(layer, Flatten):
            stage = 3 if stage else 0
        elif not (isinstance(layer, AveragePooling2D | Dropout) and stage == 0):
            return False
    return stage > 0


def _shapes(entries: list[Placed], shape: Shape) -> list[Shape]:
    shapes = []
    for entry in entries:
        shapes.append(shape)
        shape = entry.layer.output_shape(shape)
    return shapes


def _as_convolution(entry: Placed, shape: Shape) -> Placed:
    """A convolution with explicit zeros as one of ours."""
    if not isinstance(entry.layer, Windows):
        return entry
    layer: Any = entry.layer
    bias = entry.arrays.get("bias")
    zero = np.zeros(layer.filters)
    kernel = Kernel(
        entry.arrays["kernel"], zero if bias is None else bias, layer.strides, layer.pads,
        layer.groups,
    )  # fmt: skip
    return spoken_kernel(kernel, shape, entry, bias is not None)


def spoken_kernel(kernel: Kernel, shape: Shape, entry: Placed, use_bias: bool) -> Placed:
    """A convolution as a layer.

    Parameters
    ----------
    kernel : Kernel
        The convolution.
    shape : (row, column, channel)
        Of its input.
    entry : Placed
        Where it comes from.
    use_bias : bool
        Whether the layer has a bias.

    Raises
    ------
    UnsupportedLayerError
        If no padding of ours does the same.
    """
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


def _spoken(steps: list[Step], shape: Shape) -> list[Placed]:
    """Merged steps as our layers."""
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
                    "weights; use pooling without padding there, or padding=0 in the convolution"
                )
            made.append(Placed(pool, {}, entry.where, entry.node))
        elif isinstance(what, Flat):
            made.append(Placed(Flatten(), {}, entry.where, entry.node))
        elif isinstance(what, Kernel):
            placed = spoken_kernel(what, shape, entry, bool(np.any(what.bias != 0)))
            placed.reads_constant = entry.reads_constant
            made.append(placed)
        elif isinstance(what, Matrix):
            arrays = {"kernel": what.kernel.astype(np.float32)}
            if np.any(what.bias != 0):
                arrays["bias"] = what.bias.astype(np.float32)
            layer = Dense(what.kernel.shape[1], "bias" in arrays)
            made.append(Placed(layer, arrays, entry.where, entry.node))
        else:
            raise UnsupportedLayerError(
                f"{entry.where}: its constant, added to every pixel, meets the zeros around the "
                "image in the convolution after it, or differs between pixels; put it between "
                "the weights and their activation"
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
