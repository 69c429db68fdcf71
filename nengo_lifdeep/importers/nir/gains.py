"""Multiply what a stage gives by a factor of every neuron's own."""

from __future__ import annotations

import dataclasses

import numpy as np
import scipy.sparse

from ...errors import UnsupportedLayerError
from ...stages.types import (
    AveragePool,
    Convolution,
    Elementwise,
    LocalWindows,
    SparseMatrix,
    Stage,
)

__all__ = ["with_gain"]

#: weights that a convolution with factors of every pixel's own may become
_MOST_WEIGHTS = 2**25


def with_gain(stages: tuple[Stage, ...], gain: np.ndarray, where: str) -> tuple[Stage, ...]:
    """Stages with a factor on every output.

    Parameters
    ----------
    stages : tuple of Stage
        One or more.
    gain : array
        Broadcastable to the shape of their output.
    where : str
        Name of the node in error messages.

    Raises
    ------
    UnsupportedLayerError
        If factors of every pixel's own make too large a matrix of a convolution.

    Examples
    --------
    >>> from nengo_lifdeep.stages.types import DenseMatrix
    >>> stage = DenseMatrix((2,), np.ones((2, 3), np.float32))
    >>> with_gain((stage,), np.array([1.0, 2.0, 3.0]), "n1")[0].matrix[0].tolist()
    [1.0, 2.0, 3.0]
    """
    *front, last = stages
    shape = last.output_shape
    whole = np.broadcast_to(np.asarray(gain, np.float32), shape)
    first = whole.reshape(-1, shape[-1])[0]
    if (whole == first[0]).all() and not isinstance(last, AveragePool):
        return (*front, last.scaled(float(first[0])))
    if (whole == first).all():
        first = np.ascontiguousarray(first)
        if isinstance(last, AveragePool):
            return (*front, last, Elementwise(shape, first))
        return (*front, last.scaled(first))
    return (*front, _by_pixel(last, whole, where))


def _by_pixel(stage: Stage, gain: np.ndarray, where: str) -> Stage:
    if isinstance(stage, LocalWindows):
        return dataclasses.replace(stage, kernel=stage.kernel * gain[:, :, None, :])
    weights = gain.size * (
        stage.window[0] * stage.window[1] * stage.kernel.shape[2]
        if isinstance(stage, Convolution)
        else 1
    )
    if weights > _MOST_WEIGHTS:
        raise UnsupportedLayerError(
            f"{where}: thresholds or R differ from pixel to pixel, which would make a matrix of "
            f"{weights:,} weights of the convolution before it; give every channel one"
        )
    columns = scipy.sparse.dia_array((gain.ravel()[None], [0]), shape=(gain.size,) * 2)
    return SparseMatrix.of(stage.to_matrix() @ columns, stage.input_shape, gain.shape)
