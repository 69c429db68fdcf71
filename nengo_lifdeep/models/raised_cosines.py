"""Raised cosines: the filters of probabilistic circuits."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np

from ..errors import ValidationError
from ..support.arrays.owned_arrays import adopted
from ..support.checks import check_fields, real, whole

__all__ = ["MOST_STEPS", "RaisedCosines"]

#: steps that a filter looks back; spikes of as many steps are the bits of one number
MOST_STEPS = 64


@dataclasses.dataclass(frozen=True)
class RaisedCosines:
    """Filters of finite length: raised cosines, equally spaced on a logarithmic axis of time.

    ``basis[k, l] = (1 + cos(clip(mu pi (log(l + b) - c[k]) / step, -pi, pi))) / 2``

    for lags ``l`` of 0 to ``length - 1`` steps, with ``b = length / 10`` and centres from ``ln b``
    to ``ln(length - 1 + b)``. The lag of a spike in the step before is 0.

    Parameters
    ----------
    n_kernels : int
        How many filters.
    length : int
        Steps that they look back, up to 64.
    mu : float
        How narrow they are: a filter is 0 from ``1 / mu`` centres on.

    Raises
    ------
    ValidationError
        If a number is out of bounds.

    Examples
    --------
    >>> RaisedCosines(2, length=4, mu=1.0).values.round(3)
    array([[1.   , 0.367, 0.064, 0.   ],
           [0.   , 0.633, 0.936, 1.   ]])
    """

    n_kernels: int = 8
    length: int = 10
    mu: float = 1.5

    def __post_init__(self) -> None:
        check_fields(
            self, n_kernels=whole(1, 256), length=whole(1, MOST_STEPS), mu=real(above=0),
        )  # fmt: skip
        if self.length == 1 and self.n_kernels > 1:
            raise ValidationError(
                f"RaisedCosines of length 1 has one filter, which is 1; n_kernels is "
                f"{self.n_kernels}. Look back more steps"
            )

    @functools.cached_property
    def values(self) -> np.ndarray:
        """Of every filter at every lag, ``(kernel, length)``."""
        if self.length == 1:
            return adopted(np.ones((1, 1)))
        b = self.length / 10
        first, last = np.log(b), np.log(self.length - 1 + b)
        centres = np.linspace(first, last, self.n_kernels)
        step = (last - first) / max(1, self.n_kernels - 1)
        away = (np.log(np.arange(self.length) + b) - centres[:, None]) / step
        angle = np.clip(self.mu * np.pi * away, -np.pi, np.pi)
        return adopted((1 + np.cos(angle)) / 2)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready record; ``RaisedCosines(**record)`` turns it back."""
        return dataclasses.asdict(self)
