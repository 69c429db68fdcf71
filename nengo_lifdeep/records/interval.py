"""Intervals: how far an accuracy, or any other score, may be off."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..support.checks import checked, checked_number, real

__all__ = ["bootstrap", "wilson_interval"]

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


def bootstrap(
    n: int, score: Callable[[np.ndarray], np.ndarray], seed: int = 0, n_draws: int = 1000
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
    for first in range(0, n_draws, at_once):
        drawn = rng.multinomial(n, np.full(n, 1 / n), size=min(at_once, n_draws - first))
        found.append(score(drawn.astype(float)))
    low, high = np.nanpercentile(np.concatenate(found), [2.5, 97.5])
    return float(low), float(high)
