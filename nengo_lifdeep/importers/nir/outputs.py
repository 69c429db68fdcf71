"""One of several outputs of a NIR graph, and what leads to it."""

from __future__ import annotations

from typing import Any

from ...errors import UnsupportedLayerError

__all__ = ["leading_to_one"]

Edges = list[tuple[str, str]]


def leading_to_one(
    nodes: dict[str, Any], edges: Edges, asked: str | None
) -> tuple[dict[str, Any], Edges]:
    """The part of a graph that leads to one output; all of it where there is only one.

    Parameters
    ----------
    nodes : dict of str to nir.NIRNode
        As `flat_graph` gives them.
    edges : list of (str, str)
        From node to node.
    asked : str or None
        Name of the output.

    Raises
    ------
    UnsupportedLayerError
        If there are several and none is named, or none of that name.

    Examples
    --------
    >>> import nir
    >>> import numpy as np
    >>> shape = np.array([1])
    >>> nodes = {"input": nir.Input({"input": shape}), "a": nir.Output({"output": shape}),
    ...          "b": nir.Output({"output": shape})}  # fmt: skip
    >>> leading_to_one(nodes, [("input", "a"), ("input", "b")], "b")[1]
    [('input', 'b')]
    """
    outputs = [name for name, node in nodes.items() if type(node).__name__ == "Output"]
    if asked is not None and asked not in outputs:
        raise UnsupportedLayerError(
            f"the graph has no output {asked!r}; it has {', '.join(map(repr, outputs)) or 'none'}"
        )
    if len(outputs) < 2:
        return nodes, edges
    if asked is None:
        raise UnsupportedLayerError(
            f"the graph has {len(outputs)} nodes Output ({', '.join(map(repr, outputs))}); say "
            f"which: from_nir(..., output={outputs[0]!r})"
        )
    sources: dict[str, list[str]] = {name: [] for name in nodes}
    for before, after in edges:
        sources[after].append(before)
    found, waiting = {asked}, [asked]
    while waiting:
        new = set(sources[waiting.pop()]) - found
        found |= new
        waiting += new
    kept = {name: node for name, node in nodes.items() if name in found}
    return kept, [edge for edge in edges if set(edge) <= found]
