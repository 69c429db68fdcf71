"""Stages that NIR has no node for, in those that it has."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from ...models import Connection
from ...stages.sparse import product_up_to
from ...stages.types import (
    AveragePool,
    Convolution,
    DenseMatrix,
    Elementwise,
    Placement,
    Stage,
    Upsample,
)

__all__ = ["LARGEST", "with_nodes"]

#: weights of the largest matrix that other stages may become
LARGEST = 2**24


def with_nodes(connection: Connection) -> Connection:
    """The same map in stages that have nodes in NIR, the last of them with weights.

    Channels beside others and cropping become convolutions. What has no node at all is taken into
    one matrix, where the connection ends in flat neurons; where it ends in an image it stays as
    it is, and the writer refuses it by name.

    Parameters
    ----------
    connection : Connection
        Of a spiking network.
    """
    stages = tuple(map(_convolved, connection.stages))
    last = stages[-1]
    is_flat = connection.post == "output" or len(last.output_shape) == 1
    if any(map(_has_no_node, stages)) and is_flat:
        matrix = _as_matrix(stages)
        stages = stages if matrix is None else (matrix,)
    elif connection.post == "output" and isinstance(last, Convolution):  # outputs are flat
        stages = (*stages[:-1], _as_matrix((last,)) or last)
    if not stages[-1].arrays:
        stages = (*stages, Elementwise(last.output_shape, np.ones(1, np.float32)))
    return dataclasses.replace(connection, stages=stages)


def _as_matrix(stages: tuple[Stage, ...]) -> DenseMatrix | None:
    """Stages in a row as one matrix; None if it would be too large."""
    first, last = stages[0].input_shape, stages[-1].output_shape
    if math.prod(first) * math.prod(last) > LARGEST:
        return None
    matrix = product_up_to(stages, LARGEST)
    if matrix is None:
        return None
    return DenseMatrix(first, np.asarray(matrix.toarray(), np.float32))


def _has_no_node(stage: Stage) -> bool:
    clipped = isinstance(stage, AveragePool) and stage.is_clipped
    return clipped or isinstance(stage, Placement | Upsample)


def _convolved(stage: Stage) -> Stage:
    """A placement as weights that do the same, where there are such."""
    if not isinstance(stage, Placement):
        return stage
    taken, given = stage.input_shape[-1], stage.outputs[-1]
    if stage.is_of_channels:
        weights = np.eye(taken, given, stage.offset[-1], dtype=np.float32)
        if len(stage.outputs) == 1:
            return DenseMatrix(stage.input_shape, weights)
        return Convolution(stage.input_shape, (1, 1), "valid", 1, weights[None, None])
    top, left, *_ = (-offset for offset in stage.offset)
    rows, cols = (n - m + 1 for n, m in zip(stage.input_shape[:2], stage.outputs[:2], strict=True))
    crops = stage.keeps_channels and set(stage.steps) == {1}
    if crops and 0 <= top < rows and 0 <= left < cols:
        kernel = np.zeros((rows, cols, 1, taken), np.float32)
        kernel[top, left] = 1
        return Convolution(stage.input_shape, (1, 1), "valid", taken, kernel)
    return stage
