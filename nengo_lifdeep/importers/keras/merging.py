"""Keras layers and operations of several inputs: sums, differences, averages, concatenations."""

from __future__ import annotations

import numpy as np

from ..chain.graph import Entry, Node
from ..folding.layers import Affine
from .forms import Forms
from .structure.graph import KerasLayer

__all__ = ["CONCATENATIONS", "SUMS", "concatenated", "summed"]

CONCATENATIONS = ("Concatenate", "concatenate", "Stack")

#: linear in every input
SUMS = ("Add", "add", "Average", "average", "Subtract", "subtract")


def concatenated(keras: KerasLayer, forms: Forms) -> list[Node]:
    """Channels (or units) one after the other.

    Parameters
    ----------
    keras : KerasLayer
        The layer.
    forms : Forms
        Shapes of what is before it.

    Raises
    ------
    UnsupportedLayerError
        If it is along another axis.
    """
    raw = forms.raw(keras.inputs[0])
    is_stack = keras.kind == "Stack"
    kinds = {forms.kinds[name] for name in keras.inputs}
    axis = keras.config.get("axis", 0 if is_stack else -1)
    if is_stack and (axis not in (-1, 3) or kinds != {"grey"}):
        raise keras.refuse(f"axis is {axis}; only grey images can be stacked, as channels, axis=-1")
    if axis not in (-1, len(raw) + is_stack):
        raise keras.refuse(f"axis is {axis}; expected the last one, the channels (axis=-1)")
    shapes = [forms.shapes[name] for name in keras.inputs]
    if len({shape[:-1] for shape in shapes}) > 1 or (kinds & {"grey"} and not is_stack):
        raise keras.refuse(f"takes {', '.join(map(str, shapes))}; expected images of one size")
    shape = (*shapes[0][:-1], sum(each[-1] for each in shapes))
    forms.keep(keras.name, shape, "image" if is_stack else forms.kinds[keras.inputs[0]])
    is_concat = len(keras.inputs) > 1
    return [Node(keras.name, keras.inputs, f"Keras {keras}", is_concat=is_concat)]


def summed(keras: KerasLayer, forms: Forms) -> list[Node]:
    """A sum; of a difference and an average with factors.

    Parameters
    ----------
    keras : KerasLayer
        The layer.
    forms : Forms
        Shapes of what is before it.

    Raises
    ------
    UnsupportedLayerError
        If the shapes differ.
    """
    shapes = [forms.shapes[name] for name in keras.inputs]
    if len(set(shapes)) > 1:
        raise keras.refuse(
            f"adds values of the shapes {', '.join(map(str, shapes))}; expected all the same"
        )
    where, inputs = f"Keras {keras}", keras.inputs
    kind = forms.kinds[inputs[0]]
    forms.keep(keras.name, shapes[0], kind)
    if keras.kind.lower() == "add":
        return [Node(keras.name, inputs, where, is_sum=True)]
    name = f"{keras.name}, {'second' if keras.kind.lower() == 'subtract' else 'sum'}"
    forms.keep(name, shapes[0], kind)
    if keras.kind.lower() == "subtract":
        second = Node(name, inputs[1:], where, (_times(-1.0),))
        return [second, Node(keras.name, (inputs[0], name), where, is_sum=True)]
    mean = Node(keras.name, (name,), where, (_times(1 / len(inputs)),))
    return [Node(name, inputs, where, is_sum=True), mean]


def _times(factor: float) -> Entry:
    return Affine(), {"scale": np.full(1, factor), "shift": np.zeros(1)}
