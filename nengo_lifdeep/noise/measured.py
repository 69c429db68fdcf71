"""Noise measured on a spiking network: a spread for every rate."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from ..errors import ValidationError
from .base import NoiseModel

__all__ = ["MeasuredNoise"]


@dataclasses.dataclass(frozen=True)
class MeasuredNoise(NoiseModel):
    """``1/p + N(0, s(1/p))``, the spread ``s`` interpolated between measured rates.

    Parameters
    ----------
    rates : sequence of float
        Rates in Hz, ascending; below the first and above the last the spread stays the same.
    spreads : sequence of float
        Standard deviations at these rates, in Hz.

    Raises
    ------
    ValidationError
        If the rates do not ascend, or a number is negative or not finite.

    Examples
    --------
    >>> float(MeasuredNoise((0.0, 50.0), (5.0, 15.0)).variance(25.0))
    100.0

    See Also
    --------
    nengo_lifdeep.analysis.noise.calibrate_noise : measures one.
    """

    rates: tuple[float, ...] = (0.0, 200.0)
    spreads: tuple[float, ...] = (10.0, 10.0)

    def __post_init__(self) -> None:
        for name in ("rates", "spreads"):
            try:
                values = tuple(float(value) for value in getattr(self, name))
            except (TypeError, ValueError) as error:
                raise ValidationError(
                    f"MeasuredNoise.{name} is {getattr(self, name)!r}; expected numbers in Hz"
                ) from error
            if not values or not np.isfinite(values).all() or min(values) < 0:
                raise ValidationError(
                    f"MeasuredNoise.{name} is {values}; expected finite numbers, 0 or more, in Hz"
                )
            object.__setattr__(self, name, values)
        if len(self.rates) != len(self.spreads) or (np.diff(self.rates) <= 0).any():
            raise ValidationError(
                f"MeasuredNoise has rates {self.rates} and spreads {self.spreads}; expected "
                "ascending rates and one spread for each"
            )

    def spread(self, rate: NDArray) -> NDArray:
        """Standard deviation at a rate, both in Hz.

        Parameters
        ----------
        rate : (...,) array of float
            Firing rates, in Hz.
        """
        return np.interp(rate, self.rates, self.spreads).astype(rate.dtype)

    def _sample(self, rate: NDArray, rng: np.random.Generator, tau_rc: float | None) -> NDArray:
        normal = rng.standard_normal(rate.shape, dtype=rate.dtype.type)
        return rate + self.spread(rate) * normal

    def _variance(self, rate: NDArray, tau_rc: float | None) -> NDArray:
        return self.spread(rate) ** 2
