"""Gain and amplitude that make a neuron's curve follow a ReLU, and the papers' own choices."""

from __future__ import annotations

import dataclasses

import nengo
import numpy as np
from numpy.typing import NDArray

from ..errors import ValidationError
from ..noise import AlphaRCNoise, GaussianNoise, NoiseModel
from ..support.checks import check_fields, checked, instance, optional, real
from .counterparts import firing_threshold, neuron_rate
from .kinds import kind_of
from .parameters import replaced
from .softlif import SoftLIF

__all__ = ["PAPER_PARAMETERS", "PaperParameters", "fit_to_relu"]

#: gains searched, from the curve's straight part to its saturated part
_GAINS = np.geomspace(1e-3, 1e3, 121)
_SAMPLES = 2201


@dataclasses.dataclass(frozen=True)
class PaperParameters:
    """One row of the papers' table of neuron parameters.

    ``neuron`` carries amplitude, time constants (s), sigma and noise; the layers' output is
    multiplied by ``gain`` and gets ``bias`` added to become the current ``J``.

    Parameters
    ----------
    neuron : SoftLIF
        The neuron; its time constants are in seconds.
    gain : float
        Factor on the outputs of the layers, dimensionless.
    bias : float
        Current that is added, dimensionless; the threshold is 1.
    """

    neuron: SoftLIF
    gain: float
    bias: float = 1.0

    def __post_init__(self) -> None:
        check_fields(
            self, neuron=instance(nengo.neurons.NeuronType), gain=real(above=0), bias=real()
        )


def _row(tau_ref: float, tau_rc: float, gain: float, noise: NoiseModel) -> PaperParameters:
    neuron = SoftLIF(tau_rc=tau_rc, tau_ref=tau_ref, sigma=0.02, amplitude=0.063, noise=noise)
    return PaperParameters(neuron, gain)


#: Hunsberger and Eliasmith, "Training Spiking Deep Networks for Neuromorphic Hardware" (2016),
#: table of neuron parameters by data set; also Hunsberger's thesis (Waterloo, 2018)
PAPER_PARAMETERS: dict[str, PaperParameters] = {
    "mnist": _row(0.002, 0.022, 1.0, GaussianNoise(10.0)),
    "svhn": _row(0.002, 0.022, 1.0, GaussianNoise(10.0)),
    "cifar10": _row(0.001, 0.050, 0.825, GaussianNoise(10.0)),
    "cifar100": _row(0.001, 0.050, 0.825, GaussianNoise(10.0)),
    "imagenet": _row(0.001, 0.050, 0.825, AlphaRCNoise(0.003)),
}


def _best_amplitude(curve: NDArray, target: NDArray) -> tuple[float, float]:
    """Least-squares factor of ``curve`` on ``target``, and the mean squared error it leaves."""
    power = float(curve @ curve)
    amplitude = float(curve @ target) / power if power > 0 else 0.0
    return amplitude, float(np.mean((amplitude * curve - target) ** 2))


@checked(low=real(), high=real(), gain=optional(real(above=0)))
def fit_to_relu(
    neuron: nengo.neurons.NeuronType,
    low: float = -1,
    high: float = 10,
    gain: float | None = None,
) -> tuple[nengo.neurons.NeuronType, float]:
    """Fit ``amplitude * rate(gain * x + threshold)`` to ``max(x, 0)`` on ``[low, high]``.

    Derivatives near one let a recipe made for ReLU networks train a LIF network. For each gain
    the best amplitude is linear regression; the gain is then found by one-dimensional search.

    The published pair for ``tau_ref`` = 1 ms, ``tau_rc`` = 50 ms, ``sigma`` = 0.02 is amplitude
    0.063 and gain 0.825. This gives amplitude 0.0627 when the gain is held at 0.825, and 0.0539
    at gain 0.995 when both are free. The valley is flat (root mean square error 0.384 against
    0.379), so the published pair is a fit of the amplitude at a chosen gain. For ``tau_ref`` =
    2 ms, ``tau_rc`` = 22 ms it gives 0.0553 at gain 0.454, far from the published 0.063 and 1.0,
    which are therefore not a least-squares fit on this interval.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        Any supported neuron type; its amplitude is ignored.
    low, high : float
        Interval of ``x``, sampled evenly.
    gain : float, optional
        Hold the gain and fit the amplitude alone. For rectified-linear neurons, where any gain
        fits, it is 1 by default.

    Returns
    -------
    neuron : nengo.neurons.NeuronType
        The same neuron with the fitted amplitude.
    gain : float
        Factor on ``x``.

    Raises
    ------
    ValidationError
        If the interval holds no positive ``x``, the gain is not positive, or the neuron has no
        amplitude.

    Examples
    --------
    >>> neuron, gain = fit_to_relu(SoftLIF(tau_rc=0.05, tau_ref=0.001), gain=0.825)
    >>> round(neuron.amplitude, 4)
    0.0627
    """
    from scipy.optimize import minimize_scalar  # slow to import, and needed here only

    if not (np.isfinite([low, high]).all() and high > max(low, 0)):
        raise ValidationError(
            f"interval is [{low}, {high}]; expected finite bounds, high above low and above 0"
        )
    if gain is not None and not (np.isfinite(gain) and gain > 0):
        raise ValidationError(f"gain is {gain}; expected a positive number, or None to fit it")
    x = np.linspace(low, high, _SAMPLES)
    target = np.maximum(x, 0)
    threshold = firing_threshold(neuron)
    if "amplitude" not in kind_of(neuron).parameters:
        raise ValidationError(
            f"{neuron!r} has no amplitude that could be fitted; train with tau_ref=1 and convert "
            "with scale_firing_rates instead"
        )
    unscaled = replaced(neuron, amplitude=1.0)

    def fit(candidate: float) -> tuple[float, float]:
        return _best_amplitude(neuron_rate(unscaled, candidate * x + threshold), target)

    if gain is None and threshold == 0:
        gain = 1.0  # a straight line fits at any gain
    if gain is None:
        errors = [fit(candidate)[1] for candidate in _GAINS]
        best = int(np.clip(np.argmin(errors), 1, len(_GAINS) - 2))
        bounds = (np.log(_GAINS[best - 1]), np.log(_GAINS[best + 1]))
        found = minimize_scalar(
            lambda g: fit(np.exp(g))[1], bounds=bounds, method="bounded", options={"xatol": 1e-9}
        )
        gain = float(np.exp(found.x))
    return replaced(neuron, amplitude=fit(gain)[0]), gain
