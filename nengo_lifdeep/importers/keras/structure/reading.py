"""Read any Keras model as a graph of layers.

Works on models of Keras 3 and of tf_keras alike and imports neither: only the model's own
configuration and layer objects are read.
"""

from __future__ import annotations

import dataclasses
import sys
from collections import Counter
from typing import Any

from ....errors import ValidationError
from ....support.checks import shown
from ...one_output import one_output
from .functional import fixed_shape, functional_graph
from .graph import ROOTS, KerasGraph, KerasLayer, known, placed
from .traced import description, has_own_call, traced

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
    if has_own_call(model):  # whatever its configuration says
        return traced(model, keras_graph, output)
    config = description(model)
    if "output_layers" in config:
        return functional_graph(model, config, output)
    if not any(cls.__name__ == "Sequential" for cls in type(model).__mro__):
        return traced(model, keras_graph, output)
    if _names_a_layer_once(model):
        whole = sys.modules["tf_keras"].Model(model.inputs, model.outputs, name=model.name)
        return functional_graph(whole, description(whole), output)
    shape = fixed_shape(model)
    layers: list[KerasLayer] = []
    before = _INPUT
    uses: Counter[str] = Counter()
    for found in (known(layer) for layer in model.layers):
        if found[0] != "InputLayer":
            uses[found[1]] += 1
            name = found[1] if uses[found[1]] == 1 else f"{found[1]} (use {uses[found[1]]})"
            layer = placed(found, len(layers) + 1, (before,))
            layers.append(dataclasses.replace(layer, name=name))
            before = name
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


def _names_a_layer_once(model: Any) -> bool:
    """Whether a Sequential model of tf_keras has a layer at two places, which it does not say."""
    uses = sum(map(len, (getattr(model, "_nodes_by_depth", None) or {}).values()))
    is_old = any(cls.__module__.startswith("tf_keras") for cls in type(model).__mro__)
    return is_old and uses > len(model.layers) + 1


def _is_keras_model(model: Any) -> bool:
    return any(
        cls.__name__ in ("Model", "Sequential") and cls.__module__.split(".")[0] in ROOTS
        for cls in type(model).__mro__
    )
