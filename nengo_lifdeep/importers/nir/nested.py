"""Graphs inside a NIR graph, as snnTorch writes its recurrent layers: taken apart."""

from __future__ import annotations

import dataclasses
from typing import Any

from ...errors import ModelFileError, UnsupportedLayerError

__all__ = ["flat_graph"]

Edges = list[tuple[str, str]]

#: graphs in graphs that are taken apart
_DEEPEST = 16


def flat_graph(graph: Any, where: str = "the graph") -> tuple[dict[str, Any], Edges]:
    """Nodes and edges of a graph, those of graphs in it named ``"graph.node"``.

    Parameters
    ----------
    graph : nir.NIRGraph
        The graph.
    where : str
        Name of the graph in error messages.

    Raises
    ------
    ModelFileError
        If an edge names a node that is not there, or is there twice, a node lacks a field, or a
        node in a graph in the graph would have the name of another.
    UnsupportedLayerError
        If a graph in the graph has several inputs or outputs.

    Examples
    --------
    >>> import nir
    >>> import numpy as np
    >>> inner = nir.NIRGraph.from_list(nir.Scale(np.ones(2)))
    >>> nodes, edges = flat_graph(nir.NIRGraph.from_list(inner))
    >>> sorted(nodes)
    ['input', 'nirgraph.scale', 'output']
    """
    return _flat(graph, where, 0)


def _check_fields(node: Any, where: str) -> None:
    """Every field of a node is there."""
    if not dataclasses.is_dataclass(node):
        return
    for field in dataclasses.fields(node):
        if field.init and not hasattr(node, field.name):
            raise ModelFileError(
                f"{where}: has no field {field.name!r}; a node needs all that its class has: make "
                "it, or export it, again"
            )


def _flat(graph: Any, where: str, depth: int) -> tuple[dict[str, Any], Edges]:
    if depth > _DEEPEST:
        raise UnsupportedLayerError(f"{where}: more than {_DEEPEST} graphs inside one another")
    nodes: dict[str, Any] = {}
    _check_fields(graph, where)
    edges = _edges(graph)
    for name, node in graph.nodes.items():
        _check_fields(node, f"NIR node {name!r} ({type(node).__name__})")
        if type(node).__name__ != "NIRGraph":
            nodes[name] = node
            continue
        inside, between = _flat(node, f"NIR node {name!r}", depth + 1)
        ends = {kind: _only(inside, kind, name) for kind in ("Input", "Output")}
        renamed = {
            ends["Input"]: f"{name} (input)", ends["Output"]: f"{name} (output)",
        }  # fmt: skip
        renamed.update({n: f"{name}.{n}" for n in inside if n not in renamed})
        taken = sorted({*graph.nodes, *nodes} & set(renamed.values()))
        if taken:  # one of the two would be left out
            raise ModelFileError(
                f"{where}: nodes of {name!r} in it would be called as others are, "
                f"{', '.join(map(repr, taken))}; rename one of them"
            )
        nodes.update({renamed[n]: each for n, each in inside.items()})
        begin, end = renamed[ends["Input"]], renamed[ends["Output"]]
        edges = [(end if a == name else a, begin if b == name else b) for a, b in edges]
        edges += [(renamed[a], renamed[b]) for a, b in between]
        for passing in (begin, end):
            edges = _without(passing, edges)
            del nodes[passing]
    return nodes, edges


def _edges(graph: Any) -> Edges:
    edges: Edges = []
    for edge in graph.edges:
        if len(edge) != 2 or any(end not in graph.nodes for end in edge):
            raise ModelFileError(f"edge {tuple(edge)!r} names a node that is not there")
        if tuple(edge) in edges:
            raise ModelFileError(f"edge {tuple(edge)!r} is there twice; weights count once")
        edges.append((edge[0], edge[1]))
    return edges


def _only(nodes: dict[str, Any], kind: str, graph: str) -> str:
    found = [name for name, node in nodes.items() if type(node).__name__ == kind]
    if len(found) != 1:
        raise UnsupportedLayerError(
            f"NIR node {graph!r} (NIRGraph): has {len(found)} nodes {kind}, expected one"
        )
    return found[0]


def _without(name: str, edges: Edges) -> Edges:
    """Edges through a node that only passes on."""
    before = [a for a, b in edges if b == name]
    after = [b for a, b in edges if a == name]
    kept = [edge for edge in edges if name not in edge]
    return kept + [(a, b) for a in before for b in after]
