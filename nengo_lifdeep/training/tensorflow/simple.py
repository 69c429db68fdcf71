"""Layers without weights that `tf_keras` has not, or not so that a run can resume."""

from __future__ import annotations

from typing import Any

from ...compat import import_tensorflow, import_tf_keras
from ...layers.types import Dropout, LocalResponseNormalization

tf: Any = import_tensorflow()
keras: Any = import_tf_keras()

__all__ = ["ResponseNormalization", "StatelessDropout"]


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
