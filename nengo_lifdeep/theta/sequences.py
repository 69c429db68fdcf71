"""Sequences of degrees, and in- and out-degrees that belong together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ValidationError
from ..support.checks import checked, optional, real, seed, whole
from ..support.checks.arrays import checked_array

__all__ = ["correlate_degrees", "degree_sequence"]

#: how near `correlate_degrees` comes, and halvings of the interval in which it searches
_NEAR, _HALVINGS = 1e-3, 60


@checked(
    n=whole(1), low=whole(0), high=whole(0), exponent=real(), total=optional(whole(0)), seed=seed
)
def degree_sequence(
    n: int,
    low: int,
    high: int,
    exponent: float = -3.0,
    total: int | None = None,
    seed: int = 0,
) -> NDArray:
    """Degrees drawn from a power law between two bounds.

    Parameters
    ----------
    n : int
        Neurons.
    low, high : int
        Smallest and largest degree.
    exponent : float
        Degree k has a probability in proportion to ``k ** exponent``; 0 for equal ones.
    total : int, optional
        What the degrees must add up to: single ones are changed by 1 at random places until they
        do. In- and out-degrees of one network have the same sum.
    seed : int
        Seed of the draw.

    Returns
    -------
    (neuron,) array of int

    Raises
    ------
    ValidationError
        If no such degrees exist.

    Examples
    --------
    >>> k_in = degree_sequence(2000, 100, 400)
    >>> k_out = degree_sequence(2000, 100, 400, total=k_in.sum(), seed=1)
    >>> print(k_in.min(), int(k_out.sum() - k_in.sum()))
    100 0
    """
    if low > high:
        raise ValidationError(f"low is {low} and high {high}; expected low <= high")
    if low == 0 and exponent < 0:
        raise ValidationError(
            f"low is 0 with an exponent of {exponent:g}; 0 has no negative power: expected at "
            "least 1"
        )
    if high >= 2**31:
        raise ValidationError(f"high is {high}; expected less than 2^31")
    rng = np.random.default_rng(seed)
    k = np.arange(low, high + 1)
    logs = np.zeros(len(k)) if exponent == 0 else exponent * np.log(np.maximum(k, 1e-300))
    share = np.exp(logs - logs.max())
    found = rng.choice(k, size=n, p=share / share.sum())
    if total is None:
        return found
    if not n * low <= total <= n * high:
        raise ValidationError(
            f"total is {total}; {n} degrees from {low} to {high} add up to {n * low} to {n * high}"
        )
    while (missing := total - int(found.sum())) != 0:
        step = 1 if missing > 0 else -1
        able = np.flatnonzero(found < high if step > 0 else found > low)
        found[rng.permutation(able)[: abs(missing)]] += step
    return found


@checked(correlation=real(-1, 1), seed=seed)
def correlate_degrees(
    k_in: ArrayLike, k_out: ArrayLike, correlation: float, seed: int = 0
) -> NDArray:
    """Out-degrees in an order that correlates them with the in-degrees of the same neurons.

    Each list is ranked, one by its degrees with noise; how much noise there is decides the
    correlation.

    Parameters
    ----------
    k_in, k_out : (neuron,) array_like of int
        Degrees.
    correlation : float
        Pearson's correlation within neurons, from -1 to 1.
    seed : int
        Seed of the noise.

    Returns
    -------
    (neuron,) array of int
        ``k_out`` in another order, with the correlation within 0.001.

    Raises
    ------
    ValidationError
        If no order of these degrees has that correlation; the message says what orders reach.

    Examples
    --------
    >>> k_in, k_out = degree_sequence(2000, 100, 400), degree_sequence(2000, 100, 400, seed=1)
    >>> print(np.corrcoef(k_in, correlate_degrees(k_in, k_out, 0.4))[0, 1].round(2))
    0.4
    """
    k_in = checked_array(k_in, "k_in", kind="whole", shape=("neuron",), low=0, dtype=np.int64)
    k_out = checked_array(k_out, "k_out", kind="whole", shape=(len(k_in),), low=0, dtype=np.int64)
    if len(k_in) < 2 or k_in.min() == k_in.max() or k_out.min() == k_out.max():
        raise ValidationError("k_in or k_out are all the same; they have no correlation")
    rng = np.random.default_rng(seed)
    ordered = np.sort(k_out)
    score = (k_in - k_in.mean()) / k_in.std()
    noise = rng.normal(size=len(k_in))

    def paired(angle: float) -> NDArray:
        """From opposite order (0) over random (pi / 2) to the same order (pi)."""
        ranks = np.argsort(np.argsort(-np.cos(angle) * score + np.sin(angle) * noise))
        return ordered[ranks]

    def reached(angle: float) -> float:
        return float(np.corrcoef(k_in, paired(angle))[0, 1])

    low, high = 0.0, np.pi
    lowest, highest = reached(low), reached(high)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if reached(middle) < correlation else (low, middle)
    best = min((low, high), key=lambda angle: abs(reached(angle) - correlation))
    if abs(reached(best) - correlation) > _NEAR:
        raise ValidationError(
            f"correlation is {correlation:g}; orders of these degrees reach {lowest:.3f} to "
            f"{highest:.3f}" + (", in steps" if lowest < correlation < highest else "")
        )
    return paired(best)
