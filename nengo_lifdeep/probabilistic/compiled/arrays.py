"""The arrays that a run reads and writes."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["BLOCK", "IDLE", "RESTED", "SLOT", "Group", "Numbers", "Own", "Shown", "Written"]

#: rows of ``places``: which block is in a slot; where a block is; changes of weights since nothing
#: of a slot's trace is left; the number of the one after which it came to rest
BLOCK, SLOT, IDLE, RESTED = range(4)


class Group(NamedTuple):
    """What comes from one group of circuits: inputs, hidden, or visible ones.

    A value of a circuit is a *block* of as many columns as there are filters. Blocks with something
    to do stand first, in *slots*: what a step costs follows the events, and loops run over memory
    without gaps. A block that wakes up or comes to rest changes places with the one at the border.

    Attributes
    ----------
    first_row : int
        Rows are values of hearing circuits; which is the first that hears anything of the group.
    n_active : (1,) array of int
        Slots with something to do.
    places : (4, block) array of int
        `BLOCK`, `SLOT`, `IDLE` and `RESTED`.
    history : (slot,) array of uint64
        Bit l tells whether it was emitted l + 1 steps ago.
    trace : (column,) array
        Filtered history.
    synapses : (2, row, column) array
        Weights and eligibilities; only the former where nothing is learned.
    averages : (3, hidden row, column) array
        Numerator and denominator of the baseline, and reward times eligibility.
    missing_from : (block + 1,) array of int
        Where its part of ``missing`` begins.
    missing : (n,) array of int
        Rows without a connection, block by block.
    """

    first_row: int
    n_active: Any
    places: Any
    history: Any
    trace: Any
    synapses: Any
    averages: Any
    missing_from: Any
    missing: Any


class Numbers(NamedTuple):
    """A rule in numbers that a kernel knows.

    Attributes
    ----------
    learning_rate, kappa, beta : float
        As of the rule.
    new, recent : float
        ``1 - kappa`` and ``1 - beta``.
    small : float
        Added to denominators of baselines.
    gamma, log_silence, log_value : float
        Weight of the regulariser, and the reference's logarithms.
    update_every : int
        Steps between two changes of weights.
    of_product, baseline : bool
        What is smoothed, and whether there is a baseline.
    tail : int
        Changes of weights after which nothing of an eligibility is left.
    """

    learning_rate: Any
    kappa: Any
    beta: Any
    new: Any
    recent: Any
    small: Any
    gamma: float
    log_silence: float
    log_value: float
    update_every: int
    of_product: bool
    baseline: bool
    tail: int


class Own(NamedTuple):
    """Bias and feedback of every row: column 0 and the others.

    Attributes
    ----------
    history : (row,) array of uint64
        Bit l tells whether the row was emitted l + 1 steps ago.
    trace : (row, 1 + feedback kernel) array
        1 for the bias, and filtered histories.
    synapses, averages : (2, row, ...) and (3, hidden row, ...) array
        As of a `Group`.
    """

    history: Any
    trace: Any
    synapses: Any
    averages: Any


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
