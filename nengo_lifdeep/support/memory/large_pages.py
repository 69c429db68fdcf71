"""Arrays of a few hundred kilobytes whose memory the system hands out in large pages."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["zeros_in_large_pages"]

_PAGE = 2 << 20
_FROM = 100 << 10  # below, an array is in few pages anyway


def zeros_in_large_pages(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """As `numpy.zeros`, for arrays of which a loop touches a little in every row.

    Rows that lie in another page each keep the processor looking for pages. NumPy asks Linux for
    large ones where an array has 4 MB, so that memory is taken out of one of that size, from where
    a page begins; what is not used of it is never handed out. Elsewhere this is `numpy.zeros`.

    Parameters
    ----------
    shape : tuple of int
        Shape.
    dtype : dtype
        Type of the numbers.

    Examples
    --------
    >>> array = zeros_in_large_pages((2, 300, 300), np.float32)
    >>> array.shape, bool(array.any()), array.flags.c_contiguous, array.ctypes.data % 2**21
    ((2, 300, 300), False, True, 0)
    """
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    if n_bytes < _FROM:
        return np.zeros(shape, dtype)
    room = np.empty(max(n_bytes, _PAGE) + _PAGE, np.uint8)
    start = -room.ctypes.data % _PAGE
    found = room[start : start + n_bytes].view(dtype).reshape(shape)
    found[...] = 0
    return found
