"""Synapses of several stages in a row: which input reaches which output, and how many."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dense import DenseMatrix
from .stage import Stage
from .windowed import Windowed

__all__ = ["effective_counts", "synapse_counts"]

#: most places of several windows in a row, whose sets are compared one by one
_MOST_PLACES = 4096

#: entries of a dense product at a time
_AT_ONCE = 2**22


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
    >>> from nengo_lifdeep.stages.types import Convolution
    >>> kernel = np.ones((3, 3, 1, 8), np.float32)
    >>> conv = Convolution((4, 4, 1), (1, 1), "same", 1, kernel)
    >>> synapse_counts((conv,)).reshape(4, 4)[:2, :2]
    array([[32, 48],
           [48, 72]])
    """
    if (pixels := _by_pixel(stages)) is not None:
        return np.repeat(pixels, stages[0].input_shape[-1]).astype(np.int64)
    *front, last = stages
    matrix = last.to_matrix().astype(bool)
    counts = np.diff(matrix.indptr)
    if front and (counts == matrix.shape[1]).all():  # no zeros: one path is enough to reach all
        matrix = matrix[:, :1]
    for stage in reversed(front):
        matrix = stage.to_matrix().astype(bool) @ matrix
    reached = np.diff(matrix.tocsr().indptr)
    full = bool(front) and matrix.shape[1] == 1
    return (reached * counts.max(initial=0) if full else reached).astype(np.int64)


def _by_pixel(stages: tuple[Stage, ...]) -> np.ndarray | None:
    """Synapses of each channel of a pixel, where they follow from the windows alone."""
    windowed = [stage for stage in stages if isinstance(stage, Windowed)]
    if len(windowed) < len(stages):
        return None
    *front, last = windowed
    if not (last.mixes or all(stage.copies == 1 for stage in front)):
        return None
    reach = last.reach()
    for stage in reversed(front):
        reach = stage.reach() @ reach
    return np.diff(reach.tocsr().indptr) * last.copies


def effective_counts(stages: tuple[Stage, ...]) -> np.ndarray:
    """`synapse_counts`, with weights that are exactly zero left out everywhere.

    Where the same weights stand at every pixel (convolutions, pooling, padding, upsampling, scales,
    with a dense matrix at the end), outputs are counted by the places of windows through which they
    are reached, and no matrix of all inputs and outputs is built.

    Parameters
    ----------
    stages : tuple of Stage
        Of one connection, in order.

    Returns
    -------
    (n_inputs,) array of int64

    Examples
    --------
    >>> from nengo_lifdeep.stages.types import Convolution
    >>> kernel = np.ones((3, 3, 1, 8), np.float32)
    >>> kernel[..., 2:] = 0
    >>> conv = Convolution((4, 4, 1), (1, 1), "same", 1, kernel)
    >>> int(synapse_counts((conv,))[0]), int(effective_counts((conv,))[0])
    (32, 8)
    """
    if (found := _by_places(stages)) is not None:
        return found
    if len(stages) == 1:
        return stages[0].fan_out()
    reached: Any = None
    for stage in reversed(stages):
        matrix = stage.to_matrix().astype(bool)
        matrix.eliminate_zeros()
        reached = matrix if reached is None else (matrix @ reached).tocsr()
    return np.diff(reached.indptr).astype(np.int64)


def _by_places(stages: tuple[Stage, ...]) -> np.ndarray | None:
    """Outputs by the places of windows that lead to them; None where stages are of other kinds."""
    shape = stages[0].input_shape
    matrices: list[Any] = [None]
    passes = np.ones((1, shape[-1]), bool)
    for i, stage in enumerate(stages):
        own = stage.paths()
        if own is None:
            is_last = i > 0 and i == len(stages) - 1 and passes.ndim == 2
            if is_last and isinstance(stage, DenseMatrix):
                return _into_dense(matrices, passes, stage.matrix)
            return None
        places, then = own
        if stage.input_shape != shape or (passes.ndim == 3 and not (then.ndim == 2 and then.all())):
            return None
        matrices = [_product(one, other) for one in matrices for other in places]
        if len(matrices) > _MOST_PLACES:
            return None
        if passes.ndim == 3:  # all filters pass
            passes = np.repeat(passes, len(places), axis=0)
        else:
            first = (
                passes[:, np.newaxis] if then.ndim == 2 else passes[:, np.newaxis, :, np.newaxis]
            )
            passes = (first & then).reshape(-1, *then.shape[1:])
        shape = stage.output_shape
    if passes.ndim == 2:
        passes = passes[..., np.newaxis]
    n_pixels = int(np.prod(stages[0].input_shape[:-1]))
    if all(matrix is None for matrix in matrices):
        return np.tile(passes.any(axis=0).sum(axis=-1), n_pixels).astype(np.int64)
    sets, times = _sets(matrices, n_pixels)
    filters = [passes[own].any(axis=0).sum(axis=-1) for own in sets]
    return (times @ np.stack(filters)).astype(np.int64).ravel()


def _product(one: Any, other: Any) -> Any:
    """Of pixels through two stages, one after the other; None where all stay."""
    if one is None or other is None:
        return one if other is None else other
    return (one @ other).tocsr()


def _sets(matrices: list[Any], n_pixels: int) -> tuple[np.ndarray, np.ndarray]:
    """Places that lead from a pixel to the same one, ``(set, place)``, and how often each does.

    The same sets come again and again, as the window is the same everywhere.
    """
    n_out = matrices[0].shape[1]
    pairs = [matrix.tocoo() for matrix in matrices]
    keys = np.concatenate([pair.row.astype(np.int64) * n_out + pair.col for pair in pairs])
    places = np.repeat(np.arange(len(pairs)), [pair.nnz for pair in pairs])
    if not len(keys):
        return np.zeros((1, len(pairs)), bool), np.zeros((n_pixels, 1), np.int64)
    known, which = np.unique(keys, return_inverse=True)
    bits = np.zeros((len(known), -(-len(pairs) // 8)), np.uint8)
    np.bitwise_or.at(bits, (which, places // 8), (128 >> places % 8).astype(np.uint8))
    rows = bits.view(np.dtype((np.void, bits.shape[1]))).ravel()
    found, own = np.unique(rows, return_inverse=True)
    n_sets = len(found)
    times = np.bincount(known // n_out * n_sets + own, minlength=n_pixels * n_sets)
    sets = np.unpackbits(found.view(np.uint8).reshape(n_sets, -1), axis=1, count=len(pairs))
    return sets.astype(bool), times.reshape(n_pixels, n_sets)


def _into_dense(matrices: list[Any], passes: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Outputs of a dense matrix that every input reaches through pixels before it."""
    n_channels = passes.shape[1]
    weights = (matrix != 0).reshape(-1, n_channels, matrix.shape[1])
    if all(each is None for each in matrices):
        return (np.count_nonzero(weights, axis=-1) * passes[0]).ravel().astype(np.int64)
    counts = []
    for channel in range(n_channels):
        own = [m for m, is_open in zip(matrices, passes[:, channel], strict=True) if is_open]
        reach = sum(own[1:], own[0]) if own else 0 * matrices[0]
        reach, after = reach.astype(np.float32), weights[:, channel].astype(np.float32)
        size = max(1, _AT_ONCE // max(1, after.shape[1]))
        parts = [
            np.count_nonzero(reach[start : start + size] @ after, axis=1)
            for start in range(0, reach.shape[0], size)
        ]
        counts.append(np.concatenate(parts))
    return np.stack(counts, axis=1).ravel().astype(np.int64)
