"""Plots of activity: every spike of one image, and mean rates of layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...errors import ValidationError
from ...records import Evaluation, SpikeRecord, ValueEvaluation
from .canvas import COLOURS, GREY, axes_or_new, colour_of, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["layer_rates", "raster"]


def raster(
    record: SpikeRecord, image: int = 0, ax: Axes | None = None, *, n_neurons: int = 60
) -> Axes:
    """Spikes of one image, layer above layer, the first at the bottom.

    Parameters
    ----------
    record : SpikeRecord
        Of a run with ``rasters=`` more than ``image``.
    image : int
        Which image of the record.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.
    n_neurons : int
        Of every layer at most this many neurons are shown, evenly spaced over the layer.

    Returns
    -------
    matplotlib.axes.Axes
        Time in ms across; on the right the rate of each whole layer during this image, in Hz.

    Raises
    ------
    ValidationError
        If the record holds no single spikes of that image.
    """
    timing = record.presentation
    if timing is None or not record.rasters:
        raise ValidationError(
            f"this record of {record.simulator!r} holds no single spikes; run the images with "
            "rasters=1 or more in a spiking simulator"
        )
    last = max(int(spikes[:, 0].max(initial=0)) for spikes in record.rasters.values())
    if not 0 <= image <= last:
        raise ValidationError(
            f"image is {image}; this record holds single spikes of images 0 to {last}"
        )
    ax = axes_or_new(ax, (7.5, 1.5 + 1.1 * len(record.rasters)))
    ms = 1e3 * timing.dt
    ticks, names, rates, floor = [], [], [], 0
    for i, (name, spikes) in enumerate(record.rasters.items()):
        total = len(record.layer_rates[name].ravel())
        own = spikes[spikes[:, 0] == image]
        step, row, n = _chosen(own, total, n_neurons)
        size = max(4.0, 1800 / (n_neurons * len(record.rasters)))
        colour = COLOURS[i % len(COLOURS)]
        ax.scatter((step + 1) * ms, floor + row, marker="|", s=size, lw=0.9, color=colour)
        ticks.append(floor + (n - 1) / 2)
        names.append(written(name) + (f"\n{n} of {total:,}" if n < total else f"\nall {total:,}"))
        rates.append(f"{len(own) / (total * timing.t_p):.1f} Hz")
        floor += n + max(3, n_neurons // 12)
        if i + 1 < len(record.rasters):
            ax.axhline(floor - max(3, n_neurons // 12) / 2 - 0.5, color="#BBBBBB", lw=0.6)
    _window(ax, 1e3 * timing.t_c, 1e3 * timing.t_p)
    ax.set_ylim(-2, floor)
    ax.set_yticks(ticks, names)
    ax.tick_params(axis="y", length=0)
    right = ax.secondary_yaxis("right")
    right.set_yticks(ticks, rates)
    right.tick_params(length=0)
    right.spines["right"].set_visible(False)
    ax.set_xlabel("time after the image's onset [ms] (averaging begins at the dashed line, $t_c$)")
    answer = int(record.predictions()[image])
    ax.set_title(
        f"Spikes in {written(record.simulator)}, image {image}, answer: class {answer}", loc="left"
    )
    return ax


def layer_rates(
    evaluations: Evaluation | ValueEvaluation | Sequence[Evaluation | ValueEvaluation],
    ax: Axes | None = None,
) -> Axes:
    """Mean firing rate of every layer, side by side for several simulators.

    Parameters
    ----------
    evaluations : Evaluation, ValueEvaluation or a sequence of these
        Of one network.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    matplotlib.axes.Axes
        Rates in Hz; the last group is the mean over all neurons of the network.
    """
    one = isinstance(evaluations, Evaluation | ValueEvaluation)
    found: list[Evaluation | ValueEvaluation] = [evaluations] if one else list(evaluations)  # type: ignore[list-item, arg-type]
    if not found:
        raise ValidationError("there is no evaluation to draw; give at least one")
    layers = list(found[0].layer_rates)
    ax = axes_or_new(ax, (max(5.0, 1.5 + 1.3 * (len(layers) + 1)), 3.6))
    width = 0.8 / len(found)
    for i, evaluation in enumerate(found):
        heights = [evaluation.layer_rates.get(name, np.nan) for name in layers]
        x = np.arange(len(layers) + 1) - 0.4 + (i + 0.5) * width
        bars = ax.bar(
            x,
            [*heights, evaluation.mean_rate],
            0.94 * width,
            color=colour_of(evaluation.simulator, i),
            label=written(evaluation.simulator),
        )
        ax.bar_label(bars, fmt="%.0f", fontsize=7, color="#333333", padding=1)
    ax.axvline(len(layers) - 0.5, color=GREY, lw=0.8, ls=":")
    ax.set_xticks(range(len(layers) + 1), [*map(written, layers), "all neurons"])
    ax.set_ylabel("mean firing rate [Hz]")
    ax.margins(y=0.12)
    ax.legend(frameon=False, fontsize="small")
    ax.set_title(f"Rates per layer, {written(found[0].model)}", loc="left")
    return ax


def _chosen(spikes: np.ndarray, total: int, most: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Steps and rows of the spikes of at most ``most`` neurons, evenly spaced over the layer."""
    n = min(total, most)
    neurons = np.linspace(0, total - 1, n).round().astype(int)
    row_of = np.full(total, -1)
    row_of[neurons] = np.arange(n)
    rows = row_of[spikes[:, 2]]
    return spikes[rows >= 0, 1], rows[rows >= 0], n


def _window(ax: Axes, t_c: float, t_p: float) -> None:
    """Shade the time before the averaging window, in ms."""
    ax.axvspan(0, t_c, color=GREY, alpha=0.12, lw=0)
    ax.axvline(t_c, color=GREY, lw=1, ls="--")
    ax.set_xlim(0, t_p)
