"""Quantized weights for Keras 3: rounded in the forward pass, trained in full precision."""

from __future__ import annotations

from typing import Any

from ..errors import ValidationError
from ..weights.rounded import steps_of
from .version import keras

__all__ = ["QuantizedWeights"]

_KINDS = ("Conv2D", "Dense", "DepthwiseConv2D")


@keras.saving.register_keras_serializable("nengo_lifdeep")
class QuantizedWeights(keras.layers.Wrapper):  # type: ignore[name-defined]
    """A layer whose kernel is rounded to whole steps, as a chip stores it.

    Steps are the kernel's largest weight divided by ``2^(bits - 1) - 1``; halves go to even, as in
    `nengo_lifdeep.weights.rounded.rounded`. Gradients pass the rounding unchanged
    (straight-through estimator of Bengio et al. 2013), so small changes add up in the full
    weights. Biases are not rounded.

    Parameters
    ----------
    layer : keras.layers.Conv2D, DepthwiseConv2D or Dense
        Layer whose weights are rounded. BatchNormalization after it changes the scale of every
        filter on conversion, and with it the steps.
    bits : int
        Bits per weight, sign included, from 2 to 16; Loihi stores 8.

    Raises
    ------
    ValidationError
        If the layer is of another kind, or the bits are out of bounds.

    Examples
    --------
    >>> import numpy as np
    >>> layer = QuantizedWeights(keras.layers.Dense(1, use_bias=False), bits=3)
    >>> layer.build((None, 3))
    >>> layer.set_weights([np.array([[1.0], [-0.4], [0.2]])])
    >>> [round(float(y), 3) for (y,) in layer(np.eye(3))]
    [1.0, -0.333, 0.333]

    References
    ----------
    Bengio, Leonard and Courville (2013), "Estimating or Propagating Gradients Through Stochastic
    Neurons for Conditional Computation", arXiv 1308.3432, section 4.
    """

    def __init__(self, layer: Any, bits: int = 8, **kwargs: Any) -> None:
        kind = type(layer).__name__
        if kind not in _KINDS:
            raise ValidationError(
                f"QuantizedWeights.layer is {layer!r}; expected one of {', '.join(_KINDS)}"
            )
        if not isinstance(bits, int) or not 2 <= bits <= 16:
            raise ValidationError(f"QuantizedWeights.bits is {bits!r}; expected 2 to 16")
        super().__init__(layer, **kwargs)
        self.bits = bits

    def call(self, inputs: Any) -> Any:
        """The wrapped layer's output with the rounded kernel instead of its own.

        Parameters
        ----------
        inputs : (batch, ...) tensor
            Inputs of the wrapped layer.
        """
        kernel = next(v for v in self.layer.trainable_variables if v.name == "kernel")
        values = [(v, v.value) for v in self.layer.variables if v is not kernel]
        with keras.StatelessScope(state_mapping=[*values, (kernel, self._rounded(kernel.value))]):
            return self.layer.call(inputs)

    def _rounded(self, kernel: Any) -> Any:
        ops = keras.ops
        largest = ops.max(ops.abs(kernel))
        scale = ops.where(largest > 0, largest, ops.ones_like(largest)) / steps_of(self.bits)
        steps = ops.round(kernel / scale) * scale
        return kernel + ops.stop_gradient(steps - kernel)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """As the wrapped layer's.

        Parameters
        ----------
        input_shape : tuple of int
            Shape of the input, with the batch axis first.
        """
        return self.layer.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        """For Keras's own saving."""
        return {**super().get_config(), "bits": self.bits}
