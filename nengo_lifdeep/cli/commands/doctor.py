"""``lifdeep doctor``."""

from __future__ import annotations

import dataclasses
import os
import sys
from typing import TYPE_CHECKING

import typer

from ...errors import MissingDependencyError
from ..options import Json

if TYPE_CHECKING:
    from rich.table import Table

    from ...simulators.doctor import Finding

__all__ = ["doctor"]


def doctor(json: Json = False) -> None:
    """Check the installation: versions, devices, simulators, and how to repair them.

    Exit code 3 if something is missing or broken.
    """
    from ...simulators.doctor import diagnose, findings_table

    findings = diagnose()
    if json:
        from json import dumps

        print(dumps([dataclasses.asdict(finding) for finding in findings], indent=2))
    else:
        _show(findings_table(findings), findings)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(MissingDependencyError.exit_code)


def _show(table: Table, findings: list[Finding]) -> None:
    """The table, or on a terminal too narrow for it lines whose commands are not broken."""
    from rich.console import Console
    from rich.measure import Measurement

    width = int(os.environ.get("COLUMNS", 0)) or (None if sys.stdout.isatty() else 160)
    console = Console(file=sys.stdout, width=width, highlight=False)
    at_any_width = console.options.update(max_width=10_000)
    if Measurement.get(console, at_any_width, table).maximum <= console.width:
        console.print(table)
        return
    for finding in findings:
        print(f"{'ok' if finding.ok else 'no'}  {finding.what}: {finding.found}")
        if finding.repair:
            print(f"    {finding.repair}")
