"""Plots of accuracy: against time, as a confusion matrix, during training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...errors import ValidationError
from ...models import TrainedModel
from ...records import Evaluation, Windows
from ...support.words.counted import counted
from .canvas import COLOURS, GREY, axes_or_new, colour_of, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: steps that one side of the map shows, at most
_MOST_EDGES = 500

#: classes whose confusion is drawn, at most
MOST_CONFUSED = 2048

__all__ = ["accuracy_against_time", "accuracy_map", "confusion_matrix", "training_history"]


def accuracy_against_time(
    evaluations: Evaluation | Sequence[Evaluation],
    ax: Axes | None = None,
    *,
    t_c: float | None = None,
) -> Axes:
    """Accuracy for earlier predictions: against ``t_p`` at one ``t_c``.

    Parameters
    ----------
    evaluations : Evaluation or sequence of Evaluation
        Those without time (simulator ``"rate"``) are left out.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.
    t_c : float, optional
        Start of the averaging window in seconds; each evaluation's own by default.

    Returns
    -------
    matplotlib.axes.Axes
        Time in ms, accuracy in percent; the rate network dashed, chance dotted, and as a thin line
        what averaging from the image's onset gives.

    Raises
    ------
    ValidationError
        If there is no evaluation with time.
    """
    found = _timed(evaluations)
    ax = axes_or_new(ax)
    for i, (evaluation, windows, dt) in enumerate(found):
        assert evaluation.presentation is not None
        start = evaluation.presentation.c_steps if t_c is None else round(t_c / dt)
        if not 0 <= start < windows.n_steps:
            raise ValidationError(
                f"t_c is {t_c} s; expected a time before the end at {windows.n_steps * dt:g} s"
            )
        steps = np.arange(start + 1, windows.n_steps + 1)
        label = f"{written(evaluation.simulator)} ({counted(evaluation.n_images, 'image')})"
        colour = colour_of(evaluation.simulator, i)
        curve = 100 * windows.row(start)[steps]
        ax.plot(1e3 * dt * steps, curve, color=colour, label=label, lw=max(3.0 - 0.7 * i, 1.2))
        if start > 0 and windows.has(0):
            onset = "averaged from the onset" if i == len(found) - 1 else None
            ax.plot(
                1e3 * dt * np.arange(1, windows.n_steps + 1),
                100 * windows.row(0)[1:],
                color=colour,
                lw=0.8,
                alpha=0.7,
                label=onset,
            )
        if evaluation.rate_accuracy is not None:
            name = "same images at their rates" if i == len(found) - 1 else None
            ax.axhline(100 * evaluation.rate_accuracy, color=colour, ls="--", lw=1, label=name)
        if t_c is None:
            ax.axvline(1e3 * dt * start, color=GREY, lw=0.8, ls="-", alpha=0.5, zorder=0)
    chance = 100 / len(found[0][0].classes)
    ax.axhline(chance, color=GREY, ls=":", lw=1.2, label=f"chance, {chance:g} %")
    ax.set_xlim(0, max(1e3 * dt * windows.n_steps for _, windows, dt in found))
    ax.set_ylim(0, 102)
    ax.set_xlabel("answer read at $t_p$ [ms] (averaging begins at the grey line, $t_c$)")
    ax.set_ylabel("accuracy [%]")
    ax.legend(frameon=False, fontsize="small", loc="lower right", bbox_to_anchor=(1, 0.12))
    ax.set_title(f"Accuracy against time, {written(found[0][0].model)}", loc="left")
    return ax


def accuracy_map(evaluation: Evaluation, ax: Axes | None = None, *, points: float = 10.0) -> Axes:
    """Accuracy for every window ``[t_c, t_p)``, all from one run.

    Parameters
    ----------
    evaluation : Evaluation
        One with time.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.
    points : float
        The colours span this many percent below the best window; what is worse is darkest.

    Returns
    -------
    matplotlib.axes.Axes
        Both times in ms; the circle is the window that was evaluated. Runs of more than 500
        steps are drawn at every second step, or fewer.

    Raises
    ------
    ValidationError
        If the evaluation has no time, or its windows were not counted.
    """
    [(evaluation, windows, dt)] = _timed(evaluation)
    assert evaluation.presentation is not None
    every = -(-windows.n_steps // _MOST_EDGES)
    grid, dt = windows.grid(every), every * dt
    ax = axes_or_new(ax, (6.0, 4.6))
    percent = np.ma.masked_invalid(100 * grid)
    edges_p = 1e3 * dt * (np.arange(grid.shape[1] + 1) - 0.5)
    edges_c = 1e3 * dt * (np.arange(grid.shape[0] + 1) - 0.5)
    top = float(percent.max())
    mesh = ax.pcolormesh(
        edges_p, edges_c, percent, cmap="cividis", vmin=max(top - points, 0), vmax=top,
        rasterized=True,
    )  # fmt: skip
    bar = ax.figure.colorbar(mesh, ax=ax, extend="min", label="accuracy [%]")
    bar.outline.set_visible(False)
    timing = evaluation.presentation
    ax.plot(1e3 * timing.t_p, 1e3 * timing.t_c, "o", mfc="white", mec="black", clip_on=False)
    ax.set_xlim(0, 1e3 * timing.t_p)
    ax.set_ylim(0, 1e3 * timing.t_p)
    ax.set_xlabel("answer read at $t_p$ [ms]")
    ax.set_ylabel("averaging begins at $t_c$ [ms]")
    ax.set_title(f"Accuracy of every window, {written(evaluation.simulator)}", loc="left")
    return ax


def confusion_matrix(evaluation: Evaluation, ax: Axes | None = None) -> Axes:
    """Confusion matrix: correct predictions are blue, wrong ones orange.

    Parameters
    ----------
    evaluation : Evaluation
        Any.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    matplotlib.axes.Axes
        True classes down, predictions across; counts are written where there are 20 classes or
        fewer.

    Raises
    ------
    ValidationError
        Above 2,048 classes.
    """
    n = len(evaluation.classes)
    if n > MOST_CONFUSED:
        raise ValidationError(
            f"{n:,} classes are too many for a picture of their confusion; at most "
            f"{MOST_CONFUSED:,} are drawn"
        )
    counts = evaluation.confusion
    ax = axes_or_new(ax, (max(4.0, 1.5 + 0.42 * min(n, 20)), max(3.8, 1.3 + 0.42 * min(n, 20))))
    diagonal = np.eye(n, dtype=bool)
    for colours, hidden in (("Blues", ~diagonal), ("Oranges", diagonal)):
        shown = np.ma.masked_where(hidden | (counts == 0), counts)
        most = max(int(counts[~hidden].max(initial=0)), 5)
        ax.imshow(shown, cmap=colours, vmin=-0.6 * most, vmax=1.6 * most)
    if n <= 20:
        for true, given in np.argwhere(counts):
            ax.text(given, true, f"{counts[true, given]}", ha="center", va="center", fontsize=8)
        names = [written(name) for name in evaluation.classes]
        turned = 90 if max(map(len, names)) > 3 else 0
        ax.set_xticks(range(n), names, rotation=turned)
        ax.set_yticks(range(n), names)
    ax.set_xlabel("answer")
    ax.set_ylabel("true class")
    wrong = evaluation.n_images - int(counts.trace())
    ax.set_title(
        f"{written(evaluation.simulator)}: {wrong} of {evaluation.n_images} wrong", loc="left"
    )
    return ax


def training_history(
    model: TrainedModel, ax: Axes | None = None, *, quantity: str = "error"
) -> Axes:
    """How training went, epoch by epoch, on training and (if held out) validation images.

    Parameters
    ----------
    model : TrainedModel
        Its ``history`` is drawn.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.
    quantity : {"error", "loss"}
        Error in percent, or the loss; both on logarithmic axes, the error's ending in zero.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValidationError
        If the model's history does not hold the quantity.
    """
    key = {"error": "accuracy", "loss": "loss"}.get(quantity)
    if key is None:
        raise ValidationError(f"quantity is {quantity!r}; expected 'error' or 'loss'")
    if not model.history.get(key):
        raise ValidationError(
            f"the history of {model.architecture.name!r} holds no {key}; there is "
            f"{', '.join(model.history) or 'nothing'}. Only models from train() have one"
        )
    ax = axes_or_new(ax)
    names = {key: "training (with noise, if any)", f"val_{key}": "validation"}
    smallest = 1.0
    for i, (name, label) in enumerate(names.items()):
        values = np.asarray(model.history.get(name, []), dtype=float)
        if values.size:
            values = 100 * (1 - values) if quantity == "error" else values
            smallest = min([smallest, *values[values > 0]])
            epochs = np.arange(1, values.size + 1)
            ax.plot(epochs, values, ".-", color=COLOURS[i], label=label, lw=1.5)
    ax.set_yscale("symlog", linthresh=smallest, linscale=0.5)  # logarithmic down to the last error
    floor = 0.0 if quantity == "error" else smallest / 1.5
    top = ax.get_ylim()[1]
    decades = 10.0 ** np.arange(np.ceil(np.log10(smallest)), max(3, np.ceil(np.log10(top))))
    ax.set_yticks([*([0.0] if floor == 0 else []), *decades[decades < top]])
    ax.set_ylim(floor, top)
    ax.yaxis.set_major_formatter("{x:g}")
    ax.xaxis.get_major_locator().set_params(integer=True)  # type: ignore[call-arg]
    ax.set_xlabel("epoch")
    ax.set_ylabel("error [%]" if quantity == "error" else "loss")
    ax.legend(frameon=False, fontsize="small")
    ax.set_title(f"Training of {written(model.architecture.name)}", loc="left")
    return ax


def _timed(
    evaluations: Evaluation | Sequence[Evaluation],
) -> list[tuple[Evaluation, Windows, float]]:
    """The evaluations with time, each with its windows and time step."""
    given = [evaluations] if isinstance(evaluations, Evaluation) else list(evaluations)
    found = [
        (e, e.windows, e.presentation.dt)
        for e in given
        if e.presentation is not None and e.windows is not None
    ]
    if not found:
        names = ", ".join(e.simulator for e in given) or "none"
        raise ValidationError(
            f"accuracy against time needs an evaluation of a spiking simulator; given: {names}"
        )
    return found
