"""A layer at its position in the chain that a graph becomes."""

from __future__ import annotations

import dataclasses

import numpy as np

from ...layers.types import Layer
from ...support.short_repr import short_repr
from .activation import RELU, Activation

__all__ = ["Placed"]


@dataclasses.dataclass(eq=False)
class Placed:
    """One layer.

    Attributes
    ----------
    layer : Layer
    arrays : dict of str to array
        Its weights.
    where : str
        How an error calls it.
    node : str
        The node it comes from.
    source : str
        Of a Shortcut: the node whose neurons it adds.
    activation : Activation
        Of neurons.
    reads_constant : bool
        Of a convolution: its last input channel is a neuron that always gives 1.
    """

    layer: Layer
    arrays: dict[str, np.ndarray]
    where: str
    node: str
    source: str = ""
    activation: Activation = RELU
    reads_constant: bool = False

    __repr__ = short_repr
