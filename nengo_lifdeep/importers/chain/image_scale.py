"""Infer the range of pixels of an imported model from its first operation, where it is clear."""

from __future__ import annotations

import numpy as np

from ...errors import UnsupportedLayerError

__all__ = ["full_scale"]

#: offsets of a rescaled image: to [0, 1], [-0.5, 0.5] or [-1, 1]
_SPANS = {0.0: 1.0, -0.5: 1.0, -1.0: 2.0}

#: brightest pixels of 3 to 16 bits, and the powers of two that some divide by in their place
_BRIGHTEST = tuple(2.0**bits - less for bits in range(3, 17) for less in (1, 0))

#: deviations up to here leave pixels in [0, 1] at order one; of those no deviation is above 0.5
_WIDEST = 2.0

#: pixels whose mean or three deviations pass this are counted to 255
_BYTES = 32.0


def full_scale(scale: np.ndarray, offset: np.ndarray) -> float:
    """What the brightest pixel is worth to a model that begins with ``scale * pixel + offset``.

    Rescaling to [0, 1], [-0.5, 0.5] or [-1, 1] says it exactly. A normalisation by mean and
    deviation says it where they are possible for one range only: of pixels in [0, 1] the mean
    is at most 1, and what is above 32 is counted up to 255.

    Parameters
    ----------
    scale, offset : arrays of one number or one for each channel
        The model's own first operation.

    Returns
    -------
    float
        1 for pixels in [0, 1], 255 for pixels from 0 to 255, 16 for a model that divides by 16.

    Raises
    ------
    UnsupportedLayerError
        If it is not certain.

    Examples
    --------
    >>> full_scale(np.array([1 / 255]), np.array([0.0]))
    255.0
    >>> full_scale(np.array([1 / 127.5]), np.array([-1.0]))
    255.0
    >>> full_scale(np.array([3.2]), np.array([-0.4]))
    1.0
    >>> full_scale(np.array([3.2, 3.0]), np.full((8, 8, 2), -0.4))
    1.0
    """
    both = np.broadcast_arrays(np.asarray(scale, np.float64), np.asarray(offset, np.float64))
    scale, offset = map(np.ravel, both)  # an offset may be an image: padding before a shift
    if (scale <= 0).any():
        return 1.0
    if np.ptp(scale) == 0 and np.ptp(offset) == 0:
        spans = [span for at, span in _SPANS.items() if abs(offset[0] - at) < 1e-3]
        exact = spans[0] / float(scale[0]) if spans else 1.0
        near = [full for full in _BRIGHTEST if abs(exact - full) < 1e-3 * full]
        if near:
            nearest = min(near, key=lambda full: abs(exact - full))
            return 255.0 if nearest == 256.0 else nearest
    mean, deviation = -offset / scale, 1 / scale
    if mean.max() <= 1 and deviation.max() <= _WIDEST:
        return 1.0
    # a factor alone, without a mean, is no normalisation: 1 / 100 may be of per cents
    counted = mean.max() > 0 and (mean + 3 * deviation).max() > _BYTES
    if counted and mean.max() <= 255 and mean.min() >= 0 and deviation.max() <= 127.5 * 1.01:
        return 255.0
    raise UnsupportedLayerError(
        f"the model begins with {float(scale[0]):.4g} * pixel + {float(offset[0]):.4g}, which "
        "fits pixels of no range that is certain. Say what it takes: "
        "preprocessing=Preprocessing(scale=255.0) for pixels from 0 to 255, "
        "Preprocessing(scale=16.0) for 0 to 16, Preprocessing() for pixels in [0, 1]"
    )
