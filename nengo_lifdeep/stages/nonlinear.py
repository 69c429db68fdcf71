"""Stages that are not linear: they run at analytic rates, and no spikes compute them."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from ..errors import ValidationError
from ..layers.layer import Shape
from .stage import Stage
from .windowed import Windowed

__all__ = ["NONLINEAR_STAGES", "MaxPool", "ResponseNormalization"]


@dataclasses.dataclass(frozen=True, eq=False)
class MaxPool(Windowed):
    """Largest value of each window, of the pixels inside the image.

    Parameters
    ----------
    input_shape : (row, column, channel)
        Of one image before the stage.
    strides : (int, int)
        Steps between windows, in pixels.
    padding : "valid" or "same"
        As in TensorFlow.
    pool_size : (int, int)
        Rows and columns of a window, in pixels.
    """

    pool_size: tuple[int, int]

    linear = False

    def _check(self) -> None:
        super()._check()
        self._set("pool_size", self._pair("pool_size", self.pool_size))
        self._require_windows()

    @property
    def window(self) -> tuple[int, int]:
        """``pool_size``."""
        return self.pool_size

    @property
    def output_shape(self) -> Shape:
        """Windows along rows and columns; channels stay."""
        (rows, _), (cols, _) = self.geometry()
        return rows, cols, self.input_shape[2]

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Largest value of each window inside the image."""
        x = x.reshape(len(x), *self.input_shape)
        inside = self.patches(np.ones((1, *self.input_shape[:2], 1), x.dtype)) > 0
        return np.where(inside, self.patches(x), -np.inf).max(axis=(3, 4)).astype(x.dtype)


@dataclasses.dataclass(frozen=True, eq=False)
class ResponseNormalization(Stage):
    """``x / (bias + alpha * sum of squares of neighbouring channels) ** beta``.

    Parameters
    ----------
    input_shape : (row, column, channel)
        Of one image before the stage.
    depth_radius : int
        How many channels on each side are neighbours; the channel itself is one too.
    bias, alpha, beta : float
        Dimensionless constants of the formula; ``bias`` is above 0.
    """

    depth_radius: int
    bias: float
    alpha: float
    beta: float

    linear = False
    axes: ClassVar[tuple[int, ...]] = (3,)

    def _check(self) -> None:
        for name in ("depth_radius", "bias", "alpha", "beta"):
            value = getattr(self, name)
            if not (isinstance(value, int | float) and 0 <= value < np.inf):
                raise ValidationError(f"{self._what(name)} is {value!r}; expected a number >= 0")
        if not (isinstance(self.depth_radius, int) and self.bias > 0):
            raise ValidationError(
                f"{self._what('depth_radius')} is {self.depth_radius!r} and bias {self.bias!r}; "
                "expected an integer and a positive number"
            )

    @property
    def output_shape(self) -> Shape:
        """That of the input."""
        return self.input_shape

    def with_inputs(self, factor: float) -> ResponseNormalization:
        """``alpha`` times the square of the factor."""
        return dataclasses.replace(self, alpha=self.alpha * factor**2)

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Sums of squares of neighbours from one running sum, in float64."""
        x = x.reshape(len(x), *self.input_shape)
        radius, channels = self.depth_radius, self.input_shape[-1]
        sums = np.cumsum(np.pad(x.astype(np.float64) ** 2, [(0, 0)] * 3 + [(1, 0)]), axis=-1)
        place = np.arange(channels)
        high = np.minimum(place + radius + 1, channels)
        near = sums[..., high] - sums[..., np.maximum(place - radius, 0)]
        return (x / (self.bias + self.alpha * near) ** self.beta).astype(x.dtype)


NONLINEAR_STAGES: dict[str, type[Stage]] = {
    cls.__name__: cls for cls in (MaxPool, ResponseNormalization)
}
