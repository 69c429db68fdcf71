"""What comes from one group of circuits: inputs, hidden, or visible ones.

A value of a circuit is a *block* of as many columns as there are filters. Blocks with something to
do stand first, in *slots*: what a step costs follows the events, and loops run over memory without
gaps. A block that wakes up or comes to rest changes places with the one at the border.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...support.compilation import compiled, compiler

__all__ = ["advance", "drive", "forget", "push", "rest"]

_SMALLEST, _BYTE, _ONE = np.uint64(0), np.uint64(255), np.uint64(1)
_EIGHT = np.uint64(8)

any_order = compiler(any_order=True)


@compiled
def advance(group: Any, table: Any) -> None:
    """Filter histories.

    Parameters
    ----------
    group : Group
        Its ``trace`` is written, of slots with something to do.
    table : (byte, 256, kernel) array
        Sums of filters over the bits that are set.
    """
    n_kernels = table.shape[2]
    trace = group.trace
    for slot in range(group.n_active[0]):
        first = slot * n_kernels
        left = group.history[slot]
        low = left & _BYTE
        for k in range(n_kernels):
            trace[first + k] = table[0, low, k]
        byte = 1
        left >>= _EIGHT
        while left != _SMALLEST:
            low = left & _BYTE
            if low != _SMALLEST:
                for k in range(n_kernels):
                    trace[first + k] += table[byte, low, k]
            byte += 1
            left >>= _EIGHT


@any_order
def _dot(a: Any, b: Any, n: int, zero: Any) -> Any:
    """Sum of products of the first n."""
    total = zero
    for i in range(n):
        total += a[i] * b[i]
    return total


@compiled
def drive(potentials: Any, group: Any, n_kernels: int, zero: Any) -> None:
    """Add what a group sends to the potentials.

    Parameters
    ----------
    potentials : (row,) array of float64
        Of every value of every circuit.
    group : Group
        With traces of this step.
    n_kernels : int
        Filters.
    zero : float
        Of the weights' type.
    """
    n = group.n_active[0] * n_kernels
    if n:
        for row in range(group.weights.shape[0]):
            potentials[group.first_row + row] += _dot(group.weights[row], group.trace, n, zero)


@compiled
def push(
    group: Any, blocks: Any, start: int, stop: int, n_kernels: int, beta: Any, clock: int
) -> None:  # fmt: skip
    """Note which values are emitted in this step.

    A block that rests is moved to the border of those with something to do; its baselines fade by
    the changes of weights that it has missed.

    Parameters
    ----------
    group : Group
        Of the circuits.
    blocks : (n,) array of int
        The values.
    start, stop : int
        From which on, and before which, they are of this step.
    n_kernels : int
        Filters.
    beta : float
        What baselines keep per change of weights.
    clock : int
        Changes of weights so far.
    """
    history, idle, slot_of, n_active = group.history, group.idle, group.slot_of, group.n_active
    for at in range(start, stop):
        slot = slot_of[blocks[at]]
        if slot >= n_active[0]:
            _exchange(group, slot, n_active[0], n_kernels)
            slot = n_active[0]
            n_active[0] += 1
            if group.numerator.shape[0]:
                fade = beta ** (clock - group.rested[slot])
                _fade(group.numerator, slot * n_kernels, n_kernels, fade)
                _fade(group.denominator, slot * n_kernels, n_kernels, fade)
        history[slot] |= _ONE
        idle[slot] = 0


@compiled
def _fade(array: Any, first: int, n: int, factor: float) -> None:
    for row in range(array.shape[0]):
        for column in range(first, first + n):
            array[row, column] *= factor


@compiled
def rest(group: Any, tail: int, n_kernels: int, clock: int, counts: bool) -> None:
    """Let blocks rest of which nothing is left.

    Parameters
    ----------
    group : Group
        Whose blocks.
    tail : int
        Changes of weights without a trace after which nothing is left.
    n_kernels : int
        Filters.
    clock : int
        Changes of weights so far.
    counts : bool
        Whether a change of weights has just been, which a block without a trace has idled through.
    """
    slot = 0
    while slot < group.n_active[0]:
        if group.history[slot] == _SMALLEST:
            group.idle[slot] += counts
            if group.idle[slot] > tail:
                last = group.n_active[0] - 1
                group.n_active[0] = last
                _clear(group, slot, n_kernels)
                _exchange(group, slot, last, n_kernels)
                group.rested[last] = clock
                continue
        slot += 1


@compiled
def forget(group: Any) -> None:
    """Forget what was emitted; eligibilities stay.

    Parameters
    ----------
    group : Group
        Whose histories are cleared.
    """
    for slot in range(group.n_active[0]):
        group.history[slot] = _SMALLEST


@compiled
def _clear(group: Any, slot: int, n_kernels: int) -> None:
    first = slot * n_kernels
    for column in range(first, first + n_kernels):
        group.trace[column] = 0
        for row in range(group.eligibility.shape[0]):
            group.eligibility[row, column] = 0
        for row in range(group.product.shape[0]):
            group.product[row, column] = 0


@compiled
def _exchange(group: Any, one: int, other: int, n_kernels: int) -> None:
    """Two blocks change places."""
    if one == other:
        return
    for array in (group.weights, group.eligibility):
        _exchange_columns(array, one, other, n_kernels)
    for array in (group.numerator, group.denominator, group.product):
        _exchange_columns(array, one, other, n_kernels)
    history = group.history
    history[one], history[other] = history[other], history[one]
    for whole in (group.idle, group.rested, group.block_of):
        whole[one], whole[other] = whole[other], whole[one]
    group.slot_of[group.block_of[one]] = one
    group.slot_of[group.block_of[other]] = other
    trace = group.trace
    for k in range(n_kernels):
        i, j = one * n_kernels + k, other * n_kernels + k
        trace[i], trace[j] = trace[j], trace[i]


@compiled
def _exchange_columns(array: Any, one: int, other: int, n_kernels: int) -> None:
    for row in range(array.shape[0]):
        for k in range(n_kernels):
            i, j = one * n_kernels + k, other * n_kernels + k
            array[row, i], array[row, j] = array[row, j], array[row, i]
