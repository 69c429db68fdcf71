"""Keras layers that pad, crop or resize images: a map of the rows, and one of the columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ValidationError
from ...layers.types import Cropping2D, Shape
from ...stages.types import Upsample
from ..chain.graph import Entry
from ..folding.layers import AxisMaps
from .structure.graph import KerasLayer

__all__ = ["MAPS", "axis_map"]

MAPS = ("ZeroPadding1D", "ZeroPadding2D", "Cropping1D", "Cropping2D", "UpSampling1D",
        "UpSampling2D", "CenterCrop", "Resizing", "Pad", "AdaptiveAveragePooling1D",
        "AdaptiveAveragePooling2D")  # fmt: skip

_Pads = tuple[tuple[int, int], tuple[int, int]]

#: Keras's modes of padding -> NumPy's
_MODES = {"constant": "constant", "reflect": "reflect", "symmetric": "symmetric", "edge": "edge"}


def axis_map(keras: KerasLayer, shape: Shape) -> tuple[Entry, _Pads]:
    """A layer that pads, crops or resizes, with its matrices; and the zeros that it puts around.

    Parameters
    ----------
    keras : KerasLayer
        One of `MAPS`.
    shape : (row, column, channel)
        Of its input; a series has one row.

    Raises
    ------
    UnsupportedLayerError
        If an option has no such map.
    """
    if len(shape) != 3:
        raise keras.refuse(f"takes an image; its input is {shape}")
    pads: _Pads = ((0, 0), (0, 0))
    try:
        if keras.kind.startswith("ZeroPadding"):
            pads = _pairs(keras.config["padding"])
            what = f"padding {keras.config['padding']}"
            rows, cols = (_padded(n, pad) for n, pad in zip(shape, pads, strict=False))
        elif keras.kind.startswith("Cropping"):
            what = f"cropping {keras.config['cropping']}"
            rows, cols = _cropped(shape, _pairs(keras.config["cropping"]))
        elif keras.kind.startswith("UpSampling"):
            size = keras.config["size"]
            size = (1, int(size)) if isinstance(size, int) else tuple(int(n) for n in size)
            size = (1, *size) if len(size) == 1 else size
            how = keras.config.get("interpolation", "nearest")
            what = f"upsampling {size} {how}"
            stage = Upsample(shape, (size[0], size[1]), how)
            rows, cols = stage.along(0).T.astype(float), stage.along(1).T.astype(float)
        elif keras.kind.startswith("Adaptive"):
            given = np.ravel(keras.config["output_size"])
            size = [1, int(given[0])] if keras.kind.endswith("1D") else [int(n) for n in given]
            what = f"averages of {size}"
            rows, cols = (_averages(n, m) for n, m in zip(shape, size, strict=False))
        elif keras.kind == "CenterCrop":
            what, rows, cols = _centre(keras, shape)
        elif keras.kind == "Resizing":
            what, rows, cols = _resized(keras, shape)
        else:
            what, rows, cols, pads = _any_padding(keras, shape)
    except ValidationError as error:
        raise keras.refuse(str(error)) from error
    layer = AxisMaps(what=what, after=(len(rows), len(cols)))
    return (layer, {"rows": rows, "cols": cols}), pads


def _pairs(given: Any) -> _Pads:
    """Before and after the rows and the columns; a series has no rows."""
    if isinstance(given, int):
        return (0, 0), (given, given)
    pairs = [(int(a), int(b)) for a, b in ([given] if isinstance(given[0], int) else given)]
    return ((0, 0), pairs[0]) if len(pairs) == 1 else (pairs[0], pairs[1])


def _padded(size: int, pad: tuple[int, int]) -> np.ndarray:
    return np.eye(size + sum(pad), size, -pad[0])


def _cropped(shape: Shape, crop: _Pads) -> tuple[np.ndarray, np.ndarray]:
    if any(map(any, crop)):
        Cropping2D(crop).output_shape(shape)  # refuses what leaves nothing
    rows, cols = (np.eye(n - a - b, n, a) for n, (a, b) in zip(shape, crop, strict=False))
    return rows, cols


def _averages(size: int, after: int) -> np.ndarray:
    """Windows that share the pixels as evenly as they can, as in PyTorch."""
    matrix = np.zeros((after, size))
    for i in range(after):
        first, last = i * size // after, -(-(i + 1) * size // after)
        matrix[i, first:last] = 1 / (last - first)
    return matrix


def _centre(keras: KerasLayer, shape: Shape) -> tuple[str, np.ndarray, np.ndarray]:
    wanted = (int(keras.config["height"]), int(keras.config["width"]))
    before = [int((n - w) / 2) for n, w in zip(shape, wanted, strict=False)]
    if min(n - w for n, w in zip(shape, wanted, strict=False)) < 0:
        raise keras.refuse(f"to {wanted}, larger than its input {shape}; give images of that size")
    rows, cols = (np.eye(w, n, b) for n, w, b in zip(shape, wanted, before, strict=False))
    return f"cropping to {wanted}", rows, cols


def _resized(keras: KerasLayer, shape: Shape) -> tuple[str, np.ndarray, np.ndarray]:
    """As TensorFlow resizes: pixels have their centres at halves, without antialiasing."""
    config = keras.config
    how = config.get("interpolation", "bilinear")
    extra = [k for k in ("crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias")
             if config.get(k)]  # fmt: skip
    if how not in ("nearest", "bilinear") or extra:
        raise keras.refuse(
            f"interpolation is {how!r}{', with ' + extra[0] if extra else ''}; expected 'nearest' "
            "or 'bilinear' alone"
        )
    wanted = (int(config["height"]), int(config["width"]))
    rows, cols = (_resize_matrix(n, w, how) for n, w in zip(shape, wanted, strict=False))
    return f"resizing to {wanted}", rows, cols


def _resize_matrix(size: int, after: int, how: str) -> np.ndarray:
    where = (np.arange(after) + 0.5) * size / after - 0.5
    matrix = np.zeros((after, size))
    if how == "nearest":
        at = np.clip(np.floor(where + 0.5), 0, size - 1).astype(int)
        matrix[np.arange(after), at] = 1
        return matrix
    low = np.floor(where)
    for offset, weight in ((0, 1 - (where - low)), (1, where - low)):
        at = np.clip(low + offset, 0, size - 1).astype(int)
        np.add.at(matrix, (np.arange(after), at), weight)
    return matrix


def _any_padding(keras: KerasLayer, shape: Shape) -> tuple[str, np.ndarray, np.ndarray, _Pads]:
    """``keras.ops.pad``: with zeros, or the image's own pixels."""
    widths = [(int(a), int(b)) for a, b in keras.config.get("pad_width", ())]
    mode = str(keras.config.get("mode", "constant")).lower()
    filler = keras.config.get("constant_values") or 0
    ends = [widths[0], widths[-1]] if len(widths) in (3, 4) else [(1, 1)]
    if any(map(any, ends)) or mode not in _MODES or filler:
        raise keras.refuse(
            f"pads {widths} with {mode!r} {filler or ''}; expected rows and columns alone, with "
            "zeros, reflected or repeated pixels"
        )
    inner = widths[1:-1]
    pads = (inner[0], inner[1]) if len(inner) == 2 else ((0, 0), inner[0])
    if mode == "constant":
        rows, cols = (_padded(n, pad) for n, pad in zip(shape, pads, strict=False))
        return f"padding {pads}", rows, cols, pads
    taken = [np.pad(np.arange(n), pad, mode=mode)  # type: ignore[call-overload]
             for n, pad in zip(shape, pads, strict=False)]  # fmt: skip
    rows, cols = (np.eye(n)[at] for n, at in zip(shape, taken, strict=False))
    return f"{mode} padding {pads}", rows, cols, ((0, 0), (0, 0))
