"""Import the neurons of Keras models trained with `nengo_lifdeep.keras3.SoftLIF`."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...errors import UnsupportedLayerError
from ...layers.types import BatchNormalization, Neurons, Shortcut
from ..chain.assemble import Imported
from .graph import KerasGraph, KerasLayer

__all__ = ["SOFT_LIF", "soft_lif_of", "with_currents"]

#: kind of the layer, as `keras_graph` has it
SOFT_LIF = "nengo_lifdeep.SoftLIF"


def soft_lif_of(graph: KerasGraph) -> KerasLayer | None:
    """One of the graph's SoftLIF layers, or None if there are none.

    Parameters
    ----------
    graph : KerasGraph
        The layers of the model.

    Raises
    ------
    UnsupportedLayerError
        If they differ, or stand beside other activations: a network has one type of neuron here.
    """
    soft = [layer for layer in graph.layers if layer.kind == SOFT_LIF]
    if not soft:
        return None
    first = soft[0].layer
    for other in soft[1:]:
        same = other.layer.neuron == first.neuron and (
            (other.layer.gain, other.layer.bias) == (first.gain, first.bias)
        )
        if not same:
            raise other.refuse(f"differs from {soft[0]}; give all the same parameters")
    for layer in graph.layers:
        if layer.kind in ("ReLU", "LeakyReLU") or layer.config.get("activation") == "relu":
            raise layer.refuse(f"a ReLU beside {soft[0]}; use one kind of neuron everywhere")
    return soft[0]


def with_currents(imported: Imported, gain: float, bias: float) -> Imported:
    """The network with ``gain * y + bias`` in its weights wherever neurons follow.

    Parameters
    ----------
    imported : Imported
        The imported network.
    gain : float
        Factor on the inputs of the neurons.
    bias : float
        Current that is added, dimensionless.
    """
    weights = {name: dict(arrays) for name, arrays in imported.weights.items()}
    layers = list(imported.architecture.layers)
    start = 0
    for end, layer in enumerate(layers):
        if not isinstance(layer, Neurons):
            continue
        span = range(start, end)
        if any(isinstance(layers[i], Shortcut) and layers[i].filters is None for i in span):  # type: ignore[attr-defined]
            if gain != 1:
                raise UnsupportedLayerError(
                    f"{imported.origins[layer.name]}: a residual identity before neurons with "
                    f"gain {gain}; use gain=1 where sums are"
                )
        norm = next((i for i in span if isinstance(layers[i], BatchNormalization)), None)
        for i in span:
            _change(layers, weights, i, norm, gain, bias)
        start = end + 1
    architecture = dataclasses.replace(imported.architecture, layers=tuple(layers))
    return dataclasses.replace(imported, architecture=architecture, weights=weights)


def _change(
    layers: list[Any], weights: Any, i: int, norm: int | None, gain: float, bias: float
) -> None:
    layer = layers[i]
    arrays = weights.get(layer.name)
    if arrays is None:
        return
    if isinstance(layer, BatchNormalization):
        arrays["gamma"] = _float32(arrays["gamma"] * gain)
        arrays["beta"] = _float32(arrays["beta"] * gain + bias)
    elif isinstance(layer, Shortcut):
        arrays["kernel"] = _float32(arrays["kernel"] * gain)
    elif layer.has_weights and norm is None:
        arrays["kernel"] = _float32(arrays["kernel"] * gain)
        old = arrays.get("bias", np.zeros(arrays["kernel"].shape[-1], np.float32))
        arrays["bias"] = _float32(old * gain + bias)
        layers[i] = dataclasses.replace(layer, use_bias=True)


def _float32(array: np.ndarray) -> np.ndarray:
    return np.asarray(array, np.float32)
