"""Layers that only importers have, as several of ours in a row."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...errors import UnsupportedLayerError
from ...layers.types import Conv2D, Cropping2D, Shape, UpSampling2D, ZeroPadding2D
from ...stages.types import Upsample
from ..folding.layers import AxisMaps, Windows, uniform_pool
from ..folding.pieces import MOST_PIECES, Piece, pieces
from .graph import Entry

__all__ = ["in_pieces", "spelled"]


def spelled(entry: Entry, shape: Shape, where: str) -> list[Entry] | None:
    """The same map in layers of ours in a row; None if only `in_pieces` may say it.

    Parameters
    ----------
    entry : (Layer, dict of arrays)
        A layer of a graph.
    shape : tuple of int
        Shape of its input.
    where : str
        How an error calls it.
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
        return None
    kernels, strides, pads = zip(*(axis for axis in axes if axis is not None), strict=True)
    window = np.multiply.outer(*kernels)
    return [*_bordered(pads), _by_channel(window, (strides[0], strides[1]), shape[2])]


def _by_channel(window: np.ndarray, strides: tuple[int, int], channels: int) -> Entry:
    """The same window slid over each channel."""
    kernel = np.repeat(window[..., np.newaxis, np.newaxis], channels, axis=3).astype(np.float32)
    layer = Conv2D(channels, kernel.shape[:2], strides, use_bias=False, groups=channels)
    return layer, {"kernel": kernel}


def in_pieces(entry: Entry, shape: Shape, where: str) -> list[list[list[Entry]]]:
    """A map of rows and columns as sums: of pieces of the rows, then of the columns.

    Every piece is a list of layers that takes what the sum before it gives (the first the image),
    and gives zeros where the other pieces do not.

    Parameters
    ----------
    entry : (AxisMaps, dict of arrays)
        A layer of a graph.
    shape : tuple of int
        Shape of its input.
    where : str
        How an error calls it.

    Raises
    ------
    UnsupportedLayerError
        If there are more than `MOST_PIECES`, counted by rows times columns.
    """
    layer, arrays = entry
    both = [pieces(arrays[key]) for key in ("rows", "cols")]
    number = math.prod(len(axis) if axis else MOST_PIECES + 1 for axis in both)
    if number > MOST_PIECES:
        raise UnsupportedLayerError(
            f"{where}: {layer.describe()} is no sliding window, nor the sum of {MOST_PIECES}"
        )
    return [
        [_placed(piece, axis, shape[2]) for piece in of_axis or []]
        for axis, of_axis in enumerate(both)
        if of_axis and not (len(of_axis) == 1 and of_axis[0].is_plain and not any(
            (*of_axis[0].crop, *of_axis[0].border)))
    ]  # fmt: skip


def _placed(piece: Piece, axis: int, channels: int) -> list[Entry]:
    """The part of an axis, its window, and zeros where other pieces stand."""

    def of_axis(pair: tuple[int, int]) -> Any:
        return (pair, (0, 0)) if axis == 0 else ((0, 0), pair)

    layers = _bordered(of_axis((-piece.crop[0], -piece.crop[1])))
    if not piece.is_plain:
        window = piece.kernel[:, None] if axis == 0 else piece.kernel[None]
        strides = (piece.stride, 1) if axis == 0 else (1, piece.stride)
        layers.append(_by_channel(window, strides, channels))
    return [*layers, *_bordered(of_axis(piece.border))]


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
