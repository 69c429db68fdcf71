"""Noise measured on a spiking network: a spread for every rate."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from ..errors import ValidationError
from ..support.checks import each, real
from .base import NoiseModel, floats

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
            check = each(real(0, unit="Hz"), "numbers in Hz", least=1)
            values = check(getattr(self, name), f"MeasuredNoise.{name}")
            object.__setattr__(self, name, tuple(map(float, values)))
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
        rate = floats(rate)
        return np.interp(rate, self.rates, self.spreads).astype(rate.dtype)

    def _sample(self, rate: NDArray, rng: np.random.Generator, tau_rc: float | None) -> NDArray:
        normal = rng.standard_normal(rate.shape, dtype=rate.dtype.type)
        return rate + self.spread(rate) * normal

    def _variance(self, rate: NDArray, tau_rc: float | None) -> NDArray:
        return self.spread(rate) ** 2
