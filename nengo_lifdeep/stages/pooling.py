"""Fold average pooling into the weights after it, where that is exact."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from .averages import AveragePool
from .dense import DenseMatrix
from .kernels import Convolution
from .stage import Stage

__all__ = ["MAX_FOLDED_WEIGHTS", "fold_pool"]

#: A dense matrix that takes a pooling stage in may grow to this many weights, not further.
MAX_FOLDED_WEIGHTS = 2**22


def fold_pool(pool: AveragePool, stage: Stage) -> Stage | None:
    """The single stage equal to ``pool`` followed by ``stage``, or None if there is no such stage.

    Exact for windows that neither overlap nor reach over the border: each weight is spread over
    the ``p x p`` pixels of its pool, ``K'[i, j] = K[i // p, j // p] / p^2``, the kernel becoming
    ``k p`` wide and the stride ``s p``. A dense matrix takes any pooling in, up to
    `MAX_FOLDED_WEIGHTS`.

    Parameters
    ----------
    pool : AveragePool
        The pooling.
    stage : Stage
        The stage after it.
    """
    if isinstance(stage, DenseMatrix):
        return _fold_into_dense(pool, stage)
    if not isinstance(stage, Convolution):
        return None
    if pool.strides != pool.pool_size or pool.is_clipped:
        return None
    if stage.padding == "same" and _drops_pixels(pool):
        return None  # the wider kernel would read them where the narrow one reads padding
    p, q = pool.pool_size
    spread = np.repeat(np.repeat(stage.kernel, p, axis=0), q, axis=1) / np.float32(p * q)
    strides = (stage.strides[0] * p, stage.strides[1] * q)
    folded = dataclasses.replace(
        stage, input_shape=pool.input_shape, strides=strides, kernel=spread
    )
    before = [(length, pad * f) for (length, pad), f in zip(stage.geometry(), (p, q), strict=True)]
    return folded if folded.geometry() == before else None


def _drops_pixels(pool: AveragePool) -> bool:
    """Whether rows or columns at the end are in no window."""
    sizes = zip(pool.input_shape[:2], pool.output_shape[:2], pool.pool_size, strict=True)
    return any(n != length * p for n, length, p in sizes)


def _fold_into_dense(pool: AveragePool, stage: DenseMatrix) -> DenseMatrix | None:
    n_inputs, n_outputs = math.prod(pool.input_shape), stage.matrix.shape[1]
    if n_inputs * n_outputs > MAX_FOLDED_WEIGHTS:
        return None
    folded = pool.to_matrix() @ stage.matrix
    return DenseMatrix(pool.input_shape, np.asarray(folded, dtype=np.float32))
