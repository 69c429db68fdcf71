"""Every type of layer by its name, as files store it.

Shapes are per image, images are ``(row, column, channel)``. Nothing here computes; the
numbers live in `nengo_lifdeep.models`, the arithmetic in `nengo_lifdeep.stages`.
"""

from __future__ import annotations

from .convolutions import Conv2D, Conv2DTranspose, LocallyConnected2D
from .dense import Dense, Dropout, Flatten
from .joins import Branch, Concatenate, Shortcut
from .layer import Layer, Pair, Shape
from .neurons import Neurons
from .normalizations import BatchNormalization, LocalResponseNormalization, Scale
from .pools import AveragePooling2D, MaxPooling2D
from .resizing import Cropping2D, UpSampling2D, ZeroPadding2D

__all__ = [
    "LAYER_TYPES",
    "AveragePooling2D",
    "BatchNormalization",
    "Branch",
    "Concatenate",
    "Conv2D",
    "Conv2DTranspose",
    "Cropping2D",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "LocalResponseNormalization",
    "LocallyConnected2D",
    "MaxPooling2D",
    "Neurons",
    "Pair",
    "Scale",
    "Shape",
    "Shortcut",
    "UpSampling2D",
    "ZeroPadding2D",
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
        Branch,
        Concatenate,
        Scale,
        ZeroPadding2D,
        Cropping2D,
        UpSampling2D,
        Conv2DTranspose,
    )
}
