"""Kinds of weights for the layers of a network."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import ValidationError
from ...support.checks import shown
from ...weights.kind import WeightKind
from ..joins import Branch
from ..layer import Layer
from ..normalizations import BatchNormalization
from ..weighted import Weighted

__all__ = ["require_unfolded", "with_kinds"]


def with_kinds(layers: Sequence[Layer], weights: Any, network: str) -> tuple[Layer, ...]:
    """The layers with kinds of weights.

    Parameters
    ----------
    layers : sequence of Layer
        The layers.
    weights : WeightKind, or mapping of str to WeightKind or None
        For the layers it is meant for, or by the layer's name; None for floats.
    network : str
        Name of the network, for messages.

    Raises
    ------
    ValidationError
        If a name has no weights, or a value is no kind of weights.
    """
    names = [layer.name for layer in layers if isinstance(layer, Weighted)]
    if isinstance(weights, Mapping):
        given = dict(weights)
    else:
        kind = _checked(weights, "weights")
        meant = names if kind is None or kind.everywhere else _between_neurons(layers, names)
        given = {name: kind and kind.at(i) for i, name in enumerate(meant)}
    for name, kind in given.items():
        if name not in names:
            raise ValidationError(
                f"weights are given for layer {shown(name)}; {network!r} has weights in "
                f"{', '.join(names)}"
            )
        _checked(kind, f"weights of layer {name!r}")
    return tuple(
        dataclasses.replace(layer, weights=given[layer.name])
        if isinstance(layer, Weighted) and layer.name in given
        else layer
        for layer in layers
    )


def _between_neurons(layers: Sequence[Layer], names: Sequence[str]) -> list[str]:
    """Which of them no pixels reach without neurons, and lead to neurons: what a chip stores."""
    last, pixels = "input", {"input"}
    into: dict[str, list[str]] = {}
    for layer in layers:
        own = [layer.reads] if layer.reads else []
        into[layer.name] = own if isinstance(layer, Branch) else [last, *own]
        if not layer.fires and pixels.intersection(into[layer.name]):
            pixels.add(layer.name)
        last = layer.name
    lead_on: set[str] = set()
    for layer in reversed(layers):
        if layer.fires or layer.name in lead_on:
            lead_on.update(into[layer.name])
    return [name for name in names if name in lead_on and name not in pixels]


def _checked(kind: Any, what: str) -> WeightKind | None:
    if kind is None or isinstance(kind, WeightKind):
        return kind
    raise ValidationError(
        f"{what} is {shown(kind)}; expected a kind of weights such as Rounded(4), or None for "
        "floats"
    )


def require_unfolded(layers: Sequence[Layer]) -> None:
    """Refuse a BatchNormalization that would be folded into weights that a device holds.

    Parameters
    ----------
    layers : sequence of Layer
        The layers, in order.

    Raises
    ------
    ValidationError
        If there is one.
    """
    held: Weighted | None = None
    for layer in layers:
        if isinstance(layer, BatchNormalization) and held is not None:
            raise ValidationError(
                f"layer {held.name!r}{held._of_kind()}: {layer.name!r} after it would "
                "be folded into weights that a device holds. Fold first: start from "
                "trained.without_normalization() with its architecture and initial_weights"
            )
        if layer.has_weights or layer.fires:
            held = layer if isinstance(layer, Weighted) and layer.weights is not None else None
