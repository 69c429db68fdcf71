"""Merge linear steps of a path from its first to its last."""

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
    Flatten,
    Shape,
)
from ...layers.windows import window_geometry
from ...support.short_repr import short_repr
from ..chain.placed import Placed
from .kernels import MOST_WEIGHTS, Kernel, Matrix, merged, pulled_back
from .layers import Affine, AxisMaps, Windows, pool_matrix, uniform_pool

__all__ = [
    "Flat",
    "Maps",
    "Reduction",
    "Scaled",
    "Step",
    "as_kernel",
    "average_pooling",
    "by_channel",
]

#: units of an identity that is made a dense layer
_MOST_IDENTITY = 4096


@dataclasses.dataclass(frozen=True, eq=False)
class Scaled:
    """``x * scale + shift``.

    Parameters
    ----------
    scale, shift : arrays
        Of the shape of an image, or of its channels.
    """

    scale: np.ndarray
    shift: np.ndarray

    __repr__ = short_repr


@dataclasses.dataclass(frozen=True, eq=False)
class Maps:
    """`AxisMaps` with their arrays.

    Parameters
    ----------
    rows, cols : (after, before) arrays
        For the rows and for the columns.
    name : str
        How an error calls them.
    """

    rows: np.ndarray
    cols: np.ndarray
    name: str = "a map of rows and columns"

    __repr__ = short_repr


@dataclasses.dataclass(frozen=True)
class Flat:
    """Flattening of an image."""


@dataclasses.dataclass(frozen=True, eq=False)
class Step:
    """A linear map with its place.

    Parameters
    ----------
    what : Kernel, Matrix, Scaled, Maps or Flat
        The map.
    entry : Placed
        Where it comes from.
    shape : tuple of int
        Of what it takes.
    """

    what: Kernel | Matrix | Scaled | Maps | Flat
    entry: Placed
    shape: Shape

    __repr__ = short_repr


def average_pooling(maps: Maps) -> AveragePooling2D | None:
    """The pooling that is the same, if there is one.

    Parameters
    ----------
    maps : Maps
        A map of rows and one of columns.
    """
    for padding in ("valid", "same"):
        both = [_pool_of_axis(matrix, padding) for matrix in (maps.rows, maps.cols)]
        if None not in both:
            (k1, s1), (k2, s2) = (pair for pair in both if pair is not None)
            return AveragePooling2D((k1, k2), (s1, s2), padding)
    return None


def _pool_of_axis(matrix: np.ndarray, padding: str) -> tuple[int, int] | None:
    after, size = matrix.shape
    seen = [np.flatnonzero(row) for row in matrix]
    if any(len(row) == 0 for row in seen):
        return None
    window = max(int(row[-1] - row[0]) + 1 for row in seen)
    for stride in range(1, size + 1):
        length, before = window_geometry(size, window, stride, padding)
        if length != after:
            continue
        pads = (before, max((length - 1) * stride + window - size - before, 0))
        if np.allclose(pool_matrix(size, window, stride, pads, False, False), matrix, 1e-6, 0):
            return window, stride
    return None


class Reduction:
    """Steps of a path, merged where that is exact.

    Parameters
    ----------
    entries : list of Placed
        Linear layers in order.
    shape : tuple of int
        Of what the first takes.
    source : str
        How an error calls what the first takes.
    """

    def __init__(self, entries: list[Placed], shape: Shape, source: str) -> None:
        self.steps: list[Step] = []
        self.shape = shape  # after the last step
        self.last_entry = entries[-1] if entries else Placed(Flatten(), {}, source, source)
        for entry in entries:
            for what in _whats(entry, self.shape):
                self._push(Step(what, entry, self.shape))
                self.shape = _after(what, self.shape)

    def finish(self, is_last: bool, identity: bool = True) -> None:
        """Everything before a dense layer into it; weights of one where there are none.

        Parameters
        ----------
        is_last : bool
            Whether the path ends in the output, which is flat.
        identity : bool
            Whether a path without weights gets some.
        """
        if is_last and not any(isinstance(s.what, Flat | Matrix) for s in self.steps):
            if len(self.shape) == 3:
                self._push(Step(Flat(), self.last_entry, self.shape))
                self.shape = (math.prod(self.shape),)
        weighted = [i for i, s in enumerate(self.steps) if isinstance(s.what, Kernel | Matrix)]
        ends_flat = len(self.shape) == 1
        if ends_flat and not isinstance(self.steps[-1].what if self.steps else None, Matrix):
            loose = [s for s in self.steps if isinstance(s.what, Maps | Scaled)]
            blocked = any(
                self.steps.index(s) > min(weighted, default=len(self.steps))
                or isinstance(s.what, Scaled)
                or average_pooling(s.what) is None  # type: ignore[arg-type]
                for s in loose
            )
            if (blocked or len(weighted) > 1 or not weighted) and self.shape[0] <= _MOST_IDENTITY:
                if identity or weighted:
                    eye = Matrix(np.eye(self.shape[0]), np.zeros(self.shape[0]))
                    self._push(Step(eye, self.last_entry, self.shape))
        if any(isinstance(s.what, Matrix) for s in self.steps):
            self._pull_all()
        elif identity and not any(isinstance(s.what, Kernel) for s in self.steps):
            self._weigh()

    def _weigh(self) -> None:
        """Weights of one (or of a scale) from every channel to itself."""
        if len(self.shape) == 1:
            raise UnsupportedLayerError(
                f"{self.last_entry.where}: {self.shape[0]} values without weights before the "
                "neurons after them; put Dense there"
            )
        channels = self.shape[2]
        kernel = Kernel(np.ones((1, 1, 1, channels)), np.zeros(channels), groups=channels)
        self._push(Step(kernel, self.last_entry, self.shape))

    def _push(self, step: Step) -> None:
        """Add a step, merged with those before it."""
        while self.steps:
            made = _pair(self.steps[-1], step)
            if made is None:
                break
            self.steps.pop()
            *swapped, step = made
            for moved in swapped:  # what moved to the front may merge there
                self._push(moved)
        self.steps.append(step)

    def _pull_all(self) -> None:
        """Take into the dense layer what is before it and cannot stand there."""
        while True:
            last = self.steps[-1]
            assert isinstance(last.what, Matrix)
            before = self.steps[:-1]
            kernels = [s for s in before if isinstance(s.what, Kernel | Scaled)]
            maps = [s for s in before if isinstance(s.what, Maps)]
            if not kernels and all(average_pooling(s.what) is not None for s in maps):  # type: ignore[arg-type]
                return
            at = max(i for i, s in enumerate(before) if not isinstance(s.what, Flat))
            matrix = _into_matrix(before[at], last.what)
            if matrix is None:
                raise UnsupportedLayerError(
                    f"{before[at].entry.where}: merged with {last.entry.where} it would have more "
                    f"than {MOST_WEIGHTS:,} weights; put an activation between them"
                )
            flat = [s for s in before if isinstance(s.what, Flat)]
            rest = before[:at]
            if len(before[at].shape) == 3:
                rest = [*rest, Step(Flat(), (flat or [last])[0].entry, before[at].shape)]
            self.steps = [*rest, Step(matrix, last.entry, (matrix.kernel.shape[0],))]


def _whats(entry: Placed, shape: Shape) -> list[Any]:
    """A layer as maps."""
    layer: Any = entry.layer
    arrays = {name: np.asarray(a, np.float64) for name, a in entry.arrays.items()}
    if isinstance(layer, Affine):
        return [Scaled(arrays["scale"], arrays["shift"])]
    if isinstance(layer, BatchNormalization):
        scale = arrays["gamma"] / np.sqrt(arrays["moving_variance"] + layer.epsilon)
        return [Scaled(scale, arrays["beta"] - arrays["moving_mean"] * scale)]
    if isinstance(layer, AxisMaps):
        return [Maps(arrays["rows"], arrays["cols"], layer.what)]
    if isinstance(layer, Flatten):
        return [Flat()] if len(shape) == 3 else []
    if isinstance(layer, AveragePooling2D):
        both = []
        for n, k, s in zip(shape, layer.pool_size, layer.strides, strict=False):
            length, before = window_geometry(n, k, s, layer.padding)
            pads = (before, max((length - 1) * s + k - n - before, 0))
            both.append(pool_matrix(n, k, s, pads, False, False))
        return [Maps(both[0], both[1], layer.describe())]
    if isinstance(layer, Dense):
        return [Matrix(arrays["kernel"], arrays.get("bias", np.zeros(layer.units)))]
    if isinstance(layer, Windows):
        bias = arrays.get("bias", np.zeros(layer.filters))
        return [Kernel(arrays["kernel"], bias, layer.strides, layer.pads, layer.groups)]
    if not isinstance(layer, Conv2D):
        raise UnsupportedLayerError(
            f"{entry.where}: no activation stands between it and the next layer with weights, and "
            f"{layer.describe()} cannot be merged with it"
        )
    pads2 = []
    for n, k, s in zip(shape, layer.kernel_size, layer.strides, strict=False):
        length, before = window_geometry(n, k, s, layer.padding)
        pads2.append((before, max((length - 1) * s + k - n - before, 0)))
    bias = arrays.get("bias", np.zeros(layer.filters))
    return [Kernel(arrays["kernel"], bias, layer.strides, (pads2[0], pads2[1]), layer.groups)]


def _after(what: Any, shape: Shape) -> Shape:
    if isinstance(what, Flat):
        return (math.prod(shape),)
    if isinstance(what, Matrix):
        return (what.kernel.shape[1],)
    if isinstance(what, Maps):
        return (len(what.rows), len(what.cols), shape[2])
    return what.output_shape(shape) if isinstance(what, Kernel) else shape


def by_channel(array: np.ndarray, shape: Shape) -> np.ndarray | None:
    """One number for every channel, if an array that meets an image is that.

    Parameters
    ----------
    array : array
        Fits the end of the shape.
    shape : tuple of int
        Of the image.
    """
    whole = np.broadcast_to(array, shape).reshape(-1, shape[-1])
    return whole[0] if np.all(whole == whole[0]) else None


def _pair(a: Step, b: Step) -> list[Step] | None:
    """Two steps as one, or in the other order; None where they stay."""
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
            return [moved, Step(one, a.entry, _after(two, a.shape))]
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


def as_kernel(maps: Maps, shape: Shape) -> Kernel | None:
    """A sliding window, the same in all channels, if a map is one.

    Parameters
    ----------
    maps : Maps
        The map.
    shape : (row, column, channel)
        Of the image before it.
    """
    both = [uniform_pool(maps.rows), uniform_pool(maps.cols)]
    if None in both:
        return None
    (k1, s1, p1), (k2, s2, p2) = (one for one in both if one is not None)
    channels = shape[2]
    kernel = np.repeat(np.outer(k1, k2)[:, :, None, None], channels, axis=3)
    return Kernel(kernel, np.zeros(channels), (s1, s2), (p1, p2), channels)


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
    """A scale and a shift followed by a map: merged, or behind it."""
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
            Scaled(scale_by, shift if small is None else small), a.entry, _after(two, a.shape)
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


def _into_matrix(step: Step, matrix: Matrix) -> Matrix | None:
    """A map and the dense layer of its flattened output, as one."""
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
