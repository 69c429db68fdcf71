"""Means that are taken away from images and divisors of their channels: computed, and checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..datasets.base import Split
from ..errors import ValidationError
from ..support.arrays.owned_arrays import owned
from ..support.checks.arrays import checked_array, plain_array

__all__ = ["checked_divisor", "checked_mean", "mean_image"]


def mean_image(split: Split) -> np.ndarray:
    """Mean over the images in [0, 1], summed exactly for uint8 and without a float copy.

    Parameters
    ----------
    split : Split
        The images, or the frames of films; of more than 10,000 in files, as many at
        equal distances are decoded.

    Returns
    -------
    (row, column, channel) array of float32
    """
    split = split.frames
    if split.is_lazy:
        mean = _mean_of_some(split)
    elif split.images.dtype == np.uint8:
        mean = split.images.sum(axis=0, dtype=np.uint64) / (255 * len(split))
    else:
        mean = split.images.mean(axis=0, dtype=np.float64)
    return mean.astype(np.float32)


def _mean_of_some(split: Split, most: int = 10_000, at_once: int = 256) -> np.ndarray:
    """Mean of up to ``most`` images that are decoded for it, some at once."""
    chosen = np.unique(np.linspace(0, len(split) - 1, min(most, len(split))).astype(int))
    exact = np.uint64 if split.images.dtype == np.uint8 else np.float64
    total = np.zeros(split.image_shape, exact)
    for start in range(0, len(chosen), at_once):
        total += split.images[chosen[start : start + at_once]].sum(axis=0, dtype=exact)
    return total / ((255 if exact is np.uint64 else 1) * len(chosen))


def checked_mean(mean: Any) -> np.ndarray:
    """A mean image, or a mean of every channel, as an array of its own.

    Parameters
    ----------
    mean : (row, column, channel) or (channel,) array_like
        In [0, 1].

    Raises
    ------
    ValidationError
        If it has another shape, or values that no mean of pixels has.
    """
    given = plain_array(mean, "Preprocessing.mean")
    if given.dtype.kind not in "iuf":
        raise ValidationError(
            f"Preprocessing.mean is of type {given.dtype}; expected real numbers from 0 to 1"
        )
    mean = given.astype(np.float32, copy=False)
    if mean.ndim not in (1, 3) or not mean.size:
        raise ValidationError(
            f"Preprocessing.mean has shape {mean.shape}; expected an image (row, column, channel), "
            "or one number for every channel"
        )
    if not (np.isfinite(mean).all() and mean.min() >= 0 and mean.max() <= 1):
        raise ValidationError(
            f"Preprocessing.mean has values in [{mean.min()}, {mean.max()}]; expected a mean of "
            "pixels in [0, 1]"
        )
    return owned(mean)


def checked_divisor(divisor: Any, mean: np.ndarray | None) -> np.ndarray:
    """What every channel is divided by, as an array of its own.

    Parameters
    ----------
    divisor : (channel,) array_like
        Above 0.
    mean : array or None
        What is subtracted before, with as many channels.

    Raises
    ------
    ValidationError
        If it has another shape, a number is not positive and finite, or the mean has other
        channels.
    """
    found = checked_array(
        divisor, "Preprocessing.divisor", kind="number", shape=("channel",), dtype=np.float32
    )
    if not found.size or found.min() <= 0:
        raise ValidationError(
            f"Preprocessing.divisor is {found.tolist()}; expected a number above 0 for every "
            "channel. A channel that is the same in all images has no deviation: divide it by 1"
        )
    if mean is not None and mean.shape[-1] != len(found):
        raise ValidationError(
            f"Preprocessing.divisor has {len(found)} channels and the mean {mean.shape[-1]}; "
            "expected as many"
        )
    return owned(found)
