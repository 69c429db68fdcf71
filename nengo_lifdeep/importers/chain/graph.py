"""An imported network as inert data: nodes with our layers and arrays."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from ...layers.types import Layer, Shape
from ...support.short_repr import short_repr
from .activation import RELU, Activation

__all__ = ["Entry", "Graph", "Node", "is_rectified"]

#: our layer and its arrays
Entry = tuple[Layer, dict[str, np.ndarray]]


@dataclasses.dataclass(frozen=True, eq=False)
class Node:
    """One operation.

    Attributes
    ----------
    name : str
        Unique in the graph.
    inputs : tuple of str
        Names of the nodes (or the graph's input) it takes from.
    where : str
        How an error calls it, e.g. ``"Keras layer 3 'conv' (Conv2D)"``.
    layers : tuple of (Layer, dict of arrays)
        What it is here; empty for what leaves its input unchanged, for sums and concatenations.
    is_sum : bool
        Whether it adds its two inputs.
    is_concat : bool
        Whether it puts the channels (or units) of its inputs one after the other.
    activation : Activation
        Of neurons.
    """

    name: str
    inputs: tuple[str, ...]
    where: str
    layers: tuple[Entry, ...] = ()
    is_sum: bool = False
    is_concat: bool = False
    activation: Activation = RELU

    __repr__ = short_repr

    @property
    def fires(self) -> bool:
        """Whether neurons are the last it does."""
        return bool(self.layers) and self.layers[-1][0].fires


@dataclasses.dataclass(frozen=True, eq=False)
class Graph:
    """Nodes by name, from one input to one output.

    ``is_sigmoid`` says that the output goes through a sigmoid: two classes as one number.

    Parameters
    ----------
    name : str
        Name of the network.
    input_name : str
        Name of the input.
    input_shape : tuple of int
        Shape of one input: ``(row, column, channel)`` or ``(unit,)``.
    nodes : dict of str to Node
        The nodes by name, in order.
    output_name : str
        Name of the last node.
    is_sigmoid : bool
        Whether the output goes through a sigmoid.
    """

    name: str
    input_name: str
    input_shape: Shape
    nodes: Mapping[str, Node]
    output_name: str
    is_sigmoid: bool = False

    __repr__ = short_repr


def is_rectified(graph: Graph, name: str) -> bool:
    """Whether the values of a node are never negative, so that neurons pass them on.

    Parameters
    ----------
    graph : Graph
        The graph.
    name : str
        Name of the node, or of the input.
    """
    while name != graph.input_name:
        node = graph.nodes[name]
        if node.is_concat:
            return all(is_rectified(graph, each) for each in node.inputs)
        if node.fires or node.is_sum or any(la.has_weights for la, _ in node.layers):
            return node.fires and not any(node.activation.slope)
        if any(not _keeps_sign(la) for la, _ in node.layers):
            return False
        name = node.inputs[0]
    return False


def _keeps_sign(layer: object) -> bool:
    """Whether a layer without weights leaves values that are not negative so."""
    return type(layer).__name__ in _KEEP_SIGN


_KEEP_SIGN = (
    "AveragePooling2D", "Dropout", "Flatten", "AxisMaps", "Maxima", "MaxPooling2D",
    "LocalResponseNormalization",
)  # fmt: skip
