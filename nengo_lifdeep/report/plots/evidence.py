"""Plots of one image over time: evidence for every class with its spikes, and membranes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...analysis.voltages import Voltages
from ...errors import ValidationError
from ...records import SpikeRecord
from .canvas import COLOURS, GREY, axes_or_new, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["class_evidence", "voltages"]

#: classes that are drawn in colour and named
_NAMED = 5


def class_evidence(
    record: SpikeRecord,
    image: int = 0,
    ax: Axes | None = None,
    *,
    classes: Sequence[str] = (),
    label: int | None = None,
) -> Axes:
    """What the read-out says of one image as time passes: the score of every class.

    Scores are means since ``t_c`` (before ``t_c``: since the image's onset). Spikes of
    every layer in each step, relative to the layer's busiest, run as bands below.

    Parameters
    ----------
    record : SpikeRecord
        Of a spiking simulator; bands need ``rasters=`` more than ``image``.
    image : int
        Which image of the record.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.
    classes : sequence of str
        Names; numbers by default.
    label : int, optional
        The right class, named in the title.

    Returns
    -------
    matplotlib.axes.Axes
        Time in ms; the five classes with the highest scores at the end in colour.

    Raises
    ------
    ValidationError
        If the record has no time, or not that image.
    """
    timing = record.presentation
    if timing is None:
        raise ValidationError(f"simulator {record.simulator!r} has no time; run a spiking one")
    if not 0 <= image < record.n_images:
        raise ValidationError(
            f"image is {image}; this record has images 0 to {record.n_images - 1}"
        )
    ax = axes_or_new(ax, (7.5, 4.2))
    scores = _running(record.outputs[image], timing.c_steps)
    ms = 1e3 * timing.dt * np.arange(1, len(scores) + 1)
    order = np.argsort(scores[-1])[::-1]
    names = [written(name) for name in classes] or [str(i) for i in range(scores.shape[1])]
    for place in range(len(order) - 1, -1, -1):
        k = int(order[place])
        named = place < _NAMED
        ax.plot(
            ms, scores[:, k], lw=2.2 if place == 0 else 1.3,
            color=COLOURS[place % len(COLOURS)] if named else "#CCCCCC",
            label=names[k] if named else None, zorder=3 if named else 1,
        )  # fmt: skip
    _bands(ax, record, image, ms)
    ax.axvline(1e3 * timing.t_c, color=GREY, lw=1, ls="--")
    ax.set_xlim(0, 1e3 * timing.t_p)
    ax.set_xlabel("time after the image's onset [ms] (averaging begins at the dashed line, $t_c$)")
    ax.set_ylabel("mean score of the class")
    handles, texts = ax.get_legend_handles_labels()
    ax.legend(handles[::-1], texts[::-1], frameon=False, fontsize="small", title="class",
              loc="center left", bbox_to_anchor=(1.0, 0.6))  # fmt: skip
    right = "" if label is None else f", label {names[label]}"
    ax.set_title(f"Image {image}: answer {names[order[0]]}{right}", loc="left")
    return ax


def voltages(found: Voltages, ax: Axes | None = None) -> Axes:
    """Membranes one above the other, each with its threshold dotted and its spikes as strokes.

    Parameters
    ----------
    found : Voltages
        From `record_voltages`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    matplotlib.axes.Axes
        Time in ms; the scale of all membranes is that of the threshold.
    """
    n = len(found.neurons)
    ax = axes_or_new(ax, (7.5, 1.4 + 0.75 * n))
    ms = 1e3 * found.times
    low = float(min(found.values.min(), 0.0))
    gap = 1.5 - low
    for i in range(n):
        floor, colour = i * gap, COLOURS[i % len(COLOURS)]
        ax.plot(ms, floor + found.values[:, i], color=colour, lw=1.1)
        ax.axhline(floor + 1, color=GREY, lw=0.7, ls=":")
        at = ms[found.spikes[:, i]]
        ax.vlines(at, floor + 1, floor + 1.3, color=colour, lw=1.4)
    ax.set_yticks([i * gap for i in range(n)], [f"neuron {k}" for k in found.neurons])
    ax.set_ylim(low - 0.1, n * gap + low + 0.05)
    ax.set_xlim(0, ms[-1])
    ax.set_xlabel("time after the image's onset [ms]")
    ax.set_title(
        f"Membranes in {written(found.layer)}, {written(found.model)} (threshold dotted)",
        loc="left",
    )
    return ax


def _running(outputs: np.ndarray, c_steps: int) -> np.ndarray:
    """Means since ``c_steps``; before them since the start."""
    total = np.cumsum(outputs, axis=0, dtype=float)
    counts = np.arange(1, len(outputs) + 1)[:, None]
    means = total / counts
    if c_steps:
        late = total[c_steps:] - total[c_steps - 1]
        means[c_steps:] = late / (counts[c_steps:] - c_steps)
    return means


def _bands(ax: Axes, record: SpikeRecord, image: int, ms: np.ndarray) -> None:
    """One grey band per layer below the curves, darker where more of it spikes."""
    found = {
        name: np.bincount(rows[rows[:, 0] == image, 1], minlength=len(ms))
        for name, rows in record.rasters.items()
        if (rows[:, 0] == image).any()
    }
    if not found:
        return
    low, high = ax.get_ylim()
    height = 0.06 * (high - low)
    for i, (name, counts) in enumerate(found.items()):
        top = low - i * 1.25 * height
        extent = (0.0, float(ms[-1]), top - height, top)
        shade = counts[None].astype(float) / max(counts.max(), 1)
        ax.imshow(shade, aspect="auto", extent=extent, cmap="Greys", vmin=0, vmax=1,
                  interpolation="nearest", zorder=0)  # fmt: skip
        ax.text(
            float(ms[-1]) * 1.01,
            top - height / 2,
            written(name),
            va="center",
            fontsize=7,
            color=GREY,
        )
    ax.set_ylim(low - (len(found) * 1.25 + 0.2) * height, high)
