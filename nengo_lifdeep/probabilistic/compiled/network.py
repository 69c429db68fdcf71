"""A network in the kernel's arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...models.probabilistic import ProbabilisticModel
from ...models.raised_cosines import RaisedCosines
from ..rule import Numbers
from .arrays import Group, Own, Shown, Written
from .kernels import present

__all__ = ["CompiledNetwork"]

_OF_GROUP = (
    "n_active", "block_of", "slot_of", "history", "idle", "rested", "weights", "eligibility",
    "numerator", "denominator", "product",
)  # fmt: skip
_OF_OWN = ("history", "weights", "eligibility", "numerator", "denominator", "product")


class CompiledNetwork:
    """A model's numbers and what a rule remembers, for the kernel.

    Parameters
    ----------
    model : ProbabilisticModel
        Where to begin.
    dtype : dtype
        Of weights and eligibilities.
    learning : bool
        Whether it will learn; eligibilities take room.
    """

    def __init__(self, model: ProbabilisticModel, dtype: Any, learning: bool = True) -> None:
        self.dtype, self.learning = np.dtype(dtype), learning
        self.n_values, self.n_kernels = model.n_values, model.basis.n_kernels
        self.n_hidden = model.n_hidden
        self.shape = model.weights.shape
        ends = np.cumsum([0, model.n_inputs, model.n_hidden, model.n_visible])
        self._parts = list(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))
        self.memory = np.zeros(5)
        self.table = _table(model.basis, self.dtype)
        self.own_table = _table(model.feedback_basis, self.dtype)
        self.mask = np.array([_bits(model.basis), _bits(model.feedback_basis)], np.uint64)
        self.groups = tuple(
            self._group(model.topology[:, first:last]) for first, last in self._parts
        )
        self.own = self._own(len(model.bias) * self.n_values, 1 + model.feedback_basis.n_kernels)
        self.set_weights(model.weights, model.feedback, model.bias)

    def _group(self, heard: np.ndarray) -> Group:
        n_blocks = heard.shape[1] * self.n_values
        hearing = np.flatnonzero(heard.any(axis=1))
        first, last = (int(hearing[0]), int(hearing[-1]) + 1) if len(hearing) else (0, 0)
        rows = (last - first) * self.n_values
        hidden = max(0, min(last, self.n_hidden) - first) * self.n_values
        n_columns = n_blocks * self.n_kernels
        kept = rows if self.learning else 0
        missing: list[np.ndarray] = []
        for column in ~heard[first:last].T:
            circuits = np.flatnonzero(column)
            own_rows = circuits[:, None] * self.n_values + np.arange(self.n_values)
            missing += [own_rows.ravel()] * self.n_values
        starts = np.cumsum([0, *map(len, missing)])
        return Group(
            first_row=first * self.n_values,
            n_hidden=hidden,
            n_active=np.zeros(1, np.int64),
            block_of=np.arange(n_blocks),
            slot_of=np.arange(n_blocks),
            history=np.zeros(n_blocks, np.uint64),
            idle=np.zeros(n_blocks, np.int64),
            rested=np.zeros(n_blocks, np.int64),
            trace=np.zeros(n_columns, self.dtype),
            weights=np.zeros((rows, n_columns), self.dtype),
            eligibility=np.zeros((kept, n_columns), self.dtype),
            numerator=np.zeros((min(hidden, kept), n_columns), self.dtype),
            denominator=np.zeros((min(hidden, kept), n_columns), self.dtype),
            product=np.zeros((min(hidden, kept), n_columns), self.dtype),
            missing_from=starts.astype(np.int64),
            missing=np.concatenate([*missing, np.zeros(0, np.int64)]).astype(np.int64),
        )

    def _own(self, rows: int, columns: int) -> Own:
        hidden = self.n_hidden * self.n_values
        zeros = [np.zeros((n, columns), self.dtype) for n in (rows, rows, rows, *[hidden] * 3)]
        zeros[0][:, 0] = 1
        return Own(np.zeros(rows, np.uint64), *zeros)

    def run(self, shown: Shown, written: Written, numbers: Numbers) -> int:
        """Run some steps; how many were.

        Parameters
        ----------
        shown : Shown
            Inputs and clamped values.
        written : Written
            Receives what is emitted.
        numbers : Numbers
            Of the rule.
        """
        arrays = self.groups, self.own, self.memory, self.table, self.own_table, self.mask
        return int(present(*arrays, shown, written, numbers, self.n_hidden, self.learning))

    def weights(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Weights, feedback and bias as of a `ProbabilisticModel`, copies."""
        post, pre, n_kernels, n_values, _ = self.shape
        weights = np.zeros((post, pre, n_kernels, n_values, n_values), self.dtype)
        for group, (first, last) in zip(self.groups, self._parts, strict=True):
            rows = group.weights.shape[0] // n_values
            n_blocks = (last - first) * n_values
            blocks = group.weights.reshape(rows, n_values, n_blocks, n_kernels)
            blocks = blocks[:, :, group.slot_of]
            blocks = blocks.reshape(rows, n_values, last - first, n_values, n_kernels)
            start = group.first_row // n_values
            weights[start : start + rows, first:last] = blocks.transpose(0, 2, 4, 1, 3)
        own = self.own.weights.reshape(post, n_values, -1)
        return weights, own[:, :, 1:].transpose(0, 2, 1).copy(), own[:, :, 0].copy()

    def set_weights(self, weights: np.ndarray, feedback: np.ndarray, bias: np.ndarray) -> None:
        """Replace them; eligibilities and baselines stay.

        Parameters
        ----------
        weights, feedback, bias : array
            As of a `ProbabilisticModel`.
        """
        post, _, n_kernels, n_values, _ = self.shape
        for group, (first, last) in zip(self.groups, self._parts, strict=True):
            rows, start = group.weights.shape[0] // n_values, group.first_row // n_values
            part = weights[start : start + rows, first:last].transpose(0, 3, 1, 4, 2)
            columns = part.reshape(rows * n_values, (last - first) * n_values, n_kernels)[
                :, group.block_of
            ]
            group.weights[...] = columns.reshape(group.weights.shape)
        own = self.own.weights.reshape(post, n_values, -1)
        own[:, :, 0] = bias
        own[:, :, 1:] = feedback.transpose(0, 2, 1)

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that changes, by name; the arrays themselves."""
        found = {"memory": self.memory}
        for number, group in enumerate(self.groups):
            found.update({f"group{number}/{name}": getattr(group, name) for name in _OF_GROUP})
        found.update({f"own/{name}": getattr(self.own, name) for name in _OF_OWN})
        return found


def _bits(basis: RaisedCosines) -> int:
    return 2**basis.length - 1


def _table(basis: RaisedCosines, dtype: Any) -> np.ndarray:
    """Sums of filters over the bits of a byte, ``(byte, 256, kernel)``."""
    n_bytes = -(-basis.length // 8)
    values = np.zeros((8 * n_bytes, basis.n_kernels))
    values[: basis.length] = basis.values.T
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    sums = np.einsum("vb,nbk->nvk", bits, values.reshape(n_bytes, 8, -1))
    return np.ascontiguousarray(sums, dtype)
