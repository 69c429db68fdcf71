"""A table as a value: columns of numbers and text, for terminals, Markdown and JSON."""

from __future__ import annotations

import csv
import dataclasses
import html
import io
import json
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...errors import ValidationError
from ...support.consoles import printable, visible
from ...support.short_repr import short_repr
from .plain_text import as_text

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["Column", "Grid"]

#: columns of a table that does not go to a terminal
_WIDTH_OF_FILES = 160

#: characters of one cell, title or note that are shown
_MOST_SHOWN = 1000


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
        Format of its numbers, also of a pair of them; words are shown as they are.
    """

    key: str
    heading: str
    style: str = ""

    def text(self, value: Any) -> str:
        """How a value is shown; what is not there is a dash.

        Parameters
        ----------
        value : object
            The value; None is shown as a dash.
        """
        if value is None:
            return "–"
        if isinstance(value, tuple):
            return "–".join(map(self.text, value))
        if isinstance(value, str):
            return value
        text = format(value, self.style)
        # 1,130 and not 1.13e+03, where a style asks for significant digits and thousands
        return f"{float(text):,.0f}" if self.style.startswith(",") and "e+0" in text else text


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

    __repr__ = short_repr

    def __post_init__(self) -> None:
        known = {column.key for column in self.columns}
        for row in self.rows:  # None where a column was left out, since no row has a value there
            unknown = {key for key, value in row.items() if value is not None} - known
            if unknown:
                raise ValidationError(f"table {self.title!r} has no columns {sorted(unknown)}")
        used = tuple(c for c in self.columns if any(r.get(c.key) is not None for r in self.rows))
        object.__setattr__(self, "columns", used or self.columns)

    def cells(self) -> list[list[str]]:
        """Every row as it is shown, without what would steer a terminal."""
        return [
            [_shown(column.text(row.get(column.key))) for column in self.columns]
            for row in self.rows
        ]

    def shown_title(self) -> str:
        """The title without what would steer a terminal."""
        return _shown(self.title)

    def shown_notes(self) -> list[str]:
        """The notes without what would steer a terminal."""
        return [_shown(note) for note in self.notes]

    def records(self) -> list[dict[str, Any]]:
        """Every row as a JSON-ready dict, numbers unrounded."""
        return [{column.key: row.get(column.key) for column in self.columns} for row in self.rows]

    def json(self) -> str:
        """`records` as JSON text."""
        return json.dumps(self.records(), indent=2)

    def csv(self) -> str:
        """As comma-separated values: a line of keys, then numbers unrounded."""
        text = io.StringIO()
        writer = csv.DictWriter(text, [column.key for column in self.columns])
        writer.writeheader()
        writer.writerows(self.records())
        return text.getvalue()

    def markdown(self) -> str:
        """As a Markdown table; without rows its notes alone."""
        lines = [f"**{as_text(_shown(self.title))}**", ""] if self.title else []
        if self.rows or not self.notes:
            lines.append(_line(column.heading for column in self.columns))
            lines.append("|" + "".join("---:|" if c.style else "---|" for c in self.columns))
        lines += [_line(map(as_text, cells)) for cells in self.cells()]
        for note in self.notes:
            lines += ["", as_text(_shown(note))]
        return "\n".join(lines)

    def html(self) -> str:
        """As an HTML table with its title and notes; without rows its notes alone."""
        head = "".join(f"<th>{html.escape(c.heading)}</th>" for c in self.columns)
        lines = ["<figure>", f"<figcaption>{html.escape(_shown(self.title))}</figcaption>"]
        if not self.rows and self.notes:
            notes = [f"<p class=note>{html.escape(_shown(note))}</p>" for note in self.notes]
            return "\n".join([*lines, *notes, "</figure>"])
        lines += ["<table>", f"<thead><tr>{head}</tr></thead>", "<tbody>"]
        for cells in self.cells():
            pairs = zip(self.columns, cells, strict=True)
            shown = "".join(
                f"<td{' class=number' if c.style else ''}>{html.escape(cell)}</td>"
                for c, cell in pairs
            )
            lines.append(f"<tr>{shown}</tr>")
        lines += ["</tbody>", "</table>"]
        lines += [f"<p class=note>{html.escape(_shown(note))}</p>" for note in self.notes]
        return "\n".join([*lines, "</figure>"])

    def _repr_html_(self) -> str:
        """As `html`, with lines that notebooks show well."""
        return f"<div style='overflow-x:auto'>{self.html()}</div>"

    def rich(self, tight: bool = False) -> Table:
        """As a table for `rich.console.Console.print`; numbers are never folded.

        Parameters
        ----------
        tight : bool
            For narrow terminals: one space between columns, headings folded, words folded.
        """
        from rich import box
        from rich.markup import escape
        from rich.table import Table

        from .narrow import LONG

        table = Table(
            title=escape(self.shown_title()) or None,
            caption=escape("\n".join(self.shown_notes())) or None,
            caption_justify="left",
            title_justify="left",
            box=box.SIMPLE_HEAD,
            pad_edge=False,
            padding=0 if tight else (0, 1),
        )
        rows = self.cells()
        for column, *shown in zip(self.columns, *rows, strict=True):
            right = bool(column.style)
            pieces = shown if right else " ".join(shown).split()
            widest = max(map(len, [*column.heading.split(), *pieces]), default=0)
            justify: Any = "right" if right else "left"
            width = widest if tight and right else None
            least = 24 if max(map(len, shown), default=0) >= LONG else min(widest, 24)
            minimum = widest if right else least
            table.add_column(
                escape(column.heading), justify=justify, width=width, min_width=minimum
            )
        for cells in rows:
            table.add_row(*map(escape, cells))
        return table

    def show(self) -> None:
        """Print the table on standard output, as wide as the terminal (160 columns in a file)."""
        from rich.console import Console

        from .narrow import laid_out

        width = int(os.environ.get("COLUMNS", 0)) or None
        console = Console(
            file=sys.stdout,
            width=width or (None if sys.stdout.isatty() else _WIDTH_OF_FILES),
            highlight=False,
        )
        parts = laid_out(self, console)
        if console.encoding.startswith("utf"):
            console.print(*parts, sep="\n")
            return
        with console.capture() as shown:
            console.print(*parts, sep="\n")
        sys.stdout.write(printable(shown.get(), sys.stdout.encoding))


def _shown(text: str) -> str:
    """As a terminal may show it; very long text ends in dots."""
    return visible(text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}...", "\n")


def _line(cells: Any) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
