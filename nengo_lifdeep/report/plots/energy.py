"""Plots of cost: operations of every layer, and energy on several devices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...energy import DEVICES, Counts
from ...errors import ValidationError
from ...support.words.counted import counted
from .canvas import COLOURS, GREY, axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["energy_bars", "synaptic_events"]


def synaptic_events(counts: Counts, ax: Axes | None = None) -> Axes:
    """Synaptic events and neuron updates per image, layer by layer.

    Parameters
    ----------
    counts : Counts
        From `energy.count`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    matplotlib.axes.Axes
        Logarithmic: layers differ by orders of magnitude.
    """
    names = list(counts.events)
    ax = axes_or_new(ax, (max(5.0, 1.6 + 1.3 * len(names)), 3.6))
    kinds = (("synaptic events", counts.events), ("neuron updates", counts.updates),
             ("spikes", counts.spikes))  # fmt: skip
    x = np.arange(len(names))
    for i, (label, values) in enumerate(kinds):
        heights = [float(values[name]) for name in names]
        bars = ax.bar(x - 0.27 + 0.27 * i, heights, 0.25, color=COLOURS[i], label=label)
        ax.bar_label(bars, [_short(h) for h in heights], fontsize=7, padding=1)
    ax.set_yscale("log")
    ax.set_xticks(x, names)
    ax.set_ylabel("per image")
    ax.margins(y=0.18)
    ax.legend(frameon=False, fontsize="small", ncols=3, loc="upper center",
              bbox_to_anchor=(0.5, -0.1))  # fmt: skip
    ax.set_title(f"Operations of {counted(counts.n_images, 'image')}, mean", loc="left")
    return ax


def energy_bars(
    counts: Counts, devices: Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Estimated energy of one image on several devices: synaptic events and neuron updates apart.

    Parameters
    ----------
    counts : Counts
        From `energy.count`.
    devices : sequence of str, optional
        Names from `energy.DEVICES`; all by default.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    matplotlib.axes.Axes
        mJ per image, logarithmic. Estimates from published figures, see `device_table`.

    Raises
    ------
    ValidationError
        If a device is unknown.
    """
    names = list(DEVICES) if devices is None else list(devices)
    unknown = [name for name in names if name not in DEVICES]
    if unknown or not names:
        raise ValidationError(f"devices are {names}; expected names among {', '.join(DEVICES)}")
    ax = axes_or_new(ax, (7.0, 1.4 + 0.34 * len(names)))
    parts = ("synaptic events or multiply-adds", "neuron updates")
    joules = np.array([DEVICES[name].joules(counts) for name in names], dtype=float)
    y = np.arange(len(names))[::-1]
    for i, (label, shift) in enumerate(zip(parts, (0.19, -0.19), strict=True)):
        values = 1e3 * joules[:, i]
        known = np.isfinite(values) & (values > 0)
        bars = ax.barh(y[known] + shift, values[known], 0.36, color=COLOURS[i], label=label)
        ax.bar_label(bars, [f"{v:.3g}" for v in values[known]], fontsize=7, padding=2)
    ax.set_xscale("log")
    for place, pair in zip(y, joules, strict=True):
        if not np.isfinite(pair).any():
            ax.text(0.01, place, "not published", transform=ax.get_yaxis_transform(),
                    va="center", fontsize=7, color=GREY)  # fmt: skip
    ax.set_yticks(y, [DEVICES[name].name for name in names])
    ax.set_xlabel("energy per image [mJ], estimated")
    ax.margins(x=0.12)
    ax.set_ylim(-0.6, len(names) - 0.4)
    ax.grid(axis="x", color=GREY, alpha=0.2, lw=0.5)
    ax.set_axisbelow(True)
    ax.legend(frameon=False, fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.16),
              ncols=2)  # fmt: skip
    ax.set_title("Energy by device", loc="left")
    return ax


def _short(value: float) -> str:
    for size, mark in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{mark}"
    return f"{value:.3g}"
