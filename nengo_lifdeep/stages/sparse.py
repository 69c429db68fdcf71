"""Any linear map, entry by entry."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import scipy.sparse

from ..errors import ValidationError
from ..layers.layer import Shape
from ..support.checks import checked_shape
from ..support.checks.arrays import checked_indices
from ..support.short_repr import short_repr
from .stage import Stage

__all__ = ["SparseMatrix", "product_up_to"]


@dataclasses.dataclass(frozen=True, eq=False)
class SparseMatrix(Stage):
    """Any linear map, entry by entry: what several stages in a row are when they are one.

    ``data[starts[i]:starts[i + 1]]`` are the weights of flat input ``i``, ``targets`` the flat
    outputs they go to (compressed sparse rows).

    Parameters
    ----------
    outputs : tuple of int
        Shape of the output, without the batch.
    starts : (inputs + 1,) array of int
        Where the weights of each input begin.
    targets : (weights,) array of int
        Flat output of each weight.
    data : (weights,) array of float
        The weights.
    """

    outputs: Shape
    starts: np.ndarray
    targets: np.ndarray
    data: np.ndarray

    __repr__ = short_repr

    arrays = ("starts", "targets", "data")

    def _check(self) -> None:
        self._set("outputs", checked_shape(self.outputs, self._what("outputs")))
        data = self._numbers("data", (None,))
        starts = checked_indices(self.starts, self._what("starts"), 0, len(data))
        last = math.prod(self.outputs) - 1
        targets = checked_indices(self.targets, self._what("targets"), 0, last)
        if len(targets) != len(data):
            raise ValidationError(
                f"{self._what('targets')} are {len(targets)}; expected one for each of the "
                f"{len(data)} weights"
            )
        inputs = math.prod(self.input_shape)
        if len(starts) != inputs + 1 or starts[0] != 0 or starts[-1] != len(data):
            raise ValidationError(
                f"{self._what('starts')} are {len(starts)}, from {starts[:1]} to {starts[-1:]}; "
                f"expected {inputs + 1}, from 0 to the {len(data)} weights"
            )
        if (np.diff(starts) < 0).any():
            raise ValidationError(
                f"{self._what('starts')} go down; expected each >= the one before"
            )
        self._set("starts", starts)
        self._set("targets", targets)

    @classmethod
    def of(cls, matrix: Any, input_shape: Shape, outputs: Shape) -> SparseMatrix:
        """From a `scipy.sparse` array ``(inputs, outputs)``.

        Parameters
        ----------
        matrix : scipy.sparse array of shape (inputs, outputs)
            The weights.
        input_shape : tuple of int
            Shape of the input, without the batch.
        outputs : tuple of int
            Shape of the output, without the batch.
        """
        rows = matrix.tocsr()
        rows.sort_indices()
        return cls(input_shape, outputs, rows.indptr, rows.indices, rows.data.astype(np.float32))

    @property
    def output_shape(self) -> Shape:
        """``outputs``."""
        return self.outputs

    @property
    def matrix(self) -> scipy.sparse.csr_array:
        """``(inputs, outputs)``."""
        shape = (math.prod(self.input_shape), math.prod(self.outputs))
        return scipy.sparse.csr_array((self.data, self.targets, self.starts), shape=shape)

    def apply(self, x: np.ndarray) -> np.ndarray:
        """The flattened input times the matrix."""
        return (x.reshape(len(x), -1) @ self.matrix).reshape(len(x), *self.outputs)

    def to_matrix(self) -> scipy.sparse.csr_array:
        """`matrix`."""
        return self.matrix

    def reached(self, inputs: np.ndarray) -> scipy.sparse.csr_array:
        """Weights of some rows that are not zero."""
        rows = self.matrix[inputs].astype(bool)
        rows.sum_duplicates()
        rows.eliminate_zeros()
        return rows

    def fan_out(self) -> np.ndarray:
        """Weights of every row that are not zero."""
        before = np.concatenate([[0], np.cumsum(self.data != 0)])
        return np.diff(before[self.starts]).astype(np.int64)

    @property
    def work(self) -> int:
        """Its weights."""
        return self.data.size

    @property
    def largest_sum(self) -> float:
        """Largest sum of absolute weights into an output."""
        sums = np.bincount(self.targets, np.abs(self.data.astype(float)))
        return float(sums.max(initial=0.0))

    def scaled(self, factor: float | np.ndarray) -> SparseMatrix:
        """Weights times the factor of the channel they go to."""
        each = np.broadcast_to(np.asarray(factor, np.float32), self.outputs[-1:])
        own = each[self.targets % len(each)]
        return dataclasses.replace(self, data=self.data * own)


def product_up_to(stages: tuple[Stage, ...], most: int) -> scipy.sparse.csr_array | None:
    """The matrix of stages in a row; None if one on the way had more than ``most`` entries.

    Parameters
    ----------
    stages : tuple of Stage
        Linear ones, in order.
    most : int
        Largest number of entries of a matrix.
    """
    product: Any = None
    for stage in stages:
        if stage.work > most:
            return None
        matrix = stage.to_matrix()
        if product is not None:
            before = np.bincount(product.indices, minlength=matrix.shape[0])
            if int(before @ np.diff(matrix.indptr)) > most:
                return None
            matrix = (product @ matrix).tocsr()
        product = matrix
    return product
