"""Scores of two classes under scikit-learn's names, with intervals; class 1 is the positive one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .interval import bootstrap

__all__ = ["BINARY_SCORES", "binary_interval", "binary_scores"]

#: scores by name, as they are listed
BINARY_SCORES = ("roc_auc", "f1", "precision", "recall")

_Score = Callable[[np.ndarray], np.ndarray]


def binary_scores(
    labels: np.ndarray, predictions: np.ndarray, margins: np.ndarray | None = None
) -> dict[str, float]:
    """Scores of answers of two classes.

    Parameters
    ----------
    labels, predictions : (n,) arrays of int
        True and given classes, 0 and 1.
    margins : (n,) array, optional
        How much the score of class 1 is above that of class 0.

    Returns
    -------
    dict of str to float
        ``roc_auc`` (where there are margins, and both classes), ``f1``, ``precision`` and
        ``recall`` as ``sklearn.metrics`` has them; 0 where nothing is positive
        (``zero_division=0``).

    Examples
    --------
    >>> labels, margins = np.array([0, 0, 1, 1]), np.array([-1.0, 0.5, 0.2, 2.0])
    >>> binary_scores(labels, (margins > 0).astype(int), margins)["roc_auc"]
    0.75
    """
    found = {}
    for name in BINARY_SCORES:
        score = _score(name, labels, predictions, margins)
        value = None if score is None else float(score(np.ones((1, len(labels))))[0])
        if value is not None and np.isfinite(value):
            found[name] = value
    return found


def binary_interval(
    labels: np.ndarray,
    predictions: np.ndarray,
    margins: np.ndarray | None,
    score: str,
    seed: int = 0,
    n_draws: int = 1000,
    groups: np.ndarray | None = None,
) -> tuple[float, float]:
    """The 95 % interval of a score: its percentiles over images drawn with replacement.

    Draws that hold one class only have no AUC and are left out of its interval.

    Parameters
    ----------
    labels, predictions, margins
        As for `binary_scores`; margins are needed for ``roc_auc``.
    score : {"roc_auc", "f1", "precision", "recall"}
        Which score.
    seed : int
        Decides the draws.
    n_draws : int
        Number of draws.
    groups : (n,) array of int, optional
        Images with the same number are drawn together.
    """
    of_draws = _score(score, labels, predictions, margins)
    assert of_draws is not None
    return bootstrap(len(labels), of_draws, seed, n_draws, groups)


def _score(
    name: str, labels: np.ndarray, predictions: np.ndarray, margins: np.ndarray | None
) -> _Score | None:
    """A score of any choice of images: from how often each is chosen, ``(draw, image)``."""
    if name == "roc_auc":
        return None if margins is None else _auc(labels, margins)
    true, given = labels == 1, predictions == 1
    both = (true & given).astype(float)
    total = {
        "precision": given.astype(float),
        "recall": true.astype(float),
        "f1": (true.astype(float) + given) / 2,
    }[name]
    return lambda times: _share(times @ both, times @ total)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.where(whole > 0, part / np.where(whole > 0, whole, 1), 0.0)
    return found


def _auc(labels: np.ndarray, margins: np.ndarray) -> _Score:
    """Share of pairs (one of class 1, one of class 0) in the right order; equals count half."""
    order = np.argsort(margins, kind="stable")
    ranked = margins[order]
    firsts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])  # of equal margins
    positive = labels[order] == 1

    def score(times: np.ndarray) -> np.ndarray:
        drawn = times[:, order]
        above = np.add.reduceat(drawn * positive, firsts, axis=1)
        below = np.add.reduceat(drawn * ~positive, firsts, axis=1)
        lower = np.cumsum(below, axis=1) - below / 2
        pairs = above.sum(axis=1) * below.sum(axis=1)
        share = (above * lower).sum(axis=1) / np.where(pairs > 0, pairs, 1)
        found: np.ndarray = np.where(pairs > 0, share, np.nan)
        return found

    return score
