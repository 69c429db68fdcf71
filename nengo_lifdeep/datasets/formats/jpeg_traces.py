"""What JPEG leaves in pixels that were decoded from it: brightness in steps, block by block."""

from __future__ import annotations

import functools

import numpy as np
from scipy.fft import dctn

__all__ = ["jpeg_quality"]

#: images that are examined, at equal distances
_SAMPLE = 100

#: rows and columns of JPEG's blocks
_BLOCK = 8

#: ITU-T T.81, table K.1: steps of brightness at quality 50, by frequency
_STEPS = np.array(
    [[16, 11, 10, 16, 24, 40, 51, 61], [12, 12, 14, 19, 26, 58, 60, 55],
     [14, 13, 16, 24, 40, 57, 69, 56], [14, 17, 22, 29, 51, 87, 80, 62],
     [18, 22, 37, 56, 68, 109, 103, 77], [24, 35, 55, 64, 81, 104, 113, 92],
     [49, 64, 78, 87, 103, 121, 120, 101], [72, 92, 95, 98, 112, 100, 103, 99]]
)  # fmt: skip

#: ITU-R BT.601: brightness of red, green and blue
_BRIGHTNESS = (0.299, 0.587, 0.114)

#: qualities that are looked for: with coarser steps nothing is left, finer ones are pixels' own
_QUALITIES = range(3, 93)

#: mean cosine of coefficients in units of a step from which on they are multiples of it
_SURE = 0.5

#: coefficients other than zero that are enough to tell
_ENOUGH = 200


def jpeg_quality(images: np.ndarray) -> int | None:
    """The quality with which images were written as JPEG before; None where nothing shows it.

    JPEG rounds the frequencies of every block of 8 x 8 pixels to multiples of a step, which
    decoding keeps. What is tried are the steps of the standard's table of brightness at every
    quality, as libjpeg scales it (Independent JPEG Group). It is not seen where the images were
    moved, scaled or turned afterwards, or in quality above 92, whose steps are as small as the
    rounding of pixels.

    Parameters
    ----------
    images : (n, row, column, channel) array of uint8
        Grey images or those in red, green and blue; 100 of them, at equal distances, are looked at.

    Examples
    --------
    >>> jpeg_quality(np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), np.uint8))
    """
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in (1, 3):
        return None
    rows, columns = (size // _BLOCK for size in images.shape[1:3])
    if not rows or not columns:
        return None
    chosen = np.unique(np.linspace(0, len(images) - 1, min(len(images), _SAMPLE)).astype(int))
    pixels = images[chosen, : rows * _BLOCK, : columns * _BLOCK].astype(float)
    grey = pixels[..., 0] if images.shape[3] == 1 else pixels @ _BRIGHTNESS
    blocks = (grey - 128).reshape(-1, rows, _BLOCK, columns, _BLOCK).swapaxes(2, 3)
    found = dctn(blocks.reshape(-1, _BLOCK, _BLOCK), axes=(1, 2), norm="ortho")
    sure = {quality: _multiples(found, quality) for quality in _QUALITIES}
    best = max(sure, key=sure.__getitem__)
    return best if sure[best] > _SURE else None


def _multiples(coefficients: np.ndarray, quality: int) -> float:
    """How far coefficients, but the mean, are multiples of a quality's steps: 1 all, 0 none."""
    steps = _scaled(quality)
    inside = steps <= 3 * steps.min()  # beyond, almost all are zero
    inside[0, 0] = False
    units = coefficients[:, inside] / steps[inside]
    units = units[np.abs(units) > 0.6]
    return float(np.cos(2 * np.pi * units).mean()) if units.size >= _ENOUGH else 0.0


@functools.cache
def _scaled(quality: int) -> np.ndarray:
    """The steps of a quality, as libjpeg has them."""
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.clip((_STEPS * percent + 50) // 100, 1, 255)
