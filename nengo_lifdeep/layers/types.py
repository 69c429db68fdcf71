"""Every type of layer by its name, as files store it.

Shapes are per image, images are ``(row, column, channel)``. Nothing here computes; the
numbers live in `nengo_lifdeep.models`, the arithmetic in `nengo_lifdeep.stages`.
"""

from __future__ import annotations

from .convolutions import Conv2D, LocallyConnected2D
from .dense import Dense, Dropout, Flatten
from .layer import Layer, Pair, Shape
from .neurons import Neurons
from .normalizations import BatchNormalization, LocalResponseNormalization
from .pools import AveragePooling2D, MaxPooling2D
from .shortcut import Shortcut

__all__ = [
    "LAYER_TYPES",
    "AveragePooling2D",
    "BatchNormalization",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "LocalResponseNormalization",
    "LocallyConnected2D",
    "MaxPooling2D",
    "Neurons",
    "Pair",
    "Shape",
    "Shortcut",
]

LAYER_TYPES: dict[str, type[Layer]] = {
    cls.__name__: cls
    for cls in (
        Conv2D,
        LocallyConnected2D,
        AveragePooling2D,
        MaxPooling2D,
        LocalResponseNormalization,
        Dense,
        Flatten,
        Dropout,
        BatchNormalization,
        Shortcut,
        Neurons,
    )
}
