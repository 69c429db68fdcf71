"""The trained network as a plain tf_keras model with ReLU."""

from __future__ import annotations

from typing import Any

from nengo_lifdeep.compat import import_tf_keras
from nengo_lifdeep.layers import (
    AveragePooling2D,
    Conv2D,
    Dense,
    Flatten,
    Layer,
    LocallyConnected2D,
)
from nengo_lifdeep.layers.types import Shape

from .task import Task

__all__ = ["keras_model"]


def keras_model(task: Task) -> Any:
    """Input, layers with ``activation=relu`` before populations, trained weights."""
    keras = import_tf_keras()
    value = source = keras.Input(task.trained.architecture.input_shape)
    for part in task.parts():
        last = max(i for i, layer in enumerate(part.layers) if layer.has_weights)
        for i, (layer, shape) in enumerate(zip(part.layers, part.shapes, strict=False)):
            activation = keras.activations.relu if part.population and i == last else None
            made = _layer(layer, shape, activation)
            value = made(value)
            if layer.has_weights:
                arrays = task.trained.weights[layer.name]
                made.set_weights([arrays[k] for k in ("kernel", "bias") if k in arrays])
    return keras.Model(inputs=source, outputs=value)


def _layer(layer: Layer, shape: Shape, activation: Any) -> Any:
    layers = import_tf_keras().layers
    if isinstance(layer, Conv2D):
        return layers.Conv2D(
            layer.filters, layer.kernel_size, layer.strides, layer.padding,
            groups=layer.groups, use_bias=layer.use_bias, activation=activation, name=layer.name,
        )  # fmt: skip
    if isinstance(layer, Dense):
        return layers.Dense(layer.units, activation, layer.use_bias, name=layer.name)
    if isinstance(layer, AveragePooling2D):
        return layers.AveragePooling2D(
            layer.pool_size, layer.strides, layer.padding, name=layer.name
        )
    if isinstance(layer, Flatten):
        return layers.Flatten(name=layer.name)
    if isinstance(layer, LocallyConnected2D):
        return _local(layer, shape, activation)
    raise SystemExit(f"layer {layer.describe()} has no place in this benchmark")


def _local(layer: LocallyConnected2D, shape: Shape, activation: Any) -> Any:
    from nengo_lifdeep.training.tensorflow.local import LocallyConnected

    class Activated(LocallyConnected):
        def call(self, inputs: Any) -> Any:
            value = super().call(inputs)
            return value if activation is None else activation(value)

    return Activated(layer, shape)
