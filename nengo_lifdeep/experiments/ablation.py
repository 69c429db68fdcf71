"""The papers' ablation: from the rectified linear network with max pooling to noisy SoftLIF.

E. Hunsberger and C. Eliasmith, arXiv 1611.05141 (2016), the table of what each change to the
network does to the error on CIFAR-10. Errors in percent of the test images.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from ..errors import ValidationError
from ..jobs.local import Job
from ..layers.types import AveragePooling2D
from ..report.tables.grid import Column, Grid
from .comparison import COLUMNS, NOTE, compared
from .plan import Plan
from .tables import times
from .trial import Trial, mean_and_spread

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


def _trials(plan: Plan, row: str) -> list[Trial]:
    """The trials of a row, one per seed."""
    if "max" in row:
        lrn = "response" in row
        where = plan.where / ("max-pooling-lrn" if lrn else "max-pooling")
        recipe = dataclasses.replace(
            plan.relu().recipe, max_pooling=True, response_normalization=lrn
        )
        return [
            dataclasses.replace(plan.relu(seed), recipe=recipe, folder=where / f"seed{seed}")
            for seed in range(plan.seeds)
        ]
    if row.startswith("ReLU"):
        return [plan.relu(seed) for seed in range(plan.seeds)]
    noise = row.partition(", ")[2] or "none"
    return [plan.noisy(noise, seed) for seed in range(plan.seeds)]


def ablation_jobs(plan: Plan) -> list[Job]:
    """What has to be computed for the table.

    Parameters
    ----------
    plan : Plan
        The networks of the paper.

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
            shown = () if spiking is None else ((plan.spiking,),)
            jobs += trial.jobs(*shown)
    return jobs


def ablation_table(plan: Plan) -> Grid:
    """Published next to measured: mean, s.d. over seeds, interval, and whether they differ.

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
    for kind in ("rates", "stream"):
        theirs = "rates" if kind == "rates" else "spikes"
        columns.append(Column(f"published_{theirs}", f"published, {theirs}", ".2f"))
        columns.append(Column(f"measured_{kind}", f"measured, {kind}", ".2f"))
        columns += [dataclasses.replace(each, key=f"{each.key}_{kind}") for each in COLUMNS]
        columns.append(Column(f"spread_{kind}", "s.d.", ".2f"))
    columns.append(Column("measured_spikes", "measured, reset by image", ".2f"))
    columns.append(Column("spread_spikes", "s.d.", ".2f"))
    rows = []
    for name, published in ABLATION.items():
        row: dict[str, Any] = {"network": name}
        trials = _trials(plan, name)
        old = published if plan.dataset == "cifar10" and not plan.validation else (None, None)
        row["published_rates"], row["published_spikes"] = old
        n = trials[0].rates().n_images
        kinds = {"rates": [trial.rates().error for trial in trials]}
        if published[1] is not None:
            kinds["stream"] = [trial.stream_error(*plan.spiking) for trial in trials]
            kinds["spikes"] = [trial.error(*plan.spiking) for trial in trials]
        for kind, errors in kinds.items():
            row[f"measured_{kind}"], row[f"spread_{kind}"] = mean_and_spread(errors)
        for kind, figure in (("rates", old[0]), ("stream", old[1])):
            if kind in kinds:
                error = row[f"measured_{kind}"]
                row |= compared(error, n, figure, plan.n_published, f"_{kind}")
        rows.append(row)
    notes = (
        *plan.how(),
        f"spikes at (tau_s, t_c, t_p) = {times(plan.spiking)} ms",
        "BatchNormalization in every network, which the published ones do not have",
        *((NOTE,) if plan.dataset == "cifar10" and not plan.validation else ()),
    )
    title = f"Error [%], ablation, {plan.data_name}, {plan.networks()}"
    return Grid(title, tuple(columns), tuple(rows), notes)
