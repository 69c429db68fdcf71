"""Maxima of windows, and sums at places, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...support.compilation import compiled

__all__ = ["add_at", "first_maxima"]


@compiled
def first_maxima(values: Any, windows: Any) -> Any:
    """Largest value of every window in every channel, and its place among all.

    Parameters
    ----------
    values : (place, channel) array
        The values.
    windows : (window, member) array of int
        Places of each window's members; the first of equal ones is taken, as TensorFlow does.

    Returns
    -------
    maxima : (window, channel) array
    places : (window, channel) array of int
    """
    n, channels = len(windows), values.shape[1]
    maxima = np.empty((n, channels), values.dtype)
    places = np.empty((n, channels), np.int64)
    for i in range(n):
        for c in range(channels):
            best = windows[i, 0]
            for m in range(1, windows.shape[1]):
                place = windows[i, m]
                if values[place, c] > values[best, c]:
                    best = place
            maxima[i, c] = values[best, c]
            places[i, c] = best
    return maxima, places


@compiled
def add_at(found: Any, places: Any, values: Any) -> None:
    """Add values to ``found`` at places; several at one place add up.

    Parameters
    ----------
    found : (place,) array
        Changed in place.
    places : (n, m) array of int
        Where.
    values : (n, m) array
        What.
    """
    for i in range(places.shape[0]):
        for j in range(places.shape[1]):
            found[places[i, j]] += values[i, j]
