"""A trained network without its normalisation: the same function, as other tools can build it."""

from __future__ import annotations

import dataclasses

import numpy as np

from nengo_lifdeep.layers import BatchNormalization
from nengo_lifdeep.models import TrainedModel, weight_shapes

__all__ = ["without_normalization"]


def without_normalization(trained: TrainedModel) -> TrainedModel:
    """Take every BatchNormalization into the kernel and bias of the layer in front of it."""
    net = trained.architecture
    layers, weights, front = [], dict(trained.weights), net.input_shape
    for layer, shape in zip(net.layers, net.layer_inputs(), strict=True):
        if not isinstance(layer, BatchNormalization):
            layers.append(layer)
            front = shape
            continue
        arrays = weights.pop(layer.name)
        scale = arrays["gamma"] / np.sqrt(arrays["moving_variance"] + np.float32(layer.epsilon))
        layers[-1] = before = dataclasses.replace(layers[-1], use_bias=True)
        kernel = weights[before.name]["kernel"] * scale
        bias = weights[before.name].get("bias", np.float32(0))
        shifted = (bias - arrays["moving_mean"]) * scale + arrays["beta"]
        bias = np.broadcast_to(shifted, weight_shapes(before, front)["bias"])
        weights[before.name] = {"kernel": kernel, "bias": np.ascontiguousarray(bias)}
    plain = dataclasses.replace(net, layers=tuple(layers))
    return dataclasses.replace(trained, architecture=plain, weights=weights)
