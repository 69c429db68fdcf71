"""Two linear steps that follow each other: merged into one, or in the other order."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from ...layers.types import Shape
from .kernels import MOST_WEIGHTS, Kernel, Matrix, merged, pulled_back
from .steps import Flat, Maps, Scaled, Step, as_kernel, average_pooling, by_channel, shape_after

__all__ = ["into_matrix", "merged_pair"]


def merged_pair(a: Step, b: Step) -> list[Step] | None:
    """Two steps as one, or in the other order; None where they stay.

    Parameters
    ----------
    a, b : Step
        The second takes what the first gives.
    """
    one, two = a.what, b.what
    made: Any = None
    if isinstance(two, Scaled):
        made = _then_scaled(one, two, b.shape)
    elif isinstance(one, Scaled):
        return _scaled_then(a, b)
    elif isinstance(one, Maps) and isinstance(two, Maps):
        if average_pooling(one) is None or average_pooling(two) is None:
            made = Maps(two.rows @ one.rows, two.cols @ one.cols, f"{one.name} and {two.name}")
    elif isinstance(one, Matrix) and isinstance(two, Matrix):
        made = Matrix(one.kernel @ two.kernel, one.bias @ two.kernel + two.bias)
    elif isinstance(one, Kernel) and isinstance(two, Kernel):
        made = merged(one, two)
    elif isinstance(one, Kernel) and isinstance(two, Maps):
        if one.is_pointwise and _keeps_constants(two, one.bias):
            moved = Step(two, b.entry, a.shape)
            return [moved, Step(one, a.entry, shape_after(two, a.shape))]
        pool = as_kernel(two, b.shape)
        made = None if pool is None else merged(one, pool)
        if made is not None:
            return [Step(made, a.entry, a.shape)]
    elif isinstance(one, Maps) and isinstance(two, Kernel) and average_pooling(one) is None:
        pool = as_kernel(one, a.shape)
        made = None if pool is None else merged(pool, two)
        if made is None and pool is not None and pool.kernel.shape[:2] == (1, 1):
            if pool.strides == (1, 1) and np.all(pool.kernel == 1):  # zeros around, or a border off
                pads = [
                    (p[0] + q[0], p[1] + q[1]) for p, q in zip(pool.pads, two.pads, strict=True)
                ]
                if all(min(p) >= 0 for p in pool.pads):
                    made = dataclasses.replace(two, pads=(pads[0], pads[1]))
    if made is None:
        return None
    keep = b if isinstance(made, Matrix | Kernel) and not isinstance(one, Kernel | Matrix) else a
    return [Step(made, keep.entry, a.shape)]


def _keeps_constants(maps: Maps, bias: np.ndarray) -> bool:
    sums = [np.allclose(m.sum(1), 1, rtol=1e-9, atol=0) for m in (maps.rows, maps.cols)]
    return all(sums) or not np.any(bias)


def _then_scaled(one: Any, two: Scaled, shape: Shape) -> Any:
    """A map followed by a scale and a shift."""
    if isinstance(one, Scaled):
        return Scaled(one.scale * two.scale, one.shift * two.scale + two.shift)
    if isinstance(one, Matrix):
        return Matrix(one.kernel * two.scale, one.bias * two.scale + two.shift)
    if isinstance(one, Kernel):
        scale, shift = by_channel(two.scale, shape), by_channel(two.shift, shape)
        return None if scale is None or shift is None else one.scaled(scale, shift)
    return None


def _scaled_then(a: Step, b: Step) -> list[Step] | None:
    """A scale and a shift followed by a map: merged, or after it."""
    one, two = a.what, b.what
    assert isinstance(one, Scaled)
    if isinstance(two, Flat):
        flat = [np.broadcast_to(x, a.shape).ravel() for x in (one.scale, one.shift)]
        return [b, Step(Scaled(flat[0], flat[1]), a.entry, (math.prod(a.shape),))]
    if isinstance(two, Matrix):
        scale, shift = (np.broadcast_to(x, a.shape) for x in (one.scale, one.shift))
        matrix = Matrix(two.kernel * scale[:, None], two.bias + shift @ two.kernel)
        return [Step(matrix, b.entry, a.shape)]
    scale_by, shift_by = by_channel(one.scale, a.shape), by_channel(one.shift, a.shape)
    if scale_by is None:
        return None
    if isinstance(two, Maps):
        shift = np.einsum("ri,sj,ijc->rsc", two.rows, two.cols, np.broadcast_to(one.shift, a.shape))
        small = _rounded_by_channel(shift)
        moved = Step(
            Scaled(scale_by, shift if small is None else small), a.entry, shape_after(two, a.shape)
        )
        return [Step(two, b.entry, a.shape), moved]
    if not isinstance(two, Kernel):
        return None
    per_group, filters = two.kernel.shape[2], two.kernel.shape[3]
    seen = np.repeat(scale_by.reshape(two.groups, per_group), filters // two.groups, axis=0).T
    if not np.any(one.shift):
        return [Step(dataclasses.replace(two, kernel=two.kernel * seen), b.entry, a.shape)]
    if shift_by is None or any(map(any, two.pads)):
        return None
    added = np.repeat(shift_by.reshape(two.groups, per_group), filters // two.groups, axis=0).T
    bias = two.bias + (two.kernel * added).sum((0, 1, 2))
    return [Step(dataclasses.replace(two, kernel=two.kernel * seen, bias=bias), b.entry, a.shape)]


def _rounded_by_channel(shift: np.ndarray) -> np.ndarray | None:
    """One number for every channel where pixels differ by rounding only."""
    flat = shift.reshape(-1, shift.shape[-1])
    close = np.allclose(flat, flat[0], rtol=1e-12, atol=1e-300)
    return np.asarray(flat.mean(0)) if close else None


def into_matrix(step: Step, matrix: Matrix) -> Matrix | None:
    """A map and the dense layer of its flattened output, as one; None if it would be too large.

    Parameters
    ----------
    step : Step
        The map.
    matrix : Matrix
        The dense layer.
    """
    what, units = step.what, matrix.kernel.shape[1]
    if isinstance(what, Kernel):
        return pulled_back(what, matrix, step.shape)
    if isinstance(what, Scaled):
        flat = [np.broadcast_to(x, step.shape).ravel() for x in (what.scale, what.shift)]
        bias = matrix.bias + flat[1] @ matrix.kernel
        return Matrix(matrix.kernel * flat[0][:, None], bias)
    assert isinstance(what, Maps)
    if math.prod(step.shape) * units > MOST_WEIGHTS:
        return None
    after = (len(what.rows), len(what.cols), step.shape[2], units)
    kernel = np.einsum(
        "ri,sj,rscu->ijcu", what.rows, what.cols, matrix.kernel.reshape(after), optimize=True
    )
    return Matrix(kernel.reshape(-1, units), matrix.bias)
