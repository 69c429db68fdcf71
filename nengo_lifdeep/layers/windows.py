"""Windows slid over an image: their sizes in pixels, and how many of them fit."""

from __future__ import annotations

import math

__all__ = ["window_geometry"]


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
