"""Stages as sparse matrices: which input reaches which output, with which weight, how many."""

from __future__ import annotations

import math

import numpy as np
import scipy.sparse

from .types import (
    AveragePool,
    Convolution,
    DenseMatrix,
    Elementwise,
    LocalWindows,
    SparseMatrix,
    Stage,
    _Windowed,
)

__all__ = ["stage_matrix", "synapse_counts"]

#: sources, targets and weights of connections, in one common shape
Entries = tuple[np.ndarray, np.ndarray, np.ndarray]


def stage_matrix(stage: Stage) -> scipy.sparse.csr_array:
    """The stage as a sparse matrix of shape ``(inputs, outputs)``, padded edges left out.

    Row ``i`` is the true fan-out of flat input ``i``: padding at the border has no synapses.

    Parameters
    ----------
    stage : Stage
        The linear stage.

    Examples
    --------
    >>> pool = AveragePool((4, 4, 1), (2, 2), "valid", (2, 2))
    >>> stage_matrix(pool).shape
    (16, 4)
    """
    if isinstance(stage, DenseMatrix):
        return scipy.sparse.csr_array(stage.matrix)
    if isinstance(stage, SparseMatrix):
        return stage.matrix
    if isinstance(stage, Elementwise):
        weights = np.broadcast_to(stage.weight, stage.input_shape).ravel()
        return scipy.sparse.dia_array((weights[None], [0]), shape=(weights.size,) * 2).tocsr()
    assert isinstance(stage, _Windowed)
    sources = _window_sources(stage)  # (rows, cols, window rows, window cols, channels)
    if isinstance(stage, AveragePool):
        entries = _pool_entries(sources)
    elif isinstance(stage, LocalWindows):
        entries = _window_entries(sources, stage.kernel)
    else:
        assert isinstance(stage, Convolution)
        entries = _grouped_entries(sources, stage)
    source, target, weight = (np.concatenate([np.ravel(e[i]) for e in entries]) for i in range(3))
    inside = source >= 0
    shape = (math.prod(stage.input_shape), math.prod(stage.output_shape))
    matrix = scipy.sparse.coo_array((weight[inside], (source[inside], target[inside])), shape=shape)
    return matrix.tocsr()


def synapse_counts(stages: tuple[Stage, ...]) -> np.ndarray:
    """Synapses after every input of a connection: the outputs it reaches, each counted once.

    Padding has no synapses, so inputs at the border of an image reach fewer outputs. Pooling
    before weights is not a separate stage on a chip: the outputs after the weights count. A
    weight of a dense matrix that is exactly zero is no synapse.

    Parameters
    ----------
    stages : tuple of Stage
        Of one connection, in order.

    Returns
    -------
    (n_inputs,) array of int64

    Examples
    --------
    >>> kernel = np.ones((3, 3, 1, 8), np.float32)
    >>> conv = Convolution((4, 4, 1), (1, 1), "same", 1, kernel)
    >>> synapse_counts((conv,)).reshape(4, 4)[:2, :2]
    array([[32, 48],
           [48, 72]])
    """
    *front, last = stages
    if isinstance(last, _Windowed):
        reach = _reach(last)
        for stage in reversed(front):
            reach = _reach(stage) @ reach
        pixels = np.diff(reach.tocsr().indptr)
        return np.repeat(pixels * _copies(last), stages[0].input_shape[-1]).astype(np.int64)
    matrix = stage_matrix(last).astype(bool)
    counts = np.diff(matrix.indptr)
    if front and (counts == matrix.shape[1]).all():  # no zeros: one path is enough to reach all
        matrix = matrix[:, :1]
    for stage in reversed(front):
        matrix = stage_matrix(stage).astype(bool) @ matrix
    reached = np.diff(matrix.tocsr().indptr)
    full = bool(front) and matrix.shape[1] == 1
    return (reached * counts.max(initial=0) if full else reached).astype(np.int64)


def _reach(stage: Stage) -> scipy.sparse.csr_array:
    """Which pixel reaches which, as a boolean matrix ``(pixels in, pixels out)``."""
    assert isinstance(stage, _Windowed)
    image = (*stage.input_shape[:2], 1)
    pool = AveragePool(image, stage.strides, stage.padding, stage.window)
    return stage_matrix(pool).astype(bool)


def _copies(stage: _Windowed) -> int:
    """Filters that one channel of a pixel reaches in a window that holds it."""
    if isinstance(stage, AveragePool):
        return 1
    filters = stage.output_shape[-1]
    return filters // stage.groups if isinstance(stage, Convolution) else filters


def _window_sources(stage: _Windowed) -> np.ndarray:
    """Flat input index behind each entry of each window; -1 on padding."""
    index = np.arange(math.prod(stage.input_shape)).reshape(1, *stage.input_shape) + 1
    return stage.patches(index)[0] - 1


def _pool_entries(sources: np.ndarray) -> list[Entries]:
    rows, cols, *window, channels = sources.shape
    inside = (sources >= 0).sum(axis=(2, 3), keepdims=True)
    weight = np.broadcast_to(1.0 / inside, sources.shape)
    target = np.arange(rows * cols * channels).reshape(rows, cols, 1, 1, channels)
    return [(sources, np.broadcast_to(target, sources.shape), weight)]


def _window_entries(sources: np.ndarray, kernel: np.ndarray) -> list[Entries]:
    """Entries for a kernel ``(rows, cols, window entries, filters)`` at every output pixel."""
    rows, cols = sources.shape[:2]
    filters = kernel.shape[-1]
    source = sources.reshape(rows, cols, -1, 1)
    target = np.arange(rows * cols * filters).reshape(rows, cols, 1, filters)
    shape = (rows, cols, source.shape[2], filters)
    return [
        (
            np.broadcast_to(source, shape),
            np.broadcast_to(target, shape),
            np.broadcast_to(kernel, shape),
        )
    ]


def _grouped_entries(sources: np.ndarray, stage: Convolution) -> list[Entries]:
    channels, filters = stage.kernel.shape[2], stage.kernel.shape[3]
    per_group = filters // stage.groups
    entries = []
    for g in range(stage.groups):
        part = sources[..., g * channels : (g + 1) * channels]
        kernel = stage.kernel[..., g * per_group : (g + 1) * per_group]
        ((source, target, weight),) = _window_entries(
            part, kernel.reshape(-1, per_group)[None, None]
        )
        pixel, filter_in_group = np.divmod(target, per_group)
        entries.append((source, pixel * filters + g * per_group + filter_in_group, weight))
    return entries
