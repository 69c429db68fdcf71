"""A directed graph as a sparse matrix, from what users have."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..errors import ValidationError
from ..support.checks import shown
from ..support.checks.arrays import checked_array

__all__ = ["adjacency", "degrees", "edges_of", "simple_graph"]


def adjacency(graph: Any) -> sparse.csr_array:
    """The matrix of a graph: entry (i, j) counts the edges from neuron j to neuron i.

    Parameters
    ----------
    graph : sparse matrix, (neuron, neuron) array_like, or networkx graph
        Rows are receivers and columns senders, as in every weight matrix of Nengo. In NetworkX
        edges go from sender to receiver; undirected ones become one edge in each direction,
        and weights other than 1 are refused.

    Returns
    -------
    scipy.sparse.csr_array
        Of whole numbers, without entries of 0; a graph that is one already is not copied.

    Raises
    ------
    ValidationError
        If it is no square matrix of whole numbers from 0 up, or a graph with weights.

    Examples
    --------
    >>> adjacency([[0, 1], [0, 0]]).nnz
    1
    """
    matrix = _as_matrix(graph)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.shape[0] < 1:
        raise ValidationError(
            f"graph has shape {matrix.shape}; expected a square matrix, (receiver, sender)"
        )
    values = checked_array(matrix.data, "graph", low=0)
    if values.dtype.kind == "f" and np.any(values != np.floor(values)):
        wrong = values[values != np.floor(values)][0]
        raise ValidationError(f"graph has an entry {wrong:g}; expected whole numbers of edges")
    if values.dtype == np.int64 and matrix.has_canonical_format and np.all(values > 0):
        return matrix  # as this function returns it: nobody here changes one
    found = sparse.csr_array(
        (values.astype(np.int64), matrix.indices, matrix.indptr), shape=matrix.shape, copy=True
    )
    found.sum_duplicates()
    found.eliminate_zeros()
    return found


def _as_matrix(graph: Any) -> sparse.csr_array:
    networkx = sys.modules.get("networkx")  # who has such a graph has imported it
    if networkx is not None and isinstance(graph, networkx.Graph):
        if graph.number_of_nodes() == 0:
            raise ValidationError("graph has no nodes; expected at least one")
        for sender, receiver, weight in graph.edges(data="weight", default=1):
            if weight != 1:  # in silence it would be left out
                raise ValidationError(
                    f"graph has an edge from {sender!r} to {receiver!r} of weight {weight!r}; "
                    "edges are counted here. Give a matrix of whole numbers, or remove the weights"
                )
        return sparse.csr_array(networkx.to_scipy_sparse_array(graph, weight=None, format="csc").T)
    if sparse.issparse(graph):
        return sparse.csr_array(graph)
    array = checked_array(graph, "graph", kind="number")
    if array.ndim != 2:
        raise ValidationError(
            f"graph is {shown(graph)}; expected a square matrix, (receiver, sender)"
        )
    native = array.astype(np.int64 if array.dtype.kind in "iu" else float)  # not big-endian
    return sparse.csr_array(native)


def degrees(graph: Any) -> tuple[NDArray, NDArray]:
    """In- and out-degree of every neuron.

    Parameters
    ----------
    graph : sparse matrix, array or networkx graph
        As `adjacency` takes it.

    Returns
    -------
    k_in, k_out : (neuron,) array of int
        Edges that a neuron receives, and that it sends.

    Examples
    --------
    >>> degrees([[0, 1], [0, 0]])
    (array([1, 0]), array([0, 1]))
    """
    matrix = adjacency(graph)
    return np.asarray(matrix.sum(axis=1)).ravel(), np.asarray(matrix.sum(axis=0)).ravel()


def edges_of(matrix: sparse.csr_array) -> tuple[NDArray, NDArray]:
    """Receiver and sender of every edge; several edges between two neurons are several entries.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array
        As `adjacency` returns it.

    Examples
    --------
    >>> edges_of(adjacency([[0, 2], [0, 0]]))
    (array([0, 0], dtype=int32), array([1, 1], dtype=int32))
    """
    rows = np.repeat(np.arange(matrix.shape[0], dtype=np.int32), np.diff(matrix.indptr))
    columns = matrix.indices.astype(np.int32)
    if matrix.nnz and matrix.data.max() > 1:
        rows, columns = np.repeat(rows, matrix.data), np.repeat(columns, matrix.data)
    return rows, columns


def simple_graph(graph: Any) -> sparse.csr_array:
    """`adjacency` of a graph that has no connection of a neuron to itself, and none twice.

    Parameters
    ----------
    graph : sparse matrix, array or networkx graph
        As `adjacency` takes it.

    Raises
    ------
    ValidationError
        If there are such.
    """
    matrix = adjacency(graph)
    if matrix.nnz and matrix.data.max() > 1:
        raise ValidationError(
            f"graph has {matrix.data.max()} edges between two neurons; expected a simple graph, "
            "with one at most"
        )
    loops = int(np.count_nonzero(matrix.diagonal()))
    if loops:
        raise ValidationError(
            f"graph has {loops} connections of neurons to themselves; expected a simple graph, "
            "without"
        )
    return matrix


def from_edges(receivers: NDArray, senders: NDArray, n: int) -> sparse.csr_array:
    """The matrix of a list of edges.

    Parameters
    ----------
    receivers, senders : (edge,) array of int
        Of every edge.
    n : int
        Neurons.
    """
    ones = np.ones(len(receivers), np.int64)
    found = sparse.csr_array(sparse.coo_array((ones, (receivers, senders)), shape=(n, n)))
    found.sum_duplicates()
    return found
