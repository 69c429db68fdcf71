"""The update of `pulses`, compiled: the same draws in the same order, so the same numbers.

At one image per step most slots have no pulse of an output, so that loops over what fired are
faster than products of matrices. Draws are made by NumPy between two loops: Numba needs longer to
be handed a generator than a small array needs for its whole update.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...support.compilation import compiled
from .device import Tables

__all__ = ["changed", "coincidences"]

#: draws for inputs that are in memory at a time
_DRAWS = 1_000_000


def coincidences(
    rows: NDArray, errors: NDArray, pulsing: tuple[NDArray, NDArray], length: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:  # fmt: skip
    """As `pulses.coincidences`.

    Parameters
    ----------
    rows, errors, pulsing, length, rng
        As there.
    """
    of_rows, of_errors = pulsing
    counts = np.zeros((2, rows.shape[1], errors.shape[1]), np.int32)
    draws = rng.random(np.count_nonzero(of_errors) * length)
    sample, first, column = _outputs(of_errors, length, draws)
    can = np.count_nonzero(of_rows, axis=1)
    slots = max(1, _DRAWS // rows.shape[1])
    for start in range(0, len(sample), slots):
        part = sample[start : start + slots]
        draws = rng.random(int(can[part].sum()))
        _count(rows, errors, of_rows, part, first[start:], column, draws, counts)
    return counts[0], counts[1]


@compiled
def _outputs(of_errors: Any, length: int, draws: Any) -> Any:
    """Slots with a pulse: their sample, the first of their pulses, and the pulses' outputs."""
    n, outputs = of_errors.shape
    sample = np.empty(n * length, np.int64)
    first = np.empty(n * length + 1, np.int64)
    column = np.empty(len(draws), np.int64)
    fired = np.empty((length, outputs), np.int64)
    many = np.zeros(length, np.int64)
    slots = pulses = drawn = 0
    for i in range(n):
        many[:] = 0
        for j in range(outputs):
            chance = of_errors[i, j]
            if chance > 0:
                for t in range(length):
                    if draws[drawn + t] < chance:
                        fired[t, many[t]] = j
                        many[t] += 1
                drawn += length
        for t in range(length):
            if many[t]:
                sample[slots], first[slots] = i, pulses
                slots += 1
                for c in range(many[t]):
                    column[pulses + c] = fired[t, c]
                pulses += many[t]
    first[slots] = pulses
    return sample[:slots], first[: slots + 1], column[:pulses]


@compiled
def _count(
    rows: Any, errors: Any, of_rows: Any, sample: Any, first: Any, column: Any, draws: Any,
    counts: Any,
) -> None:  # fmt: skip
    size, drawn = rows.shape[1], 0
    for slot in range(len(sample)):
        i = sample[slot]
        for r in range(size):
            chance = of_rows[i, r]
            if chance > 0:
                if draws[drawn] < chance:
                    positive = rows[i, r] > 0
                    for c in range(first[slot], first[slot + 1]):
                        j = column[c]
                        down = 0 if positive == (errors[i, j] > 0) else 1
                        counts[down, r, j] += 1
                drawn += 1


def changed(
    weights: NDArray[np.float32], tables: Tables, counts: tuple[NDArray, NDArray], spread: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:  # fmt: skip
    """As `pulses.changed`.

    Parameters
    ----------
    weights, tables, counts, spread, rng
        As there.
    """
    found = weights.copy()
    row, column = _pulsed(*counts)
    normal = rng.standard_normal((len(weights), len(row)))
    _change(found, *tables, *counts, row, column, float(spread), normal)
    return found


@compiled
def _pulsed(ups: Any, downs: Any) -> Any:
    """Rows and columns of the weights with a coincidence."""
    size, outputs = ups.shape
    row, column = np.empty(ups.size, np.int64), np.empty(ups.size, np.int64)
    many = 0
    for r in range(size):
        for j in range(outputs):
            if ups[r, j] + downs[r, j]:
                row[many], column[many] = r, j
                many += 1
    return row[:many], column[:many]


@compiled
def _change(
    weights: Any, step_up: Any, step_down: Any, low: Any, high: Any, ups: Any, downs: Any,
    row: Any, column: Any, spread: float, normal: Any,
) -> None:  # fmt: skip
    for k in range(len(weights)):
        for found in range(len(row)):
            r, j = row[found], column[found]
            up, down = float(ups[r, j]), float(downs[r, j])
            a, b = float(step_up[k, r, j]), float(step_down[k, r, j])
            deviation = np.sqrt(up * (spread * a) ** 2 + down * (spread * b) ** 2)
            moved = weights[k, r, j] + (up * a - down * b) + deviation * normal[k, found]
            weights[k, r, j] = min(max(moved, low[k, r, j]), high[k, r, j])
