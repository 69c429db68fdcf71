"""Layers as inert descriptions, architectures made of them, and networks by name."""

from .types import (
    LAYER_TYPES,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LocallyConnected2D,
    LocalResponseNormalization,
    MaxPooling2D,
    Neurons,
    Shortcut,
)

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
    "Shortcut",
]
