"""Choose images of every class in proportion, to split a data set or to take a sample."""

from __future__ import annotations

import numpy as np

__all__ = ["stratified_mask", "stratified_sample"]


def stratified_mask(
    labels: np.ndarray, share: float, seed: int, groups: np.ndarray | None = None
) -> np.ndarray:
    """Choose a share of every class, the same one for the same labels and seed on any machine.

    Ranks raw words of a bit generator, whose stream NumPy promises to keep, unlike that of
    ``Generator.permutation``; so a split made today stays comparable.

    Parameters
    ----------
    labels : (n,) array of integers
    share : float
        Between 0 and 1; rounded to whole images per class.
    seed : int
    groups : (n,) array of integers, optional
        Images with the same number are chosen together, as one of the class of the first of them.

    Returns
    -------
    (n,) array of bool
        True for the chosen ones.

    Examples
    --------
    >>> int(stratified_mask(np.repeat([0, 1], 10), 0.2, seed=0).sum())
    4
    """
    if groups is not None:
        _, firsts, of = np.unique(groups, return_index=True, return_inverse=True)
        return stratified_mask(labels[firsts], share, seed)[of]
    order = np.argsort(np.random.PCG64(seed).random_raw(len(labels)))
    chosen = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = order[labels[order] == label]
        chosen[members[: round(share * len(members))]] = True
    return chosen


def stratified_sample(labels: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Draw ``n`` images, of every class as many as its share, the same ones on any machine.

    Each class gets its share rounded down; what is left goes to the classes with the largest
    remainders, of equal ones to those drawn first. The order is random too, so that the beginning
    of the sample is one as well.

    Parameters
    ----------
    labels : (n_images,) array of integers
    n : int
        At most as many as there are.
    seed : int

    Returns
    -------
    (n,) array of int
        Positions of the drawn images.

    Examples
    --------
    >>> labels = np.repeat([0, 1, 2], [50, 30, 20])
    >>> np.bincount(labels[stratified_sample(labels, 10, seed=0)])
    array([5, 3, 2])
    """
    words = np.random.PCG64(seed).random_raw(len(labels))
    order = np.argsort(words, kind="stable")
    classes, counts = np.unique(labels, return_counts=True)
    quota, remainder = np.divmod(n * counts, len(labels))  # whole numbers: no rounding
    first = np.array([words[labels == label].min() for label in classes])
    extra = np.lexsort((first, -remainder))[: n - int(quota.sum())]
    quota[extra] += 1
    ranks = np.empty(len(labels), np.int64)
    for label in classes:
        members = order[labels[order] == label]
        ranks[members] = np.arange(len(members))
    return order[ranks[order] < quota[np.searchsorted(classes, labels[order])]]
