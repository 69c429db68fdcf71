"""A graph walked back from its output to its input: sums and parallel branches become a chain."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import UnsupportedLayerError
from ...layers.types import BatchNormalization, Conv2D, Dropout, Shape, Shortcut
from ...models.normalization import fold_normalization
from .branches import merge_branches
from .graph import Graph, Node
from .placed import Placed

__all__ = ["Chain"]


class Chain:
    """Walks a graph back from its output, along the side of every sum that has the weights.

    Parameters
    ----------
    graph : Graph
        The imported graph.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.scale: np.ndarray = np.ones(1, np.float32)
        self.offset: np.ndarray = np.zeros(1, np.float32)
        self.hands_on: list[str] = []

    def to(self, name: str) -> list[Placed]:
        """Everything from the input to the output of a node, in order.

        Parameters
        ----------
        name : str
            Name of the node.
        """
        pieces: list[list[Placed]] = []
        while name != self.graph.input_name:
            node = self.graph.nodes[name]
            if node.is_sum:
                main, shortcut = self._sides(node)
                pieces.append([shortcut])
                name = main
                continue
            if node.is_concat:
                piece, name = self._branches(node)
                pieces.append(piece)
                continue
            if len(node.inputs) != 1:
                raise UnsupportedLayerError(
                    f"{node.where}: merges {', '.join(node.inputs)}; only sums of a layer with "
                    "weights and earlier neurons (residual sums) can be imported"
                )
            if node.affine is not None:
                self._normalise(node, pieces)
            pieces.append(_placed(node))
            name = node.inputs[0]
        return [placed for piece in reversed(pieces) for placed in piece]

    def _branches(self, node: Node) -> tuple[list[Placed], str]:
        """The chain instead of a concatenation's branches, and where they part."""
        paths = [self._path(name) for name in node.inputs]
        common = [name for name in paths[0] if all(name in path for path in paths[1:])]
        if len(node.inputs) < 2 or not common:
            raise UnsupportedLayerError(
                f"{node.where}: concatenates {', '.join(node.inputs)}, which come from no common "
                "layer by paths without sums; branches must start after one layer"
            )
        source = common[0]
        branches = [
            [p for name in reversed(path[: path.index(source)]) for p in _placed(self._plain(name))]
            for path in paths
        ]
        chain, hands_on = merge_branches(
            branches, self.shape(source), node.where, node.name, self._from_neurons(source)
        )
        if hands_on:
            self.hands_on.append(node.where)
        return chain, source

    def _path(self, name: str) -> list[str]:
        """Names from a node back to the first sum, concatenation, or the input."""
        path = [name]
        while name != self.graph.input_name and len(self.graph.nodes[name].inputs) == 1:
            name = self.graph.nodes[name].inputs[0]
            path.append(name)
        return path

    def _plain(self, name: str) -> Node:
        node = self.graph.nodes[name]
        if node.affine is not None:
            raise UnsupportedLayerError(
                f"{node.where}: is in a parallel branch; rescale the image before it"
            )
        return node

    def _from_neurons(self, name: str) -> bool:
        """Whether the values of a node are what neurons, rectified linear ones, gave."""
        while name != self.graph.input_name:
            node = self.graph.nodes[name]
            if node.is_concat:
                return all(map(self._from_neurons, node.inputs))
            if node.fires or node.is_sum or any(la.has_weights for la, _ in node.layers):
                return node.fires and not node.leak
            name = node.inputs[0]
        return False

    def shape(self, name: str) -> Shape:
        """Shape of one image after a node.

        Parameters
        ----------
        name : str
            Name of the node.
        """
        ahead = []
        while name != self.graph.input_name and not self.graph.nodes[name].is_concat:
            ahead.append(self.graph.nodes[name])
            name = ahead[-1].inputs[0]
        shape = self.graph.input_shape
        if name != self.graph.input_name:
            shapes = [self.shape(each) for each in self.graph.nodes[name].inputs]
            shape = (*shapes[0][:-1], sum(each[-1] for each in shapes))
        for node in reversed(ahead):
            for layer, _ in node.layers:
                shape = layer.output_shape(shape)
        return shape

    def _normalise(self, node: Node, behind: list[list[Placed]]) -> None:
        """Put a normalisation of the image before what was found so far."""
        name, ahead = node.inputs[0], []
        while name != self.graph.input_name:
            ahead.append(self.graph.nodes[name])
            name = self.graph.nodes[name].inputs[0]
        if any(other.layers or other.is_sum for other in ahead):
            raise UnsupportedLayerError(
                f"{node.where}: comes after other layers; only the image can be rescaled, right "
                "after the input"
            )
        assert node.affine is not None
        scale, offset = node.affine
        self.offset = self.offset + self.scale * offset
        self.scale = self.scale * scale

    def _sides(self, node: Node) -> tuple[str, Placed]:
        """The input of a sum that goes on, and the Shortcut for the other."""
        if len(node.inputs) != 2:
            raise UnsupportedLayerError(f"{node.where}: adds {len(node.inputs)} inputs; write two")
        sides = [self._since_neurons(name, node) for name in node.inputs]
        able = [i for i, (between, _) in enumerate(sides) if _can_be_side(between)]
        with_weights = [i for i in (0, 1) if any(e.layer.has_weights for e in sides[i][0])]
        sums = [i for i in (0, 1) if self._holds_sum(node.inputs[i])]
        for i in sorted(able, key=lambda i: len(sides[i][0])):
            if 1 - i in with_weights or 1 - i in sums:
                between, source = sides[i]
                return node.inputs[1 - i], _as_shortcut(between, source, node)
        raise UnsupportedLayerError(
            f"{node.where}: adds {node.inputs[0]!r} and {node.inputs[1]!r}; one side must end in a "
            "layer with weights (and its BatchNormalization), the other be the output of earlier "
            "neurons, as it is or through one 1 x 1 convolution. The activation comes after "
            "the sum"
        )

    def _since_neurons(self, name: str, asked: Node) -> tuple[list[Placed], str]:
        """What lies between the neurons before a node and its output, and who they are."""
        between: list[Placed] = []
        while name != self.graph.input_name:
            node = self.graph.nodes[name]
            if node.fires:
                return between[::-1], name
            if node.is_concat:
                return between[::-1], name if self._from_neurons(name) else ""
            if node.is_sum:  # a sum of sums: its own sides are examined when it is reached
                return between[::-1], ""
            between += [
                Placed(layer, dict(arrays), node.where, name)
                for layer, arrays in reversed(node.layers)
                if not isinstance(layer, Dropout)
            ]
            if len(node.inputs) != 1:
                break
            name = node.inputs[0]
        return between[::-1], ""

    def _holds_sum(self, name: str) -> bool:
        return name != self.graph.input_name and self.graph.nodes[name].is_sum


def _placed(node: Node) -> list[Placed]:
    """A node's layers, on their place."""
    return [
        Placed(layer, dict(arrays), node.where, node.name,
               leak=node.leak if layer.fires else 0.0)
        for layer, arrays in node.layers
    ]  # fmt: skip


def _can_be_side(between: list[Placed]) -> bool:
    kinds = [type(placed.layer) for placed in between]
    if kinds not in ([], [Conv2D], [Conv2D, BatchNormalization]):
        return False
    if not between:
        return True
    conv: Any = between[0].layer
    return bool(conv.kernel_size == (1, 1) and conv.groups == 1)


def _as_shortcut(between: list[Placed], source: str, node: Node) -> Placed:
    if not source:
        raise UnsupportedLayerError(
            f"{node.where}: adds the image itself; put neurons between the image and the sum"
        )
    if not between:
        return Placed(Shortcut("?"), {}, node.where, node.name, source)
    conv: Any = between[0].layer
    arrays = dict(between[0].arrays)
    kernel, bias = arrays["kernel"], arrays.get("bias", 0.0)
    if len(between) == 2:
        norm: Any = between[1].layer
        factor, bias = fold_normalization(norm, between[1].arrays, bias)
        kernel = kernel * factor
    added = {"kernel": kernel.astype(np.float32), "bias": np.asarray(bias, np.float32)}
    layer = Shortcut("?", conv.filters, conv.strides)
    return Placed(layer, added, node.where, node.name, source)
