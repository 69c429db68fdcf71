"""The two herding quantisers (O'Connor & Welling 2016), as functions of NumPy arrays.

Both keep a potential, emit whole spikes, and subtract what they emitted; what is left carries over
to the next input, so that the spikes so far never stray from the inputs so far.
"""

from __future__ import annotations

import numpy as np

from ...errors import ValidationError
from ...support.checks import checked
from ...support.checks.arrays import checked_array

__all__ = ["rectified_counts", "rectified_step", "signed_counts", "signed_step"]


#: beyond this a float is no longer told from its neighbour by a spike
_MOST = 2.0**53


def _numbers(value: object, what: str) -> np.ndarray:
    """Check of an argument: an array of numbers, at least one axis."""
    array = checked_array(value, what, low=-_MOST, high=_MOST)
    return np.atleast_1d(array).astype(np.result_type(array.dtype, np.float32))


def _sum(potential: np.ndarray, value: np.ndarray) -> np.ndarray:
    """What is there and what comes, if they are of one shape, or one of them is a single number."""
    try:
        return np.asarray(potential + value)
    except ValueError as error:
        raise ValidationError(
            f"value has shape {value.shape}; expected that of the potential, {potential.shape}"
        ) from error


@checked(potential=_numbers, value=_numbers)
def signed_step(potential: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Spikes of either sign, until the potential is in [-1/2, 1/2]; on its border it rests.

    Parameters
    ----------
    potential, value : (...) array
        Potential before, and what is added to it.

    Returns
    -------
    potential : (...) array
        What is left.
    spikes : (...) array of int
        How many, with their sign.

    Examples
    --------
    >>> potential, spikes = signed_step(np.zeros(4), np.array([0.5, 0.6, 1.5, -2.0]))
    >>> spikes.tolist(), potential.round(1).tolist()
    ([0, 1, 1, -2], [0.5, -0.4, 0.5, 0.0])
    """
    total = _sum(potential, value)
    spikes = np.sign(total) * np.maximum(np.ceil(np.abs(total) - 0.5), 0)
    return total - spikes, spikes.astype(np.int64)


@checked(potential=_numbers, value=_numbers)
def rectified_step(potential: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positive spikes only, until the potential is 1/2 or less; below there is no limit.

    Parameters
    ----------
    potential, value : (...) array
        Potential before, and what is added to it.

    Returns
    -------
    potential : (...) array
        What is left.
    spikes : (...) array of int
        How many.

    Examples
    --------
    >>> potential, spikes = rectified_step(np.zeros(4), np.array([0.5, 0.6, 1.5, -2.0]))
    >>> spikes.tolist(), potential.round(1).tolist()
    ([0, 1, 1, 0], [0.5, -0.4, 0.5, -2.0])
    """
    total = _sum(potential, value)
    spikes = np.maximum(np.ceil(total - 0.5), 0)
    return total - spikes, spikes.astype(np.int64)


@checked(values=_numbers)
def signed_counts(values: np.ndarray) -> np.ndarray:
    """All spikes so far after every input: the sum so far, rounded.

    A sum half-way between two whole numbers is rounded towards the count before it.

    Parameters
    ----------
    values : (input, ...) array
        What comes one after the other.

    Returns
    -------
    (input, ...) array of int

    Examples
    --------
    >>> signed_counts(np.full(6, 0.3)).tolist()
    [0, 1, 1, 1, 1, 2]
    >>> signed_counts(np.array([0.5, -1.0, 2.0])).tolist()
    [0, 0, 1]
    """
    sums = np.cumsum(values, axis=0)
    counts = np.empty(sums.shape, np.int64)
    count = np.zeros(sums.shape[1:], np.int64)
    for k, total in enumerate(sums):
        count = count + signed_step(total - count, np.zeros_like(total))[1].reshape(total.shape)
        counts[k] = count
    return counts


@checked(values=_numbers)
def rectified_counts(values: np.ndarray) -> np.ndarray:
    """All spikes so far after every input: what the sum so far, rounded, has ever been at most.

    Parameters
    ----------
    values : (input, ...) array
        What comes one after the other.

    Returns
    -------
    (input, ...) array of int

    Examples
    --------
    >>> rectified_counts(np.array([-1.0, 1.6, 2.0, -3.0])).tolist()
    [0, 1, 3, 3]
    """
    rounded = np.ceil(np.cumsum(values, axis=0) - 0.5)
    return np.maximum.accumulate(np.maximum(rounded, 0), axis=0).astype(np.int64)
