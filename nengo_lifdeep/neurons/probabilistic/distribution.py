"""What a circuit emits, given its potentials: silence, or one of C values."""

from __future__ import annotations

import numpy as np

__all__ = ["emitted", "log_probabilities", "probabilities"]


def log_probabilities(potentials: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-probabilities of values and of silence, whose potential is 0.

    The largest potential is taken off before anything is exponentiated: no potential overflows.

    Parameters
    ----------
    potentials : (..., C) array
        Of every value.

    Returns
    -------
    values, silence : (..., C) and (...) array

    Examples
    --------
    >>> values, silence = log_probabilities(np.array([[1000.0, 0.0], [-1000.0, 0.0]]))
    >>> values.round(3).tolist(), silence.round(3).tolist()
    ([[0.0, -1000.0], [-1000.693, -0.693]], [-1000.0, -0.693])
    """
    every = np.concatenate([np.zeros((*potentials.shape[:-1], 1)), potentials], axis=-1)
    best = every.argmax(axis=-1)[..., None]
    largest = np.take_along_axis(every, best, axis=-1)
    terms = np.exp(every - largest)
    np.put_along_axis(terms, best, 0, axis=-1)
    logs = every - largest - np.log1p(terms.sum(axis=-1, keepdims=True))
    return logs[..., 1:], logs[..., 0]


def probabilities(potentials: np.ndarray) -> np.ndarray:
    """Probabilities of values; silence has the rest. With one value, the logistic function.

    Parameters
    ----------
    potentials : (..., C) array
        Of every value.

    Examples
    --------
    >>> probabilities(np.array([0.0])), probabilities(np.zeros(3))
    (array([0.5]), array([0.25, 0.25, 0.25]))
    """
    largest = np.maximum(potentials.max(axis=-1, keepdims=True), 0)
    terms = np.exp(potentials - largest)
    return terms / (np.exp(-largest) + terms.sum(axis=-1, keepdims=True))


def emitted(p: np.ndarray, clamped: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """What circuits emit: 0 for silence, or 1 to C.

    Parameters
    ----------
    p : (circuit, C) array
        Probabilities of values.
    clamped : (circuit,) array of int
        What is emitted; -1 where it is drawn.
    draws : (circuit or fewer,) array
        Random numbers in [0, 1): values come first, in their order, then silence.

    Examples
    --------
    >>> emitted(np.array([[0.2, 0.3]] * 4), np.array([-1, -1, -1, 2]), np.array([0.1, 0.4, 0.6, 0]))
    array([1, 2, 0, 2])
    """
    drawn = np.zeros(len(p), np.int64)
    ends = np.cumsum(p, axis=1)[: len(draws)]
    below = draws[: len(ends), None] < ends
    drawn[: len(below)] = np.where(below.any(axis=1), below.argmax(axis=1) + 1, 0)
    return np.where(clamped < 0, drawn, clamped)
