"""Eligibilities, and what they do to weights."""

from __future__ import annotations

from typing import Any

from ...support.compilation import compiled

__all__ = ["learn_hidden", "learn_visible"]


@compiled
def learn_visible(
    weights: Any, eligibility: Any, trace: Any, n: int, given: Any, decay: Any, rate: Any,
    changes: bool,
) -> None:  # fmt: skip
    """Add a step to the eligibilities of a row, and change its weights by them.

    Parameters
    ----------
    weights, eligibility, trace : (column,) array
        Of the row, and what it hears.
    n : int
        Columns with something to do.
    given : float
        The row's error, times what is new in averages.
    decay : float
        What eligibilities keep.
    rate : float
        The learning rate.
    changes : bool
        Whether weights change in this step.
    """
    if changes:
        for i in range(n):
            eligible = decay * eligibility[i] + given * trace[i]
            eligibility[i] = eligible
            weights[i] += rate * eligible
    else:
        for i in range(n):
            eligibility[i] = decay * eligibility[i] + given * trace[i]


@compiled
def learn_hidden(
    weights: Any, eligibility: Any, numerator: Any, denominator: Any, product: Any, trace: Any,
    n: int, given: Any, decay: Any, changes: bool, reward: Any, numbers: Any,
) -> None:  # fmt: skip
    """The same of a hidden circuit's row, whose eligibilities are rewarded.

    Parameters
    ----------
    weights, eligibility, numerator, denominator, product, trace : (column,) array
        Of the row, and what it hears.
    n : int
        Columns with something to do.
    given : float
        The row's error, times what is new in averages.
    decay : float
        What eligibilities keep.
    changes : bool
        Whether weights change in this step.
    reward : float
        Since the last change of weights; or smoothed.
    numbers : Numbers
        Of the rule.
    """
    rate, kappa, new, small = numbers.learning_rate, numbers.kappa, numbers.new, numbers.small
    beta, recent = numbers.beta, numbers.recent
    for i in range(n):  # loops of few arrays, each of which runs in vectors
        eligibility[i] = decay * eligibility[i] + given * trace[i]
    if not changes:
        return
    if not numbers.of_product:  # what is rewarded now, nothing of before
        kappa, new = kappa - kappa, numbers.new / numbers.new
    if numbers.baseline:
        for i in range(n):
            square = recent * (eligibility[i] * eligibility[i])
            numerator[i] = beta * numerator[i] + square * reward
            denominator[i] = beta * denominator[i] + square
        for i in range(n):
            above = reward - numerator[i] / (denominator[i] + small)
            product[i] = kappa * product[i] + new * (above * eligibility[i])
    else:
        for i in range(n):
            product[i] = kappa * product[i] + new * (reward * eligibility[i])
    for i in range(n):
        weights[i] += rate * product[i]
