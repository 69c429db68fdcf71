"""Where spikes go on the chip: rows of synapses, and the same rows as runs for the kernel."""

from __future__ import annotations

import dataclasses
import functools
from typing import NamedTuple

import numpy as np

from ...errors import ValidationError
from ...support.checks import MOST_UNITS
from ...support.checks.arrays import checked_indices
from ...support.short_repr import short_repr

__all__ = ["Rows", "Runs"]


class Runs(NamedTuple):
    """Rows of synapses as runs of neighbouring compartments, for the compiled kernel.

    Equal runs of weights are kept once: those of a convolution are the same at all places inside
    of the image, so that its kernel stays in the cache.

    Attributes
    ----------
    rows : (n_sources + 1,) array of int64
        Source ``i`` has the runs ``rows[i]:rows[i + 1]``.
    targets : (run,) array of int32
        First compartment of each run.
    begins : (run,) array of int64
        Where the weights of each run begin.
    lengths : (run,) array of int64
        Number of compartments of each run.
    weights : (number,) array of int32
        The weights of all different runs.
    """

    rows: np.ndarray
    targets: np.ndarray
    begins: np.ndarray
    lengths: np.ndarray
    weights: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class Rows:
    """Where the spikes of some sources go: row ``i`` is ``starts[i]:starts[i + 1]``.

    A row is a few runs of neighbouring compartments: all filters of a pixel.

    Attributes
    ----------
    starts : (n + 1,) array of int64
    targets : (entries,) array of int32
        Compartments of the whole chip.
    weights : (entries,) array of int32
    """

    starts: np.ndarray
    targets: np.ndarray
    weights: np.ndarray

    __repr__ = short_repr

    def __post_init__(self) -> None:
        n = len(self.weights)
        starts = checked_indices(self.starts, "starts of rows", 0, n).astype(np.int64)
        targets = checked_indices(self.targets, "targets of rows", 0, MOST_UNITS)
        if len(targets) != n or not len(starts) or starts[0] != 0 or starts[-1] != n:
            raise ValidationError(
                f"rows of {n} weights have {len(targets)} targets and starts from {starts[:1]} to "
                f"{starts[-1:]}; expected as many targets as weights, and starts from 0 to {n}"
            )
        if (np.diff(starts) < 0).any():
            raise ValidationError("starts of rows go down; expected each >= the one before")
        object.__setattr__(self, "starts", starts)
        object.__setattr__(self, "targets", targets)

    @classmethod
    def of(
        cls, sources: np.ndarray, targets: np.ndarray, weights: np.ndarray, n_sources: int
    ) -> Rows:
        """Synapses in any order, as rows.

        Where a source reaches a compartment twice, as through a residual sum, its two weights
        become their sum: charge is a sum of integers.

        Parameters
        ----------
        sources, targets : (synapse,) arrays of int
            Where each synapse comes from and leads to.
        weights : (synapse,) array of int
            Their weights.
        n_sources : int
            Number of rows.
        """
        order = np.lexsort((targets, sources))
        sources, targets, weights = sources[order], targets[order], weights[order]
        new = np.ones(len(sources), bool)
        new[1:] = (np.diff(sources) != 0) | (np.diff(targets) != 0)
        at = np.flatnonzero(new)
        sums = np.add.reduceat(weights, at) if len(at) else weights
        starts = np.searchsorted(sources[at], np.arange(n_sources + 1))
        return cls(starts, targets[at].astype(np.int32), sums.astype(np.int32))

    @functools.cached_property
    def runs(self) -> Runs:
        """The rows as runs."""
        n = len(self.targets)
        broken = np.diff(self.targets) != 1
        between = self.starts[(self.starts > 0) & (self.starts < n)]
        broken[between - 1] = True
        ends = np.append(np.flatnonzero(broken) + 1, n) if n else np.zeros(0, int)
        firsts = np.concatenate([[0], ends[:-1]]) if n else ends
        rows = np.searchsorted(firsts, self.starts)
        lengths = ends - firsts
        begins, weights = _shared(self.weights, firsts, lengths)
        return Runs(rows, self.targets[firsts], begins, lengths, weights)


def _shared(
    weights: np.ndarray, firsts: np.ndarray, lengths: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where each run begins among the different ones, and those, one after the other."""
    begins = np.empty(len(firsts), np.int64)
    kept, n = [np.zeros(0, np.int32)], 0
    for length in np.unique(lengths):
        here = np.flatnonzero(lengths == length)
        whole = np.ascontiguousarray(weights[firsts[here, np.newaxis] + np.arange(length)])
        as_one = whole.view(np.dtype((np.void, whole.itemsize * int(length)))).ravel()
        _, first, which = np.unique(as_one, return_index=True, return_inverse=True)
        begins[here] = n + length * which
        kept.append(whole[first].ravel())
        n += length * len(first)
    return begins, np.concatenate(kept)
