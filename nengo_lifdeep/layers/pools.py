"""Layers that leave one number of each window."""

from __future__ import annotations

import dataclasses
import math

from ..support.checks import checked, pair, sizes, word
from .layer import Layer, Pair, Shape, require_image
from .windows import window_geometry

__all__ = ["AveragePooling2D", "MaxPooling2D"]


@dataclasses.dataclass(frozen=True)
class Pooling2D(Layer):
    """What AveragePooling2D and MaxPooling2D share: windows of which one number is left."""

    pool_size: Pair = (2, 2)
    strides: Pair = None
    padding: str = "valid"

    stem = "pool"
    allowed = {
        **Layer.allowed,
        "pool_size": pair,
        "strides": pair,
        "padding": word("valid", "same"),
    }

    def __post_init__(self) -> None:
        if self.strides is None:
            object.__setattr__(self, "strides", self.pool_size)
        super().__post_init__()

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        """Windows along rows and columns; channels stay."""
        require_image(self, shape, self.pool_size, self.padding, self.strides)
        rows, cols = (
            window_geometry(n, k, s, self.padding)[0]
            for n, k, s in zip(shape[:2], self.pool_size, self.strides, strict=True)
        )
        return rows, cols, shape[2]

    @checked(shape=sizes)
    def n_pooled(self, shape: Shape) -> int:
        """All entries of the input."""
        return math.prod(shape)

    def describe(self) -> str:
        """Window, step and padding, e.g. ``"AveragePooling2D 2/2 valid"``."""
        return f"{type(self).__name__} {self.pool_size[0]}/{self.strides[0]} {self.padding}"


@dataclasses.dataclass(frozen=True)
class AveragePooling2D(Pooling2D):
    """Mean over windows; with "same" padding over the pixels inside the image only.

    Parameters
    ----------
    pool_size : int or (int, int)
        Rows and columns of a window, in pixels.
    strides : int or (int, int), optional
        Steps between windows, in pixels; by default the size of a window.
    padding : "valid" or "same"
        Whether windows stay inside the image or reach over its border, as in TensorFlow.

    Examples
    --------
    >>> AveragePooling2D(3, 2, padding="same").output_shape((24, 24, 64))
    (12, 12, 64)
    """


@dataclasses.dataclass(frozen=True)
class MaxPooling2D(Pooling2D):
    """Largest value of each window. It trains and runs in rates; there are no spikes for it.

    Parameters
    ----------
    pool_size : int or (int, int)
        Rows and columns of a window, in pixels.
    strides : int or (int, int), optional
        Steps between windows, in pixels; by default the size of a window.
    padding : "valid" or "same"
        Whether windows stay inside the image or reach over its border, as in TensorFlow.

    Examples
    --------
    >>> MaxPooling2D(3, 2, padding="same").output_shape((24, 24, 64))
    (12, 12, 64)
    """

    instead = (
        "train with AveragePooling2D, which is linear and so exact in spikes, or import the model "
        "with max_pooling='average' and fine-tune it"
    )
