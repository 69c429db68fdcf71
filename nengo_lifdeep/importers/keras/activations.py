"""Activations of Keras layers: functions by name, and layers that are one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...layers.types import Layer, Neurons
from ..chain.activation import RELU, Activation
from .graph import KerasLayer

__all__ = ["ACTIVATIONS", "USE_RELU", "activation_name", "activation_of", "activation_of_layer"]

USE_RELU = "use ReLU, whose place the spiking neurons take"

#: layers (and operations) that are an activation
ACTIVATIONS = ("ReLU", "LeakyReLU", "PReLU", "Relu", "Relu6", "LeakyRelu")


def activation_name(function: Any) -> str:
    """Name of an activation; the function itself is asked, since anybody's may be named "relu".

    Parameters
    ----------
    function : callable or None
        The activation of a layer.
    """
    if function is None:
        return "linear"
    name = getattr(function, "__name__", type(function).__name__)
    module = getattr(function, "__module__", None) or ""
    own = module.split(".")[0] not in ("keras", "tf_keras", "tensorflow")
    return f"{module}.{name}" if own else name


def activation_of(keras: KerasLayer, last: bool) -> tuple[list[Layer], Activation]:
    """The neurons that a layer's ``activation=`` stands for.

    Parameters
    ----------
    keras : KerasLayer
        The layer.
    last : bool
        Whether it is the last, where a softmax or sigmoid is dropped.

    Raises
    ------
    UnsupportedLayerError
        If it is none that neurons can be.
    """
    function = keras.layer.activation
    name = activation_name(function)
    if name == "linear" or (name in ("softmax", "sigmoid", "log_softmax") and last):
        return [], RELU
    if name == "relu":
        return [Neurons()], RELU
    if name == "relu6":
        return [Neurons()], Activation(high=(6.0,))
    if name in ("LeakyReLU", "ReLU"):
        return [Neurons()], _rectified(keras, function.get_config())
    if name == "leaky_relu":
        return [Neurons()], Activation((0.2,))  # the function's own default, in both Keras
    where = "; after the read-out use softmax, sigmoid or none" if last else ""
    raise keras.refuse(f"activation is {name!r}; {USE_RELU} (activation='relu'){where}")


def activation_of_layer(keras: KerasLayer) -> Activation:
    """What a layer that is an activation does.

    Parameters
    ----------
    keras : KerasLayer
        One of `ACTIVATIONS`.
    """
    if keras.kind == "Relu":
        return RELU
    if keras.kind == "Relu6":
        return Activation(high=(6.0,))
    if keras.kind == "LeakyRelu":
        slopes = [v for v in keras.constants if isinstance(v, int | float)]
        return Activation((float(slopes[0]) if slopes else 0.2,))
    if keras.kind == "PReLU":
        (slope,) = (np.asarray(w) for w in keras.layer.get_weights())
        by_channel = slope.reshape(-1, slope.shape[-1])
        if np.any(by_channel != by_channel[0]):
            raise keras.refuse(
                "has other slopes in other pixels; give PReLU(shared_axes=[1, 2]), one per channel"
            )
        return Activation(tuple(map(float, by_channel[0])))
    return _rectified(keras, keras.config)


def _rectified(keras: KerasLayer, config: dict[str, Any]) -> Activation:
    """``negative_slope`` in Keras 3 and of every ReLU, ``alpha`` of tf_keras's LeakyReLU."""
    if config.get("threshold"):
        raise keras.refuse(f"threshold is {config['threshold']}; use a plain ReLU()")
    slope = float(config.get("negative_slope", config.get("alpha")) or 0.0)
    high = config.get("max_value")
    if high is None:
        return Activation((slope,))
    if slope or float(high) <= 0:
        raise keras.refuse(
            f"max_value is {high} and negative_slope {slope}; give one of the two, above 0"
        )
    return Activation(high=(float(high),)) if math.isfinite(float(high)) else RELU
