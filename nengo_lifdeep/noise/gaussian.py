"""Gaussian noise on the rate: the same spread at every rate, whatever the synapse."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from .base import NoiseModel, check_positive

__all__ = ["GaussianNoise"]


@dataclasses.dataclass(frozen=True)
class GaussianNoise(NoiseModel):
    """``1/p + N(0, sigma)``: the papers use 10 Hz (moderate) and 20 Hz (high).

    Parameters
    ----------
    sigma : float
        Standard deviation in Hz, before the neuron's amplitude.
    """

    sigma: float = 10.0

    def __post_init__(self) -> None:
        check_positive(self.sigma, "GaussianNoise.sigma", unit="Hz")

    def _sample(self, rate: NDArray, rng: np.random.Generator, tau_rc: float | None) -> NDArray:
        return rate + self.sigma * rng.standard_normal(rate.shape, dtype=rate.dtype.type)

    def _variance(self, rate: NDArray, tau_rc: float | None) -> NDArray:
        return np.full_like(rate, self.sigma**2)
