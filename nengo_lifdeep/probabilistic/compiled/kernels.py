"""A network's steps: hear, emit, learn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...support.compilation import compiled
from .deciding import decide
from .learning import learn, silence_missing
from .synapses import advance, drive, forget, push, rest

__all__ = ["present"]

_SMALLEST, _ONE = np.uint64(0), np.uint64(1)


@compiled
def present(
    groups: Any, own: Any, memory: Any, table: Any, own_table: Any, mask: Any, shown: Any,
    written: Any, numbers: Any, n_hidden: int, learning: bool,
) -> int:  # fmt: skip
    """Run a network for some steps; how many were run: fewer if numbers are no longer finite.

    Parameters
    ----------
    groups : (Group, Group, Group)
        What comes from inputs, hidden and visible circuits.
    own : Own
        Bias and feedback.
    memory : (5,) array of float64
        Steps in the film, steps since weights changed, changes of weights, and the reward: since
        the last of these, and smoothed.
    table, own_table : (byte, 256, kernel) array
        Sums of filters over bits that are set.
    mask : (2,) array of uint64
        Bits that filters see.
    shown : Shown
        Inputs, clamped values and random numbers.
    written : Written
        Receives what circuits emit, and more.
    numbers : Numbers
        Of the rule.
    n_hidden : int
        Hidden circuits.
    learning : bool
        Whether weights change.
    """
    n_rows, n_values = own.weights.shape[0], own.weights.shape[0] // shown.clamped.shape[1]
    n_kernels = table.shape[2]
    kept = np.zeros(3, own.weights.dtype)  # numbers of the weights' type
    kept[1] = 1
    zero, one = kept[0], kept[1]
    potentials = np.zeros(n_rows)
    errors = np.zeros(n_rows, own.weights.dtype)
    emitted = np.zeros(shown.clamped.shape[1], np.int32)
    for step in range(len(shown.clamped)):
        if shown.film and memory[0] == 0:
            for group in groups:
                forget(group)
            own.history[:] = _SMALLEST
        for group in groups:
            advance(group, table)
        _own_traces(own, own_table)
        _own_drive(potentials, own)
        for group in groups:
            drive(potentials, group, n_kernels, zero)
        visible, ratio = decide(
            potentials, n_hidden, n_values, shown.clamped[step], shown.draws[step],
            written.said[step], errors, numbers,
        )  # fmt: skip
        written.visible[step], written.ratio[step] = visible, ratio
        if not math.isfinite(visible + ratio):
            return step
        changed = False
        if learning:
            decay = numbers.kappa if memory[1] == 0 else one
            memory[1] += 1
            memory[3] += visible - numbers.gamma * ratio
            changed = memory[1] >= numbers.update_every
            reward = memory[3]
            if changed:
                memory[1] = 0
                memory[2] += 1
                memory[4] = numbers.kappa * memory[4] + (1 - numbers.kappa) * memory[3]
                memory[3] = 0
            kept[2] = reward if numbers.of_product else memory[4]
            told = kept[2]
            for group in groups:
                rows = errors[group.first_row : group.first_row + group.weights.shape[0]]
                learn(
                    group.weights, group.eligibility, group.numerator, group.denominator,
                    group.product, group.trace, group.n_active[0] * n_kernels, rows, decay,
                    changed, told, numbers,
                )  # fmt: skip
                silence_missing(group, n_kernels)
            _own_learn(own, errors, decay, changed, told, numbers)
            if changed and len(written.moved):
                for group in groups:
                    _count(group, told, n_kernels, numbers, written.moved)
        clock = int(memory[2])
        for group in groups:
            rest(group, numbers.tail if learning else 0, n_kernels, clock, changed or not learning)
            for slot in range(group.n_active[0]):
                group.history[slot] = (group.history[slot] << _ONE) & mask[0]
        push(
            groups[0], shown.blocks, shown.first[step], shown.first[step + 1], n_kernels,
            numbers.beta, clock,
        )  # fmt: skip
        n, split = _emit(own, written.said[step], n_hidden, n_values, mask, emitted)
        push(groups[1], emitted, 0, split, n_kernels, numbers.beta, clock)
        if groups[2].weights.shape[0]:
            push(groups[2], emitted, split, n, n_kernels, numbers.beta, clock)
        memory[0] = memory[0] + 1
        if shown.film and memory[0] >= shown.film:
            memory[0] = 0
    return len(shown.clamped)


@compiled
def _own_traces(own: Any, table: Any) -> None:
    n_bytes, n_kernels = table.shape[0], table.shape[2]
    for row in range(len(own.history)):
        left = own.history[row]
        own.trace[row, 1:] = 0
        for byte in range(n_bytes):
            low = left & np.uint64(255)
            left >>= np.uint64(8)
            if low != _SMALLEST:
                for k in range(n_kernels):
                    own.trace[row, 1 + k] += table[byte, low, k]


@compiled
def _own_drive(potentials: Any, own: Any) -> None:
    for row in range(own.weights.shape[0]):
        total = 0.0
        for column in range(own.weights.shape[1]):
            total += own.weights[row, column] * own.trace[row, column]
        potentials[row] = total


@compiled
def _own_learn(
    own: Any, errors: Any, decay: Any, changed: bool, told: Any, numbers: Any
) -> None:  # fmt: skip
    """As of a group, row by row, since every row hears itself alone."""
    n_hidden = own.numerator.shape[0]
    for row in range(own.weights.shape[0]):
        one, hidden = slice(row, row + 1), slice(min(row, n_hidden), min(row + 1, n_hidden))
        learn(
            own.weights[one], own.eligibility[one], own.numerator[hidden],
            own.denominator[hidden], own.product[hidden], own.trace[row], own.trace.shape[1],
            errors[one], decay, changed, told, numbers,
        )  # fmt: skip


@compiled
def _emit(
    own: Any, said: Any, n_hidden: int, n_values: int, mask: Any, emitted: Any
) -> tuple[int, int]:
    """Write what circuits emit into their own histories, and as blocks of their groups."""
    n, split = 0, 0
    for row in range(len(own.history)):
        own.history[row] = (own.history[row] << _ONE) & mask[1]
    for circuit in range(len(said)):
        if circuit == n_hidden:
            split = n
        if said[circuit] > 0:
            row = circuit * n_values + said[circuit] - 1
            own.history[row] |= _ONE
            emitted[n] = row if circuit < n_hidden else row - n_hidden * n_values
            n += 1
    return n, split


@compiled
def _count(group: Any, told: Any, n_kernels: int, numbers: Any, moved: Any) -> None:
    """Add up how much weights have changed, by filter."""
    rate, small = float(numbers.learning_rate), float(numbers.small)
    n = group.n_active[0] * n_kernels
    for row in range(group.weights.shape[0]):
        for i in range(n):
            change = float(group.eligibility[row, i])
            if row < group.n_hidden:
                if numbers.of_product:
                    change = float(group.product[row, i])
                else:
                    b = 0.0
                    if numbers.baseline:
                        b = group.numerator[row, i] / (group.denominator[row, i] + small)
                    change *= told - b
            moved[i % n_kernels] += abs(rate * change)
