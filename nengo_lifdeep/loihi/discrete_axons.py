"""A matrix on the chip: an axon per input neuron; equal rows of a core are stored once.

The counts follow nengo-loihi 1.1 (``builder/connection.py``, ``builder/split_blocks.py``).
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import scipy.sparse

from .cut import Core, Cut, neurons_of
from .memory import total_bits, weight_bits

__all__ = ["DiscreteAxons"]


class DiscreteAxons:
    """A dense or sparse matrix on the chip.

    Parameters
    ----------
    matrix : (inputs, outputs) array or scipy.sparse array
        Rows of a sparse one hold what is connected.
    bits : int
        Bits per weight.
    """

    #: output slots per axon
    slots = 1

    def __init__(self, matrix: Any, bits: int = 8) -> None:
        self.matrix, self.bits = matrix, bits
        self.is_sparse = scipy.sparse.issparse(matrix)
        self.n_sources = matrix.shape[0]
        self._columns: Any = matrix.tocsc() if self.is_sparse else None
        self._reach: dict[Cut, np.ndarray] = {}

    def use(self, cut: Cut, core: Core, exact: bool = True) -> tuple[int, int]:
        """Input axons and synapse bits of one core; ``exact`` as for `PopulationAxons.use`.

        Parameters
        ----------
        cut : Cut
            The cut of a population into cores.
        core : Core
            One core of the cut.
        exact : bool
            Whether equal weights are found among the channels of the core.
        """
        if self.is_sparse:
            return self._use_sparse(cut, core)
        per_row = weight_bits(core.n_neurons, 0, self.bits)
        if cut.n_cores == 1:
            return self.n_sources, self.n_sources * per_row
        n_rows = self._n_distinct
        if exact:
            n_rows = _n_distinct_rows(self.matrix[:, neurons_of(cut, core)])
        return self.n_sources, n_rows * per_row

    def _use_sparse(self, cut: Cut, core: Core) -> tuple[int, int]:
        part = self._part(cut, core)
        lengths = np.diff(part.indptr)
        if cut.n_cores == 1:
            return self.n_sources, total_bits(lengths, 0, self.bits)
        kept = np.flatnonzero(lengths)
        return len(kept), total_bits(lengths[_first_of_equal(part, kept)], 0, self.bits)

    def out_axons(self, core: Core, source: Cut, cut: Cut) -> int:
        """Output slots of a core of the previous population, for the cut of the next one.

        Parameters
        ----------
        core : Core
            A core of the source.
        source : Cut
            The cut of the population that drives it.
        cut : Cut
            The cut of a population into cores.
        """
        if cut.n_cores == 1 or not self.is_sparse:
            return core.n_neurons * cut.n_cores
        return int(self._reached(cut)[neurons_of(source, core)].sum())

    def deliveries(self, cut: Cut) -> float:
        """Cores that a spike reaches, on average over the neurons before it.

        Parameters
        ----------
        cut : Cut
            The cut of a population into cores.
        """
        if not self.is_sparse:
            return float(cut.n_cores)
        return float(self._reached(cut).mean())

    def synapses(self, cut: Cut, core: Core) -> np.ndarray:
        """Synapses of a core that every neuron before it reaches, ``(sources,)``.

        Those that nengo-loihi stores: of a dense matrix all, of a sparse one its entries.

        Parameters
        ----------
        cut : Cut
            The cut of a population into cores.
        core : Core
            One core of the cut.
        """
        if not self.is_sparse:
            return np.full(self.n_sources, core.n_neurons, np.int64)
        return np.diff(self._part(cut, core).indptr).astype(np.int64)

    def weights(self, cut: Cut, core: Core) -> np.ndarray:
        """All weights into a core, ``(sources, neurons)``; zeros where nothing is connected.

        Parameters
        ----------
        cut : Cut
            The cut of a population into cores.
        core : Core
            One core of the cut.
        """
        if not self.is_sparse:
            return self.matrix[:, neurons_of(cut, core)]
        part = self._part(cut, core)
        return part[np.flatnonzero(np.diff(part.indptr))].toarray()

    @functools.cached_property
    def _n_distinct(self) -> int:
        return _n_distinct_rows(self.matrix)

    def _part(self, cut: Cut, core: Core) -> scipy.sparse.csr_array:
        part = self._columns[:, neurons_of(cut, core)].tocsr()
        part.sort_indices()
        return part

    def _reached(self, cut: Cut) -> np.ndarray:
        """``(sources,)`` the number of target cores that each source reaches."""
        if cut not in self._reach:
            parts = (self._columns[:, neurons_of(cut, core)].tocsr() for core in cut.cores())
            self._reach[cut] = sum((np.diff(part.indptr) > 0).astype(np.int64) for part in parts)
        return self._reach[cut]


def _n_distinct_rows(matrix: np.ndarray) -> int:
    return len({row.tobytes() for row in np.ascontiguousarray(matrix)})


def _first_of_equal(part: scipy.sparse.csr_array, rows: np.ndarray) -> np.ndarray:
    """Those of ``rows`` that are not equal to one before."""
    seen: dict[bytes, int] = {}
    for row in rows:
        span = slice(part.indptr[row], part.indptr[row + 1])
        name = part.data[span].tobytes() + b"|" + part.indices[span].tobytes()
        seen.setdefault(name, row)
    return np.array(list(seen.values()), dtype=np.int64)
