"""Figures of Jang et al. (2020): signed against unsigned input, and accuracy against weights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np

from ...report.plots.canvas import COLOURS, new_figure
from ...report.tables.grid import Column, Grid
from .recipes import Scheme

__all__ = ["draw_inputs", "draw_resources"]


class Plan(Protocol):
    """A `Reproduction`, as far as figures ask."""

    @property
    def seeds(self) -> int: ...
    def table(self, table: str) -> Grid:
        """One of its tables."""
        ...

    def schemes(self, table: str) -> Iterable[Scheme]:
        """Networks of one of its tables."""
        ...

    def result(self, scheme: Scheme, seed: int) -> dict[str, Any]:
        """What one of its jobs has found."""
        ...


def draw_inputs(plan: Plan) -> tuple[Any, Grid]:
    """Accuracy after every epoch of signed and unsigned input: digit and contrast, and digit.

    Parameters
    ----------
    plan : Reproduction
        Whose table "inputs" is computed.

    Returns
    -------
    axes, grid : matplotlib.axes.Axes, Grid
    """
    left, right = new_figure((9.0, 3.8)).subplots(1, 2, sharey=True)
    rows: list[dict[str, Any]] = []
    looks = zip(plan.schemes("inputs"), COLOURS, "os^", (-0.06, 0.06, 0), strict=False)
    for scheme, colour, marker, aside in looks:  # side by side where they are equal
        found = [plan.result(scheme, seed) for seed in range(plan.seeds)]
        for ax, key in ((left, "accuracy"), (right, "digit")):
            values = np.array([each[key] for each in found])
            epochs = 1 + aside + np.arange(values.shape[1])
            ax.plot(epochs, values.T, color=colour, alpha=0.3, linewidth=1)
            ax.plot(epochs, values.mean(axis=0), color=colour, marker=marker, label=scheme.events)
        accuracy, digit = (
            np.mean([each[key] for each in found], axis=0) for key in ("accuracy", "digit")
        )
        rows += [
            {"events": scheme.events, "epoch": i + 1, "accuracy": float(a), "digit": float(d)}
            for i, (a, d) in enumerate(zip(accuracy, digit, strict=True))
        ]
    left.axhline(50, color="0.6", linestyle=":", linewidth=1)
    for ax, title in ((left, "digit and contrast"), (right, "digit alone")):
        ax.set(xlabel="epoch", title=title, ylim=(40, 101))
        ax.set_xticks(sorted({row["epoch"] for row in rows}))
        ax.spines[["top", "right"]].set_visible(False)
    left.set_ylabel("accuracy [%]")
    right.legend(title="events", frameon=False, loc="lower right")
    columns = (Column("events", "events"), Column("epoch", "epoch", ",.0f"),
               Column("accuracy", "digit and contrast [%]", ".1f"),
               Column("digit", "digit [%]", ".1f"))  # fmt: skip
    notes = ("thin: single seeds; dotted: what is possible without the sign",)
    return left, Grid("Signed and unsigned events by epoch", columns, tuple(rows), notes)


def draw_resources(plan: Plan) -> tuple[Any, Grid]:
    """Accuracy against weights, with and without hidden circuits.

    Parameters
    ----------
    plan : Reproduction
        Whose table "resources" is computed.

    Returns
    -------
    axes, grid : matplotlib.axes.Axes, Grid
    """
    grid = plan.table("resources")
    ax = new_figure((6.6, 4.4)).subplots()
    lines: dict[tuple[str, str], list[Any]] = {}
    for row in grid.rows:
        same = [
            r for r in grid.rows if (r["pixels"], r["events"]) == (row["pixels"], row["events"])
        ]
        few = not row["hidden"] and row["n_weights"] < max(r["n_weights"] for r in same) / 2
        words = f"{row['hidden'] or 'no'} hidden" + (", a third of the weights" if few else "")
        lines.setdefault((words, row["events"]), []).append(row)
    hues = dict(zip(dict.fromkeys(words for words, _ in lines), COLOURS, strict=False))
    for (words, events), rows in lines.items():
        y = np.array([[row["accuracy"], row["least"], row["most"]] for row in rows])
        signed = events == "signed"
        ax.errorbar(
            [row["n_weights"] for row in rows], y[:, 0], yerr=np.abs(y[:, 1:] - y[:, :1]).T,
            fmt="o-" if signed else "s--", color=hues[words], markersize=4, capsize=2,
            label=f"{words}; {'two values' if signed else 'one value per sign'}",
        )  # fmt: skip
    ax.set(xscale="log", xlabel="weights", ylabel="digit and contrast [%]")
    ax.legend(frameon=False, fontsize=8)
    ax.spines[["top", "right"]].set_visible(False)
    return ax, grid
