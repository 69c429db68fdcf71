"""The layers of a Keras model and their inputs.

Works on models of Keras 3 and of tf_keras alike and imports neither: only the model's own
configuration and layer objects are read.
"""

from __future__ import annotations

import dataclasses
from graphlib import TopologicalSorter
from typing import Any

from ...errors import UnsupportedLayerError, ValidationError
from ...support.checks import shown
from ...support.short_repr import short_repr

__all__ = ["KerasGraph", "KerasLayer", "keras_graph"]

_ONE_WAY = "a model of one input and one output can be imported"


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
        What the layer's ``get_config`` gives; empty for an operation.
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
    """

    input_name: str
    output_name: str
    input_shape: tuple[int, ...]
    layers: list[KerasLayer]

    __repr__ = short_repr


def keras_graph(model: Any, output: str | None = None) -> KerasGraph:
    """Input shape and layers of a Sequential or Functional model.

    Parameters
    ----------
    model : keras.Model or tf_keras.Model
        Built, i.e. its input shape is known.
    output : str, optional
        Name of the layer that is the output, of a model that has several.

    Raises
    ------
    ValidationError
        If it is no Keras model, or its input shape is not known.
    UnsupportedLayerError
        If the model shares a layer, has several inputs, or several outputs of which none is named,
        or none of that name.
    """
    if not _is_keras_model(model):
        raise ValidationError(
            f"model is {shown(model)}, which is not a Keras model; expected a Sequential or "
            "Functional model of keras 3 or tf_keras (of a file: give its path, or read it with "
            "keras.models.load_model)"
        )
    config = model.get_config() or {}
    if "output_layers" in config:
        return _functional(model, config, _input_shape(model), output)
    if not any(cls.__name__ == "Sequential" for cls in type(model).__mro__):
        raise UnsupportedLayerError(
            f"Keras model {model.name!r} is a subclassed model, whose layers have no order that "
            "could be read; rewrite it as a Sequential or Functional model"
        )
    shape = _input_shape(model)
    layers: list[KerasLayer] = []
    before = _INPUT
    for found in (_known(layer) for layer in model.layers):
        if found[0] != "InputLayer":
            layers.append(_placed(found, len(layers) + 1, (before,)))
            before = found[1]
    return KerasGraph(_INPUT, _chosen(model, [before], output), shape, layers)


#: the input's name in a Sequential model; no layer can have it
_INPUT = "<input>"


def _placed(found: _Found, position: int, inputs: tuple[str, ...]) -> KerasLayer:
    kind, name, config, layer = found
    if kind != _QUANTIZED:
        return KerasLayer(kind, name, position, config, layer, inputs)
    inner = layer.layer
    kind, _, config, _ = _known(inner)
    return KerasLayer(kind, name, position, config, inner, inputs, layer.bits)


#: kind of the wrapper for weights in few bits
_QUANTIZED = "nengo_lifdeep.QuantizedWeights"

_Found = tuple[str, str, dict[str, Any], Any]  # kind, name, config, layer


def _is_keras_model(model: Any) -> bool:
    return any(
        cls.__name__ in ("Model", "Sequential") and cls.__module__.split(".")[0] in _ROOTS
        for cls in type(model).__mro__
    )


_ROOTS = ("keras", "tf_keras")


def _known(layer: Any) -> _Found:
    root = type(layer).__module__.split(".")[0]
    kind = type(layer).__name__ if root in _ROOTS else f"{root}.{type(layer).__name__}"
    return kind, layer.name, layer.get_config(), layer


def _chosen(model: Any, outputs: list[str], asked: str | None) -> str:
    """The output of that name, or the only one."""
    if asked is not None and asked not in outputs:
        raise UnsupportedLayerError(
            f"Keras model {model.name!r} has no output {asked!r}; it has {', '.join(outputs)}"
        )
    if asked is None and len(outputs) != 1:
        raise UnsupportedLayerError(
            f"Keras model {model.name!r} has {len(outputs)} outputs ({', '.join(outputs)}); say "
            f"which: from_keras(..., output={outputs[0] if outputs else 'name'!r})"
        )
    return asked or outputs[0]


def _leading_to(last: str, sources: dict[str, list[str]]) -> set[str]:
    found, waiting = {last}, [last]
    while waiting:
        new = set(sources[waiting.pop()]) - found
        found |= new
        waiting += new
    return found


def _functional(
    model: Any, config: dict[str, Any], shape: tuple[int, ...], output: str | None
) -> KerasGraph:
    names = [entry["config"]["name"] for entry in config["layers"]]
    kinds = {name: entry["class_name"] for name, entry in zip(names, config["layers"], strict=True)}
    sources = {
        name: _sources(entry["inbound_nodes"], name, entry["class_name"])
        for name, entry in zip(names, config["layers"], strict=True)
    }
    last = _chosen(model, _ends(config["output_layers"]), output)
    needed = _leading_to(last, sources)
    inputs = [name for name in names if kinds[name] == "InputLayer" and name in needed]
    if len(inputs) != 1:
        raise UnsupportedLayerError(
            f"Keras model {model.name!r} has {len(inputs)} inputs ({', '.join(inputs)}); "
            f"{_ONE_WAY}. Make a model of one path: keras.Model(input, output)"
        )
    objects = {layer.name: layer for layer in model.layers}
    order = list(TopologicalSorter(sources).static_order())
    order = [name for name in order if kinds[name] != "InputLayer" and name in needed]
    order.sort(key=names.index)
    layers = [
        _placed(
            _known(objects[name]) if name in objects else (kinds[name], name, {}, None),
            position,
            tuple(sources[name]),
        )
        for position, name in enumerate(order, 1)
    ]
    given = {
        entry["config"]["name"]: _constants(entry["inbound_nodes"]) for entry in config["layers"]
    }
    layers = [dataclasses.replace(la, constants=given[la.name]) for la in layers]
    return KerasGraph(inputs[0], last, shape, layers)


def _sources(nodes: Any, name: str, kind: str) -> list[str]:
    if len(nodes) > 1:
        raise UnsupportedLayerError(
            f"Keras layer {name!r} ({kind}) is used {len(nodes)} times; {_ONE_WAY}. Use one "
            "layer for each place"
        )
    return _ends(nodes)


def _ends(entry: Any) -> list[str]:
    """Names of the layers that a piece of configuration refers to.

    A reference is ``[name, node, tensor, ...]``: bare in tf_keras, in Keras 3 the value of
    ``keras_history``.
    """
    if isinstance(entry, dict):
        return [name for value in entry.values() for name in _ends(value)]
    if not isinstance(entry, list | tuple):
        return []
    if len(entry) >= 3 and isinstance(entry[0], str) and all(type(i) is int for i in entry[1:3]):
        return [entry[0], *(name for value in entry[3:] for name in _ends(value))]
    return [name for value in entry for name in _ends(value)]


def _constants(nodes: Any) -> tuple[Any, ...]:
    """What an operation of Keras 3 is called with; None for what other layers give."""
    if not nodes or not isinstance(nodes[0], dict):
        return ()
    given = [*nodes[0].get("args", ()), *(nodes[0].get("kwargs") or {}).values()]
    return tuple(None if _ends(value) else value for value in given)


def _input_shape(model: Any) -> tuple[int, ...]:
    try:
        shape = tuple(model.input_shape)[1:]
    except (AttributeError, ValueError, TypeError):
        shape = (None,)
    if not shape or any(n is None for n in shape):
        raise ValidationError(
            f"Keras model {model.name!r} has no fixed input shape; start it with "
            "Input((rows, columns, channels))"
        )
    if len(shape) not in (1, 2, 3):
        raise ValidationError(
            f"Keras model {model.name!r} takes input of shape {shape}; expected an image, "
            "Input((rows, columns, channels)), with 1 channel for grey"
        )
    return shape
