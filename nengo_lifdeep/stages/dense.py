"""Stages whose weights are one array: all to all, or one to one."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import scipy.sparse

from ..layers.layer import Shape
from ..support.arrays.products import product
from ..support.checks.arrays import checked_numbers
from ..support.short_repr import short_repr
from .stage import Stage

__all__ = ["DenseMatrix", "Elementwise"]


@dataclasses.dataclass(frozen=True, eq=False)
class DenseMatrix(Stage):
    """All to all, ``matrix (inputs, outputs)``; the input is flattened row-major.

    Parameters
    ----------
    matrix : (input, output) array of float
        The weights.
    """

    matrix: np.ndarray

    __repr__ = short_repr

    arrays = ("matrix",)

    def _check(self) -> None:
        self._numbers("matrix", (math.prod(self.input_shape), None))

    @property
    def output_shape(self) -> Shape:
        """``(outputs,)``."""
        return (self.matrix.shape[1],)

    def apply(self, x: np.ndarray) -> np.ndarray:
        """The flattened input times the matrix."""
        return product(x.reshape(len(x), -1), self.matrix)

    def to_matrix(self) -> scipy.sparse.csr_array:
        """Its entries that are not zero."""
        return scipy.sparse.csr_array(self.matrix)

    def reached(self, inputs: np.ndarray) -> scipy.sparse.csr_array:
        """Entries of some rows that are not zero."""
        return scipy.sparse.csr_array(self.matrix[inputs] != 0)

    def fan_out(self) -> np.ndarray:
        """Entries of every row that are not zero."""
        return np.count_nonzero(self.matrix, axis=1).astype(np.int64)

    @property
    def work(self) -> int:
        """Entries of the matrix."""
        return self.matrix.size

    @property
    def largest_sum(self) -> float:
        """Largest sum of absolute weights in a column."""
        return float(np.abs(self.matrix).sum(axis=0, dtype=np.float64).max(initial=0.0))

    def scaled(self, factor: float | np.ndarray) -> DenseMatrix:
        """Columns times the factor."""
        return dataclasses.replace(self, matrix=self.matrix * np.asarray(factor, np.float32))


@dataclasses.dataclass(frozen=True, eq=False)
class Elementwise(Stage):
    """One to one, ``weight (channels,)`` per channel: the identity of a residual sum, scaled.

    Parameters
    ----------
    weight : (channel,) array of float
        One weight per channel.
    """

    weight: np.ndarray

    __repr__ = short_repr

    arrays = ("weight",)

    def _check(self) -> None:
        weight = checked_numbers(self.weight, self._what("weight"))
        if weight.size != 1:
            weight = checked_numbers(weight, self._what("weight"), self.input_shape[-1:])
        self._set("weight", weight if weight.ndim == 1 else weight.reshape(1))

    @property
    def output_shape(self) -> Shape:
        """That of the input."""
        return self.input_shape

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Every channel times its weight."""
        return x.reshape(len(x), *self.input_shape) * self.weight

    def to_matrix(self) -> scipy.sparse.csr_array:
        """The weights on the diagonal."""
        weights = np.broadcast_to(self.weight, self.input_shape).ravel()
        return scipy.sparse.dia_array((weights[None], [0]), shape=(weights.size,) * 2).tocsr()

    def paths(self) -> tuple[list[scipy.sparse.csr_array | None], np.ndarray]:
        """Pixels and channels stay; those with a weight of zero do not pass."""
        return [None], np.broadcast_to(self.weight != 0, (1, self.input_shape[-1]))

    @property
    def work(self) -> int:
        """One multiplication per entry."""
        return math.prod(self.output_shape)

    @property
    def largest_sum(self) -> float:
        """Largest absolute weight."""
        return float(np.abs(self.weight).max(initial=0.0))

    def scaled(self, factor: float | np.ndarray) -> Elementwise:
        """Weights times the factor."""
        return dataclasses.replace(self, weight=self.weight * np.asarray(factor, np.float32))
