"""Counting correct predictions for every window of time, at once."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

__all__ = ["count_grid", "count_row", "grid_shares", "running_totals", "shares"]

#: bytes of running totals that are held at once
_AT_ONCE = 1 << 25

#: numbers in one block of the grid's arithmetic: few enough for a processor's second cache
_IN_CACHE = 1 << 16


def running_totals(scores: np.ndarray) -> Iterator[tuple[np.ndarray, slice]]:
    """Sums of the scores over all steps before each, some images at a time.

    Parameters
    ----------
    scores : (image, step, class) array of float
        Class scores at every step.

    Yields
    ------
    (image, step + 1, class) array of float64, slice
        The first is zero; which images they are.
    """
    n, n_steps, n_classes = scores.shape
    most = max(1, _AT_ONCE // (8 * (n_steps + 1) * max(n_classes, 1)))
    for first in range(0, n, most):
        part = slice(first, min(first + most, n))
        total = np.zeros((part.stop - first, n_steps + 1, n_classes))
        np.cumsum(scores[part], axis=1, out=total[:, 1:])
        yield total, part


def count_row(total: np.ndarray, labels: np.ndarray, start: int) -> np.ndarray:
    """Images that are right averaging from ``start`` on, shape ``(step + 1,)``.

    Parameters
    ----------
    total : (image, step + 1, class) array of float64
        Running totals of the scores.
    labels : (n_images,) array of int
        The true classes.
    start : int
        First step of the average, counted from 0.
    """
    counts = np.zeros(total.shape[1], np.int64)
    answers = (total[:, start + 1 :] - total[:, start : start + 1]).argmax(axis=2)
    counts[start + 1 :] = (answers == labels[:, np.newaxis]).sum(axis=0)
    return counts


def count_grid(scores: np.ndarray, labels: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Images that are right in every window between two edges, shape ``(edge, edge)``.

    The class of an image wins a window if its gain there is above that of every class before it
    and not below that of any later class: the result of ``argmax`` of the gains, without a search.

    Parameters
    ----------
    scores : (image, step, class) array of float
        Class scores at every step.
    labels : (n_images,) array of int
        The true classes.
    edges : (edge,) array of int
        Steps at which windows begin and end.
    """
    counts = np.zeros((len(edges), len(edges)), np.int64)
    for total, part in running_totals(scores):
        sums = total[:, edges]
        n_edges, n_classes = sums.shape[1:]
        most = max(1, _IN_CACHE // (n_edges * n_classes))
        for label in np.unique(labels[part]):
            members = np.flatnonzero(labels[part] == label)
            if not 0 <= label < n_classes:
                continue
            for first in range(0, len(members), most):
                # (class, image, edge): comparisons then run along memory
                own = np.ascontiguousarray(sums[members[first : first + most]].transpose(2, 0, 1))
                _add_wins(counts, own, int(label))
    return counts


def _add_wins(counts: np.ndarray, sums: np.ndarray, label: int) -> None:
    room = np.empty(sums.size)  # new arrays of this size would cost more than the arithmetic
    n_classes, n_images, n_edges = sums.shape
    for start in range(n_edges - 1):
        shape = (n_classes, n_images, n_edges - 1 - start)
        gain = room[: math.prod(shape)].reshape(shape)
        np.subtract(sums[:, :, start + 1 :], sums[:, :, start : start + 1], out=gain)
        mine = gain[label]
        wins = np.ones(mine.shape, bool)
        if label > 0:
            wins &= mine > gain[:label].max(axis=0)
        if label + 1 < len(gain):
            wins &= mine >= gain[label + 1 :].max(axis=0)
        counts[start, start + 1 :] += wins.sum(axis=0)


def shares(right: np.ndarray, starts: list[int], n_images: int) -> np.ndarray:
    """Rows of counts as accuracies; NaN up to each row's start.

    Parameters
    ----------
    right : (start, step + 1) array of int
        Images that are right.
    starts : list of int
        Step from which on each row averages.
    n_images : int
        Of how many images.
    """
    found = right / n_images
    found[np.arange(right.shape[1]) <= np.asarray(starts)[:, np.newaxis]] = np.nan
    return found


def grid_shares(right: np.ndarray, n_images: int, rows: int) -> np.ndarray:
    """A grid of counts as accuracies; NaN where the window is no step.

    Parameters
    ----------
    right : (edge, edge) array of int
        Images that are right.
    n_images : int
        Of how many images.
    rows : int
        Edges at which windows begin.
    """
    return shares(right[:rows], list(range(rows)), n_images)
