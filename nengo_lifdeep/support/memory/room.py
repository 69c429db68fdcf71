"""`Room`: arrays to work in that are used again and again."""

from __future__ import annotations

import math
import threading

import numpy as np
from numpy.typing import NDArray

__all__ = ["Room"]


class Room:
    """Arrays of float32 by name, whose memory is kept.

    The system clears memory page by page when it hands it out, which can take longer than what is
    done in it. Every thread has arrays of its own: by its number, because `threading.local` forgets
    a thread of TensorFlow after each call of a function in Python.

    Examples
    --------
    >>> room = Room()
    >>> first, second = room("noise", (2, 3)), room("noise", (3, 1))
    >>> second.shape, np.shares_memory(first, second)
    ((3, 1), True)
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[int, str], NDArray[np.float32]] = {}

    def __call__(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """An array whose numbers are left from before.

        Parameters
        ----------
        name : str
            Whose memory.
        shape : tuple of int
            Its shape.
        """
        size, key = math.prod(shape), (threading.get_ident(), name)
        kept = self._kept.get(key)
        if kept is None or kept.size < size:
            kept = self._kept[key] = np.empty(size, np.float32)
        return kept[:size].reshape(shape)
