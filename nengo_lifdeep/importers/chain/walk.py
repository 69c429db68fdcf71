"""A graph walked back from its output to its input: sums and parallel branches become a chain."""

from __future__ import annotations

from ...errors import UnsupportedLayerError
from ...layers.types import Neurons, Shape
from ..folding.region import folded
from .branches import merge_branches
from .graph import Graph, Node, is_rectified
from .hand_on import with_neurons_after_sums
from .image_scale import ImageScale
from .placed import Placed
from .sums import Path, sum_of_paths, without_bias

__all__ = ["Chain"]

#: paths that a sum of sums may have
_MOST_PATHS = 500


class Chain:
    """Walks a graph back from its output, from neurons to the neurons before them.

    Parameters
    ----------
    graph : Graph
        The imported graph.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph, self.hands_on = with_neurons_after_sums(graph, is_rectified)
        self.image = ImageScale(graph.input_shape)
        self._ancestors: dict[str, set[str]] = {}
        self._shapes: dict[str, Shape] = {}

    def to(self, name: str) -> list[Placed]:
        """Everything from the input to the output of a node, in order.

        Parameters
        ----------
        name : str
            Name of the node.
        """
        pieces: list[list[Placed]] = []
        paths = self._paths(name, [])
        is_last = True
        while True:
            path = paths[0]
            if len(paths) == 1 and self._is_concat(path.source):
                chain, name = self._branches(self.graph.nodes[path.source])
                fired = [i for i, placed in enumerate(chain) if isinstance(placed.layer, Neurons)]
                if not fired:
                    paths = self._paths(name, [*chain, *path.entries])
                    continue
                rest = [*chain[fired[-1] + 1 :], *path.entries]
                shape = self._after(chain[: fired[-1] + 1], self.shape(name))
                pieces.append(folded(rest, shape, self._where(path.source), is_last=is_last))
                pieces.append(chain[fired[0] : fired[-1] + 1])
                paths = self._paths(name, chain[: fired[0]])
                is_last = False
                continue
            if any(path.source == self.graph.input_name for path in paths):
                paths = self.image.without(paths, self.graph.input_name)
            if len(paths) == 1:
                (path,) = paths
                shape, where = self.shape(path.source), self._where(path.source)
                piece = folded(
                    path.entries, shape, where, is_last=is_last,
                    is_rectified=is_rectified(self.graph, path.source),
                )  # fmt: skip
                self.hands_on += [placed.where for placed in piece if placed.layer.fires]
                pieces.append(piece)
                name = path.source
            else:
                piece, name = sum_of_paths(paths, self, is_last=is_last)
                pieces.append(piece)
            is_last = False
            if name == self.graph.input_name:
                break
            if self._is_concat(name):
                paths = [Path(name, [])]
                paths = self._after_concat(name, pieces)
                continue
            *before, neurons = _placed(self.graph.nodes[name])
            pieces.append([neurons])
            paths = self._paths(self.graph.nodes[name].inputs[0], before)
        return [placed for piece in reversed(pieces) for placed in piece]

    def _after_concat(self, name: str, pieces: list[list[Placed]]) -> list[Path]:
        """The chain of a concatenation of neurons, and the paths to where its branches part."""
        chain, source = self._branches(self.graph.nodes[name])
        first = next(i for i, placed in enumerate(chain) if isinstance(placed.layer, Neurons))
        pieces.append(chain[first:])
        return self._paths(source, chain[:first])

    def _paths(self, name: str, entries: list[Placed]) -> list[Path]:
        """What is added up before ``entries``, from neurons, a concatenation or the input each."""
        while name != self.graph.input_name:
            node = self.graph.nodes[name]
            if node.fires or node.is_concat:
                break
            if node.is_sum:
                found = []
                for i, each in enumerate(node.inputs):
                    found += self._paths(each, entries if i == 0 else without_bias(entries))
                    if len(found) > _MOST_PATHS:
                        raise UnsupportedLayerError(
                            f"{node.where}: is a sum of more than {_MOST_PATHS} paths without "
                            "activation; put neurons between"
                        )
                for path in found:
                    path.sums.append(node)
                return found
            if len(node.inputs) != 1:
                raise UnsupportedLayerError(
                    f"{node.where}: merges {', '.join(node.inputs)}; only sums of a layer with "
                    "weights and earlier neurons (residual sums) can be imported"
                )
            entries = [*_placed(node), *entries]
            name = node.inputs[0]
        return [Path(name, entries)]

    def _is_concat(self, name: str) -> bool:
        return name != self.graph.input_name and self.graph.nodes[name].is_concat

    def _where(self, name: str) -> str:
        return self.graph.nodes[name].where if name != self.graph.input_name else "the input"

    def ancestors(self, name: str) -> set[str]:
        """Names of all nodes, and of the input, that lead to a node.

        Parameters
        ----------
        name : str
            Name of the node.
        """
        if name not in self._ancestors:
            found: set[str] = set()
            waiting = [name]
            while waiting:
                node = self.graph.nodes.get(waiting.pop())
                for each in node.inputs if node is not None else ():
                    if each not in found:
                        found.add(each)
                        waiting.append(each)
            self._ancestors[name] = found
        return self._ancestors[name]

    def fires(self, name: str) -> bool:
        """Whether the values of a node are what neurons gave, so that a Shortcut can add them.

        Parameters
        ----------
        name : str
            Name of the node.
        """
        if name == self.graph.input_name:
            return False
        node = self.graph.nodes[name]
        return all(map(self.fires, node.inputs)) if node.is_concat else node.fires

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
        shape = self.shape(source)
        branches = [
            self._folded_branch(
                [p for name in reversed(path[: path.index(source)])
                 for p in _placed(self.graph.nodes[name])], shape, node.where
            )
            for path in paths
        ]  # fmt: skip
        chain, hands_on = merge_branches(
            branches, shape, node.where, node.name, is_rectified(self.graph, source)
        )
        if hands_on:
            self.hands_on.append(node.where)
        return chain, source

    def _folded_branch(self, entries: list[Placed], shape: Shape, where: str) -> list[Placed]:
        """A branch with one layer with weights before each of its activations."""
        made: list[Placed] = []
        linear: list[Placed] = []
        for placed in entries:
            if not isinstance(placed.layer, Neurons):
                linear.append(placed)
                continue
            made += [*folded(linear, shape, where, is_last=False), placed]
            shape, linear = self._after(linear, shape), []
        return [*made, *(folded(linear, shape, where, is_last=False) if linear else [])]

    def _path(self, name: str) -> list[str]:
        """Names from a node back to the first sum, concatenation, or the input."""
        path = [name]
        while name != self.graph.input_name and len(self.graph.nodes[name].inputs) == 1:
            name = self.graph.nodes[name].inputs[0]
            path.append(name)
        return path

    def _after(self, entries: list[Placed], shape: Shape) -> Shape:
        for placed in entries:
            shape = placed.layer.output_shape(shape)
        return shape

    def shape(self, name: str) -> Shape:
        """Shape of one image after a node.

        Parameters
        ----------
        name : str
            Name of the node.
        """
        if name not in self._shapes:
            self._shapes[name] = self._worked_out(name)
        return self._shapes[name]

    def _worked_out(self, name: str) -> Shape:
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


def _placed(node: Node) -> list[Placed]:
    """A node's layers, on their place."""
    return [
        Placed(layer, dict(arrays), node.where, node.name, activation=node.activation)
        for layer, arrays in node.layers
    ]
