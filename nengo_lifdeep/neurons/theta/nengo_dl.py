"""Theta neurons for NengoDL in TensorFlow operations; without, they would run in Python callbacks.

Twins of `exact`, which explains the steps.
"""

from __future__ import annotations

import functools
import math
from typing import Any

from ...compat import import_nengo_dl, import_tensorflow
from .exact import PULSE
from .types import Theta, ThetaPulse

__all__ = ["add_builders"]


def add_builders() -> None:
    """Teach NengoDL to build theta neurons. Calling it again does nothing.

    Raises
    ------
    MissingDependencyError
        If TensorFlow or NengoDL is not installed.

    Examples
    --------
    >>> add_builders()
    """
    table = import_nengo_dl().neuron_builders.SimNeuronsBuilder.TF_NEURON_IMPL
    for cls, builder in zip((Theta, ThetaPulse), _builders(), strict=True):
        table.setdefault(cls, builder)


def advance(tf: Any, theta: Any, J: Any, h: Any) -> tuple[Any, Any, Any]:
    """Angles after a step, their pulses, and the number of spikes in it.

    Parameters
    ----------
    tf : module
        TensorFlow.
    theta : tensor of float
        Angles, in radians.
    J : tensor of float
        Currents during the step, dimensionless.
    h : tensor of float
        The step over the neuron's time constant.
    """
    p, q = tf.sin(theta / 2), tf.cos(theta / 2)
    p, q = tf.where(q < 0, -p, p), tf.abs(q)
    one, zero = tf.ones_like(J), tf.zeros_like(J)
    omega = tf.sqrt(tf.abs(J))
    x = omega * h
    fires, still = J > 0, tf.equal(omega, 0)
    e = tf.math.expm1(-2 * tf.where(fires, zero, x))
    c = tf.where(still, one, tf.where(fires, tf.cos(x), 2 + e))
    s = tf.where(fires, tf.sin(x), -e) / tf.where(still, one, omega)
    s = tf.where(still, h * one, s)
    after_p, after_q = p * c + J * q * s, q * c - p * s
    turned = tf.floor((tf.atan2(p, omega * q) + x) / math.pi + 0.5)
    passed = tf.cast(after_q < 0, J.dtype)
    spikes = tf.where(fires, tf.maximum(turned, zero), passed)
    sign = 1 - 2 * passed
    square = after_p * after_p
    height = 2 * square / (square + after_q * after_q)
    return 2 * tf.atan2(sign * after_p, sign * after_q), PULSE * height * height, spikes


@functools.cache
def _builders() -> tuple[type, type]:
    nengo_dl = import_nengo_dl()
    tf = import_tensorflow()
    base = nengo_dl.neuron_builders.TFNeuronBuilder

    class ThetaBuilder(base):  # type: ignore[misc, valid-type]
        """Builds the `Theta` populations that NengoDL runs side by side."""

        spiking = True

        def build_pre(self, signals: Any, config: Any) -> None:
            super().build_pre(signals, config)
            self.tau = signals.op_constant(
                [op.neurons for op in self.ops], [op.J.shape[0] for op in self.ops], "tau",
                signals.dtype,
            )  # fmt: skip

        def step(self, J: Any, dt: Any, theta: Any, pulse: Any) -> Any:
            """Spikes, angles and pulses."""
            theta, pulse, spikes = advance(tf, theta, J, dt / self.tau)
            return spikes * self.alpha, theta, pulse

        def training_step(self, J: Any, dt: Any, **state: Any) -> Any:
            """The rate, through which gradients pass."""
            rate = tf.sqrt(tf.maximum(J, 1e-30)) / (math.pi * self.tau)
            return (1.0 if self.amplitude is None else self.amplitude) * rate

    class ThetaPulseBuilder(ThetaBuilder):
        """Builds the `ThetaPulse` populations; gradients pass through the pulse itself."""

        spiking = False

        def step(self, J: Any, dt: Any, theta: Any, fired: Any) -> Any:
            """Pulses, angles and numbers of spikes."""
            theta, pulse, spikes = advance(tf, theta, J, dt / self.tau)
            return pulse * (1.0 if self.amplitude is None else self.amplitude), theta, spikes

    return ThetaBuilder, ThetaPulseBuilder
