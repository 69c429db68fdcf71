"""Plots of networks of theta neurons: branches of their mean field, who is connected, who fires."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import ValidationError
from ...support.checks import checked, instance, optional, shown, whole, word
from ...support.checks.arrays import checked_array
from ...theta import Branch, DegreeClasses, MeanField, adjacency, degrees
from ...theta.graph import edges_of
from .canvas import COLOURS, GREY, axes_or_new, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["bifurcation_diagram", "degree_degree", "rate_by_degree"]

#: largest shift of probability that `degree_degree` colours, as a factor
_MOST = 2.0

_SYMBOLS = {"eta0": r"$\eta_0$", "kappa": r"$\kappa$", "delta": r"$\Delta$"}


def bifurcation_diagram(branches: Branch | Mapping[str, Branch], ax: Axes | None = None) -> Axes:
    """Rates of fixed points against a parameter; stable ones as lines, unstable ones dashed.

    Parameters
    ----------
    branches : Branch or dict of str to Branch
        One, or several with names, of the same parameter.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    matplotlib.axes.Axes
        Folds are dots, Hopf points squares. Rates are in spikes per time constant.

    Raises
    ------
    ValidationError
        If there is no branch, or they are of several parameters.

    Examples
    --------
    >>> from nengo_lifdeep.theta import MeanField, follow
    >>> branch = follow(MeanField.homogeneous(0.0, 1.5, 0.05), "eta0", -1.0)
    >>> len(bifurcation_diagram(branch).lines) > 3
    True
    """
    named = branches if isinstance(branches, Mapping) else {"": branches}
    if not named or not all(isinstance(b, Branch) for b in named.values()):
        raise ValidationError(f"branches is {shown(branches)}; expected a Branch, or several")
    parameters = {branch.parameter for branch in named.values()}
    if len(parameters) > 1:
        raise ValidationError(
            f"branches are of {', '.join(sorted(parameters))}; expected one parameter"
        )
    ax = axes_or_new(ax)
    for i, (name, branch) in enumerate(named.items()):
        colour = COLOURS[i % len(COLOURS)]
        label = written(name) if name else None
        for first, last in _stretches(branch.stable):
            stable = branch.stable[last - 1]
            points = np.column_stack([branch.values, branch.rates])[first:last]
            ends = [_turn(branch, first), points, _turn(branch, last)]  # lines meet there
            ax.plot(
                *np.vstack(ends).T, color=colour, lw=2.0 if stable else 1.2,
                ls="-" if stable else (0, (4, 2.5)), label=label if stable else None,
            )  # fmt: skip
            label = None if stable else label
        ax.plot(*branch.folds[:, :2].T, "o", color=colour, ms=5)
        ax.plot(*branch.hopfs[:, :2].T, "s", color=colour, ms=5)
    ax.set_ylim(bottom=0)
    ax.set_xlabel(_SYMBOLS[parameters.pop()])
    ax.set_ylabel("rate [spikes per time constant]")
    if any(named):
        ax.legend(frameon=False, fontsize="small")
    return ax


def _turn(branch: Branch, after: int) -> NDArray:
    """Where stability changes before a point: the fold or Hopf point, as a row; or the middle."""
    if not 0 < after < len(branch.values):
        return np.empty((0, 2))
    low, high = np.sort(branch.rates[after - 1 : after + 1])
    for found in np.vstack([branch.folds, branch.hopfs[:, :2]]):
        if low <= found[1] <= high:
            return found[None]
    return np.array([[branch.values[after - 1 : after + 1].mean(), (low + high) / 2]])


def _stretches(stable: Any) -> list[tuple[int, int]]:
    ends = [0, *(np.flatnonzero(np.diff(stable.astype(int))) + 1), len(stable)]
    return list(zip(ends[:-1], ends[1:], strict=True))


@checked(send=word("in", "out"), receive=word("in", "out"), bins=whole(2, 200))
def degree_degree(
    graph: Any, send: str, receive: str, ax: Axes | None = None, *, bins: int = 12
) -> Axes:
    """How much more often than by chance neurons of these degrees are connected.

    Parameters
    ----------
    graph : sparse matrix, (neuron, neuron) array or networkx graph
        Rows are receivers and columns senders.
    send, receive : {"in", "out"}
        Which degree of the sending and of the receiving neuron.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.
    bins : int
        Groups of degrees, with equal numbers of edges.

    Returns
    -------
    matplotlib.axes.Axes
        White where edges are as many as degrees alone make likely, blue where fewer, red where
        more, up to half and double.

    Examples
    --------
    >>> from nengo_lifdeep.theta import configuration_model, degree_sequence
    >>> k = degree_sequence(100, 5, 20)
    >>> degree_degree(configuration_model(k, k), "in", "out").get_xlabel()
    'in-degree of the sender'
    """
    matrix = adjacency(graph)
    if matrix.nnz == 0:
        raise ValidationError("graph has no edges to draw; expected at least one")
    ax = axes_or_new(ax, (4.6, 4.0))
    k = dict(zip(("in", "out"), degrees(matrix), strict=True))
    receivers, senders = edges_of(matrix)
    ends = (k[send][senders], k[receive][receivers])
    edges = [np.unique(np.quantile(values, np.linspace(0, 1, bins + 1))) for values in ends]
    edges = [e if len(e) > 1 else np.array([e[0] - 0.5, e[0] + 0.5]) for e in edges]
    counts, *_ = np.histogram2d(*ends, bins=edges)
    chance = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.log2(counts / chance)
    drawn = ax.pcolormesh(
        *edges, np.nan_to_num(shift, neginf=-99, posinf=99).T, cmap="RdBu_r",
        vmin=-np.log2(_MOST), vmax=np.log2(_MOST),
    )  # fmt: skip
    bar = ax.figure.colorbar(drawn, ax=ax, extend="both")
    bar.set_ticks(np.log2([0.5, 0.7, 1, 1.4, 2]).tolist(), labels=["½", "0.7", "1", "1.4", "2"])
    bar.set_label("edges, times those by chance")
    ax.set_xlabel(f"{send}-degree of the sender")
    ax.set_ylabel(f"{receive}-degree of the receiver")
    return ax


@checked(classes=instance(DegreeClasses), field=optional(instance(MeanField)))
def rate_by_degree(
    classes: DegreeClasses,
    rates: ArrayLike,
    field: MeanField | None = None,
    z: ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Rate of neurons against their in-degree: of the network, and of its mean field.

    Parameters
    ----------
    classes : DegreeClasses
        The classes of the network's neurons.
    rates : (neuron,) array_like
        Measured rates, `ThetaRun.rates`.
    field : MeanField, optional
        Whose rates are drawn besides, with its state.
    z : (class,) array_like of complex, optional
        The field's state; its active fixed point by default.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    matplotlib.axes.Axes
        A dot for the median of the neurons of each class, sized by their number; a cross for the
        class in the mean field.
    """
    found = checked_array(rates, "rates", shape=(len(classes.members),), low=0)
    ax = axes_or_new(ax)
    medians = np.array([np.median(found[classes.members == c]) for c in range(classes.n)])
    ax.scatter(
        classes.k_in, medians, s=10 + 2500 * classes.weights / classes.n**0.5, color=COLOURS[0],
        alpha=0.6, lw=0, label="network, median of each class",
    )  # fmt: skip
    if field is not None:
        state = field.fixed_point("active") if z is None else z
        ax.plot(
            classes.k_in, field.rates(state), "x", color=COLOURS[1], ms=5, mew=1.3,
            label="mean field",
        )  # fmt: skip
    ax.axhline(float(found.mean()), color=GREY, lw=0.8, ls=":", zorder=0)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("in-degree (mean rate of all dotted)")
    ax.set_ylabel("rate [spikes per time constant]")
    ax.legend(frameon=False, fontsize="small")
    return ax
