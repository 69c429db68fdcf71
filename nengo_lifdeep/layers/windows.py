"""Windows slid over an image: their sizes in pixels, and how many of them fit."""

from __future__ import annotations

import math

__all__ = ["reach", "window_geometry"]

#: pixels of an image with its padding, where the image is small
_MOST_PADDED = 2**22


def window_geometry(size: int, window: int, stride: int, padding: str) -> tuple[int, int]:
    """Output length and leading padding of a sliding window along one axis.

    Parameters
    ----------
    size, window, stride : int
        Input length, window length and step, in pixels.
    padding : {"valid", "same"}
        TensorFlow's (and Nengo's) rule: "same" pads so that the output has
        ``ceil(size / stride)`` entries, an odd pixel of padding after the image.

    Returns
    -------
    length, before : int
        Output length and the number of padding pixels before the image.

    Examples
    --------
    >>> window_geometry(24, 3, 2, "same")
    (12, 0)
    """
    if padding == "valid":
        return (size - window) // stride + 1, 0
    length = math.ceil(size / stride)
    total = max((length - 1) * stride + window - size, 0)
    return length, total // 2


def reach(
    image: tuple[int, int], window: tuple[int, int], strides: tuple[int, int], padding: str
) -> tuple[int, int]:
    """Pixels that the windows reach over together with the image, and how many they may.

    More would be padding that fills the memory: at most 16 times the image, or 4 million.

    Parameters
    ----------
    image, window, strides : (int, int)
        Rows and columns, in pixels.
    padding : {"valid", "same"}
        As of `window_geometry`.

    Examples
    --------
    >>> reach((8, 8), (3, 3), (1, 1), "same")
    (100, 4194304)
    """
    whole = 1
    for n, k, s in zip(image, window, strides, strict=True):
        length, _ = window_geometry(n, k, s, padding)
        whole *= max(n, (length - 1) * s + k if padding == "same" else n)
    return whole, max(_MOST_PADDED, 16 * math.prod(image))
