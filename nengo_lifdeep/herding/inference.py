"""All steps at once: sums over time and running maxima in place of a loop over spikes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..support.checks import checked, whole
from ..support.checks.arrays import checked_array

__all__ = ["all_steps"]


@checked(n_steps=whole(1, 100_000))
def all_steps(
    images: np.ndarray, matrices: Sequence[np.ndarray], n_steps: int, spike: float = 1
) -> tuple[np.ndarray, list[np.ndarray]]:
    """What a network whose layers fire once per step gives at every step.

    The input's count is the sum so far, rounded; a layer's is what its sum so far, rounded, has
    ever been at most; and its sum so far is its weights times the counts of the layer before. So
    one product of matrices per layer does for all steps. The layers' order "event" has no such
    form: there the order of spikes within a step matters.

    Parameters
    ----------
    images : (image, input) array
        Drive of a step, constant over time.
    matrices : sequence of (in, out) array
        Weights of the layers.
    n_steps : int
        Steps.
    spike : float
        What a spike is worth, in the units of images and weights.

    Returns
    -------
    drive : (image, step, output) array
        Sum of what each output has received so far.
    counts : list of (image, step, unit) array
        Signed spikes so far of the input, and of each layer but the last.

    Examples
    --------
    >>> drive, counts = all_steps(np.array([[0.3, 1.0]]), [np.array([[1.0], [-0.25]])], 4)
    >>> counts[0][0].tolist()
    [[0, 1], [1, 2], [1, 3], [1, 4]]
    >>> drive[0, :, 0].tolist()
    [-0.25, 0.5, 0.25, 0.0]
    """
    shown = checked_array(images, "images", shape=("image", "input"))
    times = np.arange(1, n_steps + 1, dtype=shown.dtype)
    sums = shown[:, np.newaxis] * times[:, np.newaxis]
    count = np.sign(sums) * np.maximum(_rounded(np.abs(sums), spike), 0)
    counts = [count.astype(np.int64)]
    for matrix in matrices[:-1]:
        sums = count.astype(matrix.dtype) @ matrix
        count = np.maximum.accumulate(np.maximum(_rounded(sums, spike), 0), axis=1)
        counts.append(count.astype(np.int64))
    return count.astype(matrices[-1].dtype) @ matrices[-1], counts


def _rounded(sums: np.ndarray, spike: float) -> np.ndarray:
    """Spikes in a sum, half a spike rounded down."""
    if np.issubdtype(sums.dtype, np.integer):
        return -((int(spike) // 2 - sums) // int(spike))
    return np.ceil(sums / spike - 0.5)
