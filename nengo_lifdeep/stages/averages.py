"""The stage that takes means over windows."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import scipy.sparse

from ..layers.layer import Shape
from .windowed import Windowed

__all__ = ["AveragePool"]


@dataclasses.dataclass(frozen=True, eq=False)
class AveragePool(Windowed):
    """Mean over each window, over the pixels inside the image only.

    Parameters
    ----------
    pool_size : (int, int)
        Rows and columns of a window, in pixels.
    """

    pool_size: tuple[int, int]

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
        """Sum over each window, divided by its pixels inside the image."""
        inside = self.patches(np.ones((1, *self.input_shape[:2], 1), x.dtype)).sum(axis=(3, 4))
        return self.patches(x).sum(axis=(3, 4)) / inside

    def to_matrix(self) -> scipy.sparse.csr_array:
        """One over the pixels of a window inside the image, for each of them."""
        channels = self.input_shape[2]
        sources = self.sources(channels)
        rows, cols, *_ = sources.shape
        inside = (sources >= 0).sum(axis=(2, 3), keepdims=True)
        targets = np.arange(rows * cols * channels).reshape(rows, cols, 1, 1, channels)
        return self._between(sources, targets, 1.0 / inside)

    def paths(self) -> tuple[list[scipy.sparse.csr_array | None], np.ndarray]:
        """One place, from every pixel of a window to its mean."""
        return [self.reach()], np.ones((1, self.input_shape[2]), bool)

    @property
    def work(self) -> int:
        """An addition for every entry of every window."""
        return math.prod(self.output_shape) * math.prod(self.pool_size)

    @property
    def largest_sum(self) -> float:
        """One: a mean."""
        return 1.0

    @property
    def is_clipped(self) -> bool:
        """Whether some window reaches over the border."""
        sizes = zip(self.geometry(), self.input_shape[:2], self.window, self.strides, strict=True)
        return any(before or (length - 1) * s + k > n for (length, before), n, k, s in sizes)
