"""The table of findings, of a plan for the chip or of a diagnosis."""

from __future__ import annotations

from collections.abc import Sequence

from ...records.finding import Finding
from .grid import Column, Grid

__all__ = ["findings_table"]


def findings_table(findings: Sequence[Finding], nothing: str = "Nothing unusual.") -> Grid:
    """Every finding with its remedy, in the order given.

    Parameters
    ----------
    findings : sequence of Finding
    nothing : str
        The note if there are no findings.

    Examples
    --------
    >>> findings_table([]).notes
    ('Nothing unusual.',)
    """
    columns = (
        Column("severity", ""),
        Column("where", "where"),
        Column("rule", "rule"),
        Column("found", "found"),
        Column("remedy", "remedy"),
    )
    rows = tuple(finding.to_dict() for finding in findings)
    return Grid("Findings", columns, rows, () if rows else (nothing,))
