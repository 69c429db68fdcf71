"""The arrays of one Keras layer in our layout."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...layers.architecture import Architecture
from ...layers.types import (
    BatchNormalization,
    Conv2D,
    Conv2DTranspose,
    Layer,
    LocallyConnected2D,
    Shape,
)
from ...layers.windows import window_geometry
from ...stages.grouping import dilated
from ...support.words.counted import counted
from ...weights.kind import WeightKind
from ...weights.rounded import Rounded, rounded
from ..folding.layers import Windows
from .structure.graph import KerasGraph, KerasLayer

__all__ = ["read_weights", "with_rounded"]


def read_weights(keras: KerasLayer, layer: Layer, shape: Shape) -> dict[str, np.ndarray]:
    """Arrays of a layer by their names.

    Parameters
    ----------
    keras : KerasLayer
        Where they are read from.
    layer : Layer
        What it became; for the layouts see
        `nengo_lifdeep.importers.keras.model.weights_from_keras`.
    shape : tuple of int
        Shape of the layer's input.

    Returns
    -------
    dict of float32 arrays
        Empty if the layer has none.

    Raises
    ------
    UnsupportedLayerError
        If the Keras layer has more or fewer arrays than its class says (quantised, adapted).
    """
    if isinstance(layer, BatchNormalization):
        return _normalisation(keras, shape)
    if not layer.has_weights:
        return {}
    bias = ("bias",) if keras.config["use_bias"] else ()
    if keras.kind.startswith("Separable"):
        arrays = _separable(_arrays(keras, ("depthwise", "pointwise", *bias)))
    else:
        arrays = _arrays(keras, ("kernel", *bias))
    kernel = arrays["kernel"]
    if keras.bits:
        kernel = rounded(kernel, keras.bits)
    if keras.kind == "Dense":
        arrays["kernel"] = kernel[None, None] if isinstance(layer, Windows) else kernel
        return arrays
    if kernel.ndim == 3 and not isinstance(layer, LocallyConnected2D):  # of a series
        kernel = kernel[None]
    if keras.kind.startswith("Depthwise"):
        rows, cols, channels, multiplier = kernel.shape
        kernel = kernel.reshape(rows, cols, 1, channels * multiplier)
    if isinstance(layer, Conv2D | Windows):
        steps = [int(n) for n in np.ravel(keras.config["dilation_rate"])]
        kernel = dilated(kernel, (1, steps[0]) if len(steps) == 1 else (steps[0], steps[1]))
    if isinstance(layer, Conv2DTranspose):
        kernel = np.ascontiguousarray(kernel.transpose(0, 1, 3, 2))
    if isinstance(layer, LocallyConnected2D):
        kernel = _local_kernel(keras, layer, shape, kernel)
    arrays["kernel"] = kernel
    return arrays


def with_rounded(
    architecture: Architecture, weights: Mapping[str, Mapping[str, np.ndarray]],
    origins: Mapping[str, str], graph: KerasGraph,
) -> Architecture:  # fmt: skip
    """The layers that came from `QuantizedWeights`, with weights `Rounded`.

    Left out are layers whose kernel has become another one on the way (several were made one, or
    the image's normalisation is in it), and those before BatchNormalization, whose folding gives
    every filter steps of its own.

    Parameters
    ----------
    architecture : Architecture
        The imported layers.
    weights : dict of str to dict of str to array
        Theirs.
    origins : dict of str to str
        What they were called in Keras.
    graph : KerasGraph
        The layers of the model.
    """
    bits = {f"Keras {layer}": layer.bits for layer in graph.layers if layer.bits}
    kinds: dict[str, WeightKind | None] = {}
    for layer, after in zip(architecture.layers, (*architecture.layers[1:], None), strict=True):
        own = bits.get(origins.get(layer.name, ""))
        if own is None or not layer.has_weights or isinstance(after, BatchNormalization):
            continue
        kind, arrays = Rounded(own), weights[layer.name]
        if not kind.unfit(layer) and kind.held(arrays)["kernel"] is arrays["kernel"]:
            kinds[layer.name] = kind
    return architecture.with_weights(kinds) if kinds else architecture


def _arrays(keras: KerasLayer, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    values = keras.layer.get_weights()
    if len(values) != len(names):
        raise keras.refuse(
            f"has {counted(len(values), 'array')} of weights where {', '.join(names)} were "
            "expected; merge adapters and remove quantisation first"
        )
    return {n: np.array(v, dtype=np.float32) for n, v in zip(names, values, strict=True)}


def _separable(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """One kernel ``(row, column, channel, filter)``: the product of the two."""
    depthwise, pointwise = arrays.pop("depthwise"), arrays.pop("pointwise")
    depthwise = depthwise[None] if depthwise.ndim == 3 else depthwise  # of a series
    pointwise = pointwise.reshape(pointwise.shape[-2:])
    channels, multiplier = depthwise.shape[2:]
    mixing = pointwise.reshape(channels, multiplier, -1)
    kernel = np.einsum("rcim,imf->rcif", depthwise, mixing, optimize=True)
    return {"kernel": np.ascontiguousarray(kernel, np.float32), **arrays}


def _normalisation(keras: KerasLayer, shape: Shape) -> dict[str, np.ndarray]:
    names = ("gamma",) * keras.config["scale"] + ("beta",) * keras.config["center"]
    arrays = _arrays(keras, (*names, "moving_mean", "moving_variance"))
    channels = shape[-1]
    defaults = {"gamma": np.ones(channels, np.float32), "beta": np.zeros(channels, np.float32)}
    return {**defaults, **arrays}


def _local_kernel(
    keras: KerasLayer, layer: LocallyConnected2D, shape: Shape, kernel: np.ndarray
) -> np.ndarray:
    """(output row, output column, row x column x input channel, filter) from tf_keras's layouts.

    Its implementation 1 stores just that with the output pixels flattened; 2 stores one weight
    for every pair of input and output, with a mask; 3 the weights of 2 inside the mask, sorted.
    """
    rows, cols, filters = layer.output_shape(shape)
    implementation = keras.config["implementation"]
    if implementation == 1:
        return kernel.reshape(rows, cols, -1, filters)
    if implementation == 3:
        pairs = np.zeros((rows * cols * filters, int(np.prod(shape))), np.float32)
        outputs, inputs = np.array(keras.layer.kernel_idxs).T
        pairs[outputs, inputs] = kernel
        kernel = pairs.reshape(rows, cols, filters, *shape).transpose(3, 4, 5, 0, 1, 2)
    return _windows(layer, shape, kernel)


def _windows(layer: LocallyConnected2D, shape: Shape, kernel: np.ndarray) -> np.ndarray:
    """Cut each output pixel's window out of (in row, in column, channel, row, column, filter)."""
    (n_rows, top), (n_cols, left) = (
        window_geometry(n, k, s, layer.padding)
        for n, k, s in zip(shape[:2], layer.kernel_size, layer.strides, strict=True)
    )
    height, width = layer.kernel_size
    cut = np.zeros((n_rows, n_cols, height, width, shape[2], layer.filters), np.float32)
    for row in range(n_rows):
        for col in range(n_cols):
            first = (row * layer.strides[0] - top, col * layer.strides[1] - left)
            for i in range(max(0, -first[0]), min(height, shape[0] - first[0])):
                for j in range(max(0, -first[1]), min(width, shape[1] - first[1])):
                    cut[row, col, i, j] = kernel[first[0] + i, first[1] + j, :, row, col, :]
    return cut.reshape(n_rows, n_cols, -1, layer.filters)
