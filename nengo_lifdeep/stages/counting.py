"""Synapses of several stages in a row: which input reaches which output, and how many."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import scipy.sparse

from ..layers.layer import Shape
from .dense import DenseMatrix
from .stage import Stage

__all__ = ["synapse_counts"]

#: most places of several windows in a row, whose sets are compared one by one
_MOST_PLACES = 4096

#: most entries, channels times filters over all places, of windows in a row
_MOST_PASSES = 2**25

#: entries of a product at a time
_AT_ONCE = 2**22


def synapse_counts(stages: tuple[Stage, ...]) -> np.ndarray:
    """Synapses after every input of a connection: the outputs it reaches, each counted once.

    An output is reached where a path of weights leads to it of which none is exactly zero, whatever
    stages the map is written in: a zero is no synapse in a kernel, a matrix or a scale, and padding
    has none, so that inputs at the border of an image reach fewer outputs. Paths count and not
    their sum, which may be zero. Pooling before weights is not a separate stage on a chip: the
    outputs after the weights count.

    No matrix of all inputs and outputs is built. Where the same weights stand at every pixel
    (convolutions, pooling, padding, upsampling, scales), outputs are counted by the places of
    windows through which they are reached; other stages are gone through for some inputs at a time.

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
    >>> kernel[..., 2:] = 0
    >>> int(synapse_counts((Convolution((4, 4, 1), (1, 1), "same", 1, kernel),))[0])
    8
    """
    first, *others = parts = _parts(stages)
    if not others:
        return first.counts() if isinstance(first, _Places) else first.fan_out()
    if len(parts) == 2 and isinstance(first, _Places) and first.passes.ndim == 2:
        (last,) = others
        if isinstance(last, DenseMatrix):
            return _into_dense(first.matrices, first.passes, last.matrix)
    return _in_blocks(parts)


@dataclasses.dataclass(frozen=True)
class _Places:
    """Stages in a row whose weights are the same at every pixel, as `Stage.paths` has them."""

    shape: Shape
    output_shape: Shape
    matrices: list[Any]
    passes: np.ndarray

    def then(self, stage: Stage, places: list[Any], then: np.ndarray) -> _Places | None:
        """With one more stage; None where it would take too much."""
        n_places = len(self.matrices) * len(places)
        entries = n_places * self.passes.shape[1] * stage.output_shape[-1]
        mixed = self.passes.ndim == 3 and not (then.ndim == 2 and then.all())
        if n_places > _MOST_PLACES or (mixed and entries > _MOST_PASSES):
            return None
        if mixed:  # into all filters, not into those of a group
            passes = _composed(self.wide(), then if then.ndim == 2 else _wide(then, stage))
        elif self.passes.ndim == 3:  # all filters pass
            passes = np.repeat(self.passes, len(places), axis=0)
        else:
            own = self.passes[:, np.newaxis]
            passes = own & then if then.ndim == 2 else own[..., np.newaxis] & then
            passes = passes.reshape(-1, *then.shape[1:])
        matrices = [_product(one, other) for one in self.matrices for other in places]
        return _Places(self.shape, stage.output_shape, matrices, passes)

    def wide(self) -> np.ndarray:
        """Which channel passes into which of all filters: ``(place, channel, filter)``."""
        return _wide(self.passes, self)

    @property
    def fan(self) -> float:
        """Outputs that an input reaches, about."""
        pixels = sum(1 if m is None else m.nnz / m.shape[0] for m in self.matrices)
        return pixels * float(self.passes.mean(axis=(0, 1)).sum())

    def counts(self) -> np.ndarray:
        """Outputs that every input reaches."""
        passes = self.passes if self.passes.ndim == 3 else self.passes[..., np.newaxis]
        n_pixels = math.prod(self.shape[:-1])
        if all(matrix is None for matrix in self.matrices):
            return np.tile(passes.any(axis=0).sum(axis=-1), n_pixels).astype(np.int64)
        sets, times = _sets(self.matrices, n_pixels)
        filters = [passes[own].any(axis=0).sum(axis=-1) for own in sets]
        return (times @ np.stack(filters)).astype(np.int64).ravel()

    def reached(self, inputs: np.ndarray) -> Any:
        """As `Stage.reached`."""
        n_channels = self.shape[-1]
        pixels, which = np.unique(inputs // n_channels, return_inverse=True)
        found: Any = None
        for matrix, passes in zip(self.matrices, self.wide(), strict=True):
            if matrix is None:
                matrix = scipy.sparse.eye_array(math.prod(self.shape[:-1]), dtype=bool).tocsr()
            own = scipy.sparse.kron(matrix[pixels], scipy.sparse.csr_array(passes), format="csr")
            own = own.astype(bool)
            found = own if found is None else found + own
        found = scipy.sparse.csr_array(found)[which * n_channels + inputs % n_channels]
        found.eliminate_zeros()
        return found


def _parts(stages: tuple[Stage, ...]) -> list[_Places | Stage]:
    """Stages that can be written by places put together, as many as follow each other."""
    parts: list[_Places | Stage] = []
    for stage in stages:
        own = stage.paths()
        last = parts[-1] if parts else None
        if own is None:
            parts.append(stage)
            continue
        if isinstance(last, _Places) and last.output_shape == stage.input_shape:
            joined = last.then(stage, *own)
            if joined is not None:
                parts[-1] = joined
                continue
        parts.append(_Places(stage.input_shape, stage.output_shape, *own))
    return parts


def _wide(passes: np.ndarray, stage: Any) -> np.ndarray:
    """``(place, channel, filter)`` with all filters, not those of a channel's group alone."""
    if passes.ndim == 2:
        return passes[..., np.newaxis] & np.eye(passes.shape[1], dtype=bool)
    n_places, n_channels, per_group = passes.shape
    groups = stage.output_shape[-1] // per_group
    if groups == 1:
        return passes
    wide = np.zeros((n_places, n_channels, groups, per_group), bool)
    channel = np.arange(n_channels)
    wide[:, channel, channel * groups // n_channels] = passes
    return wide.reshape(n_places, n_channels, -1)


def _composed(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Which channels pass through both, for every pair of places."""
    if other.ndim == 2:
        both = one[:, np.newaxis] & other[:, np.newaxis]
    else:
        after = other.astype(np.float32)
        both = np.stack([(own.astype(np.float32) @ after) > 0 for own in one])
    return both.reshape(-1, *both.shape[2:])


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
        after = weights[:, channel].astype(np.float32)
        size = max(1, _AT_ONCE // max(1, after.shape[1]))
        parts = [
            np.count_nonzero(_through_dense(reach[start : start + size], after), axis=1)
            for start in range(0, reach.shape[0], size)
        ]
        counts.append(np.concatenate(parts))
    return np.stack(counts, axis=1).ravel().astype(np.int64)


def _in_blocks(parts: list[_Places | Stage]) -> np.ndarray:
    """Outputs that every input reaches, part by part, for some inputs at a time."""
    first, *others = parts
    shape = first.shape if isinstance(first, _Places) else first.input_shape
    reach, entries = 1.0, 1.0
    for part in parts:
        fan = part.fan if isinstance(part, _Places) else part.work / math.prod(part.input_shape)
        entries = max(entries, reach * fan)
        reach = min(max(reach * fan, 1.0), math.prod(part.output_shape))
    at_once = max(int(_AT_ONCE // entries), min(shape[-1], int(_AT_ONCE // reach)), 1)
    dense = {i: p.matrix for i, p in enumerate(parts) if i and isinstance(p, DenseMatrix)}
    after = {i: (matrix != 0).astype(np.float32) for i, matrix in dense.items()}
    counts = np.zeros(math.prod(shape), np.int64)
    for start in range(0, len(counts), at_once):
        inputs = np.arange(start, min(start + at_once, len(counts)))
        rows = first.reached(inputs)
        for i, part in enumerate(others, 1):
            if i in after:
                rows = scipy.sparse.csr_array(_through_dense(rows, after[i]))
                continue
            heard = np.unique(rows.indices)
            rows = (rows[:, heard] @ part.reached(heard)).tocsr()
        counts[inputs] = np.diff(rows.indptr)
    return counts


def _through_dense(rows: Any, after: np.ndarray) -> np.ndarray:
    """Outputs of a matrix of ones and zeros that every row reaches through its entries."""
    found = np.ones((rows.shape[0], after.shape[1]), bool)
    rows = rows.astype(np.float32)
    some = np.flatnonzero(rows @ after.all(axis=1).astype(np.float32) == 0)  # others reach all
    found[some] = rows[some] @ after > 0
    return found
