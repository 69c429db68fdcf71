"""``lifdeep reproduce``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..completion import of_the_paper, papers
from ..endings.codes import stopped
from ..options import Cluster, Json, Quiet, Workers, executor_of, refuse_ignored

if TYPE_CHECKING:
    from ...report.tables.grid import Grid

__all__ = ["reproduce"]

#: trainings per row where no number is given
_SEEDS = 3

#: rows of a figure's numbers that are printed; longer ones are in its files alone
_MOST_ROWS = 60


def reproduce(
    paper: Annotated[
        str,
        typer.Argument(
            help="Which experiments: blaesche2020, gokmen2017, hunsberger2016, jang2020-vowel, "
            "jang2021-bisnn, lee2020, oconnor2016, skatchkovsky2020; or our own most accurate "
            "networks: own-mnist, own-cifar10.",
            autocompletion=papers,
        ),
    ],
    dataset: Annotated[
        str | None,
        typer.Option(
            help="mnist (by default), fashion-mnist, svhn, cifar10 or cifar100; of lee2020 mnist "
            "or cifar10; of gokmen2017 mnist or digits; of own-mnist mnist or "
            "fashion-mnist; of blaesche2020 the network: n2000 (by default), n5000 or n500.",
            autocompletion=of_the_paper("DATASETS"),
        ),
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(
            help="Of lee2020: vgg9 or resnet11 for cifar10 (--table published), which take weeks; "
            "may be repeated. By default all of the data set. Of own-mnist: mnist-resnet7 (by "
            "default) or mnist-resnet7-wide.",
            autocompletion=of_the_paper("NETWORKS"),
        ),
    ] = None,
    table: Annotated[
        list[str] | None,
        typer.Option(
            help="errors, ablation, noise or trade-off (of oconnor2016 errors, steps and ink, of "
            "blaesche2020 mixing and network, of gokmen2017 errors, initialisation, "
            "management and of its digits spikes, of jang2021-bisnn errors, calibration and "
            "moons, of skatchkovsky2020 periods, rates and devices, of jang2020-vowel inputs and "
            "resources, of own-mnist and own-cifar10 errors, latency and committee); may be "
            "repeated. By default the first.",
            autocompletion=of_the_paper("TABLES"),
        ),
    ] = None,
    figure: Annotated[
        list[str] | None,
        typer.Option(
            help="response, variance, membrane, trade-off, rates or all: as PNG and SVG, with "
            "their numbers. Without --table only these. Of oconnor2016: steps, ink; of "
            "blaesche2020: branches, degrees, rates; of jang2021-bisnn: reliability, moons; of "
            "skatchkovsky2020: loss, rates; of jang2020-vowel: inputs, resources; of "
            "own-mnist and own-cifar10: latency.",
            autocompletion=of_the_paper("FIGURES"),
        ),
    ] = None,
    noise: Annotated[
        list[str] | None,
        typer.Option(help="A row of the noise table, e.g. 'alpha-RC 3 ms'; may be repeated."),
    ] = None,
    seeds: Annotated[
        int,
        typer.Option(
            min=1,
            help="Trainings per row of noise and ablation; wirings; trainings of own networks, "
            "which are the members of a committee.",
        ),
    ] = _SEEDS,
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs; else the recipe's.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A tenth of the epochs, 1,000 test images, one seed.")
    ] = False,
    validation: Annotated[
        bool,
        typer.Option(
            "--validation",
            help="Hold out a sixth of the training images and use it in place of the test images.",
        ),
    ] = False,
    draws: Annotated[
        int,
        typer.Option(
            min=1, help="Draws of initial voltages, where they are random; or of currents."
        ),
    ] = 3,
    out: Annotated[Path, typer.Option(help="Folder for networks, evaluations and tables.")] = Path(
        "reproduced"
    ),
    workers: Workers = None,
    cluster: Cluster = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a paper's experiments again and print published next to measured figures.

    What is in the folder already is not computed again, so an interrupted run continues: trainings
    from their last finished epoch, evaluations after the last finished one.
    With --workers or --cluster trainings and evaluations run side by side; workers of a cluster
    must see the same folder. Every table is also written to the folder as JSON, CSV and Markdown.
    """
    from ...experiments import experiment
    from ...experiments import figures as shared
    from ...jobs.local import run_jobs
    from ..outputs import try_outputs
    from ..screen import say, show

    module = experiment(paper)
    drawers = getattr(module, "FIGURES", shared.FIGURES)
    if figure and not drawers:
        raise typer.BadParameter(f"{paper} has no figures", param_hint="--figure")
    if network and not hasattr(module, "NETWORKS"):
        raise typer.BadParameter(
            f"{paper} has one network for each data set; leave it out", param_hint="--network"
        )
    refuse_ignored({"--seeds": quick and seeds != _SEEDS}, "--quick has one seed; leave one out")
    executor = executor_of(workers, cluster)
    own = {"networks": tuple(network)} if network else {}
    usual = "mnist" if "mnist" in module.DATASETS else module.DATASETS[0]
    dataset = usual if dataset is None else dataset
    try_outputs(folders=(out,))
    folder = out / paper
    if quick:
        recipe = getattr(module.Reproduction(dataset, folder, **own), "recipe", None)
        if recipe is not None:  # something is trained
            epochs = epochs or max(1, recipe.epochs // 10)
        seeds = 1
        folder = folder / "quick"
    plan = module.Reproduction(
        dataset,
        folder,
        seeds=seeds,
        epochs=epochs,
        n_images=1000 if quick else None,
        noises=tuple(noise or module.NOISES),
        progress=not quiet and executor is None,
        validation=validation,
        draws=draws,
        **own,
    )
    names = table or ([] if figure else [module.TABLES[0]])
    figures = _figures(figure or [], drawers)
    needed = getattr(module, "FROM_TABLE", shared.FROM_TABLE)
    due = dict.fromkeys([*names, *(needed[f] for f in figures if f in needed)])
    try:
        jobs = [job for name in due for job in plan.jobs(name)]
        run_jobs(jobs, None if not quiet else _mute, executor)
        chosen = {name: drawers[name] for name in figures}
        grids = _written(plan, names, chosen, plan.where)
    except KeyboardInterrupt:
        say("interrupted; the same command continues from what is in", folder)
        raise typer.Exit(stopped()) from None
    named = dict(zip([*(f"table_{n}" for n in names), *(f"figure_{f}" for f in figures)], grids,
                     strict=True))  # fmt: skip
    keys = {key.replace("-", "_"): grid for key, grid in named.items()}
    if json:
        show(keys if len(keys) > 1 else grids, json)
        return
    show([g for key, g in named.items() if key.startswith("table") or len(g.rows) <= _MOST_ROWS])


def _written(plan: Any, names: list[str], figures: dict[str, Any], folder: Path) -> list[Grid]:
    """Tables and figures, each in files too."""
    from ...report.plots.canvas import save_picture
    from ...support.temporaries import alone_at
    from ...support.writing import write_text
    from ..screen import say

    grids = [plan.table(name) for name in names]
    for name, grid in zip(names, grids, strict=True):
        stem = folder / f"table-{name}"
        texts = {"json": grid.json(), "csv": grid.csv(), "md": grid.markdown() + "\n"}
        with alone_at(stem):  # two at a time would mix files of two tables
            for suffix, text in texts.items():
                path = write_text(stem.with_suffix(f".{suffix}"), text)
        say("table", path.with_suffix(".{json,csv,md}"))
    for name, draw in figures.items():
        axes, grid = draw(plan)
        stem = folder / f"figure-{name}"
        with alone_at(stem):
            write_text(stem.with_suffix(".csv"), grid.csv())
            write_text(stem.with_suffix(".json"), grid.json())
            for suffix in (".svg", ".png"):
                path = save_picture(axes, stem.with_suffix(suffix))
        say("figure", path.with_suffix(".{png,svg,csv,json}"))
        grids.append(grid)
    return grids


def _figures(names: list[str], drawers: Mapping[str, Any]) -> list[str]:
    from ...errors import ValidationError

    for name in names:
        if name not in (*drawers, "all"):
            raise ValidationError(
                f"there is no figure {name!r}; expected {', '.join(drawers)}, all"
            )
    return list(drawers) if "all" in names else names


def _mute(line: str) -> None:
    """Take no notice."""
