"""Rates and slopes of the neuron types as plain TensorFlow operations, the amplitude left out.

Twins of `rates`, which explains the steps; `tf.activation` compiles them.
"""

from __future__ import annotations

import math
from typing import Any

from ...noise.tf_math import exp_negative, log, log1p_fraction
from ..loihi.loihi_rates import discretized_time_constants

__all__ = [
    "lif",
    "loihi_lif",
    "loihi_rectified_linear",
    "rectified_linear",
    "soft_loihi_lif",
    "softlif",
]

#: below this many widths under the threshold the softplus is an exponential
_DEEP = -15.0


def rectified_linear(tf: Any, J: Any, neuron: Any, dt: float) -> tuple[Any, Any]:
    """Rate and slope at currents ``J``.

    Parameters
    ----------
    tf : module
        TensorFlow.
    J : tensor of float
        Input currents, dimensionless.
    neuron : nengo.neurons.NeuronType
        The neuron whose parameters are used.
    dt : float
        Time step, in seconds.
    """
    return tf.nn.relu(J), tf.cast(J > 0, J.dtype)


def _log1p_inverse(tf: Any, p: Any, tau_rc: float, tau_ref: float) -> Any:
    """``log(1 + 1/p)``; the quick form rounds away what a large p leaves above tau_ref."""
    if p.dtype == tf.float32 and tau_ref >= 0.005 * tau_rc:
        return log(tf, (1 + p) / p)
    return tf.math.log1p(1 / p)


def softlif(tf: Any, J: Any, tau_rc: float, tau_ref: float, sigma: float) -> tuple[Any, Any]:
    """As `rates.softlif_rate` and `rates.softlif_slope`, which explain the steps.

    Parameters
    ----------
    tf : module
        TensorFlow.
    J : tensor of float
        Input currents, dimensionless.
    tau_rc : float
        Membrane time constant, in seconds.
    tau_ref : float
        Refractory period, in seconds.
    sigma : float
        Width of the smoothing at threshold, in units of current.
    """
    j = J - 1
    x = j * (1 / sigma)
    e = exp_negative(tf, -tf.abs(x))
    deep = x < _DEEP
    p = tf.maximum(j, 0) + sigma * log1p_fraction(tf, e)
    safe = tf.where(deep, tf.ones_like(p), p)
    log_term = tf.where(
        deep, 0.5 * e - x - math.log(sigma), _log1p_inverse(tf, safe, tau_rc, tau_ref)
    )
    period = tau_ref + tau_rc * log_term
    # sigmoid(x) / p, or its limit 1 / sigma far below threshold; all divisions of the slope in one
    one = tf.ones_like(e)
    above = tf.where(deep, (1 - 0.5 * e) * (1 / sigma), tf.where(x >= 0, one, e))
    below = tf.where(deep, one, (1 + e) * safe) * (1 + p) * (period * period)
    return 1 / period, tau_rc * above / below


def lif(tf: Any, J: Any, tau_rc: float, tau_ref: float) -> tuple[Any, Any]:
    """As `rates.lif_rate` and `rates.lif_slope`.

    Parameters
    ----------
    tf : module
        TensorFlow.
    J : tensor of float
        Input currents, dimensionless.
    tau_rc : float
        Membrane time constant, in seconds.
    tau_ref : float
        Refractory period, in seconds.
    """
    j, silent = _overdrive(tf, J)
    period = tau_ref + tau_rc * _log1p_inverse(tf, j, tau_rc, tau_ref)
    rate = 1 / period
    slope = rate * rate * tau_rc / (j * (1 + j))
    return _silenced(tf, silent, period, slope)


def _silenced(tf: Any, silent: Any, period: Any, slope: Any) -> tuple[Any, Any]:
    zero = tf.zeros_like(period)
    period = tf.where(
        silent, tf.fill(tf.shape(period), tf.constant(math.inf, period.dtype)), period
    )
    return 1 / period, tf.where(silent, zero, slope)


def _overdrive(tf: Any, J: Any) -> tuple[Any, Any]:
    silent = J <= 1
    return tf.where(silent, tf.ones_like(J), J - 1), silent


def loihi_lif(tf: Any, J: Any, tau_rc: float, tau_ref: float, dt: float) -> tuple[Any, Any]:
    """As `loihi_rates.loihi_lif_rate` and `loihi_rates.loihi_lif_slope`.

    Parameters
    ----------
    tf : module
        TensorFlow.
    J : tensor of float
        Input currents, dimensionless.
    tau_rc : float
        Membrane time constant, in seconds.
    tau_ref : float
        Refractory period, in seconds.
    dt : float
        Time step, in seconds.
    """
    tau_rc, tau_ref = discretized_time_constants(tau_rc, tau_ref, dt)
    j, silent = _overdrive(tf, J)
    period = dt * tf.math.ceil((tau_ref + tau_rc * tf.math.log1p(1 / j)) / dt)
    slope = lif(tf, J, tau_rc, tau_ref + dt / 2)[1]
    return _silenced(tf, silent, period, slope)


def soft_loihi_lif(tf: Any, J: Any, neuron: Any, dt: float) -> tuple[Any, Any]:
    """The rate of `loihi_lif` with the slope of `softlif`.

    Parameters
    ----------
    tf : module
        TensorFlow.
    J : tensor of float
        Input currents, dimensionless.
    neuron : nengo.neurons.NeuronType
        The neuron whose parameters are used.
    dt : float
        Time step, in seconds.
    """
    rate, _ = loihi_lif(tf, J, neuron.tau_rc, neuron.tau_ref, dt)
    tau_rc, tau_ref = discretized_time_constants(neuron.tau_rc, neuron.tau_ref, dt)
    return rate, softlif(tf, J, tau_rc, tau_ref + dt / 2, neuron.sigma)[1]


def loihi_rectified_linear(tf: Any, J: Any, neuron: Any, dt: float) -> tuple[Any, Any]:
    """As `loihi_rates.loihi_integrate_and_fire_rate` and its slope.

    Parameters
    ----------
    tf : module
        TensorFlow.
    J : tensor of float
        Input currents, dimensionless.
    neuron : nengo.neurons.NeuronType
        The neuron whose parameters are used.
    dt : float
        Time step, in seconds.
    """
    silent = J <= 0
    charge = tf.maximum(tf.where(silent, tf.ones_like(J), J), 1e-30 / dt)
    period = dt * tf.math.ceil(1 / charge / dt)
    slope = 1 / (1 + tf.nn.relu(J) * (dt / 2)) ** 2
    return _silenced(tf, silent, period, slope)
