"""The linear layers as `tf_keras` layers, chained into one layer per NengoDL TensorNode.

Importing this module imports TensorFlow; `nengo_lifdeep.training.graph` does so when called.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..compat import import_tensorflow, import_tf_keras
from ..errors import UnsupportedLayerError
from ..layers.types import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LocallyConnected2D,
    LocalResponseNormalization,
    MaxPooling2D,
    Shape,
)
from ..weights.rounded import steps_of

tf: Any = import_tensorflow()
keras: Any = import_tf_keras()

__all__ = ["LinearStage", "LocallyConnected", "StatelessDropout", "keras_layer", "straight_through"]


class LinearStage(keras.layers.Layer):
    """All layers between one population of neurons and the next, as one layer.

    One TensorNode per population boundary instead of one per layer: NengoDL copies every signal
    that a TensorNode reads or writes.

    Parameters
    ----------
    layers : list of Layer
        What to chain, in order.
    shape_in : tuple of int
        Shape of one input.
    step : tf.Variable
        Number of the training step, for `StatelessDropout`.
    seed : int
        For `StatelessDropout`.
    bits : dict of str to int, optional
        Bits of the weights of some layers, by their names.
    """

    def __init__(
        self,
        layers: list[Layer],
        shape_in: Shape,
        step: Any,
        seed: int,
        bits: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(name="_".join(layer.name for layer in layers))
        self.members = {}
        for i, layer in enumerate(layers):
            few = (bits or {}).get(layer.name)
            self.members[layer.name] = keras_layer(layer, shape_in, step, seed + i, few)
            shape_in = layer.output_shape(shape_in)
        self.shape_out = shape_in

    def build(self, input_shape: Any) -> None:
        """Create the variables of every member.

        Parameters
        ----------
        input_shape : tuple of int
            Shape of the input, with the batch axis first.
        """
        shape = tuple(input_shape)
        for name, member in self.members.items():
            with tf.name_scope(name):
                member.build(shape)
            shape = tuple(member.compute_output_shape(shape))
        self.built = True

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Apply the members in order; ``inputs`` is ``(batch, *shape_in)``.

        Parameters
        ----------
        inputs : (batch, *shape_in) tensor
            The inputs.
        training : bool, optional
            Whether the network is training.
        """
        value = inputs
        for member in self.members.values():
            if isinstance(member, StatelessDropout | keras.layers.BatchNormalization):
                value = member.call(value, training=training)
            else:
                value = member.call(value)
        return value

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the output, with the batch axis in front.

        Parameters
        ----------
        input_shape : tuple of int
            Shape of the input, with the batch axis first.
        """
        return (input_shape[0], *self.shape_out)


class LocallyConnected(keras.layers.Layer):
    """A kernel of its own for every output pixel: patches, then one batched matrix product.

    The arrays are laid out as `Layer.arrays` says.

    Parameters
    ----------
    layer : LocallyConnected2D
        The layer.
    shape_in : tuple of int
        Shape of the input, without the batch.
    bits : int, optional
        Number of bits of the weights; None for no rounding.
    """

    def __init__(self, layer: LocallyConnected2D, shape_in: Shape, bits: int | None = None) -> None:
        super().__init__(name=layer.name)
        self.spec = layer
        self.bits = bits
        self.shape_out = layer.output_shape(shape_in)

    def build(self, input_shape: Any) -> None:
        """Create kernel ``(row, col, patch, filter)`` and bias ``(row, col, filter)``.

        Parameters
        ----------
        input_shape : tuple of int
            Shape of the input, with the batch axis first.
        """
        rows, cols, filters = self.shape_out
        patch = math.prod(self.spec.kernel_size) * input_shape[-1]
        self.kernel = self.add_weight(name="kernel", shape=(rows, cols, patch, filters))
        if self.spec.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(rows, cols, filters), initializer="zeros"
            )
        self.built = True

    def call(self, inputs: Any) -> Any:
        """``inputs`` (batch, row, col, channel) -> (batch, row, col, filter).

        Parameters
        ----------
        inputs : (batch, row, column, channel) tensor
            The inputs.
        """
        rows, cols, filters = self.shape_out
        spec = self.spec
        patches = tf.image.extract_patches(
            inputs, (1, *spec.kernel_size, 1), (1, *spec.strides, 1), (1, 1, 1, 1),
            spec.padding.upper(),
        )  # fmt: skip
        size = patches.shape[-1]
        patches = tf.transpose(tf.reshape(patches, (-1, rows * cols, size)), (1, 0, 2))
        kernel = straight_through(self.kernel, self.bits)
        result = tf.matmul(patches, tf.reshape(kernel, (rows * cols, size, filters)))
        result = tf.reshape(tf.transpose(result, (1, 0, 2)), (-1, rows, cols, filters))
        return result + self.bias if spec.use_bias else result

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the output, with the batch axis in front.

        Parameters
        ----------
        input_shape : tuple of int
            Shape of the input, with the batch axis first.
        """
        return (input_shape[0], *self.shape_out)


class StatelessDropout(keras.layers.Layer):
    """Dropout whose mask is a pure function of (seed, training step), so that runs can resume.

    Parameters
    ----------
    layer : Dropout
        The layer.
    step : tf.Variable
        Number of the training step.
    seed : int
        Seed of all random numbers.
    """

    def __init__(self, layer: Dropout, step: Any, seed: int) -> None:
        super().__init__(name=layer.name)
        self.rate = layer.rate
        self.step = step
        self.seed = seed

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Silence a share of the inputs in training and scale up the rest.

        Parameters
        ----------
        inputs : (batch, ...) tensor
            The inputs.
        training : bool, optional
            Whether the network is training.
        """
        if training is False or training is None or self.rate == 0:
            return inputs
        mask = self._mask(inputs) if training is True else tf.cond(
            tf.cast(training, tf.bool), lambda: self._mask(inputs), lambda: tf.ones_like(inputs)
        )  # fmt: skip
        return inputs * mask

    def _mask(self, inputs: Any) -> Any:
        key = tf.stack([tf.constant(self.seed, tf.int64), tf.cast(self.step, tf.int64)])
        draws = tf.random.stateless_uniform(inputs.shape, seed=key, alg="philox")
        return tf.cast(draws >= self.rate, inputs.dtype) / (1 - self.rate)


class ResponseNormalization(keras.layers.Layer):
    """Local response normalisation across channels, by TensorFlow's own operation."""

    def __init__(self, layer: LocalResponseNormalization) -> None:
        super().__init__(name=layer.name)
        self.spec = layer

    def call(self, inputs: Any) -> Any:
        """Divide by a power of the neighbouring channels' squares."""
        spec = self.spec
        return tf.nn.local_response_normalization(
            inputs, spec.depth_radius, spec.bias, spec.alpha, spec.beta
        )


def straight_through(kernel: Any, bits: int | None) -> Any:
    """`quantization.rounded` forwards, the identity backwards (Bengio et al. 2013).

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
    """Conv2D whose kernel is rounded to a few bits, with straight-through gradients."""

    bits: int

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Convolve with the rounded kernel."""
        return super().convolution_op(inputs, straight_through(kernel, self.bits))


class RoundedDense(keras.layers.Dense):
    """Dense whose kernel is rounded to a few bits, with straight-through gradients."""

    bits: int

    def call(self, inputs: Any) -> Any:
        """Multiply by the rounded kernel."""
        result = tf.matmul(inputs, straight_through(self.kernel, self.bits))
        return result + self.bias if self.use_bias else result


def keras_layer(
    layer: Layer, shape_in: Shape, step: Any, seed: int, bits: int | None = None
) -> Any:
    """The `tf_keras` layer that computes ``layer`` for input of ``shape_in``.

    With ``bits`` its kernel is rounded to as many.

    Parameters
    ----------
    layer : Layer
        The layer.
    shape_in : tuple of int
        Shape of the input, without the batch.
    step : tf.Variable
        Number of the training step.
    seed : int
        Seed of all random numbers.
    bits : int, optional
        Number of bits of the weights; None for no rounding.

    Raises
    ------
    UnsupportedLayerError
        For a kind of layer that cannot be trained here.
    """
    if isinstance(layer, Conv2D):
        conv = keras.layers.Conv2D if bits is None else RoundedConv2D
        made = conv(
            layer.filters, layer.kernel_size, layer.strides, layer.padding,
            groups=layer.groups, use_bias=layer.use_bias, name=layer.name,
        )  # fmt: skip
        made.bits = bits
        return made
    if isinstance(layer, Dense):
        dense = keras.layers.Dense if bits is None else RoundedDense
        made = dense(layer.units, use_bias=layer.use_bias, name=layer.name)
        made.bits = bits
        return made
    if isinstance(layer, AveragePooling2D):
        return keras.layers.AveragePooling2D(
            layer.pool_size, layer.strides, layer.padding, name=layer.name
        )
    if isinstance(layer, MaxPooling2D):
        return keras.layers.MaxPooling2D(
            layer.pool_size, layer.strides, layer.padding, name=layer.name
        )
    if isinstance(layer, LocalResponseNormalization):
        return ResponseNormalization(layer)
    if isinstance(layer, BatchNormalization):
        return keras.layers.BatchNormalization(
            momentum=layer.momentum, epsilon=layer.epsilon, name=layer.name
        )
    if isinstance(layer, Flatten):
        return keras.layers.Flatten(name=layer.name)
    if isinstance(layer, LocallyConnected2D):
        return LocallyConnected(layer, shape_in, bits)
    if isinstance(layer, Dropout):
        return StatelessDropout(layer, step, seed)
    raise UnsupportedLayerError(f"layer {layer.name!r} ({layer.describe()}) cannot be trained")
