"""Subclassed models and layers, read by calling them with a symbolic input."""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ....errors import LifdeepError, UnsupportedLayerError, ValidationError
from .graph import ROOTS, KerasGraph

__all__ = ["description", "has_own_call", "is_traceable", "traced"]

#: classes of Keras that say nothing of what a class derived from them computes
_OPEN = ("Layer", "Model")


def is_traceable(layer: Any) -> bool:
    """Whether a layer's class is the user's own and made of other layers and operations.

    Parameters
    ----------
    layer : keras.Layer
        The layer.
    """
    own = type(layer).__module__.split(".")[0] not in (*ROOTS, "nengo_lifdeep", "builtins")
    above = [cls for cls in type(layer).__mro__ if cls.__module__.split(".")[0] in ROOTS]
    return own and bool(above) and above[0].__name__ in _OPEN


def has_own_call(model: Any) -> bool:
    """Whether a model's ``call`` is the user's own, and not Keras's for its layers.

    Parameters
    ----------
    model : keras.Model
        The model.
    """
    of = next(cls for cls in type(model).__mro__ if "call" in vars(cls))
    return of.__module__.split(".")[0] not in ROOTS


def description(model: Any) -> dict[str, Any]:
    """A model's configuration; {} if it has none.

    Layers of the user's own class need not have one: they are described by their name.

    Parameters
    ----------
    model : keras.Model
        The model.
    """
    named = []
    try:
        for layer in getattr(model, "layers", []):
            if is_traceable(layer):
                layer.get_config = lambda name=layer.name: {"name": name}
                named.append(layer)
        with _variables_as_numbers(model):
            return model.get_config() or {}
    except NotImplementedError:  # subclassed, with arguments of its own
        return {}
    finally:
        for layer in named:
            del layer.get_config


def traced(model: Any, read: Callable[..., KerasGraph], output: str | None = None) -> KerasGraph:
    """The graph of what a model's (or layer's) ``call`` does with a symbolic input.

    Parameters
    ----------
    model : keras.Model or keras.Layer
        Built, or called before: the shape of its input is known.
    read : callable
        Reads a functional model as `keras_graph` does.
    output : str, optional
        Name of the output that is wanted.

    Raises
    ------
    UnsupportedLayerError
        If it cannot be called so, or does more than layers and operations in a row.
    ValidationError
        If the shape of its input is not known.
    """
    is_layer = not hasattr(model, "layers")
    what = f"Keras {'layer' if is_layer else 'model'} {model.name!r} is a subclassed "
    what += "layer" if is_layer else "model"
    root = next(
        cls.__module__.split(".")[0]
        for cls in type(model).__mro__
        if cls.__module__.split(".")[0] in ROOTS
    )
    keras = sys.modules[root]
    with _as_it_was(model):
        try:
            is_plain = type(model).__module__.split(".")[0] in ROOTS
            is_plain = is_plain or has_own_call(model)
            if getattr(model, "inputs", None) and getattr(model, "outputs", None) and not is_plain:
                return read(keras.Model(model.inputs, model.outputs, name=model.name), output)
            shape = _shape(model)
            if shape is None:
                raise ValidationError(
                    f"{what} whose input has no fixed shape yet; call it once on an image, or "
                    "model.build((None, rows, columns, channels))"
                )
            image = keras.Input(shape)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = model.call(image, **_inference(model))
            return read(keras.Model(image, result, name=model.name), output)
        except LifdeepError:
            raise
        except Exception as error:  # what a user's own code raises is of no one kind
            raise UnsupportedLayerError(
                f"{what}, which cannot be called with a symbolic input "
                f"({type(error).__name__}: {_first_line(error)}); write its call with Keras layers "
                "and keras.ops alone (in tf_keras TensorFlow's functions), or rewrite it as a "
                "Sequential or Functional model"
            ) from error


def _inference(model: Any) -> dict[str, bool]:
    takes = inspect.signature(model.call).parameters
    return {"training": False} if "training" in takes else {}


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0][:200]


def _shape(model: Any) -> tuple[int, ...] | None:
    """Of one input: as it was called, or built."""
    given: Any = None
    nodes = getattr(model, "_inbound_nodes", None) or []
    if nodes:
        tensors = nodes[0].input_tensors
        tensor = tensors[0] if isinstance(tensors, list | tuple) and len(tensors) == 1 else tensors
        given = getattr(tensor, "shape", None)
    if given is None:
        given = getattr(model, "_build_input_shape", None)
    if given is None:
        built = getattr(model, "_build_shapes_dict", None) or {}
        given = next(iter(built.values()), None) if len(built) == 1 else None
    if given is None and getattr(model, "inputs", None):  # a functional model with its own call
        given = model.inputs[0].shape if len(model.inputs) == 1 else None
    if given is None or isinstance(given, dict):
        return None
    shape = tuple(given)[1:]
    return shape if shape and all(isinstance(n, int) for n in shape) else None


@contextmanager
def _variables_as_numbers(model: Any) -> Iterator[None]:
    """Of operations in tf_keras that take a variable, which it cannot describe otherwise."""
    nodes = [
        node
        for layer in getattr(model, "layers", [])
        for node in getattr(layer, "_inbound_nodes", None) or []
        if hasattr(node, "call_args") and hasattr(node, "call_kwargs")
    ]
    kept = [(node, node.call_args, node.call_kwargs) for node in nodes]
    for node, args, options in kept:
        node.call_args, node.call_kwargs = _numbers(args), _numbers(options)
    try:
        yield
    finally:
        for node, args, options in kept:
            node.call_args, node.call_kwargs = args, options


def _numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _numbers(part) for name, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_numbers, value))
    return value.numpy() if hasattr(value, "assign_add") and hasattr(value, "numpy") else value


@contextmanager
def _as_it_was(model: Any) -> Iterator[None]:
    """Forget the symbolic calls of a model's layers afterwards: they are the user's."""
    parts = list(model._flatten_layers()) if hasattr(model, "_flatten_layers") else []
    kept = [
        (nodes, len(nodes))
        for part in parts
        for name in ("_inbound_nodes", "_outbound_nodes")
        if isinstance(nodes := getattr(part, name, None), list)
    ]
    try:
        yield
    finally:
        for nodes, number in kept:
            del nodes[number:]
