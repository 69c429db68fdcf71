"""All steps at once: sums over time and running maxima in place of a loop over spikes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..errors import ValidationError
from ..support.checks import checked, real, shown, whole
from ..support.checks.arrays import checked_array

__all__ = ["all_steps", "some_steps"]


@checked(n_steps=whole(1, 100_000), spike=real(above=0))
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
        What a spike is worth, in the units of images and weights; above 0.

    Returns
    -------
    drive : (image, step, output) array
        Sum of what each output has received so far.
    counts : list of (image, step, unit) array
        Signed spikes so far of the input, and of each layer but the last.

    Raises
    ------
    ValidationError
        If images and weights are no numbers, or do not fit each other.

    Examples
    --------
    >>> drive, counts = all_steps(np.array([[0.3, 1.0]]), [np.array([[1.0], [-0.25]])], 4)
    >>> counts[0][0].tolist()
    [[0, 1], [1, 2], [1, 3], [1, 4]]
    >>> drive[0, :, 0].tolist()
    [-0.25, 0.5, 0.25, 0.0]
    """
    return next(some_steps(images, matrices, n_steps, n_steps, spike))


def some_steps(
    images: np.ndarray, matrices: Sequence[np.ndarray], n_steps: int, at_once: int, spike: float = 1
) -> Iterator[tuple[np.ndarray, list[np.ndarray]]]:
    """The same in parts, so many steps at once: what a long run needs memory for.

    Parameters
    ----------
    images, matrices, n_steps, spike
        As of `all_steps`.
    at_once : int
        Steps of a part.

    Yields
    ------
    drive, counts : array, list of array
        As of `all_steps`, of the next steps.

    Examples
    --------
    >>> parts = some_steps(np.array([[0.3]]), [np.array([[1.0]])], 5, 2)
    >>> [drive[0, :, 0].tolist() for drive, _ in parts]
    [[0.0, 1.0], [1.0, 1.0], [1.0]]
    """
    rows = _wide(checked_array(images, "images", shape=("image", "input")))
    weights = _fitting(matrices, rows.shape[1])
    highest: list[Any] = [0] * len(weights)  # what a layer has emitted before
    for first in range(0, n_steps, at_once):
        times = np.arange(first + 1, min(first + at_once, n_steps) + 1, dtype=rows.dtype)
        sums = rows[:, np.newaxis] * times[:, np.newaxis]
        count = np.sign(sums) * np.maximum(_rounded(np.abs(sums), spike), 0)
        counts = [count.astype(np.int64)]
        for k, matrix in enumerate(weights[:-1]):
            rounded = _rounded(count.astype(matrix.dtype) @ matrix, spike)
            rounded[:, 0] = np.maximum(rounded[:, 0], highest[k])
            count = np.maximum.accumulate(np.maximum(rounded, 0), axis=1)
            highest[k] = count[:, -1]
            counts.append(count.astype(np.int64))
        yield count.astype(weights[-1].dtype) @ weights[-1], counts


def _wide(array: np.ndarray) -> np.ndarray:
    """In numbers that hold sums over time: integers of 64 bits, float32 or float64."""
    if array.dtype.kind in "biu":
        return array.astype(np.int64)
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)


def _fitting(matrices: Any, n_inputs: int) -> list[np.ndarray]:
    """Weights of layers, each of which takes what the one before gives."""
    if not isinstance(matrices, list | tuple) or not len(matrices):
        raise ValidationError(
            f"matrices is {shown(matrices)}; expected a list of (in, out) arrays, one or more"
        )
    found = [
        _wide(checked_array(matrix, f"matrices[{i}]", shape=("in", "out")))
        for i, matrix in enumerate(matrices)
    ]
    for i, matrix in enumerate(found):
        if len(matrix) != n_inputs:
            raise ValidationError(
                f"matrices[{i}] has shape {matrix.shape}; expected ({n_inputs}, out): "
                + ("images have so many numbers" if not i else "so many units come before")
            )
        n_inputs = matrix.shape[1]
    return found


def _rounded(sums: np.ndarray, spike: float) -> np.ndarray:
    """Spikes in a sum, half a spike rounded down."""
    if np.issubdtype(sums.dtype, np.integer):
        return -((int(spike) // 2 - sums) // int(spike))
    return np.ceil(sums / spike - 0.5)
