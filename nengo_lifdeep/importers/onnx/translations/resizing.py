"""Translate ONNX's resizing: a matrix for each axis."""

from __future__ import annotations

import math

import numpy as np

from ...folding.steps import Maps
from ..operation import Operation
from ..ordering import as_image
from ..translator import Translator
from .pools import mapped

__all__ = ["resize", "resize_matrix"]


def resize_matrix(op: Operation, size: int, after: int, scale: float) -> np.ndarray:
    """What every new pixel takes of the old ones, ``(after, size)``.

    Parameters
    ----------
    op : Operation
        Resize or Upsample.
    size, after : int
        Pixels before and after.
    scale : float
        Factor on the size.

    Raises
    ------
    UnsupportedLayerError
        If its mode is neither nearest nor linear, or it is antialiased.
    """
    mode = op.text("mode", "nearest")
    if mode not in ("nearest", "linear") or op.options.get("antialias", 0):
        raise op.refuse(f"mode is {mode!r}; expected nearest or linear, without antialias")
    where = _positions(op, size, after, scale)
    matrix = np.zeros((after, size))
    if mode == "nearest":
        at = np.clip(_nearest(op, where), 0, size - 1).astype(int)
        matrix[np.arange(after), at] = 1
        return matrix
    low = np.floor(where)
    for offset, weight in ((0, 1 - (where - low)), (1, where - low)):
        at = np.clip(low + offset, 0, size - 1).astype(int)
        np.add.at(matrix, (np.arange(after), at), weight)
    return matrix


def _positions(op: Operation, size: int, after: int, scale: float) -> np.ndarray:
    """Where every new pixel lies among the old ones."""
    x = np.arange(after, dtype=float)
    old = op.kind == "Upsample" or len(op.inputs) < 3
    how = op.text("coordinate_transformation_mode", "asymmetric" if old else "half_pixel")
    if how == "asymmetric":
        return x / scale
    if how == "half_pixel":
        return (x + 0.5) / scale - 0.5
    if how == "pytorch_half_pixel":
        return (x + 0.5) / scale - 0.5 if after > 1 else np.zeros(after)
    if how == "align_corners":
        return x * (size - 1) / (after - 1) if after > 1 else np.zeros(after)
    if how == "half_pixel_symmetric":
        centre = size / 2 * (1 - after / (scale * size))
        return centre + (x + 0.5) / scale - 0.5
    raise op.refuse(f"coordinate_transformation_mode is {how!r}, which is not known")


def _nearest(op: Operation, where: np.ndarray) -> np.ndarray:
    old = op.kind == "Upsample" or len(op.inputs) < 3
    how = op.text("nearest_mode", "floor" if old else "round_prefer_floor")
    if how == "floor":
        return np.floor(where)
    if how == "ceil":
        return np.ceil(where)
    if how == "round_prefer_floor":
        return np.ceil(where - 0.5)
    if how == "round_prefer_ceil":
        return np.floor(where + 0.5)
    raise op.refuse(f"nearest_mode is {how!r}, which is not known")


def resize(t: Translator, op: Operation) -> None:
    """Resize and Upsample of rows and columns.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    source, view = as_image(t, op)
    raw = (t.batch, *view.raw)
    is_new = op.kind == "Resize" and len(op.inputs) > 2
    scales = t.given(op, 2 if is_new else 1, "scales")
    sizes = t.given(op, 3)
    axes = op.options.get("axes")
    which = list(range(len(raw))) if axes is None else [int(a) % len(raw) for a in axes]
    factors = dict.fromkeys(range(len(raw)), 1.0)
    lengths = dict(enumerate(raw))
    if sizes is not None and sizes.size:
        lengths.update(zip(which, (int(n) for n in np.ravel(sizes)), strict=True))
        factors = {i: lengths[i] / raw[i] for i in lengths}
    elif scales is not None and scales.size:
        factors.update(zip(which, (float(s) for s in np.ravel(scales)), strict=True))
        lengths = {i: int(math.floor(raw[i] * f)) for i, f in factors.items()}
    if lengths[0] != raw[0] or lengths[1] != raw[1]:
        raise op.refuse("changes the batch or the channels; only rows and columns")
    spatial = [np.eye(1)] * (4 - len(raw)) + [
        resize_matrix(op, raw[i], lengths[i], factors[i]) for i in range(2, len(raw))
    ]
    how = f"resizing to {lengths[2]} x {lengths[len(raw) - 1]}"
    mapped(t, op, source, view, Maps(spatial[0], spatial[1], how))
