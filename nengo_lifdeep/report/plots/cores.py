"""A picture of the chips: which layer is on which core, and how full each core is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...loihi.plan import Plan
from ...support.words.counted import counted
from .canvas import COLOURS, GREY, axes_or_new, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["core_map"]

#: cores of a chip in a row of the picture; nothing is meant by who is next to whom
_COLUMNS = 16


def core_map(plan: Plan, ax: Axes | None = None) -> Axes:
    """Every core as a box, in the colour of its layer, filled as far as its scarcest resource.

    Cores are taken chip by chip in nengo-loihi's order (its greedy allocator).

    Parameters
    ----------
    plan : Plan
        With at least one layer that could be cut.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    """
    per_chip = plan.board.cores_per_chip
    rows = -(-per_chip // _COLUMNS)
    n_chips = max(plan.n_chips, 1)
    shown = -(-plan.n_cores // _COLUMNS) if n_chips == 1 else rows
    height = 0.36 * n_chips * (shown + 1) + 1.2
    ax = axes_or_new(ax, (7.0, height))
    from matplotlib.patches import Rectangle

    def box(number: int) -> tuple[float, float]:
        chip, core = divmod(number, per_chip)
        row, column = divmod(core, _COLUMNS)
        return float(column), float(chip * (rows + 1) + row)

    number = 0
    for i, layer in enumerate(each for each in plan.layers if each.cut is not None):
        colour = COLOURS[i % len(COLOURS)]
        for use in layer.cores:
            x, y = box(number)
            full = min(max(use.fullness().values()), 1.0)
            ax.add_patch(Rectangle((x, y), 0.9, 0.9, facecolor="none", edgecolor=colour, lw=0.8))
            ax.add_patch(Rectangle((x, y + 0.9 * (1 - full)), 0.9, 0.9 * full, facecolor=colour))
            number += 1
        label = f"{written(layer.name)}: {counted(len(layer.cores), 'core')}"
        ax.add_patch(Rectangle((0, 0), 0, 0, facecolor=colour, label=label))
    for free in range(number, n_chips * per_chip if n_chips > 1 else shown * _COLUMNS):
        x, y = box(free)
        ax.add_patch(Rectangle((x, y), 0.9, 0.9, facecolor="none", edgecolor=GREY, lw=0.3))
    for chip in range(n_chips):
        y = chip * (rows + 1) + shown / 2
        ax.text(-0.4, y, f"chip {chip + 1}", rotation=90, ha="right", va="center", fontsize=9)
    ax.set_xlim(-1.2, _COLUMNS + 0.1)
    ax.set_ylim((n_chips - 1) * (rows + 1) + shown + 0.2, -0.3)
    ax.set_aspect("equal")
    ax.axis("off")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=3, frameon=False, fontsize=9)
    ax.set_title(
        f"{written(plan.model.name)}: {plan.extent}\n"
        "boxes are filled as far as the core's scarcest resource",
        fontsize=10,
    )
    return ax
