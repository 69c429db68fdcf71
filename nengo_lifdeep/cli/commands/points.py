"""``lifdeep points``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ...support.words.counted import counted
from ..completion import devices
from ..endings.codes import stopped
from ..options import (
    Cluster,
    DataDirectory,
    Json,
    Model,
    Number,
    Quiet,
    Size,
    TestData,
    Workers,
    executor_of,
)

__all__ = ["points"]


def points(
    model: Model,
    data: TestData = None,
    data_dir: DataDirectory = None,
    size: Size = None,
    n: Number = None,
    tau_s: Annotated[
        list[float] | None, typer.Option(min=0, help="Synapses in ms; may be repeated.")
    ] = None,
    scale_rates: Annotated[
        list[float] | None, typer.Option(help="Factors on all rates; may be repeated.")
    ] = None,
    t_p: Annotated[
        list[float] | None, typer.Option(help="Times per image in ms; may be repeated.")
    ] = None,
    device: Annotated[
        str, typer.Option(help="Device for the energy: loihi, ...", autocompletion=devices)
    ] = "loihi",
    keep: Annotated[
        float, typer.Option(help="Share of the rate network's accuracy, or R2 of values, to keep.")
    ] = 0.99,
    picture: Annotated[
        Path | None, typer.Option(help="File for the picture: .png, .svg or .pdf.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="File in which every run is kept as it ends; the same command continues from it."
        ),
    ] = None,
    workers: Workers = None,
    cluster: Cluster = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find how to run a network: accuracy (R2 of values) against latency and energy.

    Tries every combination of synapse, rates and times in the simulator events, prints the
    Pareto-optimal points, and marks the one of least energy that keeps the accuracy. A trained
    network is converted for each; one in spikes keeps the kind of its synapses, and --scale-rates
    multiplies the rates it has. Ctrl-C ends it: what is finished is printed and drawn, and with
    --out kept for the next time.
    """
    from dataclasses import replace

    from ...evaluation.points import operating_points
    from ...report.plots.canvas import save_picture
    from ...report.tables.points import operating_table, pareto_plot
    from ..data import test_images
    from ..files import load_model
    from ..outputs import try_outputs
    from ..screen import say, show
    from ..words import in_milliseconds

    executor = executor_of(workers, cluster)
    chosen: dict[str, Any] = {
        "scale_firing_rates": scale_rates,
        "tau_s": [in_milliseconds(each, "--tau-s") for each in tau_s or ()],
        "t_p": [in_milliseconds(each, "--t-p") for each in t_p or ()],
    }
    try_outputs(values=(out,), pictures=(picture,), read=(model,))
    network = load_model(model)
    found = operating_points(
        network,
        test_images(network, data, data_dir, n, size=size),
        device=device,
        keep=keep,
        progress=not quiet,
        file=out,
        executor=executor,
        **{name: values for name, values in chosen.items() if values},
    )
    if n is None:
        found = replace(found, data=data or network.provenance.get("data", found.data))
    show([operating_table(found)], json)
    if json:  # rows alone: what there is to say goes to standard error
        for finding in found.findings:
            say(str(finding))
    if picture is not None:
        say("picture", save_picture(pareto_plot(found)[0], picture))
    if out is not None:
        say("runs", out)
    if found.missing:
        left = counted(found.missing, "combination")
        say(f"interrupted: {left} {'was' if found.missing == 1 else 'were'} not run")
        raise typer.Exit(stopped())
