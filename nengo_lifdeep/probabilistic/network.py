"""A network in the kernel's arrays."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from ..models.probabilistic import ProbabilisticModel
from ..models.raised_cosines import RaisedCosines
from ..support.memory.large_pages import zeros_in_large_pages
from .compiled.arrays import BLOCK, IDLE, RESTED, SLOT, Group, Numbers, Own, Shown, Written
from .compiled.kernels import present

__all__ = ["CompiledNetwork"]

_OF_GROUP = ("n_active", "places", "history", "synapses", "averages")
_OF_OWN = ("history", "synapses", "averages")


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
        bases = model.basis, model.feedback_basis
        self.masks = np.array([2**basis.length - 1 for basis in bases], np.uint64)
        self.digits = np.array([_digit(basis) for basis in bases])
        self.groups = tuple(
            self._group(model.topology[:, first:last]) for first, last in self._parts
        )
        self.own = self._own(len(model.bias) * self.n_values, 1 + model.feedback_basis.n_kernels)
        self.set_weights(model.weights, model.feedback, model.bias)

    def __deepcopy__(self, memo: dict[int, Any]) -> CompiledNetwork:
        other = copy.copy(self)
        other.memory = self.memory.copy()
        other.groups = tuple(_copied(group, (*_OF_GROUP, "trace")) for group in self.groups)
        other.own = _copied(self.own, (*_OF_OWN, "trace"))
        return other

    def _group(self, heard: np.ndarray) -> Group:
        n_blocks = heard.shape[1] * self.n_values
        hearing = np.flatnonzero(heard.any(axis=1))
        first, last = (int(hearing[0]), int(hearing[-1]) + 1) if len(hearing) else (0, 0)
        rows = (last - first) * self.n_values
        hidden = max(0, min(last, self.n_hidden) - first) * self.n_values
        n_columns = n_blocks * self.n_kernels
        missing: list[np.ndarray] = []
        for column in ~heard[first:last].T:
            circuits = np.flatnonzero(column)
            own_rows = circuits[:, None] * self.n_values + np.arange(self.n_values)
            missing += [own_rows.ravel()] * self.n_values
        starts = np.cumsum([0, *map(len, missing)])
        places = np.zeros((4, n_blocks), np.int64)
        places[[BLOCK, SLOT]] = np.arange(n_blocks)
        return Group(
            first_row=first * self.n_values,
            n_active=np.zeros(1, np.int64),
            places=places,
            history=np.zeros(n_blocks, np.uint64),
            trace=np.zeros(n_columns, self.dtype),
            synapses=zeros_in_large_pages((1 + self.learning, rows, n_columns), self.dtype),
            averages=zeros_in_large_pages((3, hidden * self.learning, n_columns), self.dtype),
            missing_from=starts.astype(np.int64),
            missing=np.concatenate([*missing, np.zeros(0, np.int64)]).astype(np.int64),
        )

    def _own(self, rows: int, columns: int) -> Own:
        hidden = self.n_hidden * self.n_values
        trace, synapses, averages = (
            np.zeros((*axes, columns), self.dtype) for axes in ((rows,), (2, rows), (3, hidden))
        )
        trace[:, 0] = 1
        return Own(np.zeros(rows, np.uint64), trace, synapses, averages)

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
        tables = self.table, self.own_table, self.masks, self.digits
        own = *self.groups, self.own, self.memory
        return int(present(*own, *tables, shown, written, numbers, self.n_hidden, self.learning))

    def weights(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Weights, feedback and bias as of a `ProbabilisticModel`, copies."""
        post, pre, n_kernels, n_values, _ = self.shape
        weights = np.zeros((post, pre, n_kernels, n_values, n_values), self.dtype)
        for group, (first, last) in zip(self.groups, self._parts, strict=True):
            rows = group.synapses.shape[1] // n_values
            n_blocks = (last - first) * n_values
            blocks = group.synapses[0].reshape(rows, n_values, n_blocks, n_kernels)
            blocks = blocks[:, :, group.places[SLOT]]
            blocks = blocks.reshape(rows, n_values, last - first, n_values, n_kernels)
            start = group.first_row // n_values
            weights[start : start + rows, first:last] = blocks.transpose(0, 2, 4, 1, 3)
        own = self.own.synapses[0].reshape(post, n_values, -1)
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
            rows, start = group.synapses.shape[1] // n_values, group.first_row // n_values
            part = weights[start : start + rows, first:last].transpose(0, 3, 1, 4, 2)
            columns = part.reshape(rows * n_values, (last - first) * n_values, n_kernels)[
                :, group.places[BLOCK]
            ]
            group.synapses[0] = columns.reshape(group.synapses.shape[1:])
        own = self.own.synapses[0].reshape(post, n_values, -1)
        own[:, :, 0] = bias
        own[:, :, 1:] = feedback.transpose(0, 2, 1)

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that changes, by name; the arrays themselves."""
        found = {"memory": self.memory}
        for number, group in enumerate(self.groups):
            found.update({f"group{number}/{name}": getattr(group, name) for name in _OF_GROUP})
        found.update({f"own/{name}": getattr(self.own, name) for name in _OF_OWN})
        return found

    def check(self) -> None:
        """Raise `ValueError` if arrays that were read hold what the kernel would stumble over."""
        clock = self.memory[2]
        if not np.isfinite(self.memory).all() or (self.memory[:3] < 0).any():
            raise ValueError(f"memory is {self.memory.tolist()}")
        for group in self.groups:
            blocks, places = np.arange(group.places.shape[1]), group.places
            if not np.array_equal(np.sort(places[BLOCK]), blocks):
                raise ValueError("a block has no slot, or two")
            if not np.array_equal(places[SLOT][places[BLOCK]], blocks):
                raise ValueError("blocks are not in their slots")
            if not 0 <= group.n_active[0] <= len(blocks):
                raise ValueError(f"{group.n_active[0]} of {len(blocks)} blocks are active")
            if (places[[IDLE, RESTED]] < 0).any() or (places[RESTED] > clock).any():
                raise ValueError("blocks rest since a change of weights that has not been")
            _check_numbers(group, self.masks[0])
        _check_numbers(self.own, self.masks[1])


def _copied(part: Any, names: tuple[str, ...]) -> Any:
    return part._replace(**{name: getattr(part, name).copy() for name in names})


def _check_numbers(part: Group | Own, mask: Any) -> None:
    if (part.history & ~mask).any():
        raise ValueError("a history is longer than the filters")
    if not (np.isfinite(part.synapses).all() and np.isfinite(part.averages).all()):
        raise ValueError("weights or eligibilities are not finite")


def _digit(basis: RaisedCosines) -> int:
    """Bits that are looked up at once."""
    return basis.length if basis.length <= 10 else 8


def _table(basis: RaisedCosines, dtype: Any) -> np.ndarray:
    """Sums of filters over the bits of each digit, ``(digit, 2 ** bits, kernel)``."""
    bits = _digit(basis)
    n_digits = -(-basis.length // bits)
    values = np.zeros((bits * n_digits, basis.n_kernels))
    values[: basis.length] = basis.values.T
    is_set = (np.arange(2**bits)[:, None] >> np.arange(bits)) & 1
    sums = np.einsum("vb,nbk->nvk", is_set, values.reshape(n_digits, bits, -1))
    return np.ascontiguousarray(sums, dtype)
