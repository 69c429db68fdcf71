"""Figures of O'Connor & Welling (2016): errors by steps and by additions, additions by ink."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from ...report.plots.canvas import COLOURS, GREY, new_figure
from ...report.tables.grid import Grid

__all__ = ["draw_ink", "draw_steps"]

_DOTS = 2000  # images of a cloud
_FIRES = {"event": "after every spike", "step": "once per step"}


class Plan(Protocol):
    """A `Reproduction`, as far as figures ask."""

    @property
    def hidden(self) -> tuple[int, ...]: ...
    def table(self, table: str) -> Grid:
        """One of its tables."""
        ...

    def result(self, network: tuple[int, str, int], name: str) -> dict[str, Any]:
        """What one of its jobs has found."""
        ...


def draw_steps(plan: Plan) -> tuple[Any, Grid]:
    """Error against steps, and against additions, with the dense network's cost.

    Parameters
    ----------
    plan : Reproduction
        Whose table "steps" is computed.

    Returns
    -------
    axes, grid : matplotlib.axes.Axes, Grid
    """
    grid = plan.table("steps")
    left, right = new_figure((10.0, 4.0)).subplots(1, 2, sharey=True)
    kinds = dict.fromkeys((row["trained"], row["order"]) for row in grid.rows)
    for (trained, order), colour in zip(kinds, COLOURS, strict=False):
        rows = [row for row in grid.rows if (row["trained"], row["order"]) == (trained, order)]
        errors = np.array([[row["error"], row["lowest"], row["highest"]] for row in rows])
        ranges = np.abs(errors[:, 1:] - errors[:, :1]).T
        label = f"{_FIRES[order]}" + (", falling rate" if "falling" in trained else "")
        drawn = {"yerr": ranges, "fmt": "o-", "color": colour, "markersize": 4, "capsize": 2}
        left.errorbar([row["steps"] for row in rows], errors[:, 0], label=label, **drawn)
        right.errorbar([row["additions"] / 1e3 for row in rows], errors[:, 0], **drawn)
    dense = grid.rows[0]["dense"] / 1e3
    right.axvline(dense, color=GREY, linestyle="--")
    right.text(
        dense, 0.98, "multiply-adds of the dense network ", color=GREY, rotation=90,
        transform=right.get_xaxis_transform(), ha="right", va="top",
    )  # fmt: skip
    for ax, label in ((left, "steps"), (right, "additions per image [thousands]")):
        ax.set(xscale="log", yscale="log", xlabel=label)
        ax.spines[["top", "right"]].set_visible(False)
        _plain_ticks(ax.xaxis)
        _plain_ticks(ax.yaxis)
    left.set_ylabel("error [%]")
    left.legend(title="layers fire", frameon=False)
    return left, grid


def draw_ink(plan: Plan) -> tuple[Any, Grid]:
    """Additions of images against the sum of their pixels, with the dense network's cost.

    Parameters
    ----------
    plan : Reproduction
        Whose table "ink" is computed.

    Returns
    -------
    axes, grid : matplotlib.axes.Axes, Grid
    """
    grid, hidden = plan.table("ink"), plan.hidden[0]
    found = plan.result((hidden, "fsgd", 0), "ink")
    ax = new_figure((5.5, 4.0)).subplots()
    ink, additions = np.array(found["ink"])[:_DOTS], np.array(found["additions"])[:_DOTS]
    ax.plot(ink, additions / 1e3, ".", color=COLOURS[5], markersize=2, rasterized=True,
            label="an image")  # fmt: skip
    tenths = [row for row in grid.rows if row["n_images"] > 1]
    ax.plot([row["ink"] for row in tenths], [row["additions"] / 1e3 for row in tenths], "o-",
            color=COLOURS[0], markersize=4, label="mean of a tenth of the images")  # fmt: skip
    ax.plot([0], [found["blank"][0] / 1e3], "s", color=COLOURS[1], clip_on=False,
            label="a blank image")  # fmt: skip
    dense = (784 * hidden + hidden * hidden + hidden * 10) / 1e3
    ax.axhline(dense, color=GREY, linestyle="--")
    ax.text(1.0, dense, "multiply-adds of the dense network", color=GREY, ha="right", va="bottom",
            transform=ax.get_yaxis_transform())  # fmt: skip
    ax.set(xlabel="sum of the pixels", ylabel="additions per image [thousands]")
    ax.set_xlim(left=0)
    ax.set_ylim(bottom=0)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, loc="upper left")
    return ax, grid


def _plain_ticks(axis: Any) -> None:
    """1, 2 and 5 times powers of ten, written as numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axis.set_major_locator(LogLocator(10, (1, 2, 5)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
