"""A step passes: blocks of which nothing is left rest, and others wake up with their events."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...support.compilation import compiled
from .arrays import BLOCK, IDLE, RESTED, SLOT

__all__ = ["pass_on"]

_NONE, _ONE = np.uint64(0), np.uint64(1)


@compiled
def pass_on(
    group: Any, emitted: Any, n_kernels: int, mask: Any, tail: int, clock: int, counts: bool,
    beta: Any, over: Any,
) -> None:  # fmt: skip
    """Let a step pass, and note which values are emitted in it.

    A block that wakes up takes the place of one that comes to rest, or else is moved to the border
    of those with something to do; its baselines fade by the changes of weights that it has missed.

    Parameters
    ----------
    group : Group
        Of the circuits.
    emitted : (n,) array of int
        Blocks of the values.
    n_kernels : int
        Filters.
    mask : uint64
        Bits that filters see.
    tail : int
        Changes of weights without a trace after which nothing of a block is left.
    clock : int
        Changes of weights so far.
    counts : bool
        Whether a change of weights has just been, which a block without a trace has idled through.
    beta : float
        What baselines keep per change of weights.
    over : (block or more,) array of int
        Room for slots whose block comes to rest.
    """
    history, places, n = group.history, group.places, group.n_active[0]
    idle, slots = places[IDLE], places[SLOT]
    n_over = _age(history, idle, n, mask, tail, counts, over)
    for block in emitted:
        slot = slots[block]
        if slot >= n:
            resting, slot = slot, n
            while n_over > 0 and slot == n:
                n_over -= 1
                if idle[over[n_over]] > tail:  # it has not been emitted in this very step
                    slot = over[n_over]
            if slot < n:
                _exchange(group, slot, resting, n_kernels)
                _clear(group, slot, n_kernels)
                places[RESTED, resting] = clock
            else:
                _exchange(group, slot, resting, n_kernels)
                n += 1
            _fade(group.averages, slot, n_kernels, beta, clock - places[RESTED, slot])
        history[slot] |= _ONE
        idle[slot] = 0
    for at in range(n_over - 1, -1, -1):  # the last slot is none of those that follow
        slot = over[at]
        if idle[slot] > tail:
            n -= 1
            _exchange(group, slot, n, n_kernels)
            _move(group, n, slot, n_kernels)
            _clear(group, n, n_kernels)
            places[RESTED, n] = clock
    group.n_active[0] = n


@compiled
def _age(
    history: Any, idle: Any, n: int, mask: Any, tail: int, counts: bool, over: Any
) -> int:  # fmt: skip
    """Let histories pass; write slots of which nothing is left, and return how many."""
    longest = np.int64(0)
    for slot in range(n):
        bits = history[slot]
        changes = idle[slot] + np.int64(counts and bits == _NONE)
        idle[slot], history[slot] = changes, (bits << _ONE) & mask
        longest = max(longest, changes)
    n_over = 0
    if longest > tail:
        for slot in range(n):
            if idle[slot] > tail:
                over[n_over] = slot
                n_over += 1
    return n_over


@compiled
def _fade(averages: Any, slot: int, n_kernels: int, beta: Any, missed: Any) -> None:
    """Baselines keep less of what was before each change of weights."""
    if averages.shape[1]:
        left = beta ** float(missed)
        for row in range(averages.shape[1]):
            for column in range(slot * n_kernels, (slot + 1) * n_kernels):
                averages[0, row, column] *= left
                averages[1, row, column] *= left


@compiled
def _exchange(group: Any, one: int, other: int, n_kernels: int) -> None:
    """Two blocks change places, but for their traces and eligibilities."""
    if one == other:
        return
    history, places, averages = group.history, group.places, group.averages
    _exchange_columns(group.synapses[0], one, other, n_kernels)
    if averages.shape[1]:
        _exchange_columns(averages[0], one, other, n_kernels)
        _exchange_columns(averages[1], one, other, n_kernels)
    history[one], history[other] = history[other], history[one]
    for row in (BLOCK, IDLE, RESTED):
        places[row, one], places[row, other] = places[row, other], places[row, one]
    places[SLOT, places[BLOCK, one]] = one
    places[SLOT, places[BLOCK, other]] = other


@compiled
def _exchange_columns(array: Any, one: int, other: int, n_kernels: int) -> None:
    for row in range(array.shape[0]):
        for k in range(n_kernels):
            i, j = one * n_kernels + k, other * n_kernels + k
            array[row, i], array[row, j] = array[row, j], array[row, i]


@compiled
def _move(group: Any, source: int, target: int, n_kernels: int) -> None:
    """Traces and eligibilities of a slot follow their block to another."""
    synapses, product, trace = group.synapses, group.averages[2], group.trace
    for k in range(n_kernels):
        trace[target * n_kernels + k] = trace[source * n_kernels + k]
    for row in range(synapses.shape[1] if len(synapses) > 1 else 0):
        for k in range(n_kernels):
            synapses[1, row, target * n_kernels + k] = synapses[1, row, source * n_kernels + k]
    for row in range(product.shape[0]):
        for k in range(n_kernels):
            product[row, target * n_kernels + k] = product[row, source * n_kernels + k]


@compiled
def _clear(group: Any, slot: int, n_kernels: int) -> None:
    """Nothing is left of a slot's trace and eligibilities."""
    synapses, product, trace = group.synapses, group.averages[2], group.trace
    first, last = slot * n_kernels, (slot + 1) * n_kernels
    for column in range(first, last):
        trace[column] = 0
    for row in range(synapses.shape[1] if len(synapses) > 1 else 0):
        for column in range(first, last):
            synapses[1, row, column] = 0
    for row in range(product.shape[0]):
        for column in range(first, last):
            product[row, column] = 0
