"""ONNX's broadcasting rule for constants: trailing axes must agree.

A constant ``(4,)`` beside an image ``(batch, channel, row, column)`` runs along its columns, not
along its channels, also where there are as many of both.
"""

from __future__ import annotations

import numpy as np

from ...layers.types import Shape
from .operation import Operation

__all__ = ["per_channel", "spread"]


def spread(op: Operation, value: np.ndarray, shape: Shape) -> np.ndarray:
    """A constant as it meets every value of one image.

    Parameters
    ----------
    op : Operation
        For the error.
    value : array
        The constant, in ONNX's order of axes.
    shape : tuple of int
        Of what it meets, in ours: ``(row, column, channel)`` or ``(unit,)``.

    Returns
    -------
    array of that shape

    Raises
    ------
    UnsupportedLayerError
        If it does not fit, is another for every image, or would make what it meets larger.
    """
    whole = (1, shape[-1], *shape[:-1])
    try:
        given = np.broadcast_to(value, whole)
    except ValueError:
        names = "(1, channel, row, column)" if len(shape) == 3 else "(1, feature)"
        raise op.refuse(
            f"with a constant of shape {value.shape}; by ONNX's rule it does not fit {names} = "
            f"{whole}. Save it with that many axes"
        ) from None
    return np.moveaxis(given[0], 0, -1)


def per_channel(op: Operation, value: np.ndarray, shape: Shape) -> np.ndarray:
    """`spread`, and the same in all rows and columns: ``(channels,)``.

    Parameters
    ----------
    op : Operation
        The operation.
    value : array of float
        The constant.
    shape : tuple of int
        Shape of the values, without the batch.

    Raises
    ------
    UnsupportedLayerError
        As `spread`; also if it differs between rows or columns.
    """
    given = spread(op, value, shape).reshape(-1, shape[-1])
    if np.any(given != given[0]):
        raise op.refuse(
            f"with a constant of shape {value.shape}, which by ONNX's rule differs between the "
            f"rows or columns of an image of {shape[-1]} channels; expected one per channel, "
            f"shape ({shape[-1]}, 1, 1)"
        )
    return given[0]
