"""The search for a fixed point of a mean field."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ValidationError
from .rest import pulses_at_rest, state_of

__all__ = ["unknowns_at_rest"]

#: Newton steps to a fixed point, and its largest remainder
_STEPS, _SMALL = 50, 1e-11

#: w of all classes where a search begins: neurons that fire much, or not at all
_BEGINNINGS = {"active": 4.0, "quiet": 1e-3}


def unknowns_at_rest(field: Any, start: str | NDArray) -> NDArray:
    """The unknowns of a fixed point, stable or not.

    Parameters
    ----------
    field : MeanField
        Whose.
    start : {"active", "quiet"} or (unknown,) array
        Where the search begins.

    Raises
    ------
    ValidationError
        If nothing is found.
    """
    y = _followed(field, start) if isinstance(start, str) else start
    for _ in range(_STEPS):
        value, slope, _ = field.equations(y)
        if np.abs(value).max() < _SMALL:
            return y
        try:
            y = y - np.linalg.solve(slope, value)
        except np.linalg.LinAlgError:  # at a fold
            break
        if not np.all(np.isfinite(y)):
            break
    raise ValidationError(
        f"no fixed point was found at eta0={field.eta0:g}, kappa={field.kappa:g}, "
        f"delta={field.delta:g}; start from a state near one, or follow the state with "
        "integrate(...)"
    )


def _followed(field: Any, start: str) -> NDArray:
    """The unknowns, from neurons that fire much or not at all, followed until they rest."""
    if start not in _BEGINNINGS:
        raise ValidationError(f"start is {start!r}; expected 'active', 'quiet', or a state")
    y = field.unknowns(state_of(np.full(field.n, _BEGINNINGS[start], complex)))
    left, right = field._factors
    for _ in range(500):
        new = right @ pulses_at_rest(field.eta0 + field.kappa * (left @ y), field.delta)[0]
        y, moved = (y + new) / 2, np.abs(new - y).max()
        if moved < 1e-6:
            break
    return y
