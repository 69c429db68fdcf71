"""Which classes are taken for which."""

from __future__ import annotations

import numpy as np

from ...errors import ValidationError

__all__ = ["confusion_counts"]

#: classes whose confusion is counted, as a matrix of their square (512 MiB)
_MOST_CONFUSED = 8192


def confusion_counts(labels: np.ndarray, predictions: np.ndarray, n: int) -> np.ndarray:
    """How often each class is taken for each, shape ``(true class, given class)``.

    Parameters
    ----------
    labels, predictions : (image,) arrays of int
        True and given classes.
    n : int
        Number of classes.

    Raises
    ------
    ValidationError
        If the counts would fill the memory, almost all of them zeros.

    Examples
    --------
    >>> confusion_counts(np.array([0, 1, 1]), np.array([0, 1, 0]), 2).tolist()
    [[1, 0], [1, 1]]
    """
    if n > _MOST_CONFUSED:
        raise ValidationError(
            f"the confusion of {n:,} classes would take {n * n * 8 / 2**30:,.1f} GiB; at most "
            f"{_MOST_CONFUSED:,} classes can be counted. Count pairs of labels and predictions "
            "with numpy.unique(pairs, axis=0, return_counts=True)"
        )
    matrix = np.zeros((n, n), dtype=np.int64)
    np.add.at(matrix, (labels, predictions), 1)
    return matrix
