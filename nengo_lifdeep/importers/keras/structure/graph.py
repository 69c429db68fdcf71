"""The layers of a Keras model and their inputs, as values.

The same for models of Keras 3 and of tf_keras.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ....errors import UnsupportedLayerError
from ....support.short_repr import short_repr

__all__ = ["KerasGraph", "KerasLayer", "known", "placed"]


@dataclasses.dataclass(frozen=True, eq=False)
class KerasLayer:
    """One layer of a Keras model with its place.

    Attributes
    ----------
    kind : str
        Class name, e.g. ``"Conv2D"``.
    name : str
        The layer's own name.
    position : int
        Counted from 1, the input layer not counted.
    config : dict
        What the layer's ``get_config`` gives; what an operation is called with.
    layer : object or None
        The layer; None for an operation that is not a layer, e.g. ``x + 1``.
    inputs : tuple of str
        Names of its input layers.
    bits : int
        Of the weights, if it stood in `nengo_lifdeep.keras3.QuantizedWeights`; 0 for all of them.
    constants : tuple
        Of an operation: what it takes beside the inputs, in order, None for an input.
    """

    kind: str
    name: str
    position: int
    config: dict[str, Any]
    layer: Any
    inputs: tuple[str, ...]
    bits: int = 0
    constants: tuple[Any, ...] = ()

    __repr__ = short_repr

    def __str__(self) -> str:
        return f"layer {self.position} {self.name!r} ({self.kind})"

    def refuse(self, problem: str) -> UnsupportedLayerError:
        """The error for this layer: by name and position, what is wrong and what to do.

        Parameters
        ----------
        problem : str
            What is wrong, and what to do.
        """
        return UnsupportedLayerError(f"Keras {self}: {problem}")


@dataclasses.dataclass(frozen=True, eq=False)
class KerasGraph:
    """A Keras model's layers, each after those it takes its input from.

    Attributes
    ----------
    input_name, output_name : str
        Names of the input (which is not among the layers) and of the last layer.
    input_shape : tuple of int
        Of one image, without the batch axis.
    layers : list of KerasLayer
        Without the input layer.
    outputs : dict of str to str
        Every output's name, and the layer that gives it.
    """

    input_name: str
    output_name: str
    input_shape: tuple[int, ...]
    layers: list[KerasLayer]
    outputs: Mapping[str, str]

    __repr__ = short_repr


#: a layer's kind, name, config, and the layer itself
_Found = tuple[str, str, dict[str, Any], Any]

#: kind of the wrapper for weights in few bits
_QUANTIZED = "nengo_lifdeep.QuantizedWeights"

#: packages whose layers are known by their class's name alone
ROOTS = ("keras", "tf_keras")


def known(layer: Any) -> _Found:
    """A layer's kind (with its package, where that is not Keras), name and configuration.

    Parameters
    ----------
    layer : keras.Layer
        The layer.
    """
    root = type(layer).__module__.split(".")[0]
    kind = type(layer).__name__ if root in ROOTS else f"{root}.{type(layer).__name__}"
    try:
        config = layer.get_config()
    except NotImplementedError:  # a class of the user's own without one
        config = {}
    return kind, layer.name, config, layer


def placed(found: _Found, position: int, inputs: tuple[str, ...]) -> KerasLayer:
    """A layer at its place, of a wrapper the layer in it; with bits of `QuantizedWeights`.

    Parameters
    ----------
    found : (kind, name, config, layer)
        As `known` gives it.
    position : int
        Counted from 1.
    inputs : tuple of str
        Names of what it takes.
    """
    kind, name, config, layer = found
    if kind != _QUANTIZED and not _is_the_layer_in_it(kind, layer):
        return KerasLayer(kind, name, position, config, layer, inputs)
    inner = layer.layer
    bits = layer.bits if kind == _QUANTIZED else 0
    kind, _, config, _ = known(inner)
    return KerasLayer(kind, name, position, config, inner, inputs, bits)


def _is_the_layer_in_it(kind: str, layer: Any) -> bool:
    """Whether a wrapper computes in inference what the layer in it does."""
    if kind == "TimeDistributed":  # these take every step for itself anyhow
        return type(layer.layer).__name__ in ("Dense", "Activation", "ReLU", "Dropout", "Identity")
    return kind == "SpectralNormalization"  # the kernel is normalised in training
