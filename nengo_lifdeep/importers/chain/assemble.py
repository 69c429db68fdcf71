"""The architecture, weights and image normalisation that a graph describes.

Every reader (Keras, ONNX) translates its operations into `Node` s; `assemble` finds the order,
turns residual sums into `Shortcut` s and parallel branches into wider layers, and checks that the
whole is one of our architectures.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...conversion.order import foldable
from ...errors import UnsupportedLayerError, ValidationError
from ...layers.architecture import Architecture
from ...layers.types import BatchNormalization, Flatten, Layer
from ...records.finding import listed
from ..folding.maxima import runs_in_rates_only, with_maxima
from .graph import Graph
from .imported import Imported
from .listed import listed_layers
from .pairs import split_pairs
from .placed import Placed
from .two_scores import two_scores
from .walk import Chain

__all__ = ["Imported", "assemble"]


def assemble(graph: Graph) -> Imported:
    """The architecture that a graph describes.

    What cannot be merged into one layer between neurons is written layer by layer
    (`listed.listed_layers`), with branches, sums and concatenations where they stand.

    Parameters
    ----------
    graph : Graph
        The imported graph.

    Raises
    ------
    UnsupportedLayerError
        If a node, or how nodes are connected, has no counterpart either way; it names the node.
    """
    if runs_in_rates_only(graph):  # such layers are not merged with others
        kept, passed = with_maxima(graph)
        return dataclasses.replace(listed_layers(kept), hands_on=passed, graph=graph)
    try:
        return dataclasses.replace(_merged(graph), graph=graph)
    except UnsupportedLayerError as error:
        try:
            return dataclasses.replace(listed_layers(graph), graph=graph)
        except UnsupportedLayerError:
            raise error from None


def _merged(graph: Graph) -> Imported:
    """The architecture with one layer with weights between neurons.

    Linear layers between neurons become one (`region.folded`). A sum is a residual sum: all its
    sides but one are outputs of earlier neurons, as they are or through a 1 x 1 convolution.
    Branches that are concatenated become layers side by side (`branches.merge_branches`).

    Parameters
    ----------
    graph : Graph
        The imported graph.

    Raises
    ------
    UnsupportedLayerError
        If a node, or how nodes are connected, has no counterpart; it names the node.
    """
    chain = Chain(graph)
    entries = chain.to(chain.graph.output_name)
    if not entries:
        raise UnsupportedLayerError(f"model {graph.name!r} has no layers that could be imported")
    _check_activations(entries)
    constants = split_pairs(entries, graph.input_shape)
    if graph.is_sigmoid:
        two_scores(entries)
    if len(graph.input_shape) == 1 and not isinstance(entries[0].layer, Flatten):
        where = f"input of {graph.input_shape[0]} features"
        entries.insert(0, Placed(Flatten(), {}, where, graph.input_name))
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
    broken = foldable(architecture)
    if broken:
        raise UnsupportedLayerError(
            f"model {graph.name!r} cannot be run in rates:{listed(broken, origins)}"
        )
    return Imported(
        architecture,
        weights,
        origins,
        chain.image.scale,
        chain.image.offset,
        (*chain.hands_on, *constants),
    )


def _named(placed: Placed, entries: list[Placed]) -> Layer:
    """The layer with the name of the neurons that a Shortcut adds, and its bias given away."""
    layer: Any = placed.layer
    if not layer.adds:
        return layer
    fired = [e for e in entries[: entries.index(placed)] if e.layer.fires]
    numbers = {e.node: i for i, e in enumerate(fired, 1)}
    if placed.source not in numbers:
        raise UnsupportedLayerError(
            f"{placed.where}: adds {placed.source!r}, which is not on the path from the input to "
            "the other side of the sum"
        )
    bias = placed.arrays.pop("bias", None)
    if bias is not None and np.any(bias):
        _add_bias(entries, entries.index(placed), bias)
    return dataclasses.replace(layer, source=f"neurons{numbers[placed.source]}")


def _add_bias(entries: list[Placed], position: int, bias: np.ndarray) -> None:
    """Give the bias of a shortcut to the layer (or normalisation) that it is added to."""
    while entries[position].layer.adds:
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
                f"{placed.where}: it must stand directly after a layer with weights and before "
                "its activation, as in Conv2D(...), BatchNormalization(), ReLU()"
            )
        if layer.fires:
            if waiting is None:
                raise UnsupportedLayerError(
                    f"{placed.where}: an activation needs a layer with weights before it"
                )
            waiting = None
        waiting = placed if layer.has_weights else waiting
        previous = placed
    if waiting is None:
        raise UnsupportedLayerError(
            f"{entries[-1].where}: the model must end with a Dense layer (the read-out) with "
            "softmax or no activation"
        )
