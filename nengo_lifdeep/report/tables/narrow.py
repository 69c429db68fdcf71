"""How a table is laid out on a terminal that is too narrow for it: no cell is ever cut off."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["LONG", "laid_out"]

#: characters from which on the words of a column can be lines below the table
LONG = 30


def laid_out(grid: Any, console: Console) -> list[Any]:
    """What to print: the table, a tighter one, one without its long words, or a list of its rows.

    Parameters
    ----------
    grid : Grid
        The table (`report.tables.grid`, which imports this).
    console : rich.console.Console
        Where it will be printed.
    """
    from rich.measure import Measurement

    at_any_width = console.options.update(max_width=10_000)
    table = grid.rich()
    if Measurement.get(console, at_any_width, table).maximum <= console.width:
        return [table]
    for each in (grid, _with_lines_below(grid)):
        table = each.rich(tight=True)
        if Measurement.get(console, at_any_width, table).minimum <= console.width:
            return [table]
    return _one_below_the_other(grid)


def _with_lines_below(grid: Any) -> Any:
    """The same without its column of longest words, which are lines below the table."""
    cells = list(zip(*grid.cells(), strict=True))
    longest = {
        place: max(map(len, cells[place]))
        for place, column in enumerate(grid.columns)
        if place and cells and not column.style
    }
    place = max(longest, key=lambda each: longest[each], default=0)
    if longest.get(place, 0) < LONG:
        return grid
    moved = grid.columns[place]
    lines = [
        f"{name}, {moved.heading}: {words}"
        for name, words in zip(cells[0], cells[place], strict=True)
        if words != "–"
    ]
    rows = tuple({k: v for k, v in row.items() if k != moved.key} for row in grid.rows)
    columns = (*grid.columns[:place], *grid.columns[place + 1 :])
    return dataclasses.replace(grid, columns=columns, rows=rows, notes=(*lines, *grid.notes))


def _one_below_the_other(grid: Any) -> list[Any]:
    """A line for every value, under the name of its row."""
    from rich.markup import escape
    from rich.padding import Padding
    from rich.table import Table

    named = not grid.columns[0].style
    found: list[Any] = [escape(grid.shown_title())] if grid.title else []
    for cells in grid.cells():
        pairs = list(zip(grid.columns, cells, strict=True))
        found += ["", escape(pairs[0][1])] if named and pairs[0][1].strip() else [""]
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
        table.add_column(overflow="fold")
        table.add_column(overflow="fold")
        for column, cell in pairs[1:] if named else pairs:
            if cell.strip() not in ("", "–"):
                table.add_row(escape(column.heading), escape(cell))
        found.append(Padding(table, (0, 0, 0, 2)) if table.row_count else "")
    return [*found, *(["", escape("\n".join(grid.shown_notes()))] if grid.notes else [])]
