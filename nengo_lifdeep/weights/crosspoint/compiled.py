"""The update of `pulses`, compiled: the same numbers in the same order, without draws into memory.

At one image per step most slots have no pulse of an output, so that loops over what fired are
faster than products of matrices.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...support.compilation import compiled
from .device import Tables

__all__ = ["changed", "coincidences"]


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
    counts = np.zeros((2, rows.shape[1], errors.shape[1]), np.int32)
    _count(rows, errors, *pulsing, length, rng, counts)
    return counts[0], counts[1]


@compiled
def _count(
    rows: Any, errors: Any, of_rows: Any, of_errors: Any, length: int, rng: Any, counts: Any
) -> None:
    n, size = rows.shape
    outputs = errors.shape[1]
    fired = np.zeros((n, length, outputs), np.bool_)
    busy = np.zeros((n, length), np.bool_)
    for i in range(n):
        for j in range(outputs):
            chance = of_errors[i, j]
            if chance > 0:
                for t in range(length):
                    if rng.random() < chance:
                        fired[i, t, j] = True
                        busy[i, t] = True
    columns = np.zeros(outputs, np.int64)
    for i in range(n):
        for t in range(length):
            if not busy[i, t]:
                continue
            many = 0
            for j in range(outputs):
                if fired[i, t, j]:
                    columns[many] = j
                    many += 1
            for r in range(size):
                chance = of_rows[i, r]
                if chance > 0 and rng.random() < chance:
                    positive = rows[i, r] > 0
                    for c in range(many):
                        j = columns[c]
                        down = 0 if positive == (errors[i, j] > 0) else 1
                        counts[down, r, j] += 1


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
    _change(found, *tables, *counts, float(spread), rng)
    return found


@compiled
def _change(
    weights: Any, step_up: Any, step_down: Any, low: Any, high: Any, ups: Any, downs: Any,
    spread: float, rng: Any,
) -> None:  # fmt: skip
    devices, size, outputs = weights.shape
    for k in range(devices):
        for r in range(size):
            for j in range(outputs):
                up, down = float(ups[r, j]), float(downs[r, j])
                if up + down == 0:
                    continue
                a, b = float(step_up[k, r, j]), float(step_down[k, r, j])
                deviation = np.sqrt(up * (spread * a) ** 2 + down * (spread * b) ** 2)
                moved = weights[k, r, j] + (up * a - down * b) + deviation * rng.standard_normal()
                weights[k, r, j] = min(max(moved, low[k, r, j]), high[k, r, j])
