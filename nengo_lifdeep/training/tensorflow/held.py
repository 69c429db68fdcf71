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

__all__ = ["HELD", "HeldConv2D", "HeldDense", "straight_through"]


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


class HeldConv2D(keras.layers.Conv2D):
    """Conv2D whose kernel is what a device holds, with straight-through gradients.

    Attributes
    ----------
    kind : WeightKind
        What its weights are; whoever builds the layer sets it.
    """

    kind: WeightKind

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Convolve with the kernel that is held.

        Parameters
        ----------
        inputs : (n, row, column, channel) tensor
            Images.
        kernel : (row, column, channel, filter) tensor
            The numbers behind it.
        """
        return super().convolution_op(inputs, straight_through(kernel, self.kind))


class HeldDense(keras.layers.Dense):
    """Dense whose kernel is what a device holds, with straight-through gradients.

    Attributes
    ----------
    kind : WeightKind
        What its weights are; whoever builds the layer sets it.
    """

    kind: WeightKind

    def call(self, inputs: Any) -> Any:
        """Multiply by the kernel that is held.

        Parameters
        ----------
        inputs : (n, value) tensor
            Rows of values.
        """
        result = tf.matmul(inputs, straight_through(self.kernel, self.kind))
        return result + self.bias if self.use_bias else result
