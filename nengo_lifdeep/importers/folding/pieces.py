"""A map of one axis of an image as pieces: parts of the axis, each under a window that slides."""

from __future__ import annotations

import dataclasses

import numpy as np

from ...support.short_repr import short_repr
from .layers import uniform_pool

__all__ = ["MOST_PIECES", "Piece", "pieces"]

#: pieces of the rows times those of the columns; each is a path of its own to the next neurons
MOST_PIECES = 25


@dataclasses.dataclass(frozen=True, eq=False)
class Piece:
    """Neighbouring new pixels that are the same weights on a window of the old ones.

    Parameters
    ----------
    crop : (int, int)
        Old pixels that are left out before and after; below zero where zeros are put there.
    kernel : (n,) array
        Weights of a window.
    stride : int
        Old pixels between windows.
    border : (int, int)
        New pixels before and after, which other pieces give.
    """

    crop: tuple[int, int]
    kernel: np.ndarray
    stride: int
    border: tuple[int, int]

    __repr__ = short_repr

    @property
    def is_plain(self) -> bool:
        """Whether it gives old pixels as they are."""
        return self.stride == 1 and np.array_equal(self.kernel, [1.0])


def pieces(matrix: np.ndarray) -> list[Piece] | None:
    """Pieces whose sum is a matrix of one axis; None if there are more than `MOST_PIECES`.

    Parameters
    ----------
    matrix : (after, before) array
        The map of one axis.

    Examples
    --------
    >>> [piece.border for piece in pieces(np.eye(4)[[1, 0, 1, 2, 3, 2]])]  # reflected
    [(0, 5), (1, 1), (5, 0)]
    """
    found: list[Piece] = []
    after = len(matrix)
    start = 0
    while start < after:
        if not matrix[start].any():
            start += 1
            continue
        if len(found) == MOST_PIECES:
            return None
        end = start + 1
        piece = _piece(matrix, start, end)
        assert piece is not None  # one new pixel is one window
        while end < after and (longer := _piece(matrix, start, end + 1)) is not None:
            piece, end = longer, end + 1
        found.append(piece)
        start = end
    return found or None


def _piece(matrix: np.ndarray, start: int, end: int) -> Piece | None:
    part = matrix[start:end]
    seen = np.flatnonzero(part.any(axis=0))
    first, last = int(seen[0]), int(seen[-1]) + 1
    window = uniform_pool(part[:, first:last])
    if window is None:
        return None
    kernel, stride, (before, trailing) = window
    size = matrix.shape[1]
    if (before > 0 and first > 0) or (trailing > 0 and last < size):
        return None  # pixels stand where the window takes zeros
    return Piece(
        (first - before, size - last - trailing), kernel, stride, (start, len(matrix) - end)
    )
