"""What a graph becomes: an architecture, its weights, and what is done to the image."""

from __future__ import annotations

import dataclasses

import numpy as np

from ...layers.architecture import Architecture
from ...support.short_repr import short_repr
from .graph import Graph

__all__ = ["Imported"]


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
        Effect of normalisation layers on the input image: ``x * scale + offset``.
    hands_on : tuple of str
        Concatenations of which a branch is passed on by rectified linear neurons.
    scales_image : bool
        Whether the layers themselves do to the image what ``scale`` and ``offset`` say.
    graph : Graph, optional
        What it was made of.
    """

    architecture: Architecture
    weights: dict[str, dict[str, np.ndarray]]
    origins: dict[str, str]
    scale: np.ndarray
    offset: np.ndarray
    hands_on: tuple[str, ...] = ()
    scales_image: bool = False
    graph: Graph | None = None

    __repr__ = short_repr
