"""Rewrites a spiking model into the stages that the chip has, without changing what it computes.

Between populations on the chip: one convolution, dense matrix or sparse matrix per connection.
Before the read-out: one dense matrix, since nengo-loihi reads the chip through dense
connections only.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse

from ..layers.types import Shape
from ..models import Connection, SpikingModel
from ..stages.grouping import ungrouped
from ..stages.pooling import fold_pool
from ..stages.types import (
    AveragePool,
    Convolution,
    DenseMatrix,
    Elementwise,
    SparseMatrix,
    Stage,
)
from ..support.checks import checked, whole
from .board import CORE_LIMITS

__all__ = ["lowered"]


@checked(identity_parts=whole(1))
def lowered(model: SpikingModel, identity_parts: int = 1) -> tuple[SpikingModel, tuple[str, ...]]:
    """The same network in the chip's stages, and what was changed, a sentence each.

    BatchNormalization and gains were folded by `convert`; here pooling goes into the weights
    after it, groups of a convolution into one kernel with zeros, a residual identity into a
    convolution of one pixel. A dense layer after more neurons than a core has input axons becomes
    a convolution as large as the image: its axons are shared by the channels of a pixel.

    All weights into a core are in steps of the largest of them, and a residual identity is often
    many times as large as the weights beside it. Divided into equal connections that together
    weigh the same, it leaves them finer steps.

    Parameters
    ----------
    model : SpikingModel
        A converted network.
    identity_parts : int
        How many equal connections a residual identity is divided into at most: no more than make
        its weights as small as the largest beside them.

    Returns
    -------
    model : SpikingModel
        Answers as before, to rounding.
    changes : tuple of str

    Raises
    ------
    ValidationError
        If ``identity_parts`` is no whole number from 1 up.

    Examples
    --------
    >>> from nengo_lifdeep.conversion.swap import convert
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> model, changes = lowered(convert(trained_example()[0]))
    >>> changes
    ()
    """
    shapes = {"input": model.input_shape, **{p.name: p.shape for p in model.populations}}
    lowered_ones, changes = [], []
    for connection in model.connections:
        stages, change = connection.stages, ""
        if connection.pre != "input":
            stages, change = _one_stage(connection, shapes[connection.pre])
        lowered_ones.append(dataclasses.replace(connection, stages=stages))
        changes.append(change)
    identities = [_is_identity(connection) for connection in model.connections]
    parts = _parts(lowered_ones, identities, identity_parts)
    connections: list[Connection] = []
    told = []
    for connection, n, change in zip(lowered_ones, parts, changes, strict=True):
        connections += _divided(connection, n)
        change += f", in {n} equal parts" if n > 1 else ""
        if change:
            told.append(f"{connection.pre} -> {connection.post}: {change}")
    return dataclasses.replace(model, connections=tuple(connections)), tuple(told)


#: Which array of a stage on the chip holds its weights; others have none.
_WEIGHTS: dict[type[Stage], str] = {
    Convolution: "kernel", DenseMatrix: "matrix", SparseMatrix: "data",
}  # fmt: skip


def _is_identity(connection: Connection) -> bool:
    """Whether it is a residual identity between two populations."""
    inside = connection.pre != "input" and connection.post != "output"
    return inside and [type(stage) for stage in connection.stages] == [Elementwise]


def _parts(connections: list[Connection], identities: list[bool], most: int) -> list[int]:
    """How many equal connections each becomes: 1 unless it is an identity with large weights."""
    beside: dict[str, float] = {}
    for connection, identity in zip(connections, identities, strict=True):
        if connection.pre != "input" and not identity:
            largest = max(beside.get(connection.post, 0.0), _largest_weight(connection))
            beside[connection.post] = largest
    found = []
    for connection, identity in zip(connections, identities, strict=True):
        other = beside.get(connection.post, 0.0) if identity else 0.0
        ratio = math.ceil(_largest_weight(connection) / other) if other > 0 else 1
        found.append(max(1, min(most, ratio)))
    return found


def _largest_weight(connection: Connection) -> float:
    stage = connection.stages[-1]
    name = _WEIGHTS.get(type(stage))
    weights = stage.to_matrix().data if name is None else getattr(stage, name)
    return float(np.abs(weights).max(initial=0))


def _divided(connection: Connection, parts: int) -> list[Connection]:
    """As many equal connections, which weigh together what the one does."""
    if parts == 1:
        return [connection]
    (stage,) = connection.stages
    assert isinstance(stage, Convolution)
    share = dataclasses.replace(stage, kernel=stage.kernel / np.float32(parts))
    return [dataclasses.replace(connection, stages=(share,)) for _ in range(parts)]


def _one_stage(connection: Connection, source: Shape) -> tuple[tuple[Stage, ...], str]:
    stages = connection.stages
    if connection.post == "output":
        return _read_out(stages, source)
    if len(stages) == 1:
        return _alone(stages[0], source)
    pools, last = stages[:-1], stages[-1]
    if isinstance(last, Convolution) and (folded := _pooled(pools, ungrouped(last))) is not None:
        return (folded,), "pooling folded into the convolution after it"
    if isinstance(last, DenseMatrix) and len(source) == 3:
        whole = _whole_image(last.matrix, pools[-1].output_shape)
        kernel = _pooled(pools, whole) or _whole_image(_product(stages).toarray(), source)
        return (kernel,), "pooling and dense weights made one convolution as large as the image"
    outputs = last.output_shape
    return (SparseMatrix.of(_product(stages), source, outputs),), (
        "pooling and the weights after it made one sparse matrix"
    )


def _pooled(pools: tuple[Stage, ...], stage: Convolution) -> Convolution | None:
    """``stage`` with all pooling before it folded into it; None where that is not exact."""
    folded: Stage | None = stage
    for pool in reversed(pools):
        fits = isinstance(pool, AveragePool) and folded is not None
        folded = fold_pool(pool, folded) if fits else None  # type: ignore[arg-type]
    return folded if isinstance(folded, Convolution) else None


def _alone(stage: Stage, source: Shape) -> tuple[tuple[Stage, ...], str]:
    change = _CHANGED.get(type(stage))
    changed, text = change(stage, source) if change else (stage, "")
    return (changed,), text


def _without_groups(stage: Convolution, source: Shape) -> tuple[Stage, str]:
    if stage.groups == 1:
        return stage, ""
    return ungrouped(stage), f"{stage.groups} groups made one kernel with zeros"


def _as_convolution(stage: Elementwise, source: Shape) -> tuple[Stage, str]:
    return _diagonal(stage), "the residual identity made a convolution of one pixel"


def _with_shared_axons(stage: DenseMatrix, source: Shape) -> tuple[Stage, str]:
    if math.prod(source) <= CORE_LIMITS["in_axons"] or len(source) != 3:
        return stage, ""
    return _whole_image(stage.matrix, source), (
        f"dense weights after {math.prod(source):,} neurons made a convolution as large as "
        "the image, whose axons are shared by the channels of a pixel"
    )


#: How a stage between two populations is changed, by its type; the others stay as they are.
_CHANGED: dict[type[Stage], Callable[[Any, Shape], tuple[Stage, str]]] = {
    Convolution: _without_groups,
    Elementwise: _as_convolution,
    DenseMatrix: _with_shared_axons,
}


def _read_out(stages: tuple[Stage, ...], source: Shape) -> tuple[tuple[Stage, ...], str]:
    if len(stages) == 1 and isinstance(stages[0], DenseMatrix):
        return stages, ""
    matrix = np.asarray(_product(stages).toarray(), dtype=np.float32)
    return (DenseMatrix(source, matrix),), "the read-out made one dense matrix"


def _product(stages: tuple[Stage, ...]) -> scipy.sparse.csr_array:
    product = stages[0].to_matrix()
    for stage in stages[1:]:
        product = product @ stage.to_matrix()
    return product.tocsr()


def _diagonal(stage: Elementwise) -> Convolution:
    channels = stage.input_shape[-1]
    image = stage.input_shape if len(stage.input_shape) == 3 else (1, 1, channels)
    weights = np.broadcast_to(stage.weight, (channels,)).astype(np.float32)
    return Convolution(image, (1, 1), "valid", 1, np.diag(weights)[None, None])


def _whole_image(matrix: np.ndarray, source: Shape) -> Convolution:
    """A dense map of an image as the convolution that sees all of it once."""
    kernel = np.ascontiguousarray(matrix.reshape(*source, -1), dtype=np.float32)
    return Convolution(source, (1, 1), "valid", 1, kernel)
