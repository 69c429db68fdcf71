"""Shape of a NIR graph's input, which exporters write with and without a batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import UnsupportedLayerError
from .path import rows_last

__all__ = ["input_shape"]


def input_shape(node: Any, hearing: list[Any], where: str) -> tuple[int, ...]:
    """``(unit,)`` or ``(row, column, channel)``; a series is an image of one row.

    Axes of 1 before the values are a batch or a time (Norse, Rockpool write them) where what hears
    the input takes fewer axes.

    Parameters
    ----------
    node : nir.Input
        The input.
    hearing : list of nir.NIRNode
        Nodes that hear it.
    where : str
        Name of the input in error messages.

    Raises
    ------
    UnsupportedLayerError
        If it is neither.

    Examples
    --------
    >>> import nir
    >>> linear = nir.Linear(np.ones((2, 784)))
    >>> input_shape(nir.Input({"input": np.array([1, 784])}), [linear], "NIR node 'input'")
    (784,)
    """
    declared = (node.input_type or {}).get("input")
    shape = np.ravel(np.asarray(declared))
    if shape.dtype.kind in "iu" and shape.size and np.all(shape > 0):
        sizes = tuple(int(n) for n in shape)
        axes = _axes(sizes, hearing)
        while len(sizes) > axes and sizes[0] == 1:
            sizes = sizes[1:]
        if len(sizes) == 2 and axes == 2:
            return 1, sizes[1], sizes[0]
        if len(sizes) == 1 or len(sizes) == axes == 3:
            return rows_last(sizes)
    raise UnsupportedLayerError(
        f"{where}: shape is {declared!r}; expected (unit,) or (channel, row, column), without "
        "batch and time"
    )


def _axes(sizes: tuple[int, ...], hearing: list[Any]) -> int:
    """How many axes the nodes take that hear the input."""
    kinds = {type(node).__name__ for node in hearing}
    if kinds & {"Conv2d", "AvgPool2d", "SumPool2d"}:
        return 3
    if "Conv1d" in kinds:
        return 2
    for node in hearing:
        if type(node).__name__ in ("Linear", "Affine") and np.ndim(node.weight) == 2:
            return 1 if np.shape(node.weight)[1] == sizes[-1] else len(sizes)
    return 1 if len(sizes) == 2 else min(len(sizes), 3)
