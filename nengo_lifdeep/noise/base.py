"""The base class of noise models: a random value with the same mean as the rate it replaces.

A rate neuron trained with its exact rate has never met spikes. Noise models stand for them while
training. Equations: Hunsberger's thesis "Spiking Deep Neural Networks" (Waterloo, 2018), noise
models.
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ValidationError
from ..support.checks import is_real, optional, real, shown
from ..support.checks.arrays import checked_array

__all__ = ["NoiseModel", "check_positive", "floats"]


def check_positive(value: Any, what: str, *, unit: str) -> None:
    """Raise `ValidationError` unless ``value`` is a positive, finite number.

    Parameters
    ----------
    value : object
        The value to check.
    what : str
        Name of the value in the error message.
    unit : str
        Unit in the error message.
    """
    if not is_real(value):
        raise ValidationError(f"{what} is {shown(value)}; expected a positive number ({unit})")
    if not (np.isfinite(value) and value > 0):
        raise ValidationError(f"{what} is {value}; expected positive and finite ({unit})")


def floats(values: ArrayLike) -> NDArray:
    """An array of ``values``; float32 and float64 stay, anything else becomes float64.

    Parameters
    ----------
    values : (...,) array_like
        Numbers.
    """
    values = checked_array(values, "rate", finite=False)
    return values if values.dtype in (np.float32, np.float64) else values.astype(np.float64)


@dataclasses.dataclass(frozen=True)
class NoiseModel:
    """A random value of the neuron's mean rate. Rates, means and samples in Hz."""

    #: whether the model needs the membrane time constant of the neurons
    uses_tau_rc: ClassVar[bool] = False

    def _sample(self, rate: NDArray, rng: np.random.Generator, tau_rc: float | None) -> NDArray:
        raise NotImplementedError(f"{type(self).__name__} does not say how to sample")

    def _variance(self, rate: NDArray, tau_rc: float | None) -> NDArray:
        raise NotImplementedError(f"{type(self).__name__} does not say its variance")

    def resolve_tau_rc(self, neuron_tau_rc: float | None) -> float | None:
        """The membrane time constant to filter with (s), or None for models without membrane.

        Parameters
        ----------
        neuron_tau_rc : float or None
            Membrane time constant of the neuron, in seconds.
        """
        return None

    def sample(
        self,
        rate: ArrayLike,
        rng: np.random.Generator,
        neuron_tau_rc: float | None = None,
        firing: ArrayLike | None = None,
    ) -> NDArray:
        """Draw one value per rate.

        Parameters
        ----------
        rate : array_like
            Firing rates ``1/p`` in Hz.
        rng : numpy.random.Generator
            Source of randomness.
        neuron_tau_rc : float, optional
            The neurons' membrane time constant in seconds, for the RC models.
        firing : array_like of bool, optional
            Where the hard neuron fires (``J > 1``); elsewhere the rate is returned as it is.
            By default wherever the rate is positive.

        Returns
        -------
        ndarray
            Values in Hz, of the shape and type of ``rate``.

        Examples
        --------
        >>> from nengo_lifdeep.noise import AlphaNoise
        >>> rng = np.random.default_rng(0)
        >>> float(AlphaNoise(0.003).sample(np.full(100_000, 50.0), rng).mean().round(-1))
        50.0
        """
        rate = floats(rate)
        firing = rate > 0 if firing is None else np.asarray(firing, bool) & (rate > 0)
        noisy = self._sample(rate, rng, self.resolve_tau_rc(neuron_tau_rc))
        return np.where(firing, noisy, rate).astype(rate.dtype)

    def mean(self, rate: ArrayLike, neuron_tau_rc: float | None = None) -> NDArray:
        """Mean of `sample` in Hz: the rate itself, for every model.

        Parameters
        ----------
        rate : (...,) array_like
            Firing rates, in Hz.
        neuron_tau_rc : float, optional
            Membrane time constant of the neuron, in seconds; for models that filter with it.
        """
        optional(real(above=0))(neuron_tau_rc, "neuron_tau_rc")
        return floats(rate).copy()

    def variance(self, rate: ArrayLike, neuron_tau_rc: float | None = None) -> NDArray:
        """Variance of `sample` in Hz^2, zero where the rate is zero.

        Parameters
        ----------
        rate : (...,) array_like
            Firing rates, in Hz.
        neuron_tau_rc : float, optional
            Membrane time constant of the neuron, in seconds; for models that filter with it.
        """
        rate = floats(rate)
        variance = self._variance(rate, self.resolve_tau_rc(neuron_tau_rc))
        return np.where(rate > 0, variance, 0).astype(rate.dtype)
