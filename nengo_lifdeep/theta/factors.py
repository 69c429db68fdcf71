"""The coupling of classes as a product of two matrices: whole, or its largest singular values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import ValidationError

__all__ = ["factors"]

#: least part of what a class receives that the kept singular values must leave; and what rounding
#: leaves of nothing
_LEAST, _ROUNDING = 0.1, 1e-9


def factors(coupling: NDArray, rank: int | None) -> tuple[NDArray, NDArray]:
    """Left and right factor.

    What is dropped would change how much a class receives: so rows are scaled to add up to what
    they did.

    Parameters
    ----------
    coupling : (class, class) array
        As of `MeanField`.
    rank : int or None
        How many singular values are kept; None for all.

    Returns
    -------
    left : (class, rank) array
    right : (rank, class) array

    Raises
    ------
    ValidationError
        If a class would receive nearly nothing, or the opposite, of what it does in all: no
        scaling of its row repairs that.

    Examples
    --------
    >>> left, right = factors(np.array([[1.0, 2.0], [2.0, 4.1]]), 1)
    >>> (left @ right).sum(axis=1).round(6)
    array([3. , 6.1])
    """
    if rank is None or rank == len(coupling):
        return coupling, np.eye(len(coupling))
    u, s, v = np.linalg.svd(coupling)
    left, right = u[:, :rank] * s[:rank], v[:rank]
    received, kept = coupling.sum(axis=1), (left @ right).sum(axis=1)
    most = np.abs(coupling).sum(axis=1)
    noise = _ROUNDING * most.max()
    something = np.abs(received) > noise
    lost = np.where(
        something,
        kept * np.sign(received) < _LEAST * np.abs(received),
        np.abs(kept) > np.maximum(_LEAST * most, noise),
    )
    if np.any(lost):
        first = int(np.argmax(lost))
        raise ValidationError(
            f"rank is {rank}, with which class {first} receives {kept[first]:.3g} in all where the "
            f"coupling has {received[first]:.3g} ({np.count_nonzero(lost)} of {len(coupling)} "
            "classes are like it); expected a higher rank, or None for all singular values"
        )
    scale = np.where(something, received / np.where(something, kept, 1.0), 1.0)
    return left * scale[:, None], right
