"""Import the neurons of Keras models trained with `nengo_lifdeep.keras3.SoftLIF`."""

from __future__ import annotations

import dataclasses
from typing import Any

from nengo.neurons import NeuronType

from ...conversion.currents import with_currents
from ...errors import UnsupportedLayerError
from ..chain.assemble import Imported
from .structure.graph import KerasGraph

__all__ = ["SOFT_LIF", "with_soft_lif"]

#: kind of the layer, as `keras_graph` has it
SOFT_LIF = "nengo_lifdeep.SoftLIF"


def with_soft_lif(imported: Imported, graph: KerasGraph) -> tuple[Imported, NeuronType | None]:
    """The gain and bias of every SoftLIF layer in the weights before it, and the neuron of all.

    Parameters
    ----------
    imported : Imported
        The imported network; its layers of SoftLIF neurons have them as their own.
    graph : KerasGraph
        The layers of the model.

    Returns
    -------
    imported : Imported
        With neurons of their own only where layers have different ones.
    neuron : nengo.neurons.NeuronType or None
        What all have; None if they differ, or are rectified linear.

    Raises
    ------
    UnsupportedLayerError
        If a branch is handed on, a residual identity stands before neurons with a gain, or layers
        of different gain or bias are concatenated.
    """
    own = imported.architecture.own_neurons
    if not own:
        return imported, None
    if imported.hands_on:
        raise UnsupportedLayerError(
            f"{imported.hands_on[0]}: a branch is shorter than another; SoftLIF neurons cannot "
            "hand its values on. Give all branches as many layers"
        )
    currents = {name: _current(imported, graph, name) for name in own}
    for part in imported.architecture.parts:
        gain, _ = currents.get(part.target, (1.0, 0.0))
        if gain != 1 and any(layer.filters is None for layer, _ in part.sums):
            raise UnsupportedLayerError(
                f"{imported.origins[part.target]}: a residual identity before neurons with "
                f"gain {gain}; use gain=1 where sums are"
            )
    architecture, weights = with_currents(
        imported.architecture,
        imported.weights,
        gains={name: gain for name, (gain, _) in currents.items()},
        shifts={name: bias for name, (_, bias) in currents.items()},
    )
    first = next(iter(own.values()))
    is_same = len(own) == len(architecture.parts) - 1 and all(n == first for n in own.values())
    if is_same:
        architecture = architecture.with_neurons(lambda neuron: None)
    changed = dataclasses.replace(imported, architecture=architecture, weights=weights)
    return changed, first if is_same else None


def _current(imported: Imported, graph: KerasGraph, name: str) -> tuple[float, float]:
    """Gain and bias of the Keras layer that became these neurons."""
    soft: dict[str, Any] = {f"Keras {la}": la.layer for la in graph.layers if la.kind == SOFT_LIF}
    found = soft.get(imported.origins[name])
    if found is not None:
        return found.gain, found.bias
    every = {(layer.gain, layer.bias) for layer in soft.values()}  # layers that were concatenated
    if len(every) > 1:
        raise UnsupportedLayerError(
            f"{imported.origins[name]}: joins SoftLIF layers, and those of the model have the "
            f"gains and biases {', '.join(map(str, sorted(every)))}; give all the same"
        )
    return every.pop()
