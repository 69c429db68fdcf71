"""Activations of Keras layers: functions by name, and layers that are one."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from ..chain.activation import RELU, Activation
from .image import plain_constant
from .structure.graph import KerasLayer

__all__ = ["ACTIVATIONS", "USE_RELU", "Fired", "activation_name", "activation_of",
           "activation_of_layer", "fired_by_name"]  # fmt: skip

USE_RELU = "use ReLU, whose place the spiking neurons take"

#: layers (and operations) that are an activation
ACTIVATIONS = ("ReLU", "LeakyReLU", "PReLU", "Relu", "Relu6", "LeakyRelu", "Clip", "Absolute",
               "HardSigmoid", "HardTanh", "Maximum", "Minimum")  # fmt: skip

#: at the end of a model they change no order of scores
_DROPPED = ("softmax", "sigmoid", "log_softmax")


@dataclasses.dataclass(frozen=True)
class Fired:
    """Neurons with what is linear around them: ``factor * activation(scale * x + shift) + after``.

    Parameters
    ----------
    activation : Activation
        Of the neurons.
    scale, shift : float
        Before them.
    after : float
        Added to what they give.
    factor : float
        What they give is multiplied by it.
    """

    activation: Activation = RELU
    scale: float = 1.0
    shift: float = 0.0
    after: float = 0.0
    factor: float = 1.0


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


def activation_of(keras: KerasLayer, last: bool) -> Fired | None:
    """The neurons that a layer's ``activation=`` stands for; None for none.

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
    if name == "linear" or (name in _DROPPED and last):
        return None
    if name in ("LeakyReLU", "ReLU"):
        return Fired(_rectified(keras, function.get_config()))
    found = fired_by_name(name, is_old=type(keras.layer).__module__.startswith("tf_keras"))
    if found is None and name in _DROPPED:
        raise keras.refuse(
            f"activation is {name!r} inside the model; it can only be that of the very last layer: "
            "use ReLU before it, and leave out what comes after it"
        )
    if found is None:
        where = "; after the read-out use softmax, sigmoid or none" if last else ""
        raise keras.refuse(f"activation is {name!r}; {USE_RELU} (activation='relu'){where}")
    return found


def fired_by_name(name: str, is_old: bool) -> Fired | None:
    """The neurons of one of Keras's own functions; None for what is not piecewise linear.

    Parameters
    ----------
    name : str
        Its name.
    is_old : bool
        Whether it is of tf_keras, whose hard sigmoid is another function.
    """
    if name == "hard_sigmoid":
        return Fired(Activation(high=(1.0,)), 0.2 if is_old else 1 / 6, 0.5)
    return {
        "relu": Fired(),
        "relu6": Fired(Activation(high=(6.0,))),
        "leaky_relu": Fired(Activation((0.2,))),  # the function's own default, in both Keras
        "hard_tanh": _clipped(-1.0, 1.0),
    }.get(name)


def activation_of_layer(keras: KerasLayer) -> Fired:
    """What a layer that is an activation does.

    Parameters
    ----------
    keras : KerasLayer
        One of `ACTIVATIONS`.

    Raises
    ------
    UnsupportedLayerError
        If its options are those of no sum of neurons.
    """
    config = keras.config
    plain = {"Relu": "relu", "Relu6": "relu6", "HardSigmoid": "hard_sigmoid",
             "HardTanh": "hard_tanh"}  # fmt: skip
    if keras.kind in plain:
        found = fired_by_name(plain[keras.kind], is_old=False)
        assert found is not None
        return found
    if keras.kind == "Absolute":
        return Fired(Activation((-1.0,)))
    if keras.kind == "Clip":
        low, high = (np.asarray(config.get(name)) for name in ("x_min", "x_max"))
        if low.shape or high.shape or low.dtype == object or high.dtype == object or low >= high:
            raise keras.refuse(f"between {low} and {high}; expected two numbers, the lower first")
        return _clipped(float(low), float(high))
    if keras.kind in ("Maximum", "Minimum"):
        return _bounded(keras)
    if keras.kind == "LeakyRelu":
        return Fired(Activation((float(config.get("negative_slope", 0.2)),)))
    if keras.kind == "PReLU":
        (slope,) = (np.asarray(w) for w in keras.layer.get_weights())
        by_channel = slope.reshape(-1, slope.shape[-1])
        if np.any(by_channel != by_channel[0]):
            raise keras.refuse(
                "has other slopes in other pixels; give PReLU(shared_axes=[1, 2]), one per channel"
            )
        return Fired(Activation(tuple(map(float, by_channel[0]))))
    return Fired(_rectified(keras, config))


def _clipped(low: float, high: float) -> Fired:
    if math.isinf(low) and math.isinf(high):  # nothing is cut off
        return Fired(Activation((1.0,)))
    if math.isinf(low):
        return Fired(scale=-1.0, shift=high, after=high, factor=-1.0)
    if math.isinf(high):
        return Fired(shift=-low, after=low)
    return Fired(Activation(high=(high - low,)), shift=-low, after=low)


def _bounded(keras: KerasLayer) -> Fired:
    """``maximum(x, c)`` is ``relu(x - c) + c``, ``minimum(x, c)`` is ``c - relu(c - x)``."""
    given = [value for value in keras.constants if value is not None]
    try:
        (value,) = np.unique(np.asarray(plain_constant(given[0]), dtype=np.float64))
    except (IndexError, TypeError, ValueError):
        raise keras.refuse("with what is not one number; expected one, maximum(x, 0.0)") from None
    if keras.kind == "Maximum":
        return Fired(shift=-float(value), after=float(value))
    return Fired(scale=-1.0, shift=float(value), after=float(value), factor=-1.0)


def _rectified(keras: KerasLayer, config: dict[str, Any]) -> Activation:
    """``negative_slope`` in Keras 3 and of every ReLU, ``alpha`` of tf_keras's LeakyReLU."""
    if config.get("threshold"):
        raise keras.refuse(
            f"threshold is {config['threshold']}, where it jumps; use a plain ReLU()"
        )
    slope = float(config.get("negative_slope", config.get("alpha")) or 0.0)
    high = config.get("max_value")
    if high is None or not math.isfinite(float(high)):
        return Activation((slope,))
    if float(high) <= 0:
        raise keras.refuse(f"max_value is {high}; give one above 0")
    return Activation((slope,), (float(high),))
