"""Short names for the contents of arrays, the same in every process and version."""

from __future__ import annotations

import hashlib

import numpy as np

__all__ = ["fingerprint"]


def fingerprint(*arrays: np.ndarray) -> str:
    """Short name for the contents of arrays: 16 hexadecimal digits.

    Parameters
    ----------
    *arrays : array
        Arrays of any shape.

    Examples
    --------
    >>> ones = np.ones(3, np.float32)
    >>> fingerprint(ones) == fingerprint(ones.copy()), fingerprint(ones) == fingerprint(2 * ones)
    (True, False)
    """
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:16]
