"""The transposed convolution, with its arrays as `Layer.arrays` has them."""

from __future__ import annotations

from typing import Any

from ...compat import import_tensorflow, import_tf_keras
from ...layers.types import Conv2DTranspose, Shape
from .held import straight_through

tf: Any = import_tensorflow()
keras: Any = import_tf_keras()

__all__ = ["TransposedConvolution"]


class TransposedConvolution(keras.layers.Layer):
    """Every pixel spreads its kernel ``(row, column, channel, filter)`` over a larger image.

    Parameters
    ----------
    layer : Conv2DTranspose
        The layer.
    shape_in : tuple of int
        Shape of the input, without the batch.
    """

    def __init__(self, layer: Conv2DTranspose, shape_in: Shape) -> None:
        super().__init__(name=layer.name)
        self.spec = layer
        self.sizes = layer.arrays(shape_in)
        self.shape_out = layer.output_shape(shape_in)

    def build(self, input_shape: Any) -> None:
        """Create kernel and bias.

        Parameters
        ----------
        input_shape : tuple of int
            Shape of the input, with the batch axis first.
        """
        self.kernel = self.add_weight(name="kernel", shape=self.sizes["kernel"])
        if self.spec.use_bias:
            self.bias = self.add_weight(name="bias", shape=self.sizes["bias"], initializer="zeros")
        self.built = True

    def call(self, inputs: Any) -> Any:
        """``inputs`` (batch, row, column, channel) -> (batch, row, column, filter).

        Parameters
        ----------
        inputs : (batch, row, column, channel) tensor
            The inputs.
        """
        spec = self.spec
        kernel = tf.transpose(straight_through(self.kernel, self.spec.weights), (0, 1, 3, 2))
        shape = (tf.shape(inputs)[0], *self.shape_out)
        result = tf.nn.conv2d_transpose(inputs, kernel, shape, spec.strides, spec.padding.upper())
        return result + self.bias if spec.use_bias else result

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the output, with the batch axis in front.

        Parameters
        ----------
        input_shape : tuple of int
            Shape of the input, with the batch axis first.
        """
        return (input_shape[0], *self.shape_out)
