"""A layer at its position in the chain that a graph becomes."""

from __future__ import annotations

import dataclasses

import numpy as np

from ...layers.types import Layer
from ...support.short_repr import short_repr

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
    leak : float
        Of neurons that were a leaky ReLU: the slope below zero.
    """

    layer: Layer
    arrays: dict[str, np.ndarray]
    where: str
    node: str
    source: str = ""
    leak: float = 0.0

    __repr__ = short_repr
