"""Layers that only importers have, as several of ours in a row."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import UnsupportedLayerError
from ...layers.types import Conv2D, Cropping2D, Shape, UpSampling2D, ZeroPadding2D
from ...stages.types import Upsample
from ..folding.layers import AxisMaps, Windows, uniform_pool
from .graph import Entry

__all__ = ["spelled"]


def spelled(entry: Entry, shape: Shape, where: str) -> list[Entry]:
    """The same map in layers of ours.

    Parameters
    ----------
    entry : (Layer, dict of arrays)
        A layer of a graph.
    shape : tuple of int
        Shape of its input.
    where : str
        How an error calls it.

    Raises
    ------
    UnsupportedLayerError
        If ours do not say it.
    """
    layer, arrays = entry
    if isinstance(layer, Windows):
        conv = Conv2D(
            layer.filters, layer.kernel_size, layer.strides, "valid", "bias" in arrays, layer.groups
        )
        return [*_bordered(layer.pads), (conv, arrays)]
    if not isinstance(layer, AxisMaps):
        return [entry]
    for interpolation in ("nearest", "bilinear"):
        if (larger := _upsampling(layer, arrays, shape, interpolation)) is not None:
            return [(larger, {})]
    borders = [_border(arrays[key]) for key in ("rows", "cols")]
    if all(border is not None for border in borders):
        return _bordered(borders)
    axes = [uniform_pool(arrays[key]) for key in ("rows", "cols")]
    if any(axis is None for axis in axes):
        raise UnsupportedLayerError(f"{where}: {layer.describe()} is no sliding window")
    kernels, strides, pads = zip(*(axis for axis in axes if axis is not None), strict=True)
    window = np.multiply.outer(*kernels)[..., np.newaxis, np.newaxis]
    kernel = np.repeat(window, shape[2], axis=3).astype(np.float32)
    pool = Conv2D(shape[2], kernel.shape[:2], strides, use_bias=False, groups=shape[2])
    return [*_bordered(pads), (pool, {"kernel": kernel})]


def _upsampling(
    layer: AxisMaps, arrays: Any, shape: Shape, interpolation: str
) -> UpSampling2D | None:
    size = (layer.after[0] // shape[0], layer.after[1] // shape[1])
    if min(size) < 1 or max(size) < 2:
        return None
    stage = Upsample(shape, size, interpolation)
    if stage.output_shape[:2] != layer.after:
        return None
    same = all(
        np.allclose(arrays[key], stage.along(axis).T, atol=1e-6)
        for axis, key in enumerate(("rows", "cols"))
    )
    return UpSampling2D(size, interpolation) if same else None


def _border(matrix: np.ndarray) -> tuple[int, int] | None:
    """Zeros before and after the pixels of an axis (negative: pixels less), if that is all."""
    after, size = matrix.shape
    ones = np.argwhere(matrix)
    first = int(ones[0, 1] - ones[0, 0]) if len(ones) else 0
    same = np.array_equal(matrix, np.eye(after, size, first))
    return (-first, after - size + first) if same else None


def _bordered(pads: Any) -> list[Entry]:
    """Zeros around the image, or less of it; negative pads crop."""
    more = tuple((max(a, 0), max(b, 0)) for a, b in pads)
    less = tuple((max(-a, 0), max(-b, 0)) for a, b in pads)
    layers: list[Entry] = []
    if any(map(any, less)):
        layers.append((Cropping2D(less), {}))
    if any(map(any, more)):
        layers.append((ZeroPadding2D(more), {}))
    return layers
