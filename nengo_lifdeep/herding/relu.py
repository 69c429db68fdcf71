"""The rectified-linear network that herding neurons approach, one image at a time, in NumPy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["descend", "scores"]


def scores(images: np.ndarray, matrices: Sequence[np.ndarray]) -> np.ndarray:
    """Sums that reach the outputs, ``(image, output)``.

    Parameters
    ----------
    images : (image, input) array
    matrices : sequence of (in, out) array
        Weights of the layers.
    """
    for matrix in matrices[:-1]:
        images = np.maximum(images @ matrix, 0)
    return np.asarray(images @ matrices[-1])


def descend(
    images: np.ndarray, targets: np.ndarray, matrices: Sequence[np.ndarray], learning_rate: float
) -> np.ndarray:
    """Gradient descent on half the squared error, image by image; the weights change in place.

    Outputs are rectified in training, and an error passes a sum of 0, as in the spiking network.

    Parameters
    ----------
    images : (image, input) array
    targets : (image, output) array
    matrices : sequence of (in, out) array
        Weights of the layers.
    learning_rate : float
        Step along the gradient.

    Returns
    -------
    (image, output) array
        What reached the outputs before each image was learned.
    """
    found = np.empty(targets.shape, matrices[0].dtype)
    rate = matrices[0].dtype.type(learning_rate)
    for n, (image, target) in enumerate(zip(images, targets, strict=True)):
        activities, sums = [image], []
        for matrix in matrices:
            sums.append(activities[-1] @ matrix)
            activities.append(np.maximum(sums[-1], 0))
        found[n] = sums[-1]
        error = activities[-1] - target
        for layer in reversed(range(len(matrices))):
            error = error * (sums[layer] >= 0)
            back = matrices[layer] @ error if layer else error
            into = activities[layer]
            on = np.nonzero(into)[0]
            matrices[layer][on] -= np.outer(into[on] * rate, error)
            error = back
    return found
