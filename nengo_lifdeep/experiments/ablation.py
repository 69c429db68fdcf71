"""The papers' ablation: from the rectified linear network with max pooling to noisy SoftLIF.

E. Hunsberger and C. Eliasmith, arXiv 1611.05141 (2016), the table of what each change to the
network does to the error on CIFAR-10. Errors in percent of the test images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import ValidationError
from ..layers import AveragePooling2D
from ..records.evaluation import wilson_interval
from ..report.grid import Column, Grid
from .jobs import Job
from .max_pooling import MaxPoolingTrial
from .trial import Trial, mean_and_spread

if TYPE_CHECKING:
    from .Hunsberger_2016 import Reproduction

__all__ = ["ABLATION", "ablation_jobs", "ablation_table"]

#: CIFAR-10: error in rates, and in spikes where the network can spike.
ABLATION: dict[str, tuple[float, float | None]] = {
    "ReLU, max pooling, response normalisation": (14.03, None),
    "ReLU, max pooling": (14.38, None),
    "ReLU, average pooling": (16.70, None),
    "SoftLIF": (15.89, 17.01),
    "SoftLIF, Gaussian 10 Hz": (16.01, 16.46),
    "SoftLIF, Gaussian 20 Hz": (16.92, 17.04),
}


def _trials(plan: Reproduction, row: str) -> list[Any]:
    """The trials of a row, one per seed."""
    if "max" in row:
        lrn = "response" in row
        where = plan.folder / plan.dataset / ("max-pooling-lrn" if lrn else "max-pooling")
        recipe = plan.relu().recipe
        return [
            MaxPoolingTrial(recipe, lrn, seed, where / f"seed{seed}", plan.n_images, plan.progress)
            for seed in range(plan.seeds)
        ]
    if row.startswith("ReLU"):
        return [plan.relu(seed) for seed in range(plan.seeds)]
    noise = row.partition(", ")[2] or "none"
    return [plan.noisy(noise, seed) for seed in range(plan.seeds)]


def ablation_jobs(plan: Reproduction) -> list[Job]:
    """What has to be computed for the table.

    Raises
    ------
    ValidationError
        If the network has no pooling, so that its first rows would be one and the same network;
        or if a folder holds a network of another recipe.
    """
    layers = plan.recipe.architecture().layers
    if not any(isinstance(layer, AveragePooling2D) for layer in layers):
        raise ValidationError(
            f"the network for {plan.dataset}, {plan.recipe.network!r}, has no pooling; the "
            "ablation compares maximum with average pooling, so choose another data set"
        )
    jobs: list[Job] = []
    for row, (_, spiking) in ABLATION.items():
        for trial in _trials(plan, row):
            spikes = () if spiking is None else ((plan.spiking[0],),)
            jobs += trial.jobs(*spikes)
    return jobs


def ablation_table(plan: Reproduction) -> Grid:
    """Published next to measured: mean and s.d. over seeds, or one seed and its interval.

    Parameters
    ----------
    plan : Reproduction
        Whose jobs for this table are done; published errors stand beside CIFAR-10's only.

    Returns
    -------
    Grid
        One row per network of `ABLATION`.

    Raises
    ------
    ModelFileError
        If an evaluation is not there yet.
    """
    columns = [Column("network", "network")]
    for kind in ("rates", "spikes"):
        columns.append(Column(f"published_{kind}", f"published, {kind}", ".2f"))
        columns.append(Column(f"measured_{kind}", f"measured, {kind}", ".2f"))
        columns.append(Column(f"interval_{kind}", "95 % interval", ".2f"))
        columns.append(Column(f"spread_{kind}", "s.d.", ".2f"))
    rows = []
    for name, published in ABLATION.items():
        row: dict[str, Any] = {"network": name}
        trials = _trials(plan, name)
        if plan.dataset == "cifar10":
            row["published_rates"], row["published_spikes"] = published
        n = trials[0].rates().n_images
        row.update(_measured("rates", [trial.rates().error for trial in trials], n))
        if published[1] is not None:
            errors = [trial.error(*plan.spiking) for trial in trials if isinstance(trial, Trial)]
            row.update(_measured("spikes", errors, n))
        rows.append(row)
    times = ", ".join(f"{1e3 * time:g}" for time in plan.spiking)
    notes = (
        plan.how(),
        f"spikes at (tau_s, t_c, t_p) = ({times}) ms",
        "BatchNormalization in every network, which the published ones do not have",
    )
    seeds = "1 seed" if plan.seeds == 1 else f"{plan.seeds} seeds"
    return Grid(f"Error [%], ablation, {plan.dataset}, {seeds}", tuple(columns), tuple(rows), notes)


def _measured(kind: str, errors: list[float], n: int) -> dict[str, Any]:
    """Cells of the errors of all seeds, on ``n`` images each."""
    mean, spread = mean_and_spread(errors)
    cells: dict[str, Any] = {f"measured_{kind}": mean, f"spread_{kind}": spread}
    if spread is None:
        low, high = wilson_interval(mean / 100 * n, n)
        cells[f"interval_{kind}"] = (100 * low, 100 * high)
    return cells
