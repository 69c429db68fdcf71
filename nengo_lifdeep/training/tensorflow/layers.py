"""The `tf_keras` layer of each type of layer, and several of them as one.

One TensorNode of NengoDL holds all layers between two populations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ...compat import import_tensorflow, import_tf_keras
from ...errors import UnsupportedLayerError
from ...layers import types
from ...layers.types import Layer, Shape
from .beside import Beside
from .crosspoint import CrossPointProduct, has_array
from .held import HeldConv2D, HeldDense
from .local import LocallyConnected
from .replica import replicas
from .simple import Channels, Factors, ResponseNormalization, StatelessDropout
from .transposed import TransposedConvolution

tf: Any = import_tensorflow()
keras: Any = import_tf_keras()

__all__ = ["BY_GRAPH", "LAYERS", "LinearStage", "Training", "keras_layer"]


class Training(NamedTuple):
    """What a layer may need to know of the training.

    Attributes
    ----------
    shape : tuple of int
        Shape of its input, without the batch.
    step : tf.Variable
        Number of the training step.
    seed : int
        Seed of its random numbers.
    rate : callable or None
        Gives the learning rate, of which the pulses of cross-point arrays are.
    """

    shape: Shape
    step: Any
    seed: int
    rate: Any = None


#: What is something else in training.
_OWN_IN_TRAINING = (StatelessDropout, keras.layers.BatchNormalization, HeldConv2D, HeldDense)


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
        For `StatelessDropout`, and for noise and pulses of arrays.
    rate : callable, optional
        Gives the learning rate, for cross-point arrays.
    """

    def __init__(
        self,
        layers: list[Layer],
        shape_in: Shape,
        step: Any,
        seed: int,
        rate: Any = None,
    ) -> None:
        super().__init__(name="_".join(layer.name for layer in layers))
        self.members = {}
        for i, layer in enumerate(layers):
            self.members[layer.name] = keras_layer(layer, shape_in, step, seed + i, rate)
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

    @tf.autograph.experimental.do_not_convert
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
            if isinstance(member, _OWN_IN_TRAINING):
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


def keras_layer(layer: Layer, shape_in: Shape, step: Any, seed: int, rate: Any = None) -> Any:
    """The `tf_keras` layer that computes ``layer`` for input of ``shape_in``.

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
    rate : callable, optional
        Gives the learning rate, for cross-point arrays.

    Raises
    ------
    UnsupportedLayerError
        For a kind of layer that cannot be trained here.
    """
    make: Any = Channels if isinstance(layer, Beside) else LAYERS.get(type(layer))
    if make is None:
        raise UnsupportedLayerError(f"layer {layer.name!r} ({layer.describe()}) cannot be trained")
    return make(layer, Training(shape_in, step, seed, rate))


def _convolution(layer: types.Conv2D, training: Training) -> Any:
    if has_array(layer):
        return CrossPointProduct(layer, *training)
    cls = keras.layers.Conv2D if layer.weights is None else HeldConv2D
    made = cls(
        layer.filters, layer.kernel_size, layer.strides, layer.padding,
        groups=layer.groups, use_bias=layer.use_bias, name=layer.name,
        dilation_rate=layer.dilation_rate,
    )  # fmt: skip
    made.kind, made.step, made.seed = layer.weights, training.step, training.seed
    return made


def _dense(layer: types.Dense, training: Training) -> Any:
    if has_array(layer):
        return CrossPointProduct(layer, *training)
    cls = keras.layers.Dense if layer.weights is None else HeldDense
    made = cls(layer.units, use_bias=layer.use_bias, name=layer.name)
    made.kind, made.step, made.seed = layer.weights, training.step, training.seed
    return made


def _average(layer: types.AveragePooling2D, training: Training) -> Any:
    size = (layer.pool_size, layer.strides, layer.padding)
    return keras.layers.AveragePooling2D(*size, name=layer.name)


def _maximum(layer: types.MaxPooling2D, training: Training) -> Any:
    size = (layer.pool_size, layer.strides, layer.padding)
    return keras.layers.MaxPooling2D(*size, name=layer.name)


def _normalisation(layer: types.BatchNormalization, training: Training) -> Any:
    return keras.layers.BatchNormalization(
        momentum=layer.momentum, epsilon=layer.epsilon, name=layer.name,
        synchronized=replicas() > 1,
    )  # fmt: skip


#: The `tf_keras` layer of each type of layer.
LAYERS: dict[type[Layer], Callable[[Any, Training], Any]] = {
    types.Conv2D: _convolution,
    types.LocallyConnected2D: lambda layer, t: LocallyConnected(layer, t.shape),
    types.Dense: _dense,
    types.AveragePooling2D: _average,
    types.MaxPooling2D: _maximum,
    types.LocalResponseNormalization: lambda layer, t: ResponseNormalization(layer),
    types.BatchNormalization: _normalisation,
    types.Flatten: lambda layer, t: keras.layers.Flatten(name=layer.name),
    types.Dropout: lambda layer, t: StatelessDropout(layer, t.step, t.seed),
    types.Scale: lambda layer, t: Factors(layer),
    types.ZeroPadding2D: lambda layer, t: keras.layers.ZeroPadding2D(
        layer.padding, name=layer.name
    ),
    types.Cropping2D: lambda layer, t: keras.layers.Cropping2D(layer.cropping, name=layer.name),
    types.UpSampling2D: lambda layer, t: keras.layers.UpSampling2D(
        layer.size, interpolation=layer.interpolation, name=layer.name
    ),
    types.Conv2DTranspose: lambda layer, t: TransposedConvolution(layer, t.shape),
}

#: Types that the graph itself makes populations and connections of.
BY_GRAPH = (types.Neurons, types.Branch, types.Shortcut, types.Concatenate)
