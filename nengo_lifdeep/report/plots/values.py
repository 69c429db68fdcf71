"""Plots of networks that give values: error against time, values beside their targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...errors import ValidationError
from ...records import ValueEvaluation
from ...support.checks import checked, whole
from ...support.words.counted import counted
from .canvas import COLOURS, GREY, axes_or_new, colour_of, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["error_against_time", "values_against_targets"]


def error_against_time(
    evaluations: ValueEvaluation | Sequence[ValueEvaluation], ax: Axes | None = None
) -> Axes:
    """Mean absolute error of the values for earlier answers: against ``t_p``, from ``t_c`` on.

    Parameters
    ----------
    evaluations : ValueEvaluation or sequence of ValueEvaluation
        Those without time (simulator ``"rate"``) are left out.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    matplotlib.axes.Axes
        Time in ms, the error in units of the targets on a logarithmic axis; the rate network
        dashed, and as a thin line what averaging from the onset gives.

    Raises
    ------
    ValidationError
        If there is no evaluation with time.
    """
    several = [evaluations] if isinstance(evaluations, ValueEvaluation) else list(evaluations)
    found = [e for e in several if e.in_time is not None]
    if not found:
        raise ValidationError(
            "there is no evaluation of values over time to draw; give one of a spiking simulator"
        )
    ax = axes_or_new(ax)
    for i, evaluation in enumerate(found):
        timing, errors = evaluation.presentation, evaluation.in_time
        assert timing is not None and errors is not None
        colour = colour_of(evaluation.simulator, i)
        ms = 1e3 * timing.dt * np.arange(errors.n_steps + 1)
        label = f"{written(evaluation.simulator)} ({counted(evaluation.n_images, 'image')})"
        ax.plot(ms, errors.row(timing.c_steps), color=colour, label=label, lw=max(3 - 0.7 * i, 1.2))
        is_last = i == len(found) - 1
        if timing.c_steps > 0:
            onset = "averaged from the onset" if is_last else None
            ax.plot(ms, errors.row(0), color=colour, lw=0.8, alpha=0.7, label=onset)
        if evaluation.rate_scores is not None:
            name = "same images at their rates" if is_last else None
            ax.axhline(
                evaluation.rate_scores["mean_absolute_error"], color=colour, ls="--", lw=1,
                label=name,
            )  # fmt: skip
        ax.axvline(1e3 * timing.dt * timing.c_steps, color=GREY, lw=0.8, alpha=0.5, zorder=0)
    ax.set_yscale("log")
    ax.set_xlim(0, None)
    ax.set_xlabel("answer read at $t_p$ [ms] (averaging begins at the grey line, $t_c$)")
    ax.set_ylabel("mean absolute error")
    ax.legend(frameon=False, fontsize="small")
    ax.set_title(f"Error of the values against time, {written(found[0].model)}", loc="left")
    return ax


@checked(output=whole())
def values_against_targets(
    evaluation: ValueEvaluation, ax: Axes | None = None, *, output: int = 0
) -> Axes:
    """The values of one output beside what was to be given, image by image.

    Parameters
    ----------
    evaluation : ValueEvaluation
        In rates or in spikes; the rate network's values are drawn too where it has them.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.
    output : int
        Which output, counted from 0; of images the pixel, row by row.

    Returns
    -------
    matplotlib.axes.Axes
        On the dotted line a value is its target.

    Raises
    ------
    ValidationError
        If there is no such output.
    """
    n_outputs = evaluation.targets[0].size
    if output >= n_outputs:
        raise ValidationError(f"output is {output}; expected 0 to {n_outputs - 1}")
    ax = axes_or_new(ax, (4.6, 4.4))
    targets = evaluation.targets.reshape(evaluation.n_images, -1)[:, output]
    shown = {evaluation.simulator: (evaluation.values, COLOURS[0])}
    if evaluation.rate_values is not None and evaluation.simulator != "rate":
        shown = {"rate": (evaluation.rate_values, "#BBBBBB"), **shown}
    for name, (values, colour) in shown.items():
        column = values.reshape(evaluation.n_images, -1)[:, output]
        ax.scatter(targets, column, s=12, color=colour, alpha=0.8, label=written(name))
    low, high = float(targets.min()), float(targets.max())
    ax.plot([low, high], [low, high], color=GREY, ls=":", lw=1.2)
    name = written(evaluation.outputs[output]) if evaluation.outputs else f"output {output}"
    ax.set_xlabel(f"{name}: target")
    ax.set_ylabel("value")
    ax.legend(frameon=False, fontsize="small")
    ax.set_title(f"{written(evaluation.model)}: R2 {evaluation.r2:.3f}", loc="left")
    return ax
