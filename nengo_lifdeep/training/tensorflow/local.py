"""Locally connected layers."""

from __future__ import annotations

import math
from typing import Any

from ...compat import import_tensorflow, import_tf_keras
from ...layers.types import LocallyConnected2D, Shape
from .held import straight_through

tf: Any = import_tensorflow()
keras: Any = import_tf_keras()

__all__ = ["LocallyConnected"]


class LocallyConnected(keras.layers.Layer):
    """A kernel of its own for every output pixel: patches, then one batched matrix product.

    The arrays are laid out as `Layer.arrays` says.

    Parameters
    ----------
    layer : LocallyConnected2D
        The layer.
    shape_in : tuple of int
        Shape of the input, without the batch.
    """

    def __init__(self, layer: LocallyConnected2D, shape_in: Shape) -> None:
        super().__init__(name=layer.name)
        self.spec = layer
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
        kernel = straight_through(self.kernel, self.spec.weights)
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
