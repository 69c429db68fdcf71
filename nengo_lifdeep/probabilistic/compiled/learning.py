"""Eligibilities, and what they do to weights."""

from __future__ import annotations

from typing import Any

from ...support.compilation import compiled

__all__ = ["learn", "silence_missing"]


@compiled
def learn(
    weights: Any, eligibility: Any, numerator: Any, denominator: Any, product: Any, trace: Any,
    n: int, errors: Any, decay: Any, changes: bool, reward: Any, numbers: Any,
) -> None:  # fmt: skip
    """Add a step to eligibilities, and change weights by them.

    Parameters
    ----------
    weights, eligibility : (row, column) array
        Of the first ``n`` columns.
    numerator, denominator, product : (hidden row, column) array
        Of the first rows, which are those of hidden circuits.
    trace : (column,) array
        What the rows hear.
    n : int
        Columns with something to do.
    errors : (row,) array
        One-hot of what is emitted less the probabilities.
    decay : float
        What eligibilities keep.
    changes : bool
        Whether weights change in this step.
    reward : float
        Since the last change of weights; or smoothed.
    numbers : Numbers
        Of the rule.
    """
    rate, kappa, new = numbers.learning_rate, numbers.kappa, numbers.new
    n_hidden = numerator.shape[0]
    for row in range(weights.shape[0]):
        e, w, given = eligibility[row], weights[row], numbers.new * errors[row]
        if not changes:
            for i in range(n):
                e[i] = decay * e[i] + given * trace[i]
        elif row >= n_hidden:
            for i in range(n):
                e[i] = decay * e[i] + given * trace[i]
                w[i] += rate * e[i]
        elif not numbers.baseline:
            x = product[row]
            for i in range(n):
                e[i] = decay * e[i] + given * trace[i]
                if numbers.of_product:
                    x[i] = kappa * x[i] + new * (reward * e[i])
                    w[i] += rate * x[i]
                else:
                    w[i] += rate * (reward * e[i])
        else:
            a, d, x = numerator[row], denominator[row], product[row]
            beta, recent, small = numbers.beta, numbers.recent, numbers.small
            if numbers.of_product:
                for i in range(n):
                    e[i] = decay * e[i] + given * trace[i]
                    square = recent * (e[i] * e[i])
                    a[i] = beta * a[i] + square * reward
                    d[i] = beta * d[i] + square
                    x[i] = kappa * x[i] + new * ((reward - a[i] / (d[i] + small)) * e[i])
                    w[i] += rate * x[i]
            else:
                for i in range(n):
                    e[i] = decay * e[i] + given * trace[i]
                    square = recent * (e[i] * e[i])
                    a[i] = beta * a[i] + square * reward
                    d[i] = beta * d[i] + square
                    w[i] += rate * ((reward - a[i] / (d[i] + small)) * e[i])


@compiled
def silence_missing(group: Any, n_kernels: int) -> None:
    """Take back what connections learned that do not exist.

    Parameters
    ----------
    group : Group
        Of its active blocks.
    n_kernels : int
        Filters.
    """
    if len(group.missing) == 0:
        return
    for slot in range(group.n_active[0]):
        block, first = group.block_of[slot], slot * n_kernels
        for at in range(group.missing_from[block], group.missing_from[block + 1]):
            row = group.missing[at]
            for column in range(first, first + n_kernels):
                group.weights[row, column] = 0
                group.eligibility[row, column] = 0
            if row < group.n_hidden:
                for column in range(first, first + n_kernels):
                    group.product[row, column] = 0
