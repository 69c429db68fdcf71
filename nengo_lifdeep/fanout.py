"""Stages as sparse matrices: which input reaches which output, with which weight."""

from __future__ import annotations

import math

import numpy as np
import scipy.sparse

from .transforms import (
    AveragePool,
    Convolution,
    DenseMatrix,
    Elementwise,
    LocalWindows,
    Stage,
    _Windowed,
)

__all__ = ["stage_matrix"]

#: sources, targets and weights of connections, in one common shape
Entries = tuple[np.ndarray, np.ndarray, np.ndarray]


def stage_matrix(stage: Stage) -> scipy.sparse.csr_array:
    """The stage as a sparse matrix of shape ``(inputs, outputs)``, padded edges left out.

    Row ``i`` is the true fan-out of flat input ``i``: padding at the border has no synapses.

    Examples
    --------
    >>> pool = AveragePool((4, 4, 1), (2, 2), "valid", (2, 2))
    >>> stage_matrix(pool).shape
    (16, 4)
    """
    if isinstance(stage, DenseMatrix):
        return scipy.sparse.csr_array(stage.matrix)
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
