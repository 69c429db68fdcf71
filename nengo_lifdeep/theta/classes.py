"""Neurons of like degrees as one class: the coarse-grained wiring, and its few largest parts."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..errors import ValidationError
from ..support.checks import check_fields, checked, real, whole
from ..support.checks.arrays import checked_array
from ..support.short_repr import short_repr
from .graph import adjacency, degrees

__all__ = ["DegreeClasses", "degree_classes"]


@dataclasses.dataclass(frozen=True, eq=False)
class DegreeClasses:
    """A network in which neurons of like in- and out-degree are one.

    Attributes
    ----------
    edges : (class, class) array
        Entry (l, m): edges that a neuron of class l receives from all neurons of class m, in the
        mean.
    members : (neuron,) array of int
        The class of every neuron.
    k_in, k_out : (class,) array
        Mean degrees of the neurons of a class.
    mean_degree : float
        Edges per neuron.
    """

    edges: NDArray
    members: NDArray
    k_in: NDArray
    k_out: NDArray
    mean_degree: float
    __repr__ = short_repr

    def __post_init__(self) -> None:
        for name, shape in (
            ("edges", ("class", "class")), ("members", ("neuron",)), ("k_in", ("class",)),
            ("k_out", ("class",)),
        ):  # fmt: skip
            kind, low = ("whole", 0) if name == "members" else ("real", None)
            value = checked_array(
                getattr(self, name), f"DegreeClasses.{name}", kind=kind, shape=shape, low=low,
                own=True,
            )  # fmt: skip
            object.__setattr__(self, name, value)
        check_fields(self, mean_degree=real(above=0))
        n = len(self.edges)
        if self.edges.shape != (n, n) or len(self.k_in) != n or len(self.k_out) != n:
            raise ValidationError(
                f"DegreeClasses has edges of shape {self.edges.shape}, {len(self.k_in)} k_in and "
                f"{len(self.k_out)} k_out; expected one row, column, and number for every class"
            )
        if set(np.unique(self.members)) != set(range(n)):
            raise ValidationError(
                f"DegreeClasses.members are not the numbers 0 to {n - 1}; every class needs neurons"
            )

    @property
    def n(self) -> int:
        """Number of classes."""
        return len(self.edges)

    @property
    def weights(self) -> NDArray:
        """Share of each class in all neurons."""
        return np.bincount(self.members, minlength=self.n) / len(self.members)

    @property
    def coupling(self) -> NDArray:
        """``edges / mean_degree``."""
        return self.edges / self.mean_degree

    @property
    def singular_values(self) -> NDArray:
        """Of the coupling, from the largest; one counts if wiring is neutral, two if not."""
        return np.linalg.svd(self.coupling, compute_uv=False)

    def means(self, values: Any) -> NDArray:
        """Means over the neurons of each class.

        Parameters
        ----------
        values : (neuron,) array_like
            One number for every neuron.

        Examples
        --------
        >>> from nengo_lifdeep.theta import degree_classes
        >>> degree_classes([[0, 1], [1, 0]], 1).means([1.0, 2.0])
        array([1.5])
        """
        values = checked_array(values, "values", shape=(len(self.members),))
        return np.bincount(self.members, values, self.n) / np.bincount(self.members)


@checked(n=whole(1))
def degree_classes(graph: Any, n: int = 10) -> DegreeClasses:
    """Class neurons by in-degree and out-degree, in ``n`` equally large groups of each.

    Neurons of the same degrees are never parted; classes without neurons are left out.

    Parameters
    ----------
    graph : sparse matrix, (neuron, neuron) array or networkx graph
        Rows are receivers and columns senders.
    n : int
        Groups of in-degrees, and of out-degrees; at most ``n * n`` classes.

    Returns
    -------
    DegreeClasses

    Raises
    ------
    ValidationError
        If the graph has no edges.

    Examples
    --------
    >>> from nengo_lifdeep.theta import configuration_model, degree_sequence
    >>> k = degree_sequence(500, 20, 80)
    >>> print(degree_classes(configuration_model(k, k), 4).coupling.sum(axis=1).round(2).max() > 1)
    True
    """
    matrix = adjacency(graph)
    k_in, k_out = degrees(matrix)
    if not matrix.nnz:
        raise ValidationError("graph has no edges; expected at least one")
    label = _groups(k_in, n) * n + _groups(k_out, n)
    kept, members = np.unique(label, return_inverse=True)
    members = members.reshape(-1)
    size = np.bincount(members)
    marks = sparse.csr_array(
        (np.ones(len(members)), (np.arange(len(members)), members)), shape=(len(members), len(kept))
    )
    edges = (marks.T @ (matrix.astype(float) @ marks)).toarray() / size[:, None]
    of_in, of_out = (np.bincount(members, k) / size for k in (k_in, k_out))
    return DegreeClasses(edges, members, of_in, of_out, float(k_in.mean()))


def _groups(k: NDArray, n: int) -> NDArray:
    inner = np.unique(np.quantile(k, np.arange(1, n) / n))
    return np.searchsorted(inner, k, side="right")
