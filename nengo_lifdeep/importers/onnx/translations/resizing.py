"""ONNX's Resize along one axis, as a matrix."""

from __future__ import annotations

import numpy as np

from ..operation import Operation

__all__ = ["resize_matrix"]


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
