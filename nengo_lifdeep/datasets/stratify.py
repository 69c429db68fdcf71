"""Splitting a set that comes without a split of its own: the same share of every class."""

from __future__ import annotations

import numpy as np

__all__ = ["stratified_mask"]


def stratified_mask(labels: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Choose a share of every class, the same one for the same labels and seed on any machine.

    Ranks raw words of a bit generator, whose stream NumPy promises to keep, unlike that of
    ``Generator.permutation``; so a split made today stays comparable.

    Parameters
    ----------
    labels : (n,) array of integers
    share : float
        Between 0 and 1; rounded to whole images per class.
    seed : int

    Returns
    -------
    (n,) array of bool
        True for the chosen ones.

    Examples
    --------
    >>> stratified_mask(np.repeat([0, 1], 10), 0.2, seed=0).sum()
    np.int64(4)
    """
    order = np.argsort(np.random.PCG64(seed).random_raw(len(labels)))
    chosen = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = order[labels[order] == label]
        chosen[members[: round(share * len(members))]] = True
    return chosen
