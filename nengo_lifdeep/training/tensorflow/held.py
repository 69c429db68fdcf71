"""Layers whose kernel is what a device holds in every forward pass, with gradients of floats."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...compat import import_tensorflow, import_tf_keras
from ...weights.binary import Binary, fan_in_of
from ...weights.kind import WeightKind
from ...weights.rounded import Rounded, steps_of

tf: Any = import_tensorflow()
keras: Any = import_tf_keras()

__all__ = ["HELD", "MOST", "HeldConv2D", "HeldDense", "slope_of_mean", "straight_through"]


def _rounded(kernel: Any, kind: Rounded) -> Any:
    """`weights.rounded.rounded`."""
    scale = tf.reduce_max(tf.abs(kernel)) / steps_of(kind.bits)
    return tf.round(tf.math.divide_no_nan(kernel, scale)) * scale


def _binary(kernel: Any, kind: Binary) -> Any:
    """`weights.binary.signs` times their size."""
    size = (
        tf.reduce_mean(tf.abs(kernel))
        if kind.scale is None
        else kind.scale / math.sqrt(fan_in_of(tuple(kernel.shape)))
    )
    return tf.where(kernel >= 0, size, -size)


def _relaxed(kernel: Any, kind: Binary, noise: Any) -> Any:
    """`weights.draws.relaxed` times the size; the gradient's `natural_factor` is cut off.

    The gradient is that by the latent: the factor times ``1 - tanh(w)^2``, which "bayes-binary"
    divides by again.
    """

    @tf.custom_gradient
    def drawn(latent: Any) -> Any:
        exponent = (latent + noise) / kind.temperature

        def gradient(upstream: Any) -> Any:
            factor = tf.exp(2 * (_log_cosh(latent) - _log_cosh(exponent))) / kind.temperature
            return upstream * tf.minimum(factor, MOST) * slope_of_mean(latent)

        return tf.tanh(exponent), gradient

    return kind.size(kernel) * drawn(kernel)


def slope_of_mean(latent: Any) -> Any:
    """``1 - tanh(w)^2``, above 0 for every float32.

    Parameters
    ----------
    latent : tensor of float32
        Natural parameters.
    """
    return tf.exp(-2 * _log_cosh(tf.clip_by_value(latent, -40.0, 40.0)))


def _log_cosh(value: Any) -> Any:
    size = tf.abs(value)
    return size + tf.math.log1p(tf.exp(-2 * size)) - math.log(2)


def _noise(kernel: Any, step: Any, seed: int) -> Any:
    """`weights.draws.logistic_noise`, a function of the seed and the number of the step."""
    uniform = tf.random.stateless_uniform(
        kernel.shape, [seed, tf.cast(step, tf.int32)], 2.0**-25, 1 - 2.0**-24
    )
    return tf.math.log(uniform / (1 - uniform)) / 2


#: Where the factor of the natural gradient is cut off; its tail is heavy.
MOST = 20.0

#: What the kernel becomes, by kind of weights.
HELD: dict[type[WeightKind], Callable[[Any, Any], Any]] = {Rounded: _rounded, Binary: _binary}


def straight_through(kernel: Any, kind: WeightKind | None) -> Any:
    """What a device holds forwards, the identity backwards (Bengio et al. 2013).

    Parameters
    ----------
    kernel : tensor of float32
        The weights.
    kind : WeightKind or None
        What they are; None for floats.
    """
    if kind is None:
        return kernel
    return kernel + tf.stop_gradient(HELD[type(kind)](kernel, kind) - kernel)


class _Held:
    """What layers with such a kernel have in common.

    Attributes
    ----------
    kind : WeightKind
        What its weights are.
    step : tf.Variable
        Number of the training step.
    seed : int
        Of weights by chance.
    """

    kind: WeightKind
    step: Any
    seed: int

    def held_kernel(self, kernel: Any, training: Any) -> Any:
        """The kernel of a forward pass.

        Parameters
        ----------
        kernel : tensor
            The numbers behind it.
        training : bool or None
            Whether weights are drawn.
        """
        if training and isinstance(self.kind, Binary) and self.kind.draw == "relaxed":
            return _relaxed(kernel, self.kind, _noise(kernel, self.step, self.seed))
        return straight_through(kernel, self.kind)


class HeldConv2D(_Held, keras.layers.Conv2D):
    """Conv2D whose kernel is what a device holds, with straight-through gradients.

    Attributes
    ----------
    kind : WeightKind
        What its weights are; whoever builds the layer sets it, with ``step`` and ``seed``.
    """

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Convolve with the kernel that is held.

        Parameters
        ----------
        inputs : (n, row, column, channel) tensor
            Images.
        training : bool, optional
            Whether the network is training.
        """
        self._training = training
        return super().call(inputs)

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Convolve with the kernel that is held.

        Parameters
        ----------
        inputs : (n, row, column, channel) tensor
            Images.
        kernel : (row, column, channel, filter) tensor
            The numbers behind it.
        """
        return super().convolution_op(inputs, self.held_kernel(kernel, self._training))


class HeldDense(_Held, keras.layers.Dense):
    """Dense whose kernel is what a device holds, with straight-through gradients.

    Attributes
    ----------
    kind : WeightKind
        What its weights are; whoever builds the layer sets it, with ``step`` and ``seed``.
    """

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Multiply by the kernel that is held.

        Parameters
        ----------
        inputs : (n, value) tensor
            Rows of values.
        training : bool, optional
            Whether the network is training.
        """
        result = tf.matmul(inputs, self.held_kernel(self.kernel, training))
        return result + self.bias if self.use_bias else result
