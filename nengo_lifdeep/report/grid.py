"""A table as a value: columns of numbers and words, for terminals, Markdown and JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ValidationError

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["Column", "Grid"]


@dataclasses.dataclass(frozen=True)
class Column:
    """One column.

    Parameters
    ----------
    key : str
        Name in `Grid.records`, with the unit: ``"mean_rate_hz"``.
    heading : str
        Name on the screen, with the unit.
    style : str
        Format of its numbers; words are shown as they are.
    """

    key: str
    heading: str
    style: str = ""

    def text(self, value: Any) -> str:
        """How a value is shown; what is not there is a dash."""
        if value is None:
            return "–"
        return value if isinstance(value, str) else format(value, self.style)


@dataclasses.dataclass(frozen=True)
class Grid:
    """A table.

    Parameters
    ----------
    title : str
        What stands above it.
    columns : tuple of Column
        Columns that hold no value in any row are left out.
    rows : tuple of dict
        Values by the columns' keys.
    notes : tuple of str
        What stands below it.

    Raises
    ------
    ValidationError
        If a row has a key that no column has.

    Examples
    --------
    >>> grid = Grid("Rates", (Column("layer", "layer"), Column("hz", "Hz", ".1f")),
    ...             ({"layer": "conv1", "hz": 20.04},))
    >>> print(grid.markdown())
    **Rates**
    <BLANKLINE>
    | layer | Hz |
    |---|---:|
    | conv1 | 20.0 |
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        known = {column.key for column in self.columns}
        for row in self.rows:
            if set(row) - known:
                raise ValidationError(
                    f"table {self.title!r} has no columns {sorted(set(row) - known)}"
                )
        used = tuple(c for c in self.columns if any(r.get(c.key) is not None for r in self.rows))
        object.__setattr__(self, "columns", used or self.columns)

    def cells(self) -> list[list[str]]:
        """Every row as it is shown."""
        return [[column.text(row.get(column.key)) for column in self.columns] for row in self.rows]

    def records(self) -> list[dict[str, Any]]:
        """Every row as a JSON-ready dict, numbers unrounded."""
        return [{column.key: row.get(column.key) for column in self.columns} for row in self.rows]

    def json(self) -> str:
        """`records` as JSON text."""
        return json.dumps(self.records(), indent=2)

    def markdown(self) -> str:
        """As a Markdown table."""
        lines = [f"**{self.title}**", ""] if self.title else []
        lines.append(_line(column.heading for column in self.columns))
        lines.append("|" + "".join("---:|" if c.style else "---|" for c in self.columns))
        lines += [_line(cells) for cells in self.cells()]
        for note in self.notes:
            lines += ["", note]
        return "\n".join(lines)

    def rich(self) -> Table:
        """As a table for `rich.console.Console.print`."""
        from rich.markup import escape
        from rich.table import Table

        table = Table(
            title=escape(self.title) or None,
            caption=escape("\n".join(self.notes)) or None,
            caption_justify="left",
            title_justify="left",
        )
        for column in self.columns:
            table.add_column(escape(column.heading), justify="right" if column.style else "left")
        for cells in self.cells():
            table.add_row(*map(escape, cells))
        return table


def _line(cells: Any) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
