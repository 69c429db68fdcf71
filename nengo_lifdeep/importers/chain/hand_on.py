"""Rectified values that are added up or taken twice: neurons with weight one pass them on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from ...layers.types import Neurons
from .graph import Graph, Node

__all__ = ["with_neurons_after_sums"]


def with_neurons_after_sums(
    graph: Graph, is_rectified: Callable[[Graph, str], bool]
) -> tuple[Graph, list[str]]:
    """The same function with neurons after sums of rectified values, which ReLU leaves as they are.

    A residual sum is the current of neurons here; where the model goes on without an activation,
    as in ``x + relu(conv(x))``, neurons take its place. The same holds for pooled values that a
    residual sum adds: a Shortcut begins at neurons.

    Parameters
    ----------
    graph : Graph
        The imported graph.
    is_rectified : callable
        Whether the values of a node are never negative, by graph and name.

    Returns
    -------
    graph : Graph
        Itself where there is no such sum.
    where : list of str
        How errors call the sums.
    """
    made = graph
    found = []
    for name in list(graph.nodes):
        node = made.nodes[name]
        readers = [n for n in made.nodes.values() if name in n.inputs]
        if node.is_sum:
            if not all(is_rectified(made, each) for each in node.inputs):
                continue
            if readers and all(n.layers and n.layers[0][0].fires for n in readers):
                continue
        elif not (_pools(node) and len(readers) > 1 and is_rectified(made, name)):
            continue
        elif not any(_is_added(made, each) for each in readers):
            continue
        passed = f"{name}, passed on"
        neurons = Node(passed, (name,), node.where, ((Neurons(), {}),))
        nodes = {}
        for key, other in made.nodes.items():
            inputs = tuple(passed if each == name else each for each in other.inputs)
            nodes[key] = dataclasses.replace(other, inputs=inputs)
            if key == name:
                nodes[key] = other
                nodes[passed] = neurons
        output = passed if made.output_name == name else made.output_name
        made = dataclasses.replace(made, nodes=nodes, output_name=output)
        found.append(node.where)
    return made, found


def _pools(node: Node) -> bool:
    return bool(node.layers) and not any(la.has_weights or la.fires for la, _ in node.layers)


def _is_added(graph: Graph, node: Node) -> bool:
    """Whether a node leads to a sum before any neurons."""
    while not node.is_sum:
        readers = [n for n in graph.nodes.values() if node.name in n.inputs]
        if node.fires or node.is_concat or len(readers) != 1:
            return False
        (node,) = readers
    return True
