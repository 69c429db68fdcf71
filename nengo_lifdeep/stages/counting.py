"""Synapses of several stages in a row: which input reaches which output, and how many."""

from __future__ import annotations

import numpy as np

from .stage import Stage
from .windowed import Windowed

__all__ = ["synapse_counts"]


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
