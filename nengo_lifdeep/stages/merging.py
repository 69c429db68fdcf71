"""Stages in a row that are one, where that is exact and costs no more."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..layers.layer import Shape
from ..layers.windows import window_geometry
from .averages import AveragePool
from .dense import DenseMatrix, Elementwise
from .kernels import Convolution, LocalWindows
from .placement import Placement
from .pooling import fold_pool
from .stage import Stage
from .upsampling import Upsample

__all__ = ["merged", "summed", "times"]

#: pixels by which a kernel may be widened to take padding in
_WIDER = 4


def merged(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """The same map in as few stages as are exact and no more work.

    Factors by channel, placed channels, padding and pooling go into the weights after them;
    weights that follow each other become one where the product has no more entries than both.

    Parameters
    ----------
    stages : tuple of Stage
        In order.

    Examples
    --------
    >>> front = Elementwise((2,), np.array([2.0, 3.0]))
    >>> merged((front, DenseMatrix((2,), np.ones((2, 1)))))[0].matrix.ravel()
    array([2., 3.])
    """
    done: list[Stage] = []
    waiting = list(stages)
    while waiting:  # from the last stage backwards: what was merged meets the stage before it
        last = waiting.pop()
        if not done:
            done.insert(0, last)
            continue
        pair = _pair(last, done[0], any(stage.arrays for stage in done[1:]))
        if pair is None:
            done.insert(0, last)
        else:
            waiting += [*pair, *done[1:]]
            done = []
    return tuple(done)


def times(stages: tuple[Stage, ...], shape: Shape, factor: Any) -> tuple[Stage, ...]:
    """The same map times a factor, in the last weights if nothing stands against it.

    Parameters
    ----------
    stages : tuple of Stage
        In order; none for the identity.
    shape : tuple of int
        Shape of what they give.
    factor : float or (channel,) array
        One number, or one for each channel of the output.
    """
    by_channel = np.size(factor) > 1
    for i in range(len(stages) - 1, -1, -1):
        stage = stages[i]
        if by_channel and stage.output_shape[-1] != np.size(factor):
            break
        if stage.arrays:
            return (*stages[:i], stage.scaled(factor), *stages[i + 1 :])
        if not stage.linear or (by_channel and not _keeps_channels(stage)):
            break
    weight = np.broadcast_to(np.asarray(factor, np.float32), shape[-1:])
    return (*stages, Elementwise(shape, weight))


def summed(first: tuple[Stage, ...], second: tuple[Stage, ...]) -> tuple[Stage, ...] | None:
    """The sum of two maps as one, where it is no more work than one of them; else None.

    Parameters
    ----------
    first, second : tuple of Stage
        Of connections from the same population to the same.
    """
    if len(first) != 1 or len(second) != 1 or type(first[0]) is not type(second[0]):
        return None
    a: Any = first[0]
    b: Any = second[0]
    if a.output_shape != b.output_shape or a.options() != b.options():
        return None
    if isinstance(a, Convolution) and a.kernel.shape == b.kernel.shape:
        return (dataclasses.replace(a, kernel=a.kernel + b.kernel),)
    if isinstance(a, DenseMatrix):
        return (dataclasses.replace(a, matrix=a.matrix + b.matrix),)
    if isinstance(a, Elementwise):
        return (dataclasses.replace(a, weight=a.weight + b.weight),)
    return None


def _keeps_channels(stage: Stage) -> bool:
    """Whether a factor by channel may as well come before the stage as after it."""
    if isinstance(stage, Placement):
        return stage.keeps_channels
    return isinstance(stage, AveragePool | Upsample)


def _pair(first: Stage, last: Stage, leads_to_weights: bool) -> tuple[Stage, ...] | None:
    """Two stages in a row as one, or in the other order; None where they stay."""
    if isinstance(first, Elementwise):
        if (taken := _with_factors(first, last)) is not None:
            return (taken,)
        fits = first.input_shape == last.input_shape
        if leads_to_weights and fits and _keeps_channels(last):
            after = np.broadcast_to(first.weight, last.output_shape[-1:])
            return last, Elementwise(last.output_shape, after)
        return None
    if isinstance(first, Placement):
        return _placed(first, last, leads_to_weights)
    if isinstance(first, AveragePool):
        fits = isinstance(last, DenseMatrix) or last.input_shape == first.output_shape
        folded = fold_pool(first, last) if fits else None
        return None if folded is None else (folded,)
    product = _product(first, last)
    return None if product is None else (product,)


def _with_factors(first: Elementwise, last: Stage) -> Stage | None:
    """``last`` with its inputs multiplied."""
    weight = np.broadcast_to(first.weight, first.input_shape)
    if isinstance(last, DenseMatrix):
        return dataclasses.replace(last, matrix=last.matrix * weight.reshape(-1, 1))
    if first.input_shape != last.input_shape:
        return None
    channels = weight.reshape(-1, weight.shape[-1])[0]
    if isinstance(last, Elementwise):
        return dataclasses.replace(last, weight=last.weight * channels)
    if isinstance(last, Convolution):
        per_group = last.kernel.shape[3] // last.groups
        own = channels.reshape(last.groups, -1).T.repeat(per_group, axis=1)
        return dataclasses.replace(last, kernel=last.kernel * own)
    if isinstance(last, LocalWindows):
        entries = np.tile(channels, last.kernel.shape[2] // channels.size)
        return dataclasses.replace(last, kernel=last.kernel * entries[:, np.newaxis])
    return None


def _placed(first: Placement, last: Stage, leads_to_weights: bool) -> tuple[Stage, ...] | None:
    if first.is_of_channels:
        own = slice(first.offset[-1], first.offset[-1] + first.input_shape[-1])
        select = _SELECTED.get(type(last))
        matches = first.outputs == last.input_shape or isinstance(last, DenseMatrix)
        if select is not None and matches:
            chosen = select(last, first, own)
            return None if chosen is None else (chosen,)
        if leads_to_weights and matches and _keeps_channels(last):
            outputs = last.output_shape
            inside = (*outputs[:-1], first.input_shape[-1])
            smaller: dict[str, Any] = {"input_shape": first.input_shape}
            if isinstance(last, Placement):
                smaller["outputs"] = inside
            moved = dataclasses.replace(last, **smaller)
            return moved, Placement(inside, outputs, first.offset, first.steps)
    if isinstance(last, Convolution) and first.outputs == last.input_shape:
        padded = _with_padding(first, last)
        return None if padded is None else (padded,)
    return None


def _of_channels(last: Any, first: Placement, own: slice) -> Stage | None:
    if last.groups > 1:
        return None
    kernel = last.kernel[:, :, own]
    return dataclasses.replace(last, input_shape=first.input_shape, kernel=kernel)


def _of_units(last: Any, first: Placement, own: slice) -> Stage:
    rows = last.matrix.reshape(*first.outputs, -1)[..., own, :]
    return DenseMatrix(first.input_shape, rows.reshape(-1, last.matrix.shape[1]))


def _of_windows(last: Any, first: Placement, own: slice) -> Stage:
    rows, cols, _, filters = last.kernel.shape
    kernel = last.kernel.reshape(rows, cols, -1, first.outputs[-1], filters)[..., own, :]
    kernel = kernel.reshape(rows, cols, -1, filters)
    return dataclasses.replace(last, input_shape=first.input_shape, kernel=kernel)


#: Weights that see some of the channels only, by type of stage.
_SELECTED: dict[type[Stage], Callable[[Any, Placement, slice], Stage | None]] = {
    Convolution: _of_channels,
    DenseMatrix: _of_units,
    LocalWindows: _of_windows,
}


def _with_padding(first: Placement, last: Convolution) -> Convolution | None:
    """Zeros around the image as those that "same" counts, with a wider kernel if need be."""
    before = first.offset[:2]
    axes = zip(first.input_shape, before, first.outputs, strict=False)
    pads = first.keeps_channels and set(first.steps) == {1} and last.padding == "valid"
    if not pads or any(d < 0 or d + n > m for n, d, m in axes):
        return None
    wider = []
    for axis in (0, 1):
        n, k, s = first.input_shape[axis], last.window[axis], last.strides[axis]
        found = _widened(n, k, s, last.output_shape[axis], before[axis])
        if found is None:
            return None
        wider.append(found)
    kernel = np.pad(last.kernel, [*wider, (0, 0), (0, 0)])
    return dataclasses.replace(last, input_shape=first.input_shape, padding="same", kernel=kernel)


def _widened(n: int, k: int, s: int, length: int, before: int) -> tuple[int, int] | None:
    """Rows of zeros before and after those of a kernel with which "same" pads as asked."""
    for wider in range(_WIDER + 1):
        for front in range(wider + 1):
            if window_geometry(n, k + wider, s, "same") == (length, before + front):
                return front, wider - front
    return None


def _product(first: Stage, last: Stage) -> Stage | None:
    """Weights after weights as one, where that has no more entries than both."""
    if isinstance(first, DenseMatrix) and isinstance(last, DenseMatrix):
        size = first.matrix.shape[0] * last.matrix.shape[1]
        if size > first.matrix.size + last.matrix.size:
            return None
        return DenseMatrix(first.input_shape, first.matrix @ last.matrix)
    if not (isinstance(first, Convolution) and isinstance(last, Convolution)):
        return None
    if first.groups > 1 or last.groups > 1 or last.input_shape != first.output_shape:
        return None
    one_after = _is_of_a_pixel(last)
    one_before = _is_of_a_pixel(first)
    if not (one_before or one_after):
        return None
    window = first.kernel.shape[:2] if one_after else last.kernel.shape[:2]
    size = math.prod(window) * first.kernel.shape[2] * last.kernel.shape[3]
    if size > first.kernel.size + last.kernel.size:
        return None
    if one_after:
        return dataclasses.replace(first, kernel=first.kernel @ last.kernel[0, 0])
    kernel = np.einsum("ab,ijbf->ijaf", first.kernel[0, 0], last.kernel)
    return dataclasses.replace(last, input_shape=first.input_shape, kernel=kernel)


def _is_of_a_pixel(stage: Convolution) -> bool:
    return stage.window == (1, 1) and stage.strides == (1, 1)
