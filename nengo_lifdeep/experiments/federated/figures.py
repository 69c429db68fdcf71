"""Figures of Skatchkovsky et al. (2020): loss against time, and accuracy at fixed rates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np

from ...report.plots.canvas import COLOURS, GREY, new_figure
from ...report.tables.grid import Column, Grid

__all__ = ["draw_loss", "draw_rates"]


class Plan(Protocol):
    """A `Reproduction`, as far as figures ask."""

    @property
    def seeds(self) -> int: ...
    def table(self, table: str) -> Grid:
        """One of its tables."""
        ...

    def schemes(self, table: str) -> Iterable[Any]:
        """How devices learn in one of its tables."""
        ...

    def result(self, scheme: Any, seed: int) -> dict[str, Any]:
        """What one of its jobs has found."""
        ...


def draw_loss(plan: Plan) -> tuple[Any, Grid]:
    """Loss against time for several periods, and apart; means over seeds.

    Parameters
    ----------
    plan : Reproduction
        Whose table "periods" is computed.

    Returns
    -------
    axes, grid : matplotlib.axes.Axes, Grid
    """
    ax = new_figure((6.0, 4.0)).subplots()
    rows: list[dict[str, Any]] = []
    for scheme, colour in zip(plan.schemes("periods"), (GREY, *COLOURS), strict=False):
        curves = np.array([plan.result(scheme, seed)["curve"] for seed in range(plan.seeds)])
        mean = curves.mean(axis=0)
        label = "apart" if scheme.period is None else f"{scheme.period}"
        style = "--" if scheme.period is None else "-"
        ax.plot(mean[:, 0] / 1000, mean[:, 1], style, color=colour, label=label)
        rows += [{"period": scheme.period, "updates": int(n), "loss": float(v)} for n, v in mean]
    ax.set(xlabel="changes of weights [thousands]", ylabel="test loss [nats per step]",
           yscale="log")  # fmt: skip
    ax.legend(title="period", frameon=False)
    ax.spines[["top", "right"]].set_visible(False)
    columns = (Column("period", "period", ",.0f"), Column("updates", "changes of weights", ",.0f"),
               Column("loss", "test loss [nats/step]", ".3f"))  # fmt: skip
    return ax, Grid("Loss against time", columns, tuple(rows), ("devices apart: no period",))


def draw_rates(plan: Plan) -> tuple[Any, Grid]:
    """Accuracy against the period, at fixed rates of filters.

    Parameters
    ----------
    plan : Reproduction
        Whose table "rates" is computed.

    Returns
    -------
    axes, grid : matplotlib.axes.Axes, Grid
    """
    grid = plan.table("rates")
    ax = new_figure((6.0, 4.0)).subplots()
    rates = dict.fromkeys(row["rate"] for row in grid.rows)
    for rate, colour in zip(rates, COLOURS, strict=False):
        rows = [row for row in grid.rows if row["rate"] == rate]
        ax.plot([row["period"] for row in rows], [row["accuracy"] for row in rows], "o-",
                color=colour, label=f"{rate:g}")  # fmt: skip
    ax.set(xscale="log", xlabel="period [changes of weights]", ylabel="accuracy [%]")
    ax.legend(title="filters sent per change", frameon=False)
    ax.spines[["top", "right"]].set_visible(False)
    return ax, grid
