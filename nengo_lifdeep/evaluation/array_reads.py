"""Outputs of a trained network that is read through its cross-point arrays, flaws and all."""

from __future__ import annotations

import numpy as np

from ..conversion.layer_stages import layer_stages
from ..errors import ConversionError
from ..layers.layer import Layer, Shape
from ..layers.types import Conv2D, Neurons
from ..models import TrainedModel
from ..neurons.counterparts import neuron_rate
from ..stages.types import Convolution, apply_stages
from ..support.checks import MOST_SEED, checked, instance, whole
from ..weights.crosspoint.array import CrossPointArray
from ..weights.crosspoint.kind import CrossPoint

__all__ = ["through_arrays"]

#: images at a time
_CHUNK = 100


@checked(trained=instance(TrainedModel), seed=whole(0, MOST_SEED))
def through_arrays(trained: TrainedModel, images: np.ndarray, seed: int = 0) -> np.ndarray:
    """Class scores of a network whose layers with arrays are read as in training.

    `evaluate` takes the weights that the arrays hold as plain numbers; here every product has the
    noise, bound and converters of the forward read.

    Parameters
    ----------
    trained : TrainedModel
        A chain of layers, some of them with weights `CrossPoint`.
    images : (n, row, column, channel) array
        Images in [0, 1], before preprocessing.
    seed : int
        Of the noise.

    Returns
    -------
    (n, output) array

    Raises
    ------
    ConversionError
        If a layer reads another one than the one before it.

    Examples
    --------
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> trained, test = trained_example()
    >>> through_arrays(trained, test.unit_images()[:3]).shape
    (3, 4)
    """
    net, rng = trained.architecture, np.random.default_rng(seed)
    for layer in net.layers:
        if layer.reads:
            raise ConversionError(
                f"layer {layer.name!r} reads {layer.reads!r}; only chains of layers are read "
                "through arrays"
            )
    arrays = {name: _array(layer, shape, trained) for name, layer, shape in _with_arrays(trained)}
    found = []
    for first in range(0, len(images), _CHUNK):
        value = trained.preprocessing(np.asarray(images[first : first + _CHUNK], np.float32))
        for layer, shape in zip(net.layers, net.layer_inputs(), strict=True):
            if layer.name in arrays:
                value = _read(layer, shape, trained, value, arrays[layer.name], rng)
            elif isinstance(layer, Neurons):
                value = neuron_rate(trained.neurons[layer.name], value)
            else:
                given = trained.weights.get(layer.name, {})
                value = apply_stages(layer_stages(layer, shape, given), value)
                value = value.reshape(len(value), *layer.output_shape(shape))
                value = value + given.get("bias", np.float32(0))
        found.append(value)
    return np.concatenate(found) if found else np.zeros((0, *net.output_shape), np.float32)


def _with_arrays(trained: TrainedModel) -> list[tuple[str, Layer, Shape]]:
    net = trained.architecture
    return [
        (layer.name, layer, shape)
        for layer, shape in zip(net.layers, net.layer_inputs(), strict=True)
        if isinstance(getattr(layer, "weights", None), CrossPoint)
    ]


def _array(layer: Layer, shape: Shape, trained: TrainedModel) -> CrossPointArray:
    kind = trained.architecture.weight_kinds[layer.name]
    assert isinstance(kind, CrossPoint)
    devices = kind.as_array(trained.weights[layer.name])
    _, rows, columns = devices.shape
    array = CrossPointArray(rows, columns, kind, engine="readable")
    array.weights = np.clip(devices, array.tables.low, array.tables.high)
    return array


def _read(
    layer: Layer, shape: Shape, trained: TrainedModel, value: np.ndarray, array: CrossPointArray,
    rng: np.random.Generator,
) -> np.ndarray:  # fmt: skip
    """The layer's output, one read for each patch or row."""
    if isinstance(layer, Conv2D):
        (stage,) = layer_stages(layer, shape, trained.weights[layer.name])
        assert isinstance(stage, Convolution)
        rows, cols = layer.dilation_rate
        value = stage.patches(value)[:, :, :, ::rows, ::cols]
    inputs = value.reshape(-1, array.shape[0] - layer.constant)
    if layer.constant:
        inputs = np.concatenate([inputs, np.ones((len(inputs), 1), inputs.dtype)], axis=1)
    found = array.read(np.asarray(inputs, np.float32), rng)
    return found.reshape(len(value), *layer.output_shape(shape))
