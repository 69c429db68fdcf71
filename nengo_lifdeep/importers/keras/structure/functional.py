"""The layers of a functional model, from its configuration."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import Any

from ....errors import UnsupportedLayerError, ValidationError
from .graph import KerasGraph, KerasLayer, known, placed
from .operations import tensorflow_operation
from .parts import parted

__all__ = ["fixed_shape", "functional_graph"]

#: name, number of the use, number of the output
_Ref = tuple[str, int, int]

#: how tf_keras marks a first argument that is a constant
_CONSTANT = "_CONSTANT_VALUE"


def functional_graph(
    model: Any, config: Mapping[str, Any], output: str | None = None
) -> KerasGraph:
    """Layers and operations, each after those it takes its input from.

    A layer that is used several times is there once for every use.

    Parameters
    ----------
    model : keras.Model or tf_keras.Model
        The model.
    config : dict
        What its ``get_config`` gives.
    output : str, optional
        Name of the output that is wanted, of several; all by default.

    Raises
    ------
    ValidationError
        If the shape of the input is not fixed.
    UnsupportedLayerError
        If it needs several inputs, or calls a layer as in training.
    """
    entries = {_name(entry): entry for entry in config["layers"]}
    objects = {layer.name: layer for layer in model.layers}
    sources: dict[str, tuple[str, ...]] = {}
    nodes: dict[str, tuple[str, Any]] = {}
    first = _first_uses([*(e["inbound_nodes"] for e in entries.values()), config["output_layers"]])
    for name, entry in entries.items():
        for number, node in enumerate(entry["inbound_nodes"] or [], first.get(name, 0)):
            key = _key((name, number, 0), first)
            sources[key] = tuple(_key(ref, first) for ref in _refs(node))
            nodes[key] = name, node
    outputs = _outputs(config["output_layers"], first)
    wanted = {output: outputs[output]} if output in outputs else outputs
    whole = {key: tuple(map(_whole, names)) for key, names in sources.items()}
    needed = _leading_to(set(map(_whole, wanted.values())), whole)
    images = [name for name, entry in entries.items() if entry["class_name"] == "InputLayer"]
    inputs = [name for name in images if name in needed]
    if len(inputs) != 1:
        raise UnsupportedLayerError(
            f"Keras model {model.name!r} has {len(inputs)} inputs ({', '.join(inputs)}); a model "
            "of one input can be imported. Make a model of one path: keras.Model(input, output)"
        )
    order = [key for key in TopologicalSorter(whole).static_order()
             if key in needed and key not in images]  # fmt: skip
    names = list(entries)
    order.sort(key=lambda key: names.index(nodes[key][0]))
    order = _sorted(order, whole)
    layers = [
        _layer(entries[nodes[key][0]], objects, key, i, sources[key], nodes[key][1])
        for i, key in enumerate(order, 1)
    ]
    used = {*outputs.values(), *(name for layer in layers for name in layer.inputs)}
    layers = parted(layers, used)
    shape = fixed_shape(model, images.index(inputs[0]) if len(images) > 1 else None)
    return KerasGraph(inputs[0], next(iter(outputs.values())), shape, layers, outputs)


def fixed_shape(model: Any, number: int | None = None) -> tuple[int, ...]:
    """Shape of one input of a model, without the batch.

    Parameters
    ----------
    model : keras.Model or tf_keras.Model
        The model.
    number : int, optional
        Which input, of several.

    Raises
    ------
    ValidationError
        If it is not fixed, or no image, series or row of features.
    """
    try:
        given = model.input_shape if number is None else model.inputs[number].shape
        if isinstance(given, dict) and len(given) == 1:  # tf_keras, inputs by name
            (given,) = given.values()
        shape = tuple(given)[1:]
    except (AttributeError, ValueError, TypeError):
        shape = (None,)
    if not shape or any(n is None for n in shape):
        raise ValidationError(
            f"Keras model {model.name!r} has no fixed input shape; start it with "
            "Input((rows, columns, channels)), or put one before a trained model: "
            "keras.Sequential([keras.Input((32, 32, 3)), model])"
        )
    if len(shape) not in (1, 2, 3):
        raise ValidationError(
            f"Keras model {model.name!r} takes input of shape {shape}; expected an image, "
            "Input((rows, columns, channels)), with 1 channel for grey"
        )
    return shape


def _leading_to(last: set[str], sources: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The layers (and inputs) that some take something from, and they themselves."""
    found, waiting = set(last), list(last)
    while waiting:
        new = set(sources.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return found


def _name(entry: Mapping[str, Any]) -> str:
    return str(entry.get("name") or entry["config"]["name"])


def _sorted(order: list[str], sources: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The model's own order, as far as everything stands after what it takes."""
    done: dict[str, None] = {}

    def put(key: str) -> None:
        waiting = [key]
        while waiting:
            last = waiting[-1]
            missing = [s for s in sources.get(last, ()) if s in wanted and s not in done]
            if missing:
                waiting += missing
                continue
            done.setdefault(waiting.pop())

    wanted = set(order)
    for key in order:
        put(key)
    return list(done)


def _first_uses(parts: list[Any]) -> dict[str, int]:
    """The lowest number of a use of every layer: a model's own, in tf_keras, is not among them."""
    found: dict[str, int] = {}
    for name, number, _ in _refs(parts):
        found[name] = min(number, found.get(name, number))
    return found


def _key(ref: _Ref, first: Mapping[str, int]) -> str:
    """The name of a use of a layer."""
    name, number, tensor = ref
    number -= first.get(name, 0)
    key = name if number == 0 else f"{name} (use {number + 1})"
    return f"{key}[{tensor}]" if tensor else key


def _layer(
    entry: Mapping[str, Any],
    objects: Mapping[str, Any],
    key: str,
    position: int,
    inputs: tuple[str, ...],
    node: Any,
) -> KerasLayer:
    name = _name(entry)
    options = _options(node)
    if name in objects:
        keras = placed(known(objects[name]), position, inputs)
    else:
        keras = KerasLayer(
            entry["class_name"], name, position, {**entry["config"], **options}, None, inputs
        )
    keras = dataclasses.replace(keras, name=key, constants=_constants(node))
    is_old = type(keras.layer).__module__.startswith("tf_keras")  # Keras 3 heeds the model's call
    if options.get("training") is True and is_old:
        raise keras.refuse(
            "is called with training=True, and answers otherwise than in inference; call it "
            "without, or with training=False"
        )
    if keras.kind in ("TFOpLambda", "SlicingOpLambda"):
        return tensorflow_operation(dataclasses.replace(keras, config=options))
    return keras


def _whole(key: str) -> str:
    """The use of a layer that a key of one of its outputs names."""
    return key.partition("[")[0] if key.endswith("]") else key


def _outputs(ends: Any, first: Mapping[str, int]) -> dict[str, str]:
    """Names of the outputs: keys of a dict, else names of their layers."""
    if isinstance(ends, dict) and "class_name" not in ends:
        return {str(name): _key(_refs(end)[0], first) for name, end in ends.items()}
    keys = [_key(ref, first) for ref in _refs(ends)]
    return {key: key for key in keys}


def _refs(entry: Any) -> list[_Ref]:
    """What a piece of configuration refers to.

    A reference is ``[name, node, tensor, ...]``: bare in tf_keras, in Keras 3 the value of
    ``keras_history``.
    """
    if isinstance(entry, dict):
        if entry.get("class_name") == "__keras_tensor__":
            return _refs(entry["config"]["keras_history"])
        if entry.get("class_name") == "__tensor__":
            return []
        return [ref for value in entry.values() for ref in _refs(value)]
    if not isinstance(entry, list | tuple):
        return []
    if _is_constant(entry):
        return [ref for value in entry[3:] for ref in _refs(value)]
    if len(entry) >= 3 and isinstance(entry[0], str) and all(type(i) is int for i in entry[1:3]):
        own = (entry[0], entry[1], entry[2])
        return [own, *(ref for value in entry[3:] for ref in _refs(value))]
    return [ref for value in entry for ref in _refs(value)]


def _is_constant(entry: Any) -> bool:
    return len(entry) >= 3 and entry[0] == _CONSTANT


def _constants(node: Any) -> tuple[Any, ...]:
    """What an operation is called with, in order; None for what other layers give."""
    if isinstance(node, dict):
        given = [*node.get("args", ()), *(node.get("kwargs") or {}).values()]
    elif node and isinstance(node[0], str):
        first = node[2] if _is_constant(node) else node
        options = node[3] if len(node) > 3 else {}
        given = [first, *(value for name, value in options.items() if name != "name")]
    else:
        return ()
    return tuple(None if _refs(value) else value for value in given)


def _options(node: Any) -> dict[str, Any]:
    """Options that a layer or an operation is called with."""
    if isinstance(node, dict):
        given = dict(node.get("kwargs") or {})
    else:
        first = node if node and isinstance(node[0], str) else next(iter(node or []), [])
        given = dict(first[3]) if len(first) > 3 else {}
    return {
        name: value
        for name, value in given.items()
        if name != "name" and value is not None and not _refs(value)
    }
