"""The arrays that a run reads and writes."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Group", "Own", "Shown", "Written"]


class Group(NamedTuple):
    """Arrays of one group, changed in place.

    Attributes
    ----------
    first_row, n_hidden : int
        The rows (values of hearing circuits) that hear anything of it, from which on, and how
        many of them are of hidden circuits.
    n_active : (1,) array of int
        Slots with something to do.
    block_of, slot_of : (block,) array of int
        Which block is in a slot, and where it is.
    history : (slot,) array of uint64
        Bit l tells whether it was emitted l + 1 steps ago.
    idle : (slot,) array of int
        Changes of weights since nothing of its trace is left.
    rested : (slot,) array of int
        Number of the change of weights after which it came to rest.
    trace : (column,) array
        Filtered history.
    weights, eligibility : (row, column) array
        Of every synapse.
    numerator, denominator, product : (hidden row, column) array
        Averages of the baseline, and of reward times eligibility.
    missing_from : (block + 1,) array of int
        Where its part of ``missing`` begins.
    missing : (n,) array of int
        Rows without a connection, block by block.
    """

    first_row: int
    n_hidden: int
    n_active: Any
    block_of: Any
    slot_of: Any
    history: Any
    idle: Any
    rested: Any
    trace: Any
    weights: Any
    eligibility: Any
    numerator: Any
    denominator: Any
    product: Any
    missing_from: Any
    missing: Any


class Own(NamedTuple):
    """Bias and feedback of every row: column 0 and the others. Arrays as of a `Group`.

    Attributes
    ----------
    history : (row,) array of uint64
        Bit l tells whether the row was emitted l + 1 steps ago.
    trace, weights, eligibility : (row, 1 + feedback kernel) array
        A trace of 1 for the bias, and filtered histories.
    numerator, denominator, product : (hidden row, 1 + feedback kernel) array
        As of a group.
    """

    history: Any
    trace: Any
    weights: Any
    eligibility: Any
    numerator: Any
    denominator: Any
    product: Any


class Shown(NamedTuple):
    """What a network is shown.

    Attributes
    ----------
    first : (step + 1,) array of int
        Where the events of each step begin.
    blocks : (event,) array of int
        Inputs' values that are emitted.
    clamped : (step, circuit) array of int8
        What circuits emit: 0 nothing, 1 and more a value, -1 what is drawn.
    draws : (step, circuit) array of float64
        Random numbers in [0, 1); of hidden circuits alone where no other draws.
    film : int
        Steps after which traces begin anew; 0 for never.
    """

    first: Any
    blocks: Any
    clamped: Any
    draws: Any
    film: int


class Written(NamedTuple):
    """Where a run writes.

    Attributes
    ----------
    said : (step, circuit) array of int8
        What circuits emit.
    visible, ratio : (step,) array of float64
        Log-probabilities of visible, and log-ratios of hidden circuits.
    moved : (kernel,) array of float64
        Sums of absolute changes of weights by filter; none are counted without entries.
    """

    said: Any
    visible: Any
    ratio: Any
    moved: Any
