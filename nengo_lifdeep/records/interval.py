"""The interval of a share: how far an accuracy may be off."""

from __future__ import annotations

import math

from ..support.checks import checked, checked_number, real

__all__ = ["wilson_interval"]


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
