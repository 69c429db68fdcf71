"""What lies between one population and the next, as a value."""

from __future__ import annotations

import dataclasses

from ...support.short_repr import short_repr
from ..dense import Dropout, Flatten
from ..joins import Shortcut
from ..layer import Layer, Shape
from ..neurons import Neurons
from ..normalizations import BatchNormalization, Scale

__all__ = ["Part"]


@dataclasses.dataclass(frozen=True)
class Part:
    """Layers from one population (or the input) to the next (or the output).

    Attributes
    ----------
    source : str
        Name of the neurons before it, or ``"input"``.
    layers : tuple of (Layer, Shape)
        In order, each with the shape of its input.
    sums : tuple of (Shortcut, Shape)
        What is added to the current of the neurons, each with the shape of its source.
    neurons : Neurons or None
        Where it ends; None for the output.
    """

    source: str
    layers: tuple[tuple[Layer, Shape], ...]
    sums: tuple[tuple[Shortcut, Shape], ...]
    neurons: Neurons | None

    __repr__ = short_repr

    @property
    def target(self) -> str:
        """Name of the neurons where it ends, or ``"output"``."""
        return "output" if self.neurons is None else self.neurons.name

    @property
    def is_plain(self) -> bool:
        """Whether it has one layer with weights, its normalisation directly after it, if any."""
        before, n_weights = False, 0
        for layer, _ in self.layers:
            if isinstance(layer, BatchNormalization) and not before:
                return False
            if n_weights and not isinstance(layer, BatchNormalization | Flatten | Dropout):
                return False
            if isinstance(layer, Scale):
                return False
            before = layer.has_weights
            n_weights += before
        return n_weights == 1
