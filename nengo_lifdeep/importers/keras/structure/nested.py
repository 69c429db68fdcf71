"""Models that are layers of other models: their layers take their place."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from .graph import KerasGraph, KerasLayer
from .traced import is_traceable, traced

__all__ = ["flattened", "is_model"]

#: kinds of layers that are models
_MODELS = ("Functional", "Sequential", "Model")


def flattened(graph: KerasGraph, read: Callable[[Any], KerasGraph]) -> KerasGraph:
    """The same graph with the layers of models in it, named ``model/layer``.

    A layer of the user's own class is a model in it too, if it is made of layers.

    Parameters
    ----------
    graph : KerasGraph
        The outer model.
    read : callable
        Reads a model as `keras_graph` does.
    """
    if not any(is_model(layer) for layer in graph.layers):
        return graph
    layers: list[KerasLayer] = []
    called: dict[str, str] = {}  # an inner model's name -> its last layer's
    for layer in graph.layers:
        inputs = tuple(called.get(name, name) for name in layer.inputs)
        if not is_model(layer):
            layers.append(dataclasses.replace(layer, inputs=inputs))
            continue
        if len(inputs) != 1:
            raise layer.refuse(f"takes {len(inputs)} inputs; a model in a model takes one")
        own = layer.kind not in _MODELS
        inner = flattened(traced(layer.layer, read) if own else read(layer.layer), read)
        names = {inner.input_name: inputs[0]}
        for part in inner.layers:
            names[part.name] = f"{layer.name}/{part.name}"
            moved = tuple(names[name] for name in part.inputs)
            layers.append(dataclasses.replace(part, name=names[part.name], inputs=moved))
        for i, last in enumerate(inner.outputs.values()):
            called[f"{layer.name}[{i}]" if i else layer.name] = names[last]
    numbered = [dataclasses.replace(la, position=i) for i, la in enumerate(layers, 1)]
    outputs = {name: called.get(last, last) for name, last in graph.outputs.items()}
    output = called.get(graph.output_name, graph.output_name)
    return dataclasses.replace(graph, layers=numbered, output_name=output, outputs=outputs)


def is_model(layer: KerasLayer) -> bool:
    """Whether a layer is a model, or of the user's own class and made of layers.

    Parameters
    ----------
    layer : KerasLayer
        The layer.
    """
    return layer.layer is not None and (layer.kind in _MODELS or is_traceable(layer.layer))
