"""A network's steps: hear, emit, learn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...support.compilation import compiled
from .deciding import decide
from .learning import learn_hidden, learn_visible
from .resting import pass_on
from .synapses import hear, learn

__all__ = ["present"]

_NONE, _ONE = np.uint64(0), np.uint64(1)


@compiled
def present(
    inputs: Any, hidden: Any, visible: Any, own: Any, memory: Any, table: Any, own_table: Any,
    masks: Any, digits: Any, shown: Any, written: Any, numbers: Any, n_hidden: int, learning: bool,
) -> int:  # fmt: skip
    """Run a network for some steps; how many were run: fewer if numbers are no longer finite.

    Parameters
    ----------
    inputs, hidden, visible : Group
        What comes from these.
    own : Own
        Bias and feedback.
    memory : (5,) array of float64
        Steps in the film, steps since weights changed, changes of weights, and the reward: since
        the last of these, and smoothed.
    table, own_table : (digit, 2 ** bits, kernel) array
        Sums of filters over bits that are set.
    masks : (2,) array of uint64
        Bits that filters see.
    digits : (2,) array of int
        Bits of a digit.
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
    n_rows, n_circuits, n_kernels = len(own.history), shown.clamped.shape[1], table.shape[2]
    n_values = n_rows // n_circuits
    kept = np.zeros(3, own.trace.dtype)  # numbers of the weights' type
    kept[1] = 1
    zero, one = kept[0], kept[1]
    potentials, odds = np.zeros(n_rows), np.zeros(n_values)
    errors, new = np.zeros(n_rows, own.trace.dtype), np.zeros_like(own.trace)
    emitted = np.zeros(n_circuits, np.int32)
    over = np.zeros(max(len(inputs.history), n_rows), np.int64)
    of_hidden, of_visible = hidden.synapses.shape[1] > 0, visible.synapses.shape[1] > 0
    tail = numbers.tail if learning else 0
    for step in range(len(shown.clamped)):
        anew = shown.film > 0 and memory[0] == 0
        _hear_own(potentials, own, own_table, digits[1], anew)
        hear(potentials, inputs, table, digits[0], anew, zero)
        if of_hidden:
            hear(potentials, hidden, table, digits[0], anew, zero)
        if of_visible:
            hear(potentials, visible, table, digits[0], anew, zero)
        log_p, ratio = decide(
            potentials, n_hidden, n_values, shown.clamped[step], shown.draws[step],
            written.said[step], errors, odds, numbers,
        )  # fmt: skip
        written.visible[step], written.ratio[step] = log_p, ratio
        if not math.isfinite(log_p + ratio):
            return step
        changes = not learning
        if learning:
            decay = numbers.kappa if memory[1] == 0 else one
            memory[1] += 1
            memory[3] += log_p - numbers.gamma * ratio
            changes = memory[1] >= numbers.update_every
            kept[2] = memory[3]
            if changes:
                memory[4] = numbers.kappa * memory[4] + (1 - numbers.kappa) * memory[3]
                memory[1], memory[2], memory[3] = 0, memory[2] + 1, 0
            if not numbers.of_product:
                kept[2] = memory[4]
            told = kept[2]
            _learn_own(own, errors, decay, one, changes, told, numbers, new)
            learn(inputs, errors, n_kernels, decay, changes, told, numbers, written.moved)
            if of_hidden:
                learn(hidden, errors, n_kernels, decay, changes, told, numbers, written.moved)
            if of_visible:
                learn(visible, errors, n_kernels, decay, changes, told, numbers, written.moved)
        clock, beta = int(memory[2]), numbers.beta
        n, split = _emit(own, written.said[step], n_hidden, n_values, masks[1], emitted)
        events = shown.blocks[shown.first[step] : shown.first[step + 1]]
        pass_on(inputs, events, n_kernels, masks[0], tail, clock, changes, beta, over)
        if of_hidden:
            events = emitted[:split]
            pass_on(hidden, events, n_kernels, masks[0], tail, clock, changes, beta, over)
        if of_visible:
            events = emitted[split:n]
            pass_on(visible, events, n_kernels, masks[0], tail, clock, changes, beta, over)
        memory[0] += 1
        if shown.film and memory[0] >= shown.film:
            memory[0] = 0
    return len(shown.clamped)


@compiled
def _hear_own(potentials: Any, own: Any, table: Any, digit: int, anew: bool) -> None:
    """Bias and feedback; this is where the potentials begin."""
    bits = np.uint64(digit)
    low_bits = (_ONE << bits) - _ONE
    history, trace, weights = own.history, own.trace, own.synapses[0]
    for row in range(len(history)):
        if anew:
            history[row] = _NONE
        left = history[row]
        for k in range(table.shape[2]):
            trace[row, 1 + k] = table[0, left & low_bits, k]
        for number in range(1, table.shape[0]):
            left >>= bits
            for k in range(table.shape[2]):
                trace[row, 1 + k] += table[number, left & low_bits, k]
        total = 0.0
        for column in range(weights.shape[1]):
            total += weights[row, column] * trace[row, column]
        potentials[row] = total


@compiled
def _learn_own(
    own: Any, errors: Any, decay: Any, one: Any, changes: bool, reward: Any, numbers: Any, new: Any
) -> None:
    """As of a group, but every row hears itself alone, so that all are one long row."""
    averages, trace = own.averages, own.trace
    for row in range(trace.shape[0]):
        for column in range(trace.shape[1]):
            new[row, column] = numbers.new * errors[row] * trace[row, column]
    weights, eligibility, of_all = own.synapses[0].ravel(), own.synapses[1].ravel(), new.ravel()
    n, n_all = averages.shape[1] * averages.shape[2], of_all.size
    if n:
        learn_hidden(
            weights[:n], eligibility[:n], averages[0].ravel(), averages[1].ravel(),
            averages[2].ravel(), of_all[:n], n, one, decay, changes, reward, numbers,
        )  # fmt: skip
    learn_visible(
        weights[n:], eligibility[n:], of_all[n:], n_all - n, one, decay, numbers.learning_rate,
        changes,
    )  # fmt: skip


@compiled
def _emit(
    own: Any, said: Any, n_hidden: int, n_values: int, mask: Any, emitted: Any
) -> tuple[int, int]:
    """Write what circuits emit into their own histories, and as blocks of their groups."""
    n, split, history = 0, 0, own.history
    for row in range(len(history)):
        history[row] = (history[row] << _ONE) & mask
    for circuit in range(len(said)):
        if circuit == n_hidden:
            split = n
        if said[circuit] > 0:
            row = circuit * n_values + said[circuit] - 1
            history[row] |= _ONE
            emitted[n] = row if circuit < n_hidden else row - n_hidden * n_values
            n += 1
    return n, split
