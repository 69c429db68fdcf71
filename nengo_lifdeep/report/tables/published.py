"""What others published for the images of an evaluation, as a table beside it."""

from __future__ import annotations

from collections.abc import Sequence

from ...datasets.bundled.published import published_for
from ...records import Evaluation, ValueEvaluation
from ...support.checks import checked, each, instance
from .grid import Column, Grid

__all__ = ["published_tables"]

_COLUMNS = (
    Column("work", "published by"),
    Column("network", "network"),
    Column("device", "measured on"),
    Column("error_percent", "error [%]", ".2f"),
    Column("energy_uj", "energy per image [µJ]", ",.3g"),
    Column("time_ms", "time per image [ms]", ".3g"),
    Column("read_in", "read in"),
)

_NOTES = (
    "Nothing of this was measured here: other networks, other times, and chips where one is named. "
    "Of what was read elsewhere than in the paper itself, the paper was not at hand.",
)


@checked(evaluations=each(instance(Evaluation, ValueEvaluation), "evaluations"))
def published_tables(evaluations: Sequence[Evaluation | ValueEvaluation]) -> list[Grid]:
    """One table for each set of test images that there are published figures for, often none.

    Parameters
    ----------
    evaluations : sequence of Evaluation or ValueEvaluation
        Of networks that give classes; values are compared with nothing.

    Examples
    --------
    >>> published_tables([])
    []
    """
    sets = dict.fromkeys(e.data for e in evaluations if isinstance(e, Evaluation))
    found = dict.fromkeys(figures for name in sets if (figures := published_for(name)))
    tables = []
    for figures in found:
        rows = tuple(
            {
                "work": each.work,
                "network": each.network,
                "device": each.device or None,
                "error_percent": each.error,
                "energy_uj": None if each.joules is None else 1e6 * each.joules,
                "time_ms": None if each.seconds is None else 1e3 * each.seconds,
                "read_in": each.read_in,
            }
            for each in figures
        )
        title = f"Published, for context: {figures[0].data}'s test images"
        tables.append(Grid(title, _COLUMNS, rows, _NOTES))
    return tables
