"""Layers whose weights are rounded to a few bits in every forward pass."""

from __future__ import annotations

from typing import Any

from ...compat import import_tensorflow, import_tf_keras
from ...layers.weighted import Weighted
from ...weights.rounded import Rounded, steps_of

tf: Any = import_tensorflow()
keras: Any = import_tf_keras()

__all__ = ["RoundedConv2D", "RoundedDense", "bits_of", "straight_through"]


def bits_of(layer: Weighted) -> int | None:
    """Bits of a layer's weights; None where they are not rounded.

    Parameters
    ----------
    layer : Weighted
        The layer.
    """
    return layer.weights.bits if isinstance(layer.weights, Rounded) else None


def straight_through(kernel: Any, bits: int | None) -> Any:
    """`weights.rounded.rounded` forwards, the identity backwards (Bengio et al. 2013).

    Parameters
    ----------
    kernel : tensor of float32
        The weights.
    bits : int, optional
        Number of bits of the weights; None for no rounding.
    """
    if bits is None:
        return kernel
    scale = tf.stop_gradient(tf.reduce_max(tf.abs(kernel)) / steps_of(bits))
    coarse = tf.math.divide_no_nan(kernel, scale)
    return kernel + tf.stop_gradient(tf.round(coarse) * scale - kernel)


class RoundedConv2D(keras.layers.Conv2D):
    """Conv2D whose kernel is rounded to a few bits, with straight-through gradients.

    Attributes
    ----------
    bits : int
        Number of bits, 2 or more; whoever builds the layer sets it.
    """

    bits: int

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Convolve with the rounded kernel.

        Parameters
        ----------
        inputs : (n, row, column, channel) tensor
            Images.
        kernel : (row, column, channel, filter) tensor
            The kernel before it is rounded.
        """
        return super().convolution_op(inputs, straight_through(kernel, self.bits))


class RoundedDense(keras.layers.Dense):
    """Dense whose kernel is rounded to a few bits, with straight-through gradients.

    Attributes
    ----------
    bits : int
        Number of bits, 2 or more; whoever builds the layer sets it.
    """

    bits: int

    def call(self, inputs: Any) -> Any:
        """Multiply by the rounded kernel.

        Parameters
        ----------
        inputs : (n, value) tensor
            Rows of values.
        """
        result = tf.matmul(inputs, straight_through(self.kernel, self.bits))
        return result + self.bias if self.use_bias else result
