"""What one core can do at most, measured by kernels that do nothing else."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numba import njit

from nengo_lifdeep.simulators.vectors.layout import LANES, aligned
from nengo_lifdeep.simulators.vectors.operations import add_row

__all__ = ["additions", "bandwidth", "products", "triad"]

#: time of one measurement, in seconds: long against the clock, short against a time slice
_DURATION = 2e-3


def bandwidth(n_bytes: int) -> float:
    """Bytes per second, read and written, of one array scaled in place."""
    x = aligned(np.ones(max(n_bytes // 4, LANES), np.float32))
    repeats = _repeats(n_bytes)
    return 2 * x.nbytes * repeats / _seconds(_scale, x, 1.0, repeats)


def triad(n_bytes: int) -> float:
    """Bytes per second of ``a = b + s * c`` on arrays of together ``n_bytes``."""
    n = max(n_bytes // 12 // LANES, 1) * LANES
    a, b, c = (aligned(np.ones(n, np.float32), skew) for skew in range(3))
    repeats = _repeats(n_bytes)
    return 3 * a.nbytes * repeats / _seconds(_triad, a, b, c, 0.5, repeats)


def additions() -> float:
    """Weights per second that `add_row` adds when all of them are in the first cache."""
    x, w = (aligned(np.zeros(1024, np.float32), skew) for skew in range(2))
    repeats = 10_000
    return len(x) * repeats / _seconds(_add_rows, x, w, repeats)


def products() -> float:
    """Multiply-adds per second of a matrix product that fits the second cache."""
    a = np.ones((256, 256), np.float32)
    out = np.empty_like(a)
    return a.shape[0] ** 3 / _seconds(np.matmul, a, a, out)


def _repeats(n_bytes: int) -> int:
    return max(1, int(_DURATION * 20e9 / n_bytes))


def _seconds(kernel: Any, *args: Any) -> float:
    """The best of some calls: a limit is not slowed by what else runs."""
    kernel(*args)  # compiles, and fetches what there is to fetch
    times = []
    for _ in range(7):
        start = time.perf_counter()
        kernel(*args)
        times.append(time.perf_counter() - start)
    return min(times)


@njit(nogil=True)
def _scale(x: Any, factor: float, repeats: int) -> None:
    factor = np.float32(factor)
    for _ in range(repeats):
        for i in range(len(x)):
            x[i] *= factor


@njit(nogil=True)
def _triad(a: Any, b: Any, c: Any, factor: float, repeats: int) -> None:
    factor = np.float32(factor)
    for _ in range(repeats):
        for i in range(len(a)):
            a[i] = b[i] + factor * c[i]


@njit(nogil=True)
def _add_rows(x: Any, w: Any, repeats: int) -> None:
    for _ in range(repeats):
        for i in range(0, len(x), LANES):
            add_row(x, i, w, i, 1.0)
