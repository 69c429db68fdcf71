"""What circuits emit, given their potentials."""

from __future__ import annotations

import math
from typing import Any

from ...support.compilation import compiled

__all__ = ["decide"]


@compiled
def decide(
    potentials: Any, n_hidden: int, n_values: int, clamped: Any, draws: Any, said: Any, errors: Any,
    odds: Any, numbers: Any,
) -> tuple[float, float]:  # fmt: skip
    """Draw, or clamp, what every circuit emits in a step.

    Parameters
    ----------
    potentials : (row,) array of float64
        Of every value of every circuit.
    n_hidden, n_values : int
        Hidden circuits, and values of each.
    clamped : (circuit,) array of int
        What is emitted: 0 nothing, 1 and more a value, -1 what is drawn.
    draws : (circuit,) array
        Random numbers in [0, 1): values come first, in their order, then silence.
    said : (circuit,) array of int
        Receives what is emitted.
    errors : (row,) array
        Receives one-hot of it less the probabilities.
    odds : (value,) array of float64
        Room to work in.
    numbers : Numbers
        Of the rule.

    Returns
    -------
    visible, ratio : float
        Log-probability of what visible circuits emit; of what hidden ones emit, less its
        logarithm under the reference.
    """
    visible, ratio = 0.0, 0.0
    for circuit in range(len(said)):
        first = circuit * n_values
        largest, best = 0.0, -1  # silence has the potential 0
        for c in range(n_values):
            if potentials[first + c] > largest:
                largest, best = potentials[first + c], c
        others = math.exp(-largest) if best >= 0 else 0.0
        for c in range(n_values):
            odds[c] = 1.0 if c == best else math.exp(potentials[first + c] - largest)
            if c != best:
                others += odds[c]
        total = 1.0 + others
        value = clamped[circuit]
        if value < 0:
            value, below = 0, 0.0
            for c in range(n_values):
                below += odds[c] / total
                if draws[circuit] < below:
                    value = c + 1
                    break
        said[circuit] = value
        for c in range(n_values):
            errors[first + c] = (1.0 if value == c + 1 else 0.0) - odds[c] / total
        own = potentials[first + value - 1] if value > 0 else 0.0
        log_p = own - largest - math.log1p(others)
        if circuit >= n_hidden:
            visible += log_p
        else:
            ratio += log_p - (numbers.log_value if value > 0 else numbers.log_silence)
    return visible, ratio
