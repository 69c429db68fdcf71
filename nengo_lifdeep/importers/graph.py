"""A network read from elsewhere: nodes with our layers and arrays, and the chain they make.

Every reader (Keras, ONNX) translates its operations into `Node` s; `assemble` finds the order,
turns residual sums into `Shortcut` s, and checks that the whole is one of our architectures.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..architecture import Architecture
from ..errors import UnsupportedLayerError, ValidationError
from ..layers import BatchNormalization, Conv2D, Dropout, Layer, Neurons, Shape, Shortcut
from .leaky import split_leaky
from .placed import Placed

__all__ = ["Graph", "Imported", "Node", "assemble"]

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
        What it is here; empty for what leaves its input unchanged, and for sums.
    is_sum : bool
        Whether it adds its two inputs.
    leak : float
        Of a leaky ReLU: its slope below zero.
    affine : (scale, offset) of arrays, or None
        Of a normalisation of the image: ``x * scale + offset``, per channel.
    """

    name: str
    inputs: tuple[str, ...]
    where: str
    layers: tuple[Entry, ...] = ()
    is_sum: bool = False
    leak: float = 0.0
    affine: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def fires(self) -> bool:
        """Whether neurons are the last it does."""
        return bool(self.layers) and isinstance(self.layers[-1][0], Neurons)


@dataclasses.dataclass(frozen=True, eq=False)
class Graph:
    """Nodes by name, from one input to one output."""

    name: str
    input_name: str
    input_shape: Shape
    nodes: Mapping[str, Node]
    output_name: str


@dataclasses.dataclass(frozen=True, eq=False)
class Imported:
    """An architecture, its weights, and who each layer was.

    Attributes
    ----------
    architecture : Architecture
    weights : dict of str to dict of arrays
        By layer name.
    origins : dict of str to str
        Layer name -> ``where`` of its node.
    scale, offset : arrays (channels,) or (1,)
        What normalisation layers do to the image in front: ``x * scale + offset``.
    """

    architecture: Architecture
    weights: dict[str, dict[str, np.ndarray]]
    origins: dict[str, str]
    scale: np.ndarray
    offset: np.ndarray


def assemble(graph: Graph) -> Imported:
    """The architecture that a graph describes.

    A sum is a residual sum: one side ends in a layer with weights (and its BatchNormalization),
    the other is the output of earlier neurons, as it is or through one 1 x 1 convolution (and its
    BatchNormalization, which is folded).

    Raises
    ------
    UnsupportedLayerError
        If a node, or how nodes are connected, has no counterpart; it names the node.
    """
    chain = _Chain(graph)
    entries = chain.to(graph.output_name)
    if not entries:
        raise UnsupportedLayerError(f"model {graph.name!r} has no layers that could be imported")
    _check_activations(entries)
    if any(entry.leak for entry in entries):
        split_leaky(entries, graph.input_shape)
    layers = [_named(entry, entries) for entry in entries]
    try:
        architecture = Architecture(graph.input_shape, tuple(layers), graph.name)
    except ValidationError as error:
        raise UnsupportedLayerError(f"model {graph.name!r}: {error}") from error
    weights, origins = {}, {}
    for layer, entry in zip(architecture.layers, entries, strict=True):
        origins[layer.name] = entry.where
        if entry.arrays:
            weights[layer.name] = entry.arrays
    return Imported(architecture, weights, origins, chain.scale, chain.offset)


class _Chain:
    """Walks a graph back from its output, along the side of every sum that has the weights."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.scale: np.ndarray = np.ones(1, np.float32)
        self.offset: np.ndarray = np.zeros(1, np.float32)

    def to(self, name: str) -> list[Placed]:
        """Everything from the input to the output of a node, in order."""
        pieces: list[list[Placed]] = []
        while name != self.graph.input_name:
            node = self.graph.nodes[name]
            if node.is_sum:
                main, shortcut = self._sides(node)
                pieces.append([shortcut])
                name = main
                continue
            if len(node.inputs) != 1:
                raise UnsupportedLayerError(
                    f"{node.where}: merges {', '.join(node.inputs)}; only sums of a layer with "
                    "weights and earlier neurons (residual sums) can be imported"
                )
            if node.affine is not None:
                self._normalise(node, pieces)
            pieces.append(
                [
                    Placed(layer, dict(arrays), node.where, node.name, leak=_leak(layer, node))
                    for layer, arrays in node.layers
                ]
            )
            name = node.inputs[0]
        return [placed for piece in reversed(pieces) for placed in piece]

    def _normalise(self, node: Node, behind: list[list[Placed]]) -> None:
        """Put a normalisation of the image in front of what was found so far."""
        name, ahead = node.inputs[0], []
        while name != self.graph.input_name:
            ahead.append(self.graph.nodes[name])
            name = self.graph.nodes[name].inputs[0]
        if any(other.layers or other.is_sum for other in ahead):
            raise UnsupportedLayerError(
                f"{node.where}: stands behind other layers; only the image can be rescaled, right "
                "behind the input"
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
            "neurons, as it is or through one 1 x 1 convolution. The activation comes behind "
            "the sum"
        )

    def _since_neurons(self, name: str, asked: Node) -> tuple[list[Placed], str]:
        """What lies between the neurons before a node and its output, and who they are."""
        between: list[Placed] = []
        while name != self.graph.input_name:
            node = self.graph.nodes[name]
            if node.fires:
                return between[::-1], name
            if node.is_sum:  # a sum of sums: its own sides are looked at when it is reached
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


def _leak(layer: Layer, node: Node) -> float:
    return node.leak if isinstance(layer, Neurons) else 0.0


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
        a = between[1].arrays
        factor = a["gamma"] / np.sqrt(a["moving_variance"] + norm.epsilon)
        kernel = kernel * factor
        bias = (bias - a["moving_mean"]) * factor + a["beta"]
    added = {"kernel": kernel.astype(np.float32), "bias": np.asarray(bias, np.float32)}
    layer = Shortcut("?", conv.filters, conv.strides)
    return Placed(layer, added, node.where, node.name, source)


def _named(placed: Placed, entries: list[Placed]) -> Layer:
    """The layer with the name of the neurons that a Shortcut adds, and its bias given away."""
    layer: Any = placed.layer
    if not isinstance(layer, Shortcut):
        return layer
    fired = [e for e in entries[: entries.index(placed)] if isinstance(e.layer, Neurons)]
    numbers = {e.node: i for i, e in enumerate(fired, 1)}
    if placed.source not in numbers:
        raise UnsupportedLayerError(
            f"{placed.where}: adds {placed.source!r}, which is not on the way from the input to "
            "the other side of the sum"
        )
    bias = placed.arrays.pop("bias", None)
    if bias is not None and np.any(bias):
        _add_bias(entries, entries.index(placed), bias)
    return dataclasses.replace(layer, source=f"neurons{numbers[placed.source]}")


def _add_bias(entries: list[Placed], position: int, bias: np.ndarray) -> None:
    """Give the bias of a shortcut to the layer (or normalisation) that it is added to."""
    while isinstance(entries[position].layer, Shortcut):
        position -= 1
    main = entries[position]
    if isinstance(main.layer, BatchNormalization):
        main.arrays["beta"] = main.arrays["beta"] + bias
        return
    if "bias" not in main.arrays:
        main.layer = dataclasses.replace(main.layer, use_bias=True)  # type: ignore[call-arg]
    main.arrays["bias"] = (main.arrays.get("bias", 0.0) + bias).astype(np.float32)


def _check_activations(entries: list[Placed]) -> None:
    """Refuse linear stacks and misplaced normalisation, in the reader's own words."""
    waiting: Placed | None = None  # layer with weights whose activation has not come yet
    previous: Placed | None = None
    for placed in entries:
        layer = placed.layer
        if layer.has_weights and waiting is not None:
            raise UnsupportedLayerError(
                f"{placed.where}: no activation stands between it and {waiting.where}; give the "
                "earlier one a ReLU, or merge the two"
            )
        if isinstance(layer, BatchNormalization) and not (
            previous is not None and previous.layer.has_weights
        ):
            raise UnsupportedLayerError(
                f"{placed.where}: it must stand directly behind a layer with weights and before "
                "its activation, as in Conv2D(...), BatchNormalization(), ReLU()"
            )
        if isinstance(layer, Neurons):
            if waiting is None:
                raise UnsupportedLayerError(
                    f"{placed.where}: an activation needs a layer with weights in front of it"
                )
            waiting = None
        waiting = placed if layer.has_weights else waiting
        previous = placed
    if waiting is None:
        raise UnsupportedLayerError(
            f"{entries[-1].where}: the model must end with a Dense layer (the read-out) with "
            "softmax or no activation"
        )
