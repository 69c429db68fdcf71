"""One temperature for the scores of several networks, so that their calibration can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import optimize, special

from ...errors import DataError
from ...support.checks.arrays import checked_array

__all__ = ["common_temperature"]

#: natural logarithms of the least and the largest temperature
_ENDS = (-7.0, 7.0)


def common_temperature(scores: Sequence[Any], labels: Any) -> float:
    """The temperature at which several answers to the same samples are likeliest, all alike.

    A temperature of its own for each network would hide what distinguishes them.

    Parameters
    ----------
    scores : sequence of (draw, sample, class) or (sample, class) array
        Of every network; draws are averaged after the softmax.
    labels : (sample,) array of int
        The right classes; take samples that are not tested on.

    Returns
    -------
    float
        Where the mean over the networks of ``-log p(label)`` is least.

    Raises
    ------
    DataError
        If there are no scores, or they do not fit the labels.

    Examples
    --------
    >>> always_right = [[0.0, 1.0], [2.0, 0.0]]
    >>> common_temperature([always_right], [1, 0]) < 0.1
    True
    """
    right = checked_array(labels, "labels", kind="whole", shape=("sample",), low=0, error=DataError)
    if not len(scores) or not len(right):
        raise DataError("there are no scores or no samples; expected one or more")
    arrays = []
    for i, given in enumerate(scores):
        array = checked_array(given, f"scores[{i}]", dtype=np.float64, error=DataError)
        if array.ndim == 2:
            array = array[None]
        if array.ndim != 3 or array.shape[1] != len(right) or array.shape[2] <= right.max():
            raise DataError(
                f"scores[{i}] has shape {array.shape}; expected ({len(right)}, class) or (draw, "
                f"{len(right)}, class) with more than {right.max()} classes"
            )
        arrays.append(array)

    def loss(logarithm: float) -> float:
        return float(np.mean([_loss(a * np.exp(-logarithm), right) for a in arrays]))

    found = optimize.minimize_scalar(loss, bounds=_ENDS, method="bounded")
    return float(np.exp(found.x))


def _loss(scores: np.ndarray, right: np.ndarray) -> float:
    """Mean of ``-log`` of the draws' mean probability of the right class."""
    logs = special.log_softmax(scores, axis=-1)[:, np.arange(len(right)), right]
    mean = special.logsumexp(logs, axis=0) - np.log(len(scores))
    return -float(np.mean(mean))
