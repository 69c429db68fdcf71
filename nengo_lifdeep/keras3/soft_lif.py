"""`SoftLIF` as a Keras 3 layer, for the backends TensorFlow, PyTorch and JAX."""

from __future__ import annotations

from typing import Any

from ..errors import ValidationError
from ..neurons import SoftLIF as SoftLIFNeuron
from ..noise import AlphaRCNoise, GaussianNoise, LowpassRCNoise
from ..noise.registry import noise_from_dict, noise_to_dict
from ..training.rate_targets import RateBand
from .version import keras

__all__ = ["SoftLIF", "neuron_of"]

_NOISES = (GaussianNoise, LowpassRCNoise, AlphaRCNoise)

#: below this many widths under the threshold the softplus is an exponential
_DEEP = -15.0


@keras.saving.register_keras_serializable("nengo_lifdeep")
class SoftLIF(keras.layers.Layer):  # type: ignore[name-defined]
    """Firing rates of smoothed LIF neurons, used instead of ReLU.

    ``amplitude / (tau_ref + tau_rc log(1 + 1 / rho(J - 1)))`` with ``J = gain * x + bias`` and
    ``rho(y) = sigma log(1 + exp(y / sigma))``.

    Parameters
    ----------
    tau_rc, tau_ref : float
        Membrane time constant and refractory period, in seconds.
    sigma : float
        Smoothing, in units of current.
    amplitude : float
        Output per Hz. The defaults for it and for ``gain`` make the curve follow ReLU
        (`fit_to_relu`).
    gain, bias : float
        From the input to the current ``J``; the threshold is 1.
    noise : GaussianNoise, LowpassRCNoise or AlphaRCNoise, optional
        Added in training to neurons above threshold: what filtered spikes vary.
    rate_target : RateBand or (low, high[, weight]), optional
        Where every neuron's mean rate over the batch should lie, in Hz.
    seed : int, optional
        Of the noise.

    Raises
    ------
    ValidationError
        If a parameter is out of bounds, or the noise is of another kind.

    Examples
    --------
    >>> import numpy as np
    >>> layer = SoftLIF(noise=AlphaRCNoise(0.003))
    >>> [round(float(y), 2) for y in layer(np.array([-1.0, 0.0, 1.0, 5.0]))]
    [0.05, 0.41, 1.77, 5.42]

    References
    ----------
    Hunsberger and Eliasmith (2015), "Spiking Deep Networks with LIF Neurons", section 2; (2016),
    "Training Spiking Deep Networks for Neuromorphic Hardware", for the noise.
    """

    def __init__(
        self,
        tau_rc: float = 0.02,
        tau_ref: float = 0.001,
        sigma: float = 0.02,
        amplitude: float = 0.0358,
        gain: float = 0.619,
        bias: float = 1.0,
        noise: Any = None,
        rate_target: Any = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        noise = noise_from_dict(noise) if isinstance(noise, dict) else noise
        if noise is not None and type(noise) not in _NOISES:
            names = ", ".join(kind.__name__ for kind in _NOISES)
            raise ValidationError(f"SoftLIF.noise is {noise!r}; expected one of {names}, or None")
        self.neuron = SoftLIFNeuron(
            tau_rc=tau_rc, tau_ref=tau_ref, sigma=sigma, amplitude=amplitude, noise=noise
        )
        self.tau_rc, self.tau_ref, self.sigma = tau_rc, tau_ref, sigma
        self.amplitude, self.gain, self.bias, self.noise = amplitude, gain, bias, noise
        given = rate_target if isinstance(rate_target, RateBand | None) else RateBand(*rate_target)
        self.rate_target = given
        self.seed = seed
        self.random = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Outputs for inputs of any shape.

        Parameters
        ----------
        inputs : tensor of any shape
            Input currents, dimensionless.
        training : bool
            Whether to add noise.
        """
        ops = keras.ops
        J = self.gain * inputs + self.bias
        rate = 1 / (self.tau_ref + self.tau_rc * self._log_term(J))
        if self.rate_target is not None:
            band, means = self.rate_target, ops.mean(rate, axis=0)
            outside = ops.relu(band.low - means) + ops.relu(means - band.high)
            self.add_loss(band.weight * ops.mean(ops.square(outside)))
        if training and self.noise is not None:
            rate = ops.where(J > 1, self._noisy(rate), rate)
        return self.amplitude * rate

    def _log_term(self, J: Any) -> Any:
        """``log(1 + 1 / rho(J - 1))``, also far below threshold, where rho underflows."""
        ops = keras.ops
        x = (J - 1) / self.sigma
        near = self.sigma * ops.softplus(ops.maximum(x, _DEEP))
        far = ops.minimum(x, _DEEP)
        deep = 0.5 * ops.exp(far) - far - ops.log(ops.cast(self.sigma, x.dtype))
        return ops.where(x < _DEEP, deep, ops.log1p(1 / near))

    def _noisy(self, rate: Any) -> Any:
        """The rate as filtered spikes show it at a random time."""
        ops = keras.ops
        noise: Any = self.noise
        if isinstance(noise, GaussianNoise):
            normal = keras.random.normal(ops.shape(rate), dtype=rate.dtype, seed=self.random)
            return rate + noise.sigma * normal
        u = keras.random.uniform(ops.shape(rate), dtype=rate.dtype, seed=self.random)
        slow, fast = noise.resolve_tau_rc(self.tau_rc), noise.tau_s
        p = 1 / ops.maximum(rate, 1e-3)
        first = _train(ops, u, p, slow)
        if isinstance(noise, LowpassRCNoise):
            return (first * slow - _train(ops, u, p, fast) * fast) / (slow - fast)
        # partial fractions of 1 / ((1 + s fast)^2 (1 + s slow))
        a, c = (slow / (slow - fast)) ** 2, -fast / (slow - fast)
        return a * first + (1 - a - c) * _train(ops, u, p, fast) + c * _ramp(ops, u, p, fast)

    def get_config(self) -> dict[str, Any]:
        """For Keras's own saving."""
        band = self.rate_target
        return {
            **super().get_config(),
            "tau_rc": self.tau_rc,
            "tau_ref": self.tau_ref,
            "sigma": self.sigma,
            "amplitude": self.amplitude,
            "gain": self.gain,
            "bias": self.bias,
            "noise": None if self.noise is None else noise_to_dict(self.noise),
            "rate_target": None if band is None else [band.low, band.high, band.weight],
            "seed": self.seed,
        }


def _train(ops: Any, u: Any, p: Any, tau: float) -> Any:
    """Regular unit spikes of period ``p``, filtered by ``exp(-t / tau) / tau``, at phase ``u``."""
    return ops.exp(-u * p / tau) / (-ops.expm1(-p / tau) * tau)


def _ramp(ops: Any, u: Any, p: Any, tau: float) -> Any:
    """The same filtered by ``t exp(-t / tau) / tau^2``."""
    a = p / tau
    rest = -ops.expm1(-a)
    return a * ops.exp(-u * a) * (u * rest + ops.exp(-a)) / (rest * rest * tau)


def neuron_of(layer: SoftLIF) -> SoftLIFNeuron:
    """The Nengo neuron that a layer is.

    Its input is the current: gain and bias belong to the weights before the layer.

    Parameters
    ----------
    layer : SoftLIF
        The Keras layer.
    """
    return layer.neuron
