"""Linear steps of a path as values: what a layer maps, and what a map of pixels is."""

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
from .kernels import Kernel, Matrix
from .layers import Affine, AxisMaps, Windows, pool_matrix, uniform_pool

__all__ = [
    "Flat",
    "Maps",
    "Scaled",
    "Step",
    "as_kernel",
    "average_pooling",
    "by_channel",
    "maps_of",
    "shape_after",
]


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


def maps_of(entry: Placed, shape: Shape) -> list[Any]:
    """A layer as maps.

    Parameters
    ----------
    entry : Placed
        A linear layer with its arrays.
    shape : tuple of int
        Of what it takes.

    Raises
    ------
    UnsupportedLayerError
        If it is another layer, which cannot be merged.
    """
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


def shape_after(what: Any, shape: Shape) -> Shape:
    """Shape after a map.

    Parameters
    ----------
    what : Kernel, Matrix, Scaled, Maps or Flat
        The map.
    shape : tuple of int
        Of what it takes.
    """
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
