"""Operating points as a table and a picture: error (R2 of values) against latency and energy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...evaluation.points import OperatingPoints
from ...support.words.counted import counted
from ..plots.canvas import COLOURS, GREY, new_figure
from .grid import Column, Grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["operating_table", "pareto_plot"]


def operating_table(found: OperatingPoints, cost: str = "joules") -> Grid:
    """The points that none beats in error and cost, cheapest first; what is recommended is marked.

    Parameters
    ----------
    found : OperatingPoints
        What was tried.
    cost : {"joules", "t_p", "events"}
        What accuracy, or R2, is weighed against.
    """
    columns = (
        Column("mark", ""),
        Column("tau_s_ms", "tau_s [ms]", "g"),
        Column("scale", "rates x", "g"),
        Column("t_c_ms", "t_c [ms]", ".0f"),
        Column("t_p_ms", "t_p [ms]", ".0f"),
        Column("error_percent", "error [%]", ".2f"),
        Column("r2", "R2", ".4f"),
        Column("events", "synaptic events", ",.0f"),
        Column("updates", "neuron updates", ",.0f"),
        Column("microjoules", "energy [µJ]", ",.3g"),
    )
    marked = {found.recommended: "least energy", found.fastest: "fastest"}
    if found.recommended == found.fastest:
        marked = {found.recommended: "least energy, fastest"}
    shown = list(found.front(cost))
    shown += [p for p in marked if p is not None and p not in shown]
    rows = tuple(
        {
            "mark": marked.get(p, ""),
            "tau_s_ms": 1e3 * p.tau_s,
            "scale": p.scale,
            "t_c_ms": 1e3 * p.t_c,
            "t_p_ms": 1e3 * p.t_p,
            **({"r2": p.r2} if found.of_values else {"error_percent": p.error}),
            "events": p.events,
            "updates": p.updates,
            "microjoules": 1e6 * p.joules,
        }
        for p in sorted(shown, key=lambda p: (getattr(p, cost), -p.score))
    )
    rate, least, kept = (
        _shown(found, found.rate_score),
        _shown(found, found.least_score),
        "accuracy",
    )
    words = f"rate network {rate:.2f} %", f"error {least:.2f} % or less"
    if found.of_values:
        words, kept = (f"rate network R2 {rate:.4f}", f"{least:.4f} or more"), "R2"
    notes: tuple[str, ...] = (
        f"{counted(len(found.points), 'point')} tried on {counted(found.n_images, 'image')}; "
        f"{words[0]}. Marked: "
        f"keeps {100 * found.keep:g} % of its {kept} ({words[1]}).",
        f"Energy estimated for {found.device}; times were chosen on these same images.",
    )
    if found.missing:
        notes = (f"Interrupted: {found.missing:,} combinations were not run.", *notes)
    notes = (*notes, *map(str, found.findings))
    return Grid(f"{found.model} on {found.data}: operating points", columns, rows, notes)


def pareto_plot(found: OperatingPoints, axes: Any = None) -> tuple[Axes, Axes]:
    """Error against latency and against energy, with both fronts and the recommended point.

    Of a network that gives values, R2 in place of the error.

    Parameters
    ----------
    found : OperatingPoints
        What was tried.
    axes : pair of matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    tuple of matplotlib.axes.Axes
        Left: latency in ms. Right: energy in µJ, logarithmic. Both share the error axis, which is
        logarithmic if no error is 0.
    """
    left, right = axes if axes is not None else _new_axes()
    scales = sorted({point.scale for point in found.points})
    for ax, cost, factor in ((left, "t_p", 1e3), (right, "joules", 1e6)):
        for scale, colour in zip(scales, _colours(len(scales)), strict=True):
            mine = [p for p in found.points if p.scale == scale]
            xs = [factor * getattr(p, cost) for p in mine]
            label = f"rates x {scale:g}"
            ax.scatter(
                xs,
                [_shown(found, p.score) for p in mine],
                s=14,
                color=colour,
                alpha=0.6,
                label=label,
            )
        front = found.front(cost)
        xs = [factor * getattr(p, cost) for p in front]
        ax.step(
            xs,
            [_shown(found, p.score) for p in front],
            where="post",
            color="black",
            lw=1.2,
            label="front",
        )
        _mark(ax, found, cost, factor, f"least energy with {100 * found.keep:g} %")
        rate, least = _shown(found, found.rate_score), _shown(found, found.least_score)
        reached = f"R2 {rate:.4f}" if found.of_values else f"{rate:.2f} %"
        ax.axhline(rate, color="black", ls="--", lw=1, label=f"rate network, {reached}")
        label = f"{100 * found.keep:g} % of its {'R2' if found.of_values else 'accuracy'}"
        ax.axhline(least, color=GREY, ls=":", lw=1.2, label=label)
    errors = [_shown(found, point.score) for point in found.points]
    if min(errors) > 0 and not found.of_values:  # a logarithm would hide errors of 0
        left.set_yscale("log")
        right.set_yscale("log")
        left.set_yticks(_round_numbers(min(errors), max(errors)))
        left.yaxis.set_minor_formatter("")
    left.yaxis.set_major_formatter("{x:g}")
    left.set_xlabel("presentation time $t_p$ [ms]")
    left.set_ylabel("R2" if found.of_values else "error [%]")
    right.set_xscale("log")
    energies = [1e6 * point.joules for point in found.points]
    right.set_xticks(_round_numbers(min(energies), max(energies)))
    right.xaxis.set_major_formatter("{x:g}")
    right.xaxis.set_minor_formatter("")
    right.set_xlabel(f"energy per image on {found.device} [µJ], estimated")
    right.legend(fontsize=8, frameon=False, loc="lower right" if found.of_values else "upper right")
    title = f"{found.model} on {found.data}"
    if not found.data.endswith(")"):  # a sample names its size
        title += f", {counted(found.n_images, 'image')}"
    left.figure.suptitle(title, fontsize=11)
    return left, right


def _round_numbers(low: float, high: float) -> list[float]:
    """1, 2, 5, 10, ... between two positive numbers and one on either side."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = [digit * 10.0**decade for decade in decades for digit in (1, 2, 5)]
    return [each for each in steps if low / 2.5 < each < high * 2.5]


def _shown(found: OperatingPoints, score: float) -> float:
    """A score as it is shown: the error in percent, or R2 itself."""
    return score if found.of_values else 100 * (1 - score)


def _mark(ax: Axes, found: OperatingPoints, cost: str, factor: float, label: str) -> None:
    point = found.recommended
    if point is None:
        return
    x = factor * getattr(point, cost)
    ax.scatter(
        [x],
        [_shown(found, point.score)],
        s=160,
        marker="*",
        color=COLOURS[1],
        zorder=5,
        label=label,
    )


def _colours(n: int) -> list[str]:
    chosen = (COLOURS[0], COLOURS[5], COLOURS[2], COLOURS[4], COLOURS[3], COLOURS[1])
    return [chosen[i % len(chosen)] for i in range(n)]


def _new_axes() -> Any:
    axes = new_figure((10.0, 4.2)).subplots(1, 2, sharey=True)
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
    return axes
