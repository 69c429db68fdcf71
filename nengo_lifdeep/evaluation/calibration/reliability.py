"""How often answers are right, by how sure the network is of them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...errors import DataError
from ...support.checks import checked, whole
from ...support.checks.arrays import checked_array
from ...support.short_repr import short_repr

__all__ = ["Reliability", "expected_calibration_error", "reliability"]

#: how far a row of probabilities may be from a sum of 1
_ROUNDING = 1e-3


@dataclasses.dataclass(frozen=True, eq=False)
class Reliability:
    """Answers sorted into bins of equal width by the probability of the class that was answered.

    Parameters
    ----------
    counts : (bin,) array of int
        Answers in every bin.
    confidence : (bin,) array of float
        Their mean probability; NaN where there are none.
    accuracy : (bin,) array of float
        Share of them that are right; NaN where there are none.

    Raises
    ------
    DataError
        If shapes differ.
    """

    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray

    __repr__ = short_repr

    def __post_init__(self) -> None:
        counts = checked_array(
            self.counts, "Reliability.counts", kind="whole", shape=("bin",), low=0, own=True,
            error=DataError,
        )  # fmt: skip
        object.__setattr__(self, "counts", counts)
        for name in ("confidence", "accuracy"):
            array = checked_array(
                getattr(self, name), f"Reliability.{name}", shape=counts.shape, finite=False,
                own=True, error=DataError,
            )  # fmt: skip
            object.__setattr__(self, name, array)

    @property
    def gap(self) -> float:
        """Mean probability less accuracy of all answers; below 0 the network is too modest."""
        return float(self._mean(self.confidence - self.accuracy))

    @property
    def error(self) -> float:
        """Expected calibration error: the mean over answers of the gap in their bin, unsigned."""
        return float(self._mean(np.abs(self.confidence - self.accuracy)))

    def _mean(self, values: np.ndarray) -> np.floating[Any]:
        taken = self.counts > 0
        return np.average(values[taken], weights=self.counts[taken])


@checked(n_bins=whole(1))
def reliability(probabilities: Any, labels: Any, n_bins: int = 20) -> Reliability:
    """Sort answers by how sure they are, and count how many are right.

    Parameters
    ----------
    probabilities : (sample, class) array
        Of every class; rows sum to 1.
    labels : (sample,) array of int
        The right classes.
    n_bins : int
        Bins between 0 and 1.

    Raises
    ------
    DataError
        If they do not fit each other, or are no probabilities.

    Examples
    --------
    >>> found = reliability([[0.8, 0.2], [0.3, 0.7], [0.9, 0.1]], [0, 0, 0], n_bins=4)
    >>> found.counts.tolist(), round(found.gap, 3)
    ([0, 0, 1, 2], 0.133)
    """
    shares = checked_array(
        probabilities, "probabilities", shape=("sample", "class"), low=0, high=1 + _ROUNDING,
        dtype=np.float64, error=DataError,
    )  # fmt: skip
    if not shares.size or np.abs(shares.sum(axis=1) - 1).max() > _ROUNDING:
        raise DataError("probabilities are empty or have rows that do not sum to 1; use a softmax")
    right = checked_array(
        labels, "labels", kind="whole", shape=(len(shares),), low=0, high=shares.shape[1] - 1,
        error=DataError,
    )  # fmt: skip
    sure = shares.max(axis=1)
    bins = np.clip(np.ceil(n_bins * sure).astype(int) - 1, 0, n_bins - 1)  # the upper end belongs
    counts = np.bincount(bins, minlength=n_bins)
    sums = (
        np.bincount(bins, weights, minlength=n_bins)
        for weights in (sure, shares.argmax(axis=1) == right)
    )
    with np.errstate(invalid="ignore"):
        return Reliability(counts, *(total / counts for total in sums))


def expected_calibration_error(probabilities: Any, labels: Any, n_bins: int = 20) -> float:
    """Mean over answers of the distance between probability and accuracy in their bin.

    Parameters
    ----------
    probabilities : (sample, class) array
        Of every class; rows sum to 1.
    labels : (sample,) array of int
        The right classes.
    n_bins : int
        Bins between 0 and 1.

    Examples
    --------
    >>> expected_calibration_error([[0.75, 0.25]] * 4, [0, 0, 0, 1])
    0.0
    """
    return reliability(probabilities, labels, n_bins).error
