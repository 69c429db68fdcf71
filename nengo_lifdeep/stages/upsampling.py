"""The stage that enlarges an image."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import scipy.sparse

from ..errors import ValidationError
from ..layers.layer import Shape
from ..support.arrays.products import product
from ..support.checks import MOST_UNITS, whole_numbers
from .stage import Stage

__all__ = ["Upsample"]


@dataclasses.dataclass(frozen=True, eq=False)
class Upsample(Stage):
    """Every pixel several times, or values on a line between the centres of pixels.

    Parameters
    ----------
    size : (int, int)
        How many times as many rows and columns.
    interpolation : {"nearest", "bilinear"}
        As in Keras: of "bilinear", pixels have their values at their centres.

    Examples
    --------
    >>> Upsample((1, 2, 1), (1, 2), "bilinear").apply(np.array([[[[0.0], [4.0]]]])).ravel()
    array([0., 1., 3., 4.])
    """

    size: tuple[int, int]
    interpolation: str

    axes = (3,)

    def _check(self) -> None:
        size = whole_numbers(self.size, self._what("size"))
        if len(size) != 2 or not all(0 < n <= MOST_UNITS for n in size):
            raise ValidationError(f"{self._what('size')} is {size}; expected two numbers >= 1")
        self._set("size", size)
        if self.interpolation not in ("nearest", "bilinear"):
            raise ValidationError(
                f"{self._what('interpolation')} is {self.interpolation!r}; expected 'nearest' or "
                "'bilinear'"
            )

    @property
    def output_shape(self) -> Shape:
        """``size`` times the rows and columns; channels stay."""
        rows, cols, channels = self.input_shape
        return rows * self.size[0], cols * self.size[1], channels

    def along(self, axis: int) -> np.ndarray:
        """Weights ``(pixel before, pixel after)`` along rows or columns.

        Parameters
        ----------
        axis : {0, 1}
            Rows, or columns.
        """
        n, times = self.input_shape[axis], self.size[axis]
        after = np.arange(n * times)
        weights = np.zeros((n, n * times), np.float32)
        if self.interpolation == "nearest":
            weights[after // times, after] = 1
            return weights
        place = (after + 0.5) / times - 0.5
        low = np.floor(place).astype(int)
        share = place - low
        np.add.at(weights, (np.maximum(low, 0), after), 1 - share)
        np.add.at(weights, (np.minimum(low + 1, n - 1), after), share)
        return weights

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Every pixel several times, or rows and columns weighed by `along`."""
        x = x.reshape(len(x), *self.input_shape)
        if self.interpolation == "nearest":
            return x.repeat(self.size[0], axis=1).repeat(self.size[1], axis=2)
        rows, cols = (self.along(axis).astype(x.dtype) for axis in (0, 1))
        taller = np.moveaxis(product(np.moveaxis(x, 1, -1), rows), -1, 1)
        return np.moveaxis(product(np.moveaxis(taller, 2, -1), cols), -1, 2)

    def to_matrix(self) -> scipy.sparse.csr_array:
        """`along` the rows times `along` the columns, for each channel."""
        rows, cols = (scipy.sparse.csr_array(self.along(axis)) for axis in (0, 1))
        channels = scipy.sparse.identity(self.input_shape[2], np.float32)
        matrix = scipy.sparse.csr_array(scipy.sparse.kron(scipy.sparse.kron(rows, cols), channels))
        matrix.eliminate_zeros()
        return matrix

    def paths(self) -> tuple[list[scipy.sparse.csr_array | None], np.ndarray]:
        """One place, from every pixel to those that it is a part of."""
        one = Upsample((*self.input_shape[:2], 1), self.size, self.interpolation)
        return [one.to_matrix().astype(bool)], np.ones((1, self.input_shape[2]), bool)

    @property
    def work(self) -> int:
        """Entries of the matrix."""
        axes = (np.count_nonzero(self.along(axis)) for axis in (0, 1))
        return math.prod(axes) * self.input_shape[2]

    @property
    def largest_sum(self) -> float:
        """One: every value is a mean."""
        return 1.0
