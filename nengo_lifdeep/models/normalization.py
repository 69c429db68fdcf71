"""Folding BatchNormalization into the weights before it: one factor by channel, and a bias."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..layers.architecture import Architecture
from ..layers.types import BatchNormalization, Layer, Scale

__all__ = ["fold_normalization", "without_normalization"]


def fold_normalization(
    norm: BatchNormalization, arrays: Mapping[str, np.ndarray], bias: Any = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """What a normalisation makes of ``W x + bias``: ``(factor W) x + shifted``.

    Parameters
    ----------
    norm : BatchNormalization
        The layer.
    arrays : dict of str to (channel,) array
        Its arrays, as `Layer.arrays` names them.
    bias : array ending in (channel,), or 0
        Bias of the layer before it.

    Returns
    -------
    factor : (channel,) array
        Factor on the outputs of the weights before it.
    shifted : array ending in (channel,)
        The bias instead of ``bias``.

    Examples
    --------
    >>> arrays = {
    ...     "gamma": np.array([2.0]),
    ...     "beta": np.array([1.0]),
    ...     "moving_mean": np.array([3.0]),
    ...     "moving_variance": np.array([4.0]),
    ... }
    >>> fold_normalization(BatchNormalization(epsilon=0.0), arrays, bias=5.0)
    (array([1.]), array([3.]))
    """
    factor = arrays["gamma"] / np.sqrt(arrays["moving_variance"] + norm.epsilon)
    return factor, (bias - arrays["moving_mean"]) * factor + arrays["beta"]


def without_normalization(
    architecture: Architecture, weights: Mapping[str, Mapping[str, np.ndarray]]
) -> tuple[Architecture, dict[str, dict[str, np.ndarray]]]:
    """Layers and weights of the same function, with every BatchNormalization folded in.

    Where none can take it (directly before it there are no weights, or another layer reads what
    they give), a `Scale` by channel stands for it.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    weights : dict of dict of array
        As in `TrainedModel`; they are not changed.

    Returns
    -------
    architecture : Architecture
        Layers before a normalisation have a bias.
    weights : dict of dict of array
    """
    layers: list[Layer] = []
    changed = {name: dict(arrays) for name, arrays in weights.items()}
    front = architecture.input_shape
    read = {layer.reads for layer in architecture.layers}
    for layer, shape in zip(architecture.layers, architecture.layer_inputs(), strict=True):
        if not isinstance(layer, BatchNormalization):
            layers.append(layer)
            front = shape
            continue
        if not (layers and layers[-1].has_weights) or layers[-1].name in read:
            numbers = fold_normalization(layer, changed.pop(layer.name))
            layers.append(Scale(*(tuple(map(float, each)) for each in numbers), name=layer.name))
            continue
        layers[-1] = before = dataclasses.replace(layers[-1], use_bias=True)  # type: ignore[call-arg]
        own = changed[before.name]
        bias = own.get("bias", np.float32(0))
        factor, shifted = fold_normalization(layer, changed.pop(layer.name), bias)
        size = before.arrays(front)["bias"]
        own["kernel"] = own["kernel"] * factor
        own["bias"] = np.ascontiguousarray(np.broadcast_to(shifted, size))
    return dataclasses.replace(architecture, layers=tuple(layers)), changed
