"""``lifdeep report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..options import Out

__all__ = ["report"]


def report(
    folder: Annotated[
        Path, typer.Argument(help="Folder that other commands wrote to.", show_default=False)
    ],
    out: Out = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Also write a Markdown page with its pictures.")
    ] = False,
) -> None:
    """Gather everything in a folder into one HTML page that loads nothing from elsewhere.

    Model cards, evaluations with pictures, rasters, tables of `reproduce` and `deploy`, versions
    and commands. A damaged file in the folder is an error. Ctrl-C keeps the previous page.
    """
    from ...report.pages.folder import write_run_report
    from ..outputs import try_outputs
    from ..screen import say

    try_outputs(texts=(out,))
    for kind, path in write_run_report(folder, out, markdown=markdown).items():
        say({"html": "page", "md": "as Markdown"}[kind], path)
