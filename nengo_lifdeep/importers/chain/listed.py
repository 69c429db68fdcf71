"""A graph node by node as a list of layers: branches, sums and concatenations where they stand.

For what cannot be merged into one layer with weights between neurons. Nothing is approximated: a
layer that ours do not say is refused.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

import numpy as np

from ...conversion.order import foldable
from ...errors import UnsupportedLayerError, ValidationError
from ...layers.activations import clipped_relu, leaky_relu
from ...layers.architecture import Architecture
from ...layers.types import (
    BatchNormalization,
    Branch,
    Concatenate,
    Dense,
    Flatten,
    Layer,
    Neurons,
    Scale,
    Shape,
    Shortcut,
)
from ...records.finding import listed
from ..folding.layers import Affine
from .activation import Activation
from .graph import Entry, Graph, Node
from .imported import Imported
from .spelled import in_pieces, spelled

__all__ = ["listed_layers"]


class _List:
    """Layers so far, each with a name, and what each node of the graph is called."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.weights: dict[str, dict[str, np.ndarray]] = {}
        self.origins: dict[str, str] = {}
        self.counter: Counter[str] = Counter()
        self.shapes: dict[str, Shape] = {}
        self.last = "input"

    def name(self, layer: Layer) -> str:
        """As an architecture would name it."""
        stem = layer.stem or type(layer).__name__.lower()
        self.counter[stem] += 1
        return f"{stem}{self.counter[stem]}"

    def add(self, entry: Entry, where: str) -> None:
        """One layer after the last."""
        layer, arrays = entry
        named = dataclasses.replace(layer, name=layer.name or self.name(layer))
        source = self.shapes[named.reads] if named.reads else self.shapes[self.last]
        self.shapes[named.name] = named._joined(self.shapes[self.last], source)
        self.layers.append(named)
        self.origins[named.name] = where
        if arrays:
            self.weights[named.name] = arrays
        self.last = named.name

    def go_to(self, name: str, where: str) -> None:
        """Go on from a layer."""
        if name != self.last:
            self.add((Branch(name), {}), where)

    def add_sum(self, sides: list[list[Entry]], where: str) -> None:
        """The sum of several rows of layers that all take the last layer."""
        source, so_far = self.last, ""
        for entries in sides:
            self.go_to(source, where)
            for entry in entries:
                self.add(entry, where)
            if so_far:
                self.add((Shortcut(so_far), {}), where)
            so_far = self.last

    def add_neurons(self, layer: Neurons, activation: Activation, where: str) -> None:
        """Neurons of any activation that is a sum of them."""
        if activation.is_plain:
            self.add((dataclasses.replace(layer, name=""), {}), where)
            return
        both = activation.of(self.shapes[self.last][-1])
        source, stem = self.last, self.name(layer)
        highs = set(both.high)
        if len(highs) > 1:
            raise UnsupportedLayerError(f"{where}: has another ceiling in each channel")
        high = highs.pop()
        if np.isinf(high):
            made = leaky_relu(source, stem, slope=both.slope, neuron=layer.neuron)
        else:
            made = clipped_relu(source, stem, high=high, neuron=layer.neuron)
            if any(both.slope):
                made += _below_zero(source, stem, both.slope, layer.neuron)
        for each in made:
            self.add((each, {}), where)


def _below_zero(source: str, stem: str, slope: tuple[float, ...], neuron: Any) -> list[Layer]:
    """``-slope * relu(-x)``, added to a clipped ReLU."""
    return [
        Branch(source, name=f"{stem}_once_more"),
        Scale(-1.0, name=f"{stem}_turned"),
        Neurons(neuron, name=f"{stem}_negative"),
        Scale(tuple(-s for s in slope), name=f"{stem}_slope"),
        Shortcut(stem, name=f"{stem}_leaky"),
    ]


def listed_layers(graph: Graph) -> Imported:
    """The architecture that a graph describes, layer by layer.

    Parameters
    ----------
    graph : Graph
        The imported graph.

    Raises
    ------
    UnsupportedLayerError
        If a layer has no counterpart; it names the node.
    """
    scale, offset, start = _of_the_image(graph)
    made = _List()
    made.shapes["input"] = (
        graph.input_shape if len(graph.input_shape) == 3 else (1, 1, *graph.input_shape)
    )
    if len(graph.input_shape) == 1:
        made.add((Flatten(), {}), "the input")
    if np.any(scale != 1) or np.any(offset != 0):
        made.add((_scale(scale, offset), {}), "the input")
    known = dict.fromkeys(start, made.last)
    try:
        for name in _needed(graph):
            if name not in known:
                known[name] = _write(graph.nodes[name], made, known)
        made.go_to(known[graph.output_name], graph.output_name)
        _end(graph, made)
        if not any(layer.fires for layer in made.layers):  # an architecture would place some
            raise UnsupportedLayerError(f"model {graph.name!r} has no activation")
        architecture = Architecture(graph.input_shape, tuple(made.layers), graph.name)
    except ValidationError as error:
        raise UnsupportedLayerError(f"model {graph.name!r}: {error}") from error
    if broken := foldable(architecture):
        raise UnsupportedLayerError(
            f"model {graph.name!r} cannot be run in rates:{listed(broken, made.origins)}"
        )
    if not any(layer.has_weights for layer in architecture.layers):
        raise UnsupportedLayerError(f"model {graph.name!r} has no layers with weights")
    return Imported(
        architecture, made.weights, made.origins, scale, offset, scales_image=True
    )  # fmt: skip


def _needed(graph: Graph) -> list[str]:
    """Nodes that lead to the output, each after those that it takes from."""
    order: list[str] = []
    waiting = [(graph.output_name, False)]
    seen: set[str] = set()
    while waiting:
        name, is_ready = waiting.pop()
        if is_ready:
            order.append(name)
        elif name not in seen and name != graph.input_name:
            seen.add(name)
            waiting.append((name, True))
            waiting += [(each, False) for each in reversed(graph.nodes[name].inputs)]
    return order


def _write(node: Node, made: _List, known: dict[str, str]) -> str:
    """Add the layers of a node; the name of the last of them."""
    if not node.inputs or (len(node.inputs) > 1 and not (node.is_sum or node.is_concat)):
        raise UnsupportedLayerError(f"{node.where}: merges {', '.join(node.inputs)}")
    made.go_to(known[node.inputs[0]], node.where)
    for each in node.inputs[1:]:
        joins = Shortcut(known[each]) if node.is_sum else Concatenate(known[each])
        made.add((joins, {}), node.where)
    for layer, arrays in node.layers:
        if isinstance(layer, Neurons):
            made.add_neurons(layer, node.activation, node.where)
            continue
        if isinstance(layer, Affine):
            own = _scale(np.asarray(arrays["scale"]), np.asarray(arrays["shift"]), node.where)
            made.add((own, {}), node.where)
            continue
        shape = made.shapes[made.last]
        row = spelled((layer, dict(arrays)), shape, node.where)
        for entry in row or []:
            made.add(entry, node.where)
        if row is None:
            for summed in in_pieces((layer, dict(arrays)), shape, node.where):
                made.add_sum(summed, node.where)
    return made.last


def _end(graph: Graph, made: _List) -> None:
    shape = made.shapes[made.last]
    if len(shape) == 3:
        made.add((Flatten(), {}), "the output")
    if graph.is_sigmoid:  # the score 0 beside the unit's own
        if made.shapes[made.last] != (1,):
            raise UnsupportedLayerError("a sigmoid at the end must stand after one unit")
        made.add((Dense(2, use_bias=False), {"kernel": np.eye(1, 2, 1, np.float32)}), "the output")


def _of_the_image(graph: Graph) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """What is done to the image before anything else, and the nodes that are the image still."""
    scale, offset = np.ones(1), np.zeros(1)
    start = [graph.input_name]
    while True:
        readers = [node for node in graph.nodes.values() if start[-1] in node.inputs]
        if len(readers) != 1 or len(readers[0].inputs) != 1:
            return scale, offset, start
        (node,) = readers
        if not all(isinstance(la, Affine | BatchNormalization) for la, _ in node.layers):
            return scale, offset, start
        pairs = [_numbers(la, arrays) for la, arrays in node.layers]
        if any(np.ndim(number) > 1 for pair in pairs for number in pair):
            return scale, offset, start
        for factor, shift in pairs:
            scale, offset = np.atleast_1d(scale * factor), np.atleast_1d(offset * factor + shift)
        start.append(node.name)


def _numbers(layer: Layer, arrays: Any) -> tuple[np.ndarray, np.ndarray]:
    own = {name: np.asarray(array, np.float64) for name, array in arrays.items()}
    if isinstance(layer, BatchNormalization):
        scale = own["gamma"] / np.sqrt(own["moving_variance"] + layer.epsilon)
        return scale, own["beta"] - own["moving_mean"] * scale
    return own["scale"], own["shift"]


def _scale(scale: np.ndarray, shift: np.ndarray, where: str = "the input") -> Scale:
    """A factor and a constant, one or one for each channel, as a layer."""
    numbers = []
    for array in (scale, shift):
        array = np.asarray(array, np.float64)
        flat = array.reshape(-1, array.shape[-1]) if array.ndim else array.reshape(1, 1)
        if not (flat == flat[0]).all():
            raise UnsupportedLayerError(f"{where}: multiplies or adds an image")
        row = tuple(map(float, flat[0]))
        numbers.append(row[0] if len(set(row)) == 1 else row)
    return Scale(*numbers)
