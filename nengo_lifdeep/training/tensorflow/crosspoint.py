"""Layers whose three products go through a cross-point array, in NumPy or compiled.

The gradient of the weights is minus the change by the pulses, divided by the learning rate: plain
gradient descent with that rate then applies exactly these pulses, and training needs no loop of its
own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...compat import import_tensorflow, import_tf_keras
from ...layers.types import Conv2D, Dense, Shape
from ...layers.weighted import Weighted
from ...support.memory.room import Room
from ...weights.crosspoint.array import engine_of
from ...weights.crosspoint.kind import CrossPoint
from ...weights.crosspoint.pulses import pulsed
from ...weights.crosspoint.reads import read
from ..patches import Patches

tf: Any = import_tensorflow()
keras: Any = import_tf_keras()

__all__ = ["CrossPointProduct", "has_array"]


def has_array(layer: Weighted) -> bool:
    """Whether the weights of a layer are a cross-point array.

    Parameters
    ----------
    layer : Weighted
        The layer.
    """
    return isinstance(layer.weights, CrossPoint)


class CrossPointProduct(keras.layers.Layer):
    """Dense, or a convolution as one read for each patch, by a cross-point array.

    The draws of a step are a function of the seed, the number of the step and what they are for.

    Parameters
    ----------
    layer : Dense or Conv2D
        The layer, with weights `CrossPoint`.
    shape_in : tuple of int
        Shape of the input, without the batch.
    step : tf.Variable
        Number of the training step.
    seed : int
        Of noise and pulses.
    rate : callable
        Gives the learning rate as a tensor; it is called when the gradient is built.
    """

    def __init__(
        self, layer: Dense | Conv2D, shape_in: Shape, step: Any, seed: int, rate: Any
    ) -> None:
        super().__init__(name=layer.name)
        assert isinstance(layer.weights, CrossPoint)
        self.spec, self.step, self.seed, self.rate = layer, step, seed, rate
        self.sizes = layer.arrays(shape_in)
        self.shape_out = layer.output_shape(shape_in)
        self.patches, columns = Patches(layer, shape_in), self.sizes["kernel"][-1]
        self.kind, self.engine, self.room = layer.weights, engine_of(), Room()
        self.tables = self.kind.tables(self.patches.size + layer.use_bias, columns)

    def build(self, input_shape: Any) -> None:
        """Create kernel, bias and, with several devices per weight, their deviations.

        Parameters
        ----------
        input_shape : tuple of int
            Shape of the input, with the batch axis first.
        """
        for name, shape in self.sizes.items():
            setattr(self, name, self.add_weight(name=name, shape=shape, initializer="zeros"))
        self.built = True

    def call(self, inputs: Any) -> Any:
        """``inputs`` (batch, *shape_in) -> (batch, *shape_out), by reads of the array.

        Parameters
        ----------
        inputs : (batch, *shape_in) tensor
            The inputs.
        """
        arrays = [tf.convert_to_tensor(getattr(self, name)) for name in self.sizes]
        return tf.reshape(self._product(inputs, arrays), (inputs.shape[0] or -1, *self.shape_out))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the output, with the batch axis in front.

        Parameters
        ----------
        input_shape : tuple of int
            Shape of the input, with the batch axis first.
        """
        return (input_shape[0], *self.shape_out)

    def _product(self, inputs: Any, arrays: list[Any]) -> Any:
        step = tf.identity(self.step)
        shape, columns = inputs.shape, self.sizes["kernel"][-1]

        @tf.custom_gradient
        def product(inputs: Any, *arrays: Any) -> Any:
            found = _numpy(self._read, [inputs, step, *arrays])
            found = tf.ensure_shape(found, (None, columns))

            def gradient(upstream: Any) -> Any:
                back = _numpy(self._read_back, [upstream, step, *arrays])
                rate = tf.cast(self.rate(), tf.float32)
                changes = _numpy(self._pulse, [inputs, upstream, step, rate, *arrays], len(arrays))
                slopes = [
                    -tf.ensure_shape(change, array.shape) / rate
                    for change, array in zip(changes, arrays, strict=True)
                ]
                return (tf.ensure_shape(back, shape), *slopes)

            return found, gradient

        return product(inputs, *arrays)

    def _read(self, inputs: Any, step: Any, *arrays: Any) -> np.ndarray:
        how, rng = self.kind.forward, self._rng(step, 0)
        return read(
            self._devices(arrays), self.patches.rows(inputs, self.room), how, rng, self.room
        )

    def _read_back(self, upstream: Any, step: Any, *arrays: Any) -> np.ndarray:
        """The loss's derivative by the inputs; that by the input of a bias is of no use."""
        back = self._devices(arrays).transpose(0, 2, 1)
        rng = self._rng(step, 1)
        return self.patches.back(read(back, upstream, self.kind.backward, rng, self.room))

    def _pulse(
        self, inputs: Any, upstream: Any, step: Any, rate: Any, *arrays: Any
    ) -> list[np.ndarray]:
        """Changes of the arrays, in their order."""
        kind, before = self.kind, dict(zip(self.sizes, arrays, strict=True))
        rows = self.patches.rows(inputs, self.room)
        devices = pulsed(
            self._devices(arrays), self.tables, rows, -upstream, float(rate),
            kind.device, kind.pulses, self._rng(step, 2), self.engine,
        )  # fmt: skip
        after = kind.from_array(devices, before)
        return [after[name] - before[name] for name in self.sizes]

    def _devices(self, arrays: tuple[np.ndarray, ...]) -> np.ndarray:
        return self.kind.as_array(dict(zip(self.sizes, arrays, strict=True)))

    def _rng(self, step: Any, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, purpose, int(step)])


def _numpy(function: Any, inputs: list[Any], outputs: int | None = None) -> Any:
    """A function of NumPy that depends on nothing but its inputs, so that what is not used of it
    is not computed.
    """
    types = tf.float32 if outputs is None else [tf.float32] * outputs
    found = tf.numpy_function(function, inputs, types, stateful=False)
    return found if outputs is None or isinstance(found, list | tuple) else [found]
