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
from .pulses import Pulses

__all__ = ["changed", "coincidences"]

#: draws for inputs that are in memory at a time
_DRAWS = 1_000_000


def coincidences(
    rows: NDArray, errors: NDArray, rate: float, step: float, how: Pulses, rng: np.random.Generator
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:  # fmt: skip
    """As `pulses.coincidences` of `pulses.probabilities`, which are computed where one is needed.

    Parameters
    ----------
    rows, errors, rate, step, how, rng
        As there.
    """
    assert how.length is not None
    amplitude = float(np.sqrt(rate / (how.length * step)))
    counts = np.zeros((2, rows.shape[1], errors.shape[1]), np.int32)
    ratios = _ratios(rows, errors, amplitude, how.management)
    draws = rng.random(np.count_nonzero(errors) * how.length)
    sample, first, column = _outputs(errors, amplitude, ratios, how.length, draws)
    can = np.zeros(len(rows), np.int64)
    can[sample] = 1
    _inputs(rows, can)
    slots = max(1, _DRAWS // rows.shape[1])
    for start in range(0, len(sample), slots):
        part = sample[start : start + slots]
        draws = rng.random(int(can[part].sum()))
        _count(rows, errors, amplitude, ratios, part, first[start:], column, draws, counts)
    return counts[0], counts[1]


@compiled
def _ratios(rows: Any, errors: Any, amplitude: float, managed: bool) -> Any:
    """By how much inputs pulse more often, and outputs less often, in each sample."""
    found = np.ones(len(rows))
    if not managed:
        return found
    for i in range(len(rows)):
        most_x = most_d = np.float32(0)
        for x in rows[i]:
            most_x = max(most_x, abs(x))
        for d in errors[i]:
            most_d = max(most_d, abs(d))
        if most_x > 0 and most_d > 0:
            found[i] = np.sqrt(amplitude * np.float64(most_d) / (amplitude * np.float64(most_x)))
    return found


@compiled
def _outputs(errors: Any, amplitude: float, ratios: Any, length: int, draws: Any) -> Any:
    """Slots with a pulse: their sample, the first of their pulses, and the pulses' outputs."""
    n, outputs = errors.shape
    sample = np.empty(n * length, np.int64)
    first = np.empty(n * length + 1, np.int64)
    column = np.empty(len(draws), np.int64)
    fired = np.empty((length, outputs), np.int64)
    many = np.zeros(length, np.int64)
    slots = pulses = drawn = 0
    for i in range(n):
        many[:] = 0
        for j in range(outputs):
            if errors[i, j] != 0:
                chance = amplitude * np.float64(abs(errors[i, j])) / ratios[i]
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
def _inputs(rows: Any, can: Any) -> None:
    """How many inputs can pulse, in samples that are marked."""
    for i in range(len(rows)):
        if can[i]:
            many = 0
            for x in rows[i]:
                many += x != 0
            can[i] = many


@compiled
def _count(
    rows: Any, errors: Any, amplitude: float, ratios: Any, sample: Any, first: Any, column: Any,
    draws: Any, counts: Any,
) -> None:  # fmt: skip
    size, drawn = rows.shape[1], 0
    for slot in range(len(sample)):
        i = sample[slot]
        for r in range(size):
            x = rows[i, r]
            if x != 0:
                if draws[drawn] < amplitude * np.float64(abs(x)) * ratios[i]:
                    for c in range(first[slot], first[slot + 1]):
                        j = column[c]
                        down = 0 if (x > 0) == (errors[i, j] > 0) else 1
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
