"""Plots of what networks make of their own answers: reliability, and certainty over a plane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import ValidationError
from ...evaluation.calibration import Reliability
from ...support.checks import shown
from ...support.checks.arrays import checked_array
from .canvas import COLOURS, GREY, axes_or_new, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["class_map", "reliability_diagram"]


def reliability_diagram(
    found: Reliability | Mapping[str, Reliability], ax: Axes | None = None
) -> Axes:
    """Accuracy against probability, bin by bin; what is well calibrated is on the dashed line.

    Parameters
    ----------
    found : Reliability or dict of str to Reliability
        One network, or several with names.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    matplotlib.axes.Axes
        Dots are as large as their bin is full. Below the line a network is too sure of itself.

    Raises
    ------
    ValidationError
        If there is nothing to draw.

    Examples
    --------
    >>> from nengo_lifdeep.evaluation.calibration import reliability
    >>> ax = reliability_diagram(reliability([[0.8, 0.2], [0.4, 0.6]], [0, 0]))
    >>> ax.get_ylabel()
    'right answers [%]'
    """
    named = found if isinstance(found, Mapping) else {"": found}
    if not named or not all(isinstance(each, Reliability) for each in named.values()):
        raise ValidationError(f"found is {shown(found)}; expected a Reliability, or several")
    ax = axes_or_new(ax, (5.0, 4.6))
    ax.plot([0, 100], [0, 100], color=GREY, lw=1, ls="--")
    for i, (name, each) in enumerate(named.items()):
        full = each.counts > 0
        x, y = 100 * each.confidence[full], 100 * each.accuracy[full]
        colour = COLOURS[i % len(COLOURS)]
        error = f"ECE {100 * each.error:.1f} %"
        label = f"{written(name)}, {error}" if name else error
        ax.plot(x, y, color=colour, lw=1.2, label=label, marker="o", markersize=2.5)
        share = each.counts[full] / each.counts.sum()
        ax.scatter(x, y, s=250 * share, color=colour, alpha=0.45, lw=0)
    ax.set(xlabel="probability of the answer [%]", ylabel="right answers [%]",
           xlim=(0, 102), ylim=(0, 102))  # fmt: skip
    ax.legend(frameon=False, loc="lower right", fontsize="small")
    return ax


def class_map(
    probabilities: Any,
    low: tuple[float, float],
    high: tuple[float, float],
    ax: Axes | None = None,
    *,
    points: Any = None,
    labels: Any = None,
) -> Axes:
    """Probability of the second of two classes over a plane; white where it is one half.

    Parameters
    ----------
    probabilities : (row, column) array
        Of a grid; the first row is at ``low``.
    low, high : (float, float)
        Corners of the grid.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.
    points : (point, 2) array, optional
        What was learned from.
    labels : (point,) array of int, optional
        Classes of the points.

    Returns
    -------
    matplotlib.axes.Axes
        The plane, with a line where both classes are equally likely.

    Examples
    --------
    >>> ax = class_map([[0.1, 0.9], [0.2, 0.7]], (0, 0), (1, 1), points=[[0.2, 0.5]], labels=[1])
    >>> len(ax.images)
    1
    """
    shares = checked_array(probabilities, "probabilities", shape=("row", "column"), low=0, high=1)
    if min(shares.shape) < 2:
        raise ValidationError(
            f"probabilities has shape {shares.shape}; expected 2 points or more along each side"
        )
    ax = axes_or_new(ax, (5.0, 4.0))
    extent = (low[0], high[0], low[1], high[1])
    ax.imshow(shares, cmap="RdBu", vmin=0, vmax=1, origin="lower", extent=extent, aspect="auto")
    x, y = (
        np.linspace(first, last, n)
        for first, last, n in zip(low, high, shares.shape[::-1], strict=True)
    )
    if shares.min() < 0.5 < shares.max():
        ax.contour(x, y, shares, levels=[0.5], colors=GREY, linewidths=1)
    if points is not None:
        places = checked_array(points, "points", shape=("point", 2))
        classes = checked_array(
            np.zeros(len(places), int) if labels is None else labels, "labels", kind="whole",
            shape=(len(places),), low=0,
        )  # fmt: skip
        for i, marker in enumerate("os^D"):
            mine = places[classes == i]
            if len(mine):
                ax.plot(*mine.T, marker, color="black", markersize=2.5, mfc="none", mew=0.6)
    return ax
