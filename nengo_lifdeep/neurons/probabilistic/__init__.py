"""Neurons that emit at random, with a probability that follows from their current."""

from __future__ import annotations

from .distribution import emitted, log_probabilities, probabilities
from .types import BernoulliSigmoid, WinnerTakeAll

__all__ = [
    "BernoulliSigmoid",
    "WinnerTakeAll",
    "emitted",
    "log_probabilities",
    "probabilities",
]
