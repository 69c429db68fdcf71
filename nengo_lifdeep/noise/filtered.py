"""Filtered spike trains: what a synapse (and the next membrane) lets through at a random moment.

The rate ``1/p`` is replaced by the value, at a uniformly random phase, of a regular spike train
of period ``p`` after the filter. Its mean is the rate.

Why the formulas here look unlike the printed ones: with ``a = p/tau_s``, ``b = p/tau_rc`` and
``u = t/p``, a train of unit spikes filtered by exponentials is a divided difference over
``a, a, b`` of ``F(k) = exp(-u k) / (1 - exp(-k))``. Expanded by Leibniz' rule it is a sum of
positive terms only: nothing cancels when ``tau_rc`` comes close to ``tau_s`` or ``p`` to zero,
where the printed quotients become 0/0.
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ValidationError
from ..support.time_units import refuse_long
from .base import NoiseModel, check_positive, floats

__all__ = ["AlphaNoise", "AlphaRCNoise", "LowpassNoise", "LowpassRCNoise"]

#: longest period distinguished from silence, in synaptic time constants
_LONGEST = 1e6


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
class _SynapseNoise(NoiseModel):
    """A regular spike train through a synapse, met at a uniformly random phase."""

    tau_s: float = 0.003

    def __post_init__(self) -> None:
        what = f"{type(self).__name__}.tau_s"
        check_positive(self.tau_s, what, unit="seconds")
        refuse_long(self.tau_s, what)

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
        phase, interval = np.broadcast_arrays(floats(phase), floats(period))
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
            check_positive(self.tau_rc, f"{type(self).__name__}.tau_rc", unit="seconds")

    def resolve_tau_rc(self, neuron_tau_rc: float | None) -> float:
        tau_rc = neuron_tau_rc if self.tau_rc is None else self.tau_rc
        if tau_rc is None:
            raise ValidationError(
                f"{type(self).__name__} needs a membrane time constant: neither its own tau_rc nor "
                "the neuron's was given; pass tau_rc (seconds), or use the model without RC"
            )
        check_positive(tau_rc, f"{type(self).__name__}: membrane tau_rc", unit="seconds")
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
