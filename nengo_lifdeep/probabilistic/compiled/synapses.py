"""What a group of circuits does in a step: be heard, and learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...support.compilation import compiled, compiler
from .arrays import BLOCK, IDLE
from .learning import learn_hidden, learn_visible

__all__ = ["hear", "learn"]

_NONE, _ONE = np.uint64(0), np.uint64(1)

any_order = compiler(any_order=True)


@any_order
def _dot(a: Any, b: Any, n: int, zero: Any) -> Any:
    """Sum of products of the first n."""
    total = zero
    for i in range(n):
        total += a[i] * b[i]
    return total


@compiled
def hear(potentials: Any, group: Any, table: Any, digit: int, anew: bool, zero: Any) -> None:
    """Filter what a group has emitted, and add it to the potentials.

    Parameters
    ----------
    potentials : (row,) array of float64
        Of every value of every circuit.
    group : Group
        Its ``trace`` is written.
    table : (digit, 2 ** bits, kernel) array
        Sums of filters over the bits that are set.
    digit : int
        Bits of a digit.
    anew : bool
        Whether what was emitted is forgotten before; eligibilities stay.
    zero : float
        Of the weights' type.
    """
    n_active, n_kernels = group.n_active[0], table.shape[2]
    history, trace, idle = group.history, group.trace, group.places[IDLE]
    if anew:
        for slot in range(n_active):
            history[slot] = _NONE
    bits = np.uint64(digit)
    low_bits = (_ONE << bits) - _ONE
    for slot in range(n_active):
        left, first = history[slot], slot * n_kernels
        if left == _NONE and idle[slot]:  # the trace is 0 already
            continue
        low = left & low_bits
        for k in range(n_kernels):
            trace[first + k] = table[0, low, k]
        left >>= bits
        number = 1
        while left != _NONE:
            low = left & low_bits
            for k in range(n_kernels):
                trace[first + k] += table[number, low, k]
            number += 1
            left >>= bits
    n, weights = n_active * n_kernels, group.synapses[0]
    for row in range(weights.shape[0]):
        potentials[group.first_row + row] += _dot(weights[row], trace, n, zero)


@compiled
def learn(
    group: Any, errors: Any, n_kernels: int, decay: Any, changes: bool, reward: Any, numbers: Any,
    moved: Any,
) -> None:  # fmt: skip
    """Add a step to a group's eligibilities, and change weights by them.

    Parameters
    ----------
    group : Group
        Changed in place.
    errors : (row,) array
        One-hot of what is emitted less the probabilities, of all circuits.
    n_kernels : int
        Filters.
    decay : float
        What eligibilities keep.
    changes : bool
        Whether weights change in this step.
    reward : float
        Since the last change of weights; or smoothed.
    numbers : Numbers
        Of the rule.
    moved : (kernel,) array of float64
        Receives sums of absolute changes by filter, if it has entries.
    """
    weights, eligibility = group.synapses[0], group.synapses[1]
    averages, trace, n = group.averages, group.trace, group.n_active[0] * n_kernels
    n_hidden = averages.shape[1]
    for row in range(weights.shape[0]):
        given = numbers.new * errors[group.first_row + row]
        if row < n_hidden:
            learn_hidden(
                weights[row], eligibility[row], averages[0, row], averages[1, row],
                averages[2, row], trace, n, given, decay, changes, reward, numbers,
            )  # fmt: skip
        else:
            learn_visible(
                weights[row], eligibility[row], trace, n, given, decay, numbers.learning_rate,
                changes,
            )  # fmt: skip
    if len(group.missing):
        _silence_missing(group, n_kernels)
    if changes and len(moved):
        rate = float(numbers.learning_rate)
        for row in range(weights.shape[0]):
            change = averages[2, row] if row < n_hidden else eligibility[row]
            for i in range(n):
                moved[i % n_kernels] += abs(rate * change[i])


@compiled
def _silence_missing(group: Any, n_kernels: int) -> None:
    """Take back what connections learned that do not exist."""
    synapses, product = group.synapses, group.averages[2]
    for slot in range(group.n_active[0]):
        block, first = group.places[BLOCK, slot], slot * n_kernels
        for at in range(group.missing_from[block], group.missing_from[block + 1]):
            row = group.missing[at]
            for column in range(first, first + n_kernels):
                synapses[0, row, column] = 0
                synapses[1, row, column] = 0
                if row < product.shape[0]:
                    product[row, column] = 0
