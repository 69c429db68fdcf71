"""Layers without weights that `tf_keras` has not, or not so that a run can resume."""

from __future__ import annotations

import math
from typing import Any

from ...compat import import_tensorflow, import_tf_keras
from ...layers.types import Dropout, LocalResponseNormalization, Scale
from .beside import Beside
from .replica import first_row, replicas

tf: Any = import_tensorflow()
keras: Any = import_tf_keras()

__all__ = ["Channels", "Factors", "ResponseNormalization", "StatelessDropout"]


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
        rows, first = inputs.shape[0], first_row(inputs.shape[0])
        of_all = (rows if first is None else rows * replicas(), *inputs.shape[1:])
        draws = tf.random.stateless_uniform(of_all, seed=key, alg="philox")
        if first is not None:  # an image's mask is the same whatever replica computes it
            draws = tf.slice(draws, [first, *[0] * (len(of_all) - 1)], inputs.shape)
        return tf.cast(draws >= self.rate, inputs.dtype) / (1 - self.rate)


class ResponseNormalization(keras.layers.Layer):
    """Local response normalisation across channels, by TensorFlow's own operation.

    Parameters
    ----------
    layer : LocalResponseNormalization
        The layer.
    """

    def __init__(self, layer: LocalResponseNormalization) -> None:
        super().__init__(name=layer.name)
        self.spec = layer

    def call(self, inputs: Any) -> Any:
        """Divide by a power of the neighbouring channels' squares.

        Parameters
        ----------
        inputs : (batch, row, column, channel) tensor
            The inputs.
        """
        spec = self.spec
        return tf.nn.local_response_normalization(
            inputs, spec.depth_radius, spec.bias, spec.alpha, spec.beta
        )


class Factors(keras.layers.Layer):
    """Times one constant, plus another.

    Parameters
    ----------
    layer : Scale
        The layer.
    """

    def __init__(self, layer: Scale) -> None:
        super().__init__(name=layer.name)
        self.spec = layer

    def call(self, inputs: Any) -> Any:
        """Multiply, and add.

        Parameters
        ----------
        inputs : (batch, ..., channel) tensor
            The inputs.
        """
        factor, shift = (
            tf.constant(value, inputs.dtype) for value in (self.spec.factor, self.spec.shift)
        )
        return inputs * factor + shift


class Channels(keras.layers.Layer):
    """Two values that come one after the other, put together along the last axis.

    Parameters
    ----------
    layer : Beside
        The layer.
    training : Training
        What a layer may need to know; it is not used here.
    """

    def __init__(self, layer: Beside, training: Any) -> None:
        super().__init__(name=layer.name)
        self.spec = layer

    def call(self, inputs: Any) -> Any:
        """Cut in two, and put together.

        Parameters
        ----------
        inputs : (batch, value) tensor
            The inputs.
        """
        sizes = [math.prod(shape) for shape in self.spec.shapes]
        parts = zip(tf.split(inputs, sizes, axis=1), self.spec.shapes, strict=True)
        return tf.concat([tf.reshape(part, (-1, *shape)) for part, shape in parts], axis=-1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the output, with the batch axis in front.

        Parameters
        ----------
        input_shape : tuple of int
            Shape of the input, with the batch axis first.
        """
        return (input_shape[0], *self.spec.output_shape(tuple(input_shape[1:])))
