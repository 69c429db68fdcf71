"""What is filled in where an architecture leaves it out: neurons by the papers' rule, and names."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable

from ...errors import ValidationError
from ..types import BatchNormalization, Layer, Neurons

__all__ = ["with_names", "with_placed_neurons"]


def with_placed_neurons(layers: list[Layer]) -> list[Layer]:
    """Neurons after every layer with weights (and its BatchNormalization and sums) but the last.

    Parameters
    ----------
    layers : list of Layer
        Without neurons; one of them has weights.
    """
    last = max(i for i, layer in enumerate(layers) if layer.has_weights)
    placed: list[Layer] = []
    due = False
    for i, layer in enumerate(layers):
        if due and not (layer.adds or isinstance(layer, BatchNormalization)):
            placed.append(Neurons())
            due = False
        placed.append(layer)
        due = due or (layer.has_weights and i != last)
    return placed


def with_names(layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """The layers, those without a name named by their kind and number: ``conv1``, ``pool1``.

    Parameters
    ----------
    layers : iterable of Layer
        The layers, in order.

    Raises
    ------
    ValidationError
        If two have the same name.
    """
    counter: Counter[str] = Counter()
    named = []
    for layer in layers:
        stem = layer.stem or type(layer).__name__.lower()
        counter[stem] += 1
        named.append(
            layer if layer.name else dataclasses.replace(layer, name=f"{stem}{counter[stem]}")
        )
    twice = [name for name, n in Counter(layer.name for layer in named).items() if n > 1]
    if twice:
        raise ValidationError(f"layer names must be unique; used more than once: {twice}")
    return tuple(named)
