"""``lifdeep doctor``."""

from __future__ import annotations

import dataclasses
import sys

import typer

from ...errors import MissingDependencyError
from ..options import Json

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
        from rich.console import Console

        width = None if sys.stdout.isatty() else 160
        Console(file=sys.stdout, width=width, highlight=False).print(findings_table(findings))
    if not all(finding.ok for finding in findings):
        raise typer.Exit(MissingDependencyError.exit_code)
