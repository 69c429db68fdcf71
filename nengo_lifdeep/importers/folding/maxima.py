"""Layers that run and train in rates only: maxima of windows, and response normalisation.

What they take must be one value from neurons or the image (`conversion.order`), and our windows
have the padding of TensorFlow, with nothing outside the image. Both are brought about where it is
exact: the maximum commutes with activations that never fall, neurons of weight one pass rectified
values on, and among rectified values zeros around the image never are the maximum.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from ...errors import UnsupportedLayerError
from ...layers.types import (
    AveragePooling2D,
    Dropout,
    Flatten,
    LocalResponseNormalization,
    MaxPooling2D,
    Neurons,
    Shape,
    ZeroPadding2D,
)
from ...layers.windows import window_geometry
from ..chain.activation import RELU
from ..chain.graph import Entry, Graph, Node, is_rectified
from .layers import AxisMaps, Maxima

__all__ = ["runs_in_rates_only", "with_maxima"]

_IN_RATES = (Maxima, MaxPooling2D, LocalResponseNormalization)

#: without a constant and of one source: neurons may stand before them
_PASSING = (*_IN_RATES, AveragePooling2D, AxisMaps, Dropout, Flatten)


def with_maxima(graph: Graph) -> tuple[Graph, tuple[str, ...]]:
    """The same function with every layer for rates where our layers can say it.

    Parameters
    ----------
    graph : Graph
        The imported graph.

    Returns
    -------
    graph : Graph
        With `MaxPooling2D` for maxima.
    where : tuple of str
        How errors call the layers before which neurons pass values on.

    Raises
    ------
    UnsupportedLayerError
        If maxima of padded windows take values below zero.
    """
    passed = []
    for name, node in list(graph.nodes.items()):
        if not _is_in_rates(node):
            continue
        if not _follows_neurons(graph, node.inputs[0]):
            if _is_rectified(graph, node.inputs[0]):
                neurons = Node(f"{node.inputs[0]}, passed on", node.inputs, node.where,
                               ((Neurons(), {}),))  # fmt: skip
                graph = _before(graph, name, neurons)
                passed.append(node.where)
            elif not isinstance(node.layers[0][0], LocalResponseNormalization):
                graph, name = _activated_after(graph, name)
                graph = _activated_before(graph, name)
        if isinstance(node.layers[0][0], Maxima):
            graph = _in_our_layers(graph, name)
    return graph, tuple(passed)


def runs_in_rates_only(graph: Graph) -> bool:
    """Whether a graph has layers for which there are no spikes.

    Parameters
    ----------
    graph : Graph
        The imported graph.
    """
    return any(map(_is_in_rates, graph.nodes.values()))


def _is_in_rates(node: Node) -> bool:
    return bool(node.layers) and isinstance(node.layers[0][0], _IN_RATES)


def _is_rectified(graph: Graph, name: str) -> bool:
    """Whether values are never negative, those of sums too."""
    node = graph.nodes.get(name)
    if node is not None and (node.is_sum or node.is_concat):
        return all(_is_rectified(graph, each) for each in node.inputs)
    return is_rectified(graph, name)


def _follows_neurons(graph: Graph, name: str) -> bool:
    """Whether a value is that of neurons, or of the image, but for layers without a constant."""
    while name != graph.input_name:
        node = graph.nodes[name]
        if node.fires:
            return node.activation.is_plain
        if len(node.inputs) != 1 or not all(isinstance(la, _PASSING) for la, _ in node.layers):
            return False
        name = node.inputs[0]
    return True


def _before(graph: Graph, name: str, neurons: Node) -> Graph:
    """With a node between another and what that takes."""
    node = dataclasses.replace(graph.nodes[name], inputs=(neurons.name,))
    nodes = {}
    for key, other in graph.nodes.items():
        if key == name:
            nodes[neurons.name] = neurons
        nodes[key] = node if key == name else other
    return dataclasses.replace(graph, nodes=nodes)


def _activated_before(graph: Graph, name: str) -> Graph:
    """With a ReLU before maxima and a ReLU: ``f(max(x)) = f(max(relu(x)))``, ceiling or not.

    A plain one after them is left out then.
    """
    readers = [node for node in graph.nodes.values() if name in node.inputs]
    if len(readers) != 1 or name == graph.output_name:
        return graph
    (reader,) = readers
    if [type(la) for la, _ in reader.layers] != [Neurons] or any(reader.activation.slope):
        return graph
    moved = dataclasses.replace(
        reader, name=f"{reader.name}, of every pixel", inputs=graph.nodes[name].inputs
    )
    if not reader.activation.is_plain:
        return _before(graph, name, dataclasses.replace(moved, activation=RELU))
    graph = _before(graph, name, moved)
    left = dataclasses.replace(reader, layers=(), activation=RELU)
    return dataclasses.replace(graph, nodes={**graph.nodes, reader.name: left})


def _activated_after(graph: Graph, name: str) -> tuple[Graph, str]:
    """With a leaky ReLU before maxima after them, as it is two populations; their new name."""
    node = graph.nodes[name]
    before = graph.nodes.get(node.inputs[0])
    if before is None or not before.fires or min(before.activation.slope) < 0:
        return graph, name
    if sum(before.name in other.inputs for other in graph.nodes.values()) > 1:
        return graph, name
    linear = dataclasses.replace(
        before, name=f"{before.name}, before activation", layers=before.layers[:-1],
        activation=RELU,
    )  # fmt: skip
    pooled = dataclasses.replace(node, name=f"{name}, before activation", inputs=(linear.name,))
    fired = dataclasses.replace(before, name=name, inputs=(pooled.name,), layers=before.layers[-1:])
    nodes = {}
    for key, other in graph.nodes.items():
        made = {before.name: (linear,), name: (pooled, fired)}.get(key, (other,))
        nodes.update({each.name: each for each in made})
    return dataclasses.replace(graph, nodes=nodes), pooled.name


def _in_our_layers(graph: Graph, name: str) -> Graph:
    """With `MaxPooling2D` for maxima; zeros around the image where those are as good."""
    node = graph.nodes[name]
    layer: Any = node.layers[0][0]
    entries: list[Entry] = []
    padding = _padding_of_ours(layer)
    if padding is None:
        if not _is_rectified(graph, node.inputs[0]):
            raise UnsupportedLayerError(
                f"{node.where}: its windows reach over the border, {layer.pads}, and it takes "
                "values below zero; put ReLU before or directly after it, or leave padding out"
            )
        borders = (
            (pads[0], max((n - 1) * s + k - size - pads[0], 0))
            for size, n, k, s, pads in _axes(layer)
        )
        entries.append((ZeroPadding2D(tuple(borders)), {}))
    pool = MaxPooling2D(layer.pool_size, layer.strides, padding or "valid")
    changed = dataclasses.replace(node, layers=(*entries, (pool, {}), *node.layers[1:]))
    return dataclasses.replace(graph, nodes={**graph.nodes, name: changed})


def _padding_of_ours(layer: Any) -> str | None:
    """The padding by name that gives the same windows, if there is one."""
    for padding in ("valid", "same"):
        if all(
            window_geometry(size, k, s, padding) == (n, pads[0])
            for size, n, k, s, pads in _axes(layer)
        ):
            return padding
    return None


def _axes(layer: Any) -> list[tuple[int, int, int, int, tuple[int, int]]]:
    """Size before and after, window, stride and pads of the rows and of the columns."""
    shape: Shape = layer.before
    return list(zip(shape, layer.after, layer.pool_size, layer.strides, layer.pads, strict=True))
