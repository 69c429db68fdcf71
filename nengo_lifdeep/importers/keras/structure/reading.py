"""Read any Keras model as a graph of layers.

Works on models of Keras 3 and of tf_keras alike and imports neither: only the model's own
configuration and layer objects are read.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from ....errors import ValidationError
from ....support.checks import shown
from ...one_output import one_output
from .functional import fixed_shape, functional_graph
from .graph import ROOTS, KerasGraph, KerasLayer, known, placed
from .traced import description, traced

__all__ = ["chosen_output", "keras_graph"]

#: the input's name in a Sequential model; no layer can have it
_INPUT = "<input>"


def keras_graph(model: Any, output: str | None = None) -> KerasGraph:
    """Input shape and layers of a model.

    Parameters
    ----------
    model : keras.Model or tf_keras.Model
        Built, i.e. its input shape is known. A subclassed model is called with a symbolic input.
    output : str, optional
        Name of the output that is wanted, of a model that has several; all by default.

    Raises
    ------
    ValidationError
        If it is no Keras model, or its input shape is not known.
    UnsupportedLayerError
        If the model has several inputs, or is subclassed and cannot be called so.
    """
    if not _is_keras_model(model):
        raise ValidationError(
            f"model is {shown(model)}, which is not a Keras model; expected a Sequential or "
            "Functional model of keras 3 or tf_keras (of a file: give its path, or read it with "
            "keras.models.load_model)"
        )
    config = description(model)
    if "output_layers" in config:
        return functional_graph(model, config, output)
    if not any(cls.__name__ == "Sequential" for cls in type(model).__mro__):
        return traced(model, keras_graph, output)
    shape = fixed_shape(model)
    layers: list[KerasLayer] = []
    before = _INPUT
    for found in (known(layer) for layer in model.layers):
        if found[0] != "InputLayer":
            layers.append(placed(found, len(layers) + 1, (before,)))
            before = found[1]
    return KerasGraph(_INPUT, before, shape, layers, {before: before})


def chosen_output(graph: KerasGraph, asked: str | None, name: str) -> KerasGraph:
    """The graph with the output that is imported.

    Parameters
    ----------
    graph : KerasGraph
        The model.
    asked : str or None
        The name that was asked for.
    name : str
        How errors call the model.

    Raises
    ------
    UnsupportedLayerError
        If there are several and none was asked for, or none of that name.
    """
    names = list(graph.outputs)
    output = graph.outputs[one_output(names, asked, f"Keras model {name!r}", "from_keras")]
    wanted = {output}
    needed = []
    for layer in reversed(graph.layers):
        if layer.name in wanted:
            needed.append(layer)
            wanted |= set(layer.inputs)
    return dataclasses.replace(graph, output_name=output, layers=needed[::-1])


def _is_keras_model(model: Any) -> bool:
    return any(
        cls.__name__ in ("Model", "Sequential") and cls.__module__.split(".")[0] in ROOTS
        for cls in type(model).__mro__
    )
