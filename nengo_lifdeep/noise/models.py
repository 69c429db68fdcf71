"""Noise for training: what a spike train filtered by a synapse looks like at a random moment.

A rate neuron trained with its exact rate has never met spikes. These models replace the rate
``1/p`` by a random value of the same mean: Gaussian, or the value at a uniformly random phase
of a regular spike train of period ``p``, filtered by the synapse (and by the next membrane).
Equations: Hunsberger's thesis "Spiking Deep Neural Networks" (Waterloo, 2018), noise models.

Why the formulas here look unlike the printed ones: with ``a = p/tau_s``, ``b = p/tau_rc`` and
``u = t/p``, a train of unit spikes filtered by exponentials is a divided difference over
``a, a, b`` of ``F(k) = exp(-u k) / (1 - exp(-k))``. Expanded by Leibniz' rule it is a sum of
positive terms only: nothing cancels when ``tau_rc`` comes close to ``tau_s`` or ``p`` to zero,
where the printed quotients become 0/0.
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ValidationError

__all__ = [
    "ALL_NOISE",
    "AlphaNoise",
    "AlphaRCNoise",
    "GaussianNoise",
    "LowpassNoise",
    "LowpassRCNoise",
    "NoiseModel",
    "noise_from_dict",
    "noise_to_dict",
]

#: longest period told from silence, in synaptic time constants
_LONGEST = 1e6


def _positive(value: Any, what: str, *, unit: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.floating, np.integer)):
        raise ValidationError(f"{what} is {value!r}; expected a positive number ({unit})")
    if not (np.isfinite(value) and value > 0):
        raise ValidationError(f"{what} is {value}; expected positive and finite ({unit})")


def _floats(values: ArrayLike) -> NDArray:
    values = np.asarray(values)
    return values if values.dtype in (np.float32, np.float64) else values.astype(np.float64)


def _mean_decay(y: NDArray) -> NDArray:
    """``(1 - exp(-y)) / y`` for ``y >= 0``, 1 at zero."""
    safe = np.maximum(y, 1e-30)
    return -np.expm1(-safe) / safe


def _series(y: NDArray, coefficients: list[float]) -> NDArray:
    total = np.zeros_like(y)
    for coefficient in reversed(coefficients):
        total = total * y + coefficient
    return total


_FACTORIALS = np.cumprod([1.0, *range(1, 22)])
_PSI = [(-1) ** k / _FACTORIALS[k + 2] for k in range(18)]
_CHI = [(-1) ** k * (k + 1) / _FACTORIALS[k + 2] for k in range(18)]


def _psi(y: NDArray) -> NDArray:
    """``(exp(-y) - 1 + y) / y^2`` for ``y >= 0``, 1/2 at zero."""
    safe = np.maximum(y, 1)
    direct = (np.expm1(-safe) / safe + 1) / safe
    return np.where(y < 1, _series(np.minimum(y, 1), _PSI), direct)


def _chi(y: NDArray) -> NDArray:
    """``(1 - exp(-y) (1 + y)) / y^2`` for ``y >= 0``, 1/2 at zero."""
    safe = np.maximum(y, 1)
    decay = np.exp(-safe)
    direct = ((1 - decay) / safe - decay) / safe
    return np.where(y < 1, _series(np.minimum(y, 1), _CHI), direct)


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
        """The membrane time constant to filter with (s), or None for models without membrane."""
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
        >>> rng = np.random.default_rng(0)
        >>> float(AlphaNoise(0.003).sample(np.full(100_000, 50.0), rng).mean().round(-1))
        50.0
        """
        rate = _floats(rate)
        firing = rate > 0 if firing is None else np.asarray(firing, bool) & (rate > 0)
        noisy = self._sample(rate, rng, self.resolve_tau_rc(neuron_tau_rc))
        return np.where(firing, noisy, rate).astype(rate.dtype)

    def mean(self, rate: ArrayLike, neuron_tau_rc: float | None = None) -> NDArray:
        """Mean of `sample` in Hz: the rate itself, for every model."""
        return _floats(rate)

    def variance(self, rate: ArrayLike, neuron_tau_rc: float | None = None) -> NDArray:
        """Variance of `sample` in Hz^2, zero where the rate is zero."""
        rate = _floats(rate)
        variance = self._variance(rate, self.resolve_tau_rc(neuron_tau_rc))
        return np.where(rate > 0, variance, 0).astype(rate.dtype)


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
        _positive(self.sigma, "GaussianNoise.sigma", unit="Hz")

    def _sample(self, rate: NDArray, rng: np.random.Generator, tau_rc: float | None) -> NDArray:
        return rate + self.sigma * rng.standard_normal(rate.shape, dtype=rate.dtype.type)

    def _variance(self, rate: NDArray, tau_rc: float | None) -> NDArray:
        return np.full_like(rate, self.sigma**2)


@dataclasses.dataclass(frozen=True)
class _SynapseNoise(NoiseModel):
    """A regular spike train through a synapse, met at a uniformly random phase."""

    tau_s: float = 0.003

    def __post_init__(self) -> None:
        _positive(self.tau_s, f"{type(self).__name__}.tau_s", unit="seconds")

    def _shape(self, u: NDArray, a: NDArray, ratio: float) -> NDArray:
        """Filtered value over mean rate at phase ``u`` in [0, 1]; ``ratio = tau_s / tau_rc``."""
        raise NotImplementedError(f"{type(self).__name__} does not say its waveform")

    def _ratio(self, tau_rc: float | None) -> float:
        return 0.0 if tau_rc is None else self.tau_s / tau_rc

    def waveform(
        self, phase: ArrayLike, period: ArrayLike, neuron_tau_rc: float | None = None
    ) -> NDArray:
        """Value in Hz of the filtered train at time ``phase`` after a spike.

        Parameters
        ----------
        phase : array_like
            Time since the last spike, in seconds, between 0 and ``period``.
        period : array_like
            Interval between spikes, in seconds; infinite gives 0.
        neuron_tau_rc : float, optional
            The neurons' membrane time constant in seconds, for the RC models.

        Examples
        --------
        >>> float(LowpassNoise(0.01).waveform(0.0, 0.01).round(3))
        158.198
        """
        phase, interval = np.broadcast_arrays(_floats(phase), _floats(period))
        ratio = self._ratio(self.resolve_tau_rc(neuron_tau_rc))
        finite = np.clip(interval, 1e-30, self.tau_s * _LONGEST)
        a = np.maximum(finite / self.tau_s, 1e-9)
        value = self._shape(phase / finite, a, ratio) / finite
        return np.where(np.isinf(interval), 0, value).astype(interval.dtype)

    def _periods(self, rate: NDArray) -> NDArray:
        longest = self.tau_s * _LONGEST
        return np.clip(1 / np.maximum(rate, 1 / longest) / self.tau_s, 1e-9, _LONGEST)

    def _sample(self, rate: NDArray, rng: np.random.Generator, tau_rc: float | None) -> NDArray:
        u = rng.random(rate.shape, dtype=rate.dtype.type)
        return rate * self._shape(u, self._periods(rate), self._ratio(tau_rc))

    def _variance(self, rate: NDArray, tau_rc: float | None) -> NDArray:
        a = self._periods(rate.astype(np.float64))
        return rate * rate * self._relative_variance(a, self._ratio(tau_rc))

    def _relative_variance(self, a: NDArray, ratio: float) -> NDArray:
        """Variance over squared mean, by Gauss-Legendre panels that narrow towards the spike."""
        nodes, weights = np.polynomial.legendre.leggauss(20)
        panels = 4.0 ** np.arange(-18, 1)
        edges = np.concatenate([[0.0], panels])
        width = np.diff(edges)[:, None]
        u = (edges[:-1, None] + width * (nodes + 1) / 2).ravel()
        w = (width * weights / 2).ravel()
        # a column of samples of u for each period, one period at a time keeps memory small
        flat = [w @ (self._shape(u, np.full_like(u, x), ratio) - 1) ** 2 for x in a.ravel()]
        return np.asarray(flat).reshape(a.shape)


@dataclasses.dataclass(frozen=True)
class LowpassNoise(_SynapseNoise):
    """First-order synapse: ``s(t) = exp(-t/tau_s) / (tau_s (1 - q))``, ``q = exp(-p/tau_s)``.

    Parameters
    ----------
    tau_s : float
        Synaptic time constant in seconds.
    """

    def _shape(self, u: NDArray, a: NDArray, ratio: float) -> NDArray:
        return a * np.exp(-u * a) / -np.expm1(-a)

    def _relative_variance(self, a: NDArray, ratio: float) -> NDArray:
        # autocorrelation exp(-|T|/tau)/(2 tau) summed over all pairs of spikes
        half = np.maximum(a / 2, 0.05)
        series = a**2 / 12 - a**4 / 720 + a**6 / 30240
        return np.where(a < 0.1, series, half / np.tanh(half) - 1)


@dataclasses.dataclass(frozen=True)
class AlphaNoise(_SynapseNoise):
    """Alpha synapse: ``s(t) = exp(-t/tau_s)/tau_s^2 (t/(1-q) + p q/(1-q)^2)``.

    Parameters
    ----------
    tau_s : float
        Synaptic time constant in seconds.
    """

    def _shape(self, u: NDArray, a: NDArray, ratio: float) -> NDArray:
        e = -np.expm1(-a)
        return (a / e) ** 2 * np.exp(-u * a) * (u * e + np.exp(-a))

    def _relative_variance(self, a: NDArray, ratio: float) -> NDArray:
        # autocorrelation (1 + |T|/tau) exp(-|T|/tau) / (4 tau) summed over all pairs of spikes
        half = np.clip(a / 2, 0.25, 300.0)
        closed = a / 4 * (1 / np.tanh(half) + half / np.sinh(half) ** 2) - 1
        series = a**4 * (1 / 720 + a**2 * (-1 / 15120 + a**2 * (1 / 403200 - a**2 / 11975040)))
        return np.where(a < 0.5, series, closed)


@dataclasses.dataclass(frozen=True)
class _MembraneNoise(_SynapseNoise):
    """A synapse and then the next neuron's membrane."""

    tau_rc: float | None = None

    uses_tau_rc: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.tau_rc is not None:
            _positive(self.tau_rc, f"{type(self).__name__}.tau_rc", unit="seconds")

    def resolve_tau_rc(self, neuron_tau_rc: float | None) -> float:
        tau_rc = neuron_tau_rc if self.tau_rc is None else self.tau_rc
        if tau_rc is None:
            raise ValidationError(
                f"{type(self).__name__} needs a membrane time constant: neither its own tau_rc nor "
                "the neuron's was given; pass tau_rc (seconds), or use the model without RC"
            )
        _positive(tau_rc, f"{type(self).__name__}: membrane tau_rc", unit="seconds")
        return float(tau_rc)


@dataclasses.dataclass(frozen=True)
class LowpassRCNoise(_MembraneNoise):
    """First-order synapse and membrane, ``(g(tau_rc) - g(tau_s)) / (tau_rc - tau_s)``.

    ``g(tau) = exp(-t/tau) / (1 - exp(-p/tau))``.

    Parameters
    ----------
    tau_s : float
        Synaptic time constant in seconds.
    tau_rc : float, optional
        Membrane time constant of the next neuron in seconds; by default the neuron's own.
    """

    def _shape(self, u: NDArray, a: NDArray, ratio: float) -> NDArray:
        slow, fast = (a, a * ratio) if ratio >= 1 else (a * ratio, a)
        y = np.maximum(fast - slow, 0)
        inner = u * _mean_decay(u * y)
        wrapped = np.exp(-u * y - slow) * _mean_decay(y) / -np.expm1(-fast)
        return slow * fast * np.exp(-u * slow) / -np.expm1(-slow) * (inner + wrapped)


@dataclasses.dataclass(frozen=True)
class AlphaRCNoise(_MembraneNoise):
    """Alpha synapse and membrane: the noise the papers trained ImageNet with (tau_s = 3 ms).

    With ``d = tau_rc - tau_s``, ``q = exp(-p/tau_s)``, ``q_rc = exp(-p/tau_rc)``::

        s(t) = tau_rc/d^2 (exp(-t/tau_rc)/(1-q_rc) - exp(-t/tau_s)/(1-q))
               - exp(-t/tau_s) (t (1-q) + p q) / (d tau_s (1-q)^2)

    Parameters
    ----------
    tau_s : float
        Synaptic time constant in seconds.
    tau_rc : float, optional
        Membrane time constant of the next neuron in seconds; by default the neuron's own.
    """

    def _shape(self, u: NDArray, a: NDArray, ratio: float) -> NDArray:
        b = a * ratio
        slow, y = (a, b - a) if ratio >= 1 else (b, a - b)
        y = np.maximum(y, 0)
        curve = _psi if ratio >= 1 else _chi
        q, e, e_rc = np.exp(-a), -np.expm1(-a), -np.expm1(-b)
        # divided differences of exp(-x k) over (a, b) and (a, a, b), at x = 1 and x = u
        first = np.exp(-slow) * _mean_decay(y)
        second = np.exp(-slow) * curve(y)
        within = np.exp(-u * slow) * u * u * curve(u * y)
        wrapped = np.exp(-u * a) * ((q / e + u) * first + second) / e
        return a * a * b / e_rc * (within + wrapped)


#: every noise model; joining this tuple is what makes a new one tested, saved and loaded
ALL_NOISE: tuple[type[NoiseModel], ...] = (
    GaussianNoise,
    AlphaNoise,
    AlphaRCNoise,
    LowpassNoise,
    LowpassRCNoise,
)


def noise_to_dict(noise: NoiseModel | None) -> dict[str, Any] | None:
    """JSON-ready record of a noise model; None stays None.

    Examples
    --------
    >>> noise_to_dict(AlphaNoise(0.005))
    {'type': 'AlphaNoise', 'tau_s': 0.005}
    """
    if noise is None:
        return None
    if type(noise) not in ALL_NOISE:
        raise ValidationError(
            f"noise is {noise!r}; expected None or one of {[m.__name__ for m in ALL_NOISE]}"
        )
    return {"type": type(noise).__name__, **dataclasses.asdict(noise)}


def noise_from_dict(record: dict[str, Any] | None) -> NoiseModel | None:
    """Inverse of `noise_to_dict`.

    Examples
    --------
    >>> noise_from_dict({"type": "GaussianNoise", "sigma": 20.0})
    GaussianNoise(sigma=20.0)
    """
    if record is None:
        return None
    models = {model.__name__: model for model in ALL_NOISE}
    if not isinstance(record, dict):
        raise ValidationError(f"noise record is {record!r}; expected a dictionary with a type")
    kind = record.get("type")
    if kind not in models:
        raise ValidationError(f"noise type is {kind!r}; expected one of {sorted(models)}")
    values = {key: value for key, value in record.items() if key != "type"}
    known = {field.name for field in dataclasses.fields(models[kind])}
    if set(values) - known:
        raise ValidationError(
            f"{kind} record has {sorted(set(values) - known)}; expected only {sorted(known)}"
        )
    return models[kind](**values)
