"""Which neurons are connected: correlations of degrees, and rewiring towards them.

A type is a pair of words: which degree of the sending neuron, and which of the receiving one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..compat.requirements import import_optional
from ..errors import ValidationError
from ..support.checks import checked, real, seed, word
from .graph import adjacency, degrees, edges_of, from_edges, simple_graph

__all__ = ["TYPES", "assortativity", "rewire", "within_neuron_correlation"]

#: the four types: degree of the sender, degree of the receiver
TYPES = (("in", "in"), ("in", "out"), ("out", "in"), ("out", "out"))


@checked(send=word("in", "out"), receive=word("in", "out"))
def assortativity(graph: Any, send: str, receive: str) -> float:
    """Pearson's correlation over all edges of a degree of the sender and one of the receiver.

    Parameters
    ----------
    graph : sparse matrix, (neuron, neuron) array or networkx graph
        Rows are receivers and columns senders.
    send, receive : {"in", "out"}
        Which degree of the sending and of the receiving neuron.

    Returns
    -------
    float
        From -1 to 1.

    Raises
    ------
    ValidationError
        If all senders or all receivers have the same degree; there is no correlation then.

    Examples
    --------
    >>> from nengo_lifdeep.theta import configuration_model, degree_sequence
    >>> k = degree_sequence(200, 5, 40)
    >>> print(abs(assortativity(configuration_model(k, k), "out", "in")) < 0.1)
    True
    """
    return _moments(adjacency(graph), send, receive).correlation


@checked(r=real(-1, 1), send=word("in", "out"), receive=word("in", "out"),
         tolerance=real(above=0), seed=seed)  # fmt: skip
def rewire(
    graph: Any, r: float, send: str, receive: str, *, tolerance: float = 1e-4, seed: int = 0
) -> sparse.csr_array:
    """The graph with an assortativity of ``r``, and every neuron's degrees as they were.

    Two edges drawn at random exchange their targets where this brings the correlation nearer to
    ``r`` and makes neither a connection of a neuron to itself nor a second one between two
    neurons, again and again. Where in- and out-degrees of neurons are independent the other
    three coefficients stay about where they are.

    Parameters
    ----------
    graph : sparse matrix, (neuron, neuron) array or networkx graph
        Without self-connections and multiple edges; rows are receivers and columns senders.
    r : float
        From -1 to 1.
    send, receive : {"in", "out"}
        Which degree of the sending and of the receiving neuron.
    tolerance : float
        How near to ``r`` is enough.
    seed : int
        Seed of the pairs of edges.

    Returns
    -------
    scipy.sparse.csr_array
        A new matrix.

    Raises
    ------
    ValidationError
        If the graph is not simple, or swaps do not get there; the message says how far.
    MissingDependencyError
        If Numba is not installed.

    Examples
    --------
    >>> from nengo_lifdeep.theta import configuration_model, degree_sequence
    >>> k = degree_sequence(200, 5, 40)
    >>> A = rewire(configuration_model(k, k), 0.2, "in", "in")
    >>> print(round(assortativity(A, "in", "in"), 3))
    0.2
    """
    matrix = simple_graph(graph)
    import_optional("numba")
    from .compiled.edges import swap_towards

    found = _moments(matrix, send, receive)
    receivers, senders = edges_of(matrix)
    n, m = matrix.shape[0], len(receivers)
    unit = m * found.deviations
    total = swap_towards(
        receivers, senders, found.a, found.b, n, m * found.means + r * unit, tolerance * unit,
        np.random.default_rng(seed), 20 * m + 10_000,
    )  # fmt: skip
    reached = float((total - m * found.means) / unit)
    if abs(reached - r) > tolerance * (1 + 1e-9):
        raise ValidationError(
            f"r is {r:g} for ({send}, {receive}); exchanges of targets reach {reached:.4f} in "
            "this graph"
        )
    return from_edges(receivers, senders, n)


def within_neuron_correlation(graph: Any) -> float:
    """Pearson's correlation over neurons of their in-degree and out-degree.

    Parameters
    ----------
    graph : sparse matrix, (neuron, neuron) array or networkx graph
        Rows are receivers and columns senders.

    Raises
    ------
    ValidationError
        If all neurons have the same in- or out-degree.

    Examples
    --------
    >>> print(round(within_neuron_correlation([[0, 1, 1], [0, 0, 1], [0, 0, 0]]), 2))
    -1.0
    """
    k_in, k_out = degrees(graph)
    if k_in.min() == k_in.max() or k_out.min() == k_out.max():
        raise ValidationError("all in-degrees or all out-degrees are the same; no correlation")
    return float(np.corrcoef(k_in, k_out)[0, 1])


class _Moments:
    """Degrees of the two ends, and their means and deviations over edges."""

    def __init__(self, a: NDArray, b: NDArray, covariance: float, means: float, deviations: float):
        self.a, self.b = a, b
        self.correlation = covariance / deviations
        self.means, self.deviations = means, deviations


def _moments(matrix: sparse.csr_array, send: str, receive: str) -> _Moments:
    k_in, k_out = (np.asarray(matrix.sum(axis=axis), float).ravel() for axis in (1, 0))
    of = {"in": k_in, "out": k_out}
    a, b = of[send], of[receive]
    m = k_in.sum()
    if m == 0:
        raise ValidationError("graph has no edges; expected at least two")
    mean_a, mean_b = k_out @ a / m, k_in @ b / m  # a neuron sends k_out edges
    spread_a, spread_b = k_out @ (a - mean_a) ** 2 / m, k_in @ (b - mean_b) ** 2 / m
    if min(spread_a, spread_b) <= 1e-24 * max(mean_a, mean_b) ** 2:
        end = "senders" if spread_a <= spread_b else "receivers"
        raise ValidationError(
            f"all {end} have the same {send if end == 'senders' else receive}-degree; there is "
            "no correlation"
        )
    covariance = (b - mean_b) @ (matrix @ (a - mean_a)) / m
    return _Moments(
        a, b, float(covariance), float(mean_a * mean_b), float(np.sqrt(spread_a * spread_b))
    )
