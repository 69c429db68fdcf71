"""Plots of sweeps: one result against one parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .canvas import COLOURS, axes_or_new, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_rows"]


def plot_rows(
    rows: Sequence[Mapping[str, Any]], x: str, y: str, by: str | None = None, ax: Axes | None = None
) -> Axes:
    """A line through the means at every ``x``, with their standard deviation where there is one.

    Parameters
    ----------
    rows : sequence of dict
        Of a sweep; rows without ``x`` or ``y`` are left out.
    x, y : str
        Names of numbers.
    by : str, optional
        One line for each value of it.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    matplotlib.axes.Axes
        The parameter, and the result.

    Examples
    --------
    >>> rows = [{"t": t, "seed": s, "error": t + s} for t in (1, 2) for s in (0, 2)]
    >>> plot_rows(rows, "t", "error").lines[0].get_ydata().tolist()
    [2.0, 3.0]
    """
    ax = axes_or_new(ax)
    known = [row for row in rows if row.get(x) is not None and row.get(y) is not None]
    lines = dict.fromkeys(row.get(by) if by else None for row in known)
    for i, line in enumerate(lines):
        mine = [row for row in known if by is None or row.get(by) == line]
        places = sorted({float(row[x]) for row in mine})
        found = [[float(row[y]) for row in mine if float(row[x]) == place] for place in places]
        means = [float(np.mean(values)) for values in found]
        spread = [float(np.std(v, ddof=1)) if len(v) > 1 else 0.0 for v in found]
        label = None if by is None else written(f"{by} = {line}")
        colour, style = COLOURS[i % len(COLOURS)], "-" if i < len(COLOURS) else "--"
        ax.errorbar(
            places, means, yerr=spread if any(spread) else None, color=colour, label=label,
            marker="o", markersize=4, capsize=3, linestyle=style,
        )  # fmt: skip
    ax.set_xlabel(written(x))
    ax.set_ylabel(written(y))
    if by is not None and lines:
        ax.legend(frameon=False)
    return ax
