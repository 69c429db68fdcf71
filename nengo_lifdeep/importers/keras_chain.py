"""The layers of a Keras model in the order images pass them, refusing everything but a chain.

Works on models of Keras 3 and of tf_keras alike and imports neither: only the model's own
configuration and layer objects are read.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from ..errors import UnsupportedLayerError, ValidationError

__all__ = ["KerasLayer", "chain"]

_CHAIN_ONLY = "only a chain from one input to one output can be imported"


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
        The layer; None for an operation that is none, e.g. ``x + 1``.
    """

    kind: str
    name: str
    position: int
    config: dict[str, Any]
    layer: Any

    def __str__(self) -> str:
        return f"layer {self.position} {self.name!r} ({self.kind})"

    def refuse(self, problem: str) -> UnsupportedLayerError:
        """The error for this layer: by name and position, what is wrong and what to do."""
        return UnsupportedLayerError(f"Keras {self}: {problem}")


def chain(model: Any) -> tuple[tuple[int, ...], list[KerasLayer]]:
    """Input shape and layers of a Sequential or Functional model.

    Parameters
    ----------
    model : keras.Model or tf_keras.Model
        Built, i.e. its input shape is known.

    Returns
    -------
    input_shape : tuple of int
        Of one image, without the batch axis.
    layers : list of KerasLayer
        Without the input layer.

    Raises
    ------
    ValidationError
        If it is no Keras model, or its input shape is not known.
    UnsupportedLayerError
        If the model branches, shares a layer, or has several inputs or outputs.
    """
    if not _is_keras_model(model):
        raise ValidationError(
            f"{model!r} is not a Keras model; expected a Sequential or Functional model of keras 3 "
            "or tf_keras (read a file with keras.models.load_model first)"
        )
    config = model.get_config() or {}
    if "output_layers" in config:
        layers = _functional(model, config)
    elif any(cls.__name__ == "Sequential" for cls in type(model).__mro__):
        layers = [_known(layer) for layer in model.layers]
    else:
        raise UnsupportedLayerError(
            f"Keras model {model.name!r} is a subclassed model, whose layers have no order that "
            "could be read; rewrite it as a Sequential or Functional model"
        )
    layers = [layer for layer in layers if layer[0] != "InputLayer"]
    shape = _input_shape(model)
    return shape, [KerasLayer(k, n, i, c, la) for i, (k, n, c, la) in enumerate(layers, 1)]


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


def _functional(model: Any, config: dict[str, Any]) -> list[_Found]:
    names = [entry["config"]["name"] for entry in config["layers"]]
    kinds = {name: entry["class_name"] for name, entry in zip(names, config["layers"], strict=True)}
    sources = {
        name: _sources(entry["inbound_nodes"], name, entry["class_name"])
        for name, entry in zip(names, config["layers"], strict=True)
    }
    inputs = [name for name in names if kinds[name] == "InputLayer"]
    for what, ends in (("inputs", inputs), ("outputs", _ends(config["output_layers"]))):
        if len(ends) != 1:
            raise UnsupportedLayerError(
                f"Keras model {model.name!r} has {len(ends)} {what} ({', '.join(ends)}); "
                f"{_CHAIN_ONLY}. Make a model of one path: keras.Model(input, output)"
            )
    order = _walk(inputs[0], sources, kinds)
    objects = {layer.name: layer for layer in model.layers}
    return [
        _known(objects[name]) if name in objects else (kinds[name], name, {}, None)
        for name in order
    ]


def _sources(nodes: Any, name: str, kind: str) -> list[str]:
    if len(nodes) > 1:
        raise UnsupportedLayerError(
            f"Keras layer {name!r} ({kind}) is used {len(nodes)} times; {_CHAIN_ONLY}. Use one "
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


def _walk(start: str, sources: dict[str, list[str]], kinds: dict[str, str]) -> list[str]:
    order = [start]
    while True:
        here = order[-1]
        following = [name for name, before in sources.items() if here in before]
        if not following:
            return order
        if len(following) > 1:
            raise UnsupportedLayerError(
                f"the Keras model branches behind {here!r} ({kinds[here]}) into "
                f"{', '.join(following)}; {_CHAIN_ONLY}. Train a model without skip connections"
            )
        if len(sources[following[0]]) > 1:
            raise UnsupportedLayerError(
                f"Keras layer {following[0]!r} ({kinds[following[0]]}) merges "
                f"{', '.join(sources[following[0]])}; {_CHAIN_ONLY}"
            )
        order.append(following[0])


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
    if len(shape) not in (1, 3):
        raise ValidationError(
            f"Keras model {model.name!r} takes input of shape {shape}; expected an image, "
            "Input((rows, columns, channels)), with 1 channel for grey"
        )
    return shape
