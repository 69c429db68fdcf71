"""Models that are layers of other models: their layers take their place."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from .graph import KerasGraph, KerasLayer

__all__ = ["flattened"]

#: kinds of layers that are models
_MODELS = ("Functional", "Sequential", "Model")


def flattened(graph: KerasGraph, read: Callable[[Any], KerasGraph]) -> KerasGraph:
    """The same graph with the layers of models in it, named ``model/layer``.

    Parameters
    ----------
    graph : KerasGraph
        The outer model.
    read : callable
        Reads a model as `keras_graph` does.
    """
    if not any(_is_model(layer) for layer in graph.layers):
        return graph
    layers: list[KerasLayer] = []
    called: dict[str, str] = {}  # an inner model's name -> its last layer's
    for layer in graph.layers:
        inputs = tuple(called.get(name, name) for name in layer.inputs)
        if not _is_model(layer):
            layers.append(dataclasses.replace(layer, inputs=inputs))
            continue
        if len(inputs) != 1:
            raise layer.refuse(f"takes {len(inputs)} inputs; a model in a model takes one")
        inner = flattened(read(layer.layer), read)
        names = {inner.input_name: inputs[0]}
        for part in inner.layers:
            names[part.name] = f"{layer.name}/{part.name}"
            moved = tuple(names[name] for name in part.inputs)
            layers.append(dataclasses.replace(part, name=names[part.name], inputs=moved))
        called[layer.name] = names[inner.output_name]
    numbered = [dataclasses.replace(la, position=i) for i, la in enumerate(layers, 1)]
    output = called.get(graph.output_name, graph.output_name)
    return dataclasses.replace(graph, layers=numbered, output_name=output)


def _is_model(layer: KerasLayer) -> bool:
    return layer.kind in _MODELS and layer.layer is not None
