"""``lifdeep sweep``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..endings.codes import stopped
from ..options import Cluster, Json, Quiet, Workers, executor_of

__all__ = ["sweep"]


def sweep(
    study: Annotated[Path, typer.Argument(help="File of the study, in TOML.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the results; by default the study's, beside its file.",
            show_default=False,
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(help="File for the study's picture (x, y, by): .png, .svg or .pdf."),
    ] = None,
    workers: Workers = None,
    cluster: Cluster = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure a network, or train one, with every combination of the values in a file.

    Every result is a file in the folder as soon as it is there, and is not computed again: after
    Ctrl-C or a kill the same command goes on from there. Jobs that failed are named at the end,
    tried again by the next call, and make the exit code 7.
    """
    from ...errors import ValidationError
    from ...report.plots.canvas import save_picture
    from ...sweeps import sweep as run_sweep
    from ...sweeps.study import Study
    from ..outputs import try_outputs
    from ..screen import say, show

    executor = executor_of(workers, cluster)
    try_outputs(folders=(out,), pictures=(picture,), read=(study,))
    asked = Study.load(study)
    folder = asked.out if out is None else out
    try_outputs(folders=(folder,))
    if picture is not None and (asked.x is None or asked.y is None):
        raise ValidationError(
            f"{study} says not what to draw; give x and y in [study], names of columns, and by"
        )
    try:
        found = run_sweep(
            asked.function, asked.grid, out=folder, executor=executor, progress=not quiet
        )
    except KeyboardInterrupt:
        say("interrupted; the same command continues from what is in", folder)
        raise typer.Exit(stopped()) from None
    shown = found if asked.over is None else found.over(asked.over)
    show([shown.table(fixed=asked.fixed)], json)
    say("table", folder / "table.{csv,json,md}")
    if picture is not None:
        assert asked.x is not None and asked.y is not None
        say("picture", save_picture(found.plot(asked.x, asked.y, asked.by), picture))
    found.require()
