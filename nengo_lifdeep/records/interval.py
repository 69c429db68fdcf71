"""Intervals: how far an accuracy, or any other score, may be off."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import special

from ..support.checks import checked, checked_number, real

__all__ = ["bootstrap", "grouped_interval", "wilson_interval"]

#: draws times images that are computed at once
_AT_ONCE = 1 << 22


@checked(successes=real(0), n=real(above=0), z=real(0))
def wilson_interval(successes: float, n: float, z: float = 1.96) -> tuple[float, float]:
    """Interval of a share of ``n`` trials (Wilson 1927), at 95 % by default.

    Parameters
    ----------
    successes : float
        Number of successes.
    n : float
        Number of trials.
    z : float
        Quantile of the normal distribution; 1.96 for 95 %.

    Examples
    --------
    >>> low, high = wilson_interval(99, 100)
    >>> round(low, 3), round(high, 3)
    (0.946, 0.998)
    """
    n = checked_number(n, "n", low=1)
    p = checked_number(successes, "successes", low=0, high=n) / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def grouped_interval(right: np.ndarray, groups: np.ndarray) -> tuple[float, float]:
    """The 95 % interval of a share of answers that belong together in groups.

    Wilson's, of as many answers as would have the variance that the groups show, which is the
    linearised one of a ratio (E. L. Korn & B. I. Graubard 1998, Survey Methodology 24:193), with
    the quantile of Student's t for the number of groups. Where all groups are alike, of as many
    answers as there are groups; of one group, of one answer.

    Parameters
    ----------
    right : (n,) array of bool
        Which answers are right.
    groups : (n,) array of int
        The group of every answer.

    Examples
    --------
    >>> right = np.repeat(np.arange(20) % 2 == 0, 50)
    >>> [round(end, 2) for end in grouped_interval(right, np.repeat(np.arange(20), 50))]
    [0.28, 0.72]
    >>> [round(end, 2) for end in wilson_interval(500, 1000)]
    [0.47, 0.53]
    """
    _, of = np.unique(groups, return_inverse=True)
    sizes = np.bincount(of).astype(float)
    sums = np.bincount(of, weights=right)
    n, n_groups = float(sizes.sum()), len(sizes)
    share = float(sums.sum()) / n
    if n_groups == 1:
        return wilson_interval(share, 1)
    squares = float(((sums - share * sizes) ** 2).sum())
    variance = n_groups / (n_groups - 1) * squares / n**2
    alike = n**2 / float((sizes**2).sum())  # answers, if each group's were all the same
    effective = share * (1 - share) / variance if variance > 0 else alike
    effective = min(max(effective, 1.0), n)
    return wilson_interval(
        share * effective, effective, float(special.stdtrit(n_groups - 1, 0.975))
    )


def bootstrap(
    n: int,
    score: Callable[[np.ndarray], np.ndarray],
    seed: int = 0,
    n_draws: int = 1000,
    groups: np.ndarray | None = None,
) -> tuple[float, float]:
    """The 95 % interval of a score: its percentiles over images drawn with replacement.

    B. Efron & R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.

    Parameters
    ----------
    n : int
        Number of images.
    score : callable
        Takes how often each image was drawn, ``(draw, n)``, and returns a score for every draw;
        NaN for those that have none, which are left out.
    seed : int
        Decides the draws.
    n_draws : int
        Number of draws.
    groups : (n,) array of int, optional
        Images with the same number are drawn together.

    Examples
    --------
    >>> values = np.arange(100.0)
    >>> low, high = bootstrap(100, lambda times: times @ values / times.sum(axis=1))
    >>> bool(low < 49.5 < high), high - low < 15
    (True, True)
    """
    rng = np.random.default_rng(seed)
    found = []
    at_once = max(1, _AT_ONCE // n)
    of = None if groups is None else np.unique(groups, return_inverse=True)[1]
    drawn_from = n if of is None else int(of.max()) + 1
    shares = np.full(drawn_from, 1 / drawn_from)
    for first in range(0, n_draws, at_once):
        drawn = rng.multinomial(drawn_from, shares, size=min(at_once, n_draws - first))
        found.append(score((drawn if of is None else drawn[:, of]).astype(float)))
    low, high = np.nanpercentile(np.concatenate(found), [2.5, 97.5])
    return float(low), float(high)
