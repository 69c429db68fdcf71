"""Random directed graphs with given degrees: in the mean (Chung-Lu), or exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ..compat.requirements import import_optional
from ..errors import ValidationError
from ..support.checks import checked, seed
from ..support.checks.arrays import checked_array
from .graph import from_edges

__all__ = ["chung_lu", "configuration_model"]

#: probabilities that are drawn at once
_AT_ONCE = 4_000_000


def _pair(k_in: ArrayLike, k_out: ArrayLike) -> tuple[NDArray, NDArray]:
    k_in = checked_array(k_in, "k_in", kind="whole", shape=("neuron",), low=0, dtype=np.int64)
    k_out = checked_array(k_out, "k_out", kind="whole", shape=(len(k_in),), low=0, dtype=np.int64)
    if len(k_in) == 0:
        raise ValidationError("k_in is empty; expected a degree for every neuron")
    if k_in.sum() != k_out.sum():
        raise ValidationError(
            f"k_in adds up to {k_in.sum()} and k_out to {k_out.sum()}; every edge has two ends: "
            "draw one with degree_sequence(..., total=)"
        )
    return k_in, k_out


@checked(seed=seed)
def chung_lu(k_in: ArrayLike, k_out: ArrayLike, seed: int = 0) -> sparse.csr_array:
    """Every pair connected by itself, with a probability in proportion to its degrees.

    The probability is ``k_in k_out / edges`` from neuron j to another neuron i; degrees are as
    given in the mean only.

    Parameters
    ----------
    k_in, k_out : (neuron,) array_like of int
        Degrees, with the same sum.
    seed : int
        Seed of the draws.

    Returns
    -------
    scipy.sparse.csr_array
        Entry (i, j) is 1 for an edge from j to i.

    Raises
    ------
    ValidationError
        If the sums differ, or a probability is above 1.

    Examples
    --------
    >>> chung_lu([5] * 100, [5] * 100).shape
    (100, 100)
    """
    k_in, k_out = _pair(k_in, k_out)
    n, edges = len(k_in), int(k_in.sum())
    if edges and int(k_in.max()) * int(k_out.max()) > edges:
        raise ValidationError(
            f"the largest degrees are {k_in.max()} and {k_out.max()} among {edges} edges, which "
            "is a probability above 1; use configuration_model(...)"
        )
    rng = np.random.default_rng(seed)
    share = k_out / max(edges, 1)
    rows, columns = [], []
    step = max(1, _AT_ONCE // n)
    for start in range(0, n, step):
        block = k_in[start : start + step, np.newaxis] * share
        found = np.nonzero(rng.random(block.shape) < block)
        rows.append(found[0] + start)
        columns.append(found[1])
    receivers, senders = np.concatenate(rows), np.concatenate(columns)
    others = receivers != senders
    return from_edges(receivers[others], senders[others], n)


@checked(seed=seed)
def configuration_model(k_in: ArrayLike, k_out: ArrayLike, seed: int = 0) -> sparse.csr_array:
    """Ends of edges joined at random; the degrees are exact, and the graph simple.

    Connections of neurons to themselves, and second ones between two neurons, exchange their
    targets with random other edges.

    Parameters
    ----------
    k_in, k_out : (neuron,) array_like of int
        Degrees, with the same sum, each smaller than the number of neurons.
    seed : int
        Seed of the draws.

    Returns
    -------
    scipy.sparse.csr_array
        Entry (i, j) is 1 for an edge from j to i.

    Raises
    ------
    ValidationError
        If there is no such graph, or none was found.
    MissingDependencyError
        If Numba is not installed.

    Examples
    --------
    >>> A = configuration_model([5] * 100, [5] * 100)
    >>> print(A.nnz, A.max(), A.sum(axis=1).max())
    500 1 5
    """
    k_in, k_out = _pair(k_in, k_out)
    n = len(k_in)
    for name, k in (("k_in", k_in), ("k_out", k_out)):
        if k.max() >= n:
            raise ValidationError(
                f"{name} holds {k.max()} for {n} neurons; expected at most {n - 1}, as no neuron "
                "is connected to itself or twice to another"
            )
    import_optional("numba")
    from .compiled.edges import repair

    rng = np.random.default_rng(seed)
    neurons = np.arange(n, dtype=np.int32)
    receivers, senders = np.repeat(neurons, k_in), rng.permutation(np.repeat(neurons, k_out))
    left = repair(receivers, senders, n, rng, 100 * n + 10_000)
    if left:
        raise ValidationError(
            f"{left} of {len(receivers)} edges found no place without connecting a neuron to "
            "itself or twice to another; these degrees leave too little room"
        )
    return from_edges(receivers, senders, n)
