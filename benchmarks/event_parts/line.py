"""Straight lines through measured times."""

from __future__ import annotations

import dataclasses

import numpy as np

__all__ = ["Line", "fitted"]


@dataclasses.dataclass(frozen=True)
class Line:
    """``start + slope * x``, and the share of the variance of ``y`` that it explains."""

    start: float
    slope: float
    r2: float

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return self.start + self.slope * x


def fitted(x: np.ndarray, y: np.ndarray) -> Line:
    """The line with the least squared relative errors: the spread of a time grows with it.

    Examples
    --------
    >>> line = fitted(np.array([1.0, 2.0, 4.0]), np.array([3.0, 5.0, 9.0]))
    >>> round(line.start, 6), round(line.slope, 6), round(line.r2, 6)
    (1.0, 2.0, 1.0)
    """
    slope, start = np.polyfit(x, y, 1, w=1 / y)
    residuals = y - start - slope * x
    r2 = 1 - np.sum(residuals**2) / np.sum((y - y.mean()) ** 2)
    return Line(float(start), float(slope), float(r2))
