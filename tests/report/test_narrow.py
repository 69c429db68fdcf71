"""Tables on narrow terminals: no cell is cut off or left away, and no line is too long."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from nengo_lifdeep.report.tables.grid import Column, Grid
from nengo_lifdeep.report.tables.narrow import laid_out

COLUMNS = (Column("name", "device"), Column("uj", "synapses [µJ]", ",.3g"),
           Column("n", "neuron updates", ",d"), Column("source", "source"),
           Column("pj", "per event [pJ]", ",.3g"))  # fmt: skip
SOURCE = "Degnan, Marr & Hasler 2016, IEEE Trans. VLSI Systems 24(1), as in KerasSpiking"
ROWS = (
    {"name": "CPU, Intel i7-4960X", "uj": 1134.4, "n": 1_234_567, "source": SOURCE, "pj": 8600.0},
    {"name": "[red]chip[/]", "uj": 0.225, "n": 201_600},
)
GRID = Grid("Joules", COLUMNS, ROWS, ("Estimates only: joules of one operation, published.",))


def printed(grid: Grid, width: int) -> str:
    console = Console(width=width, file=io.StringIO(), highlight=False)
    console.print(*laid_out(grid, console), sep="\n")
    return console.file.getvalue()


@pytest.mark.parametrize("width", [24, 32, 40, 60, 72, 80, 100, 120, 160, 200])
def test_everything_is_there_at_every_width(width):
    text = printed(GRID, width)
    assert max(map(len, text.splitlines())) <= width
    for number in ("1,130", "1,234,567", "8,600", "0.225", "201,600"):
        assert number in text
    run_on = "".join(text.split())  # a word that is longer than its place goes on below
    for said in (SOURCE, "CPU, Intel i7-4960X", GRID.notes[0], "synapses [µJ]", "per event [pJ]"):
        for word in said.split():
            assert word in run_on or width < 80, word
    if width < 60:
        assert "".join(SOURCE.split()) in run_on
    assert "[red]chip[/]" in text and "…" not in text


def test_long_words_are_below_before_a_table_is_a_list():
    wide, lines, listed = (printed(GRID, width) for width in (180, 60, 30))
    assert SOURCE in wide and "source:" not in wide
    heading = next(line for line in lines.splitlines() if "device" in line)
    assert "updates" in heading and "source" not in heading
    assert "CPU, Intel i7-4960X, source: Degnan" in lines and "chip[/], source" not in lines
    assert "neuron updates" in listed and "─" not in listed


def test_rows_without_a_name_are_lists_too():
    columns = tuple(Column(f"x{i}", f"a number {i}", ".1f") for i in range(9))
    text = printed(Grid("", columns, ({c.key: 1000.0 + i for i, c in enumerate(columns)},)), 20)
    assert all(f"{1000 + i}.0" in text and f"a number {i}" in text for i in range(9))


def test_an_empty_table_has_its_notes():
    assert "All rules are kept." in printed(
        Grid("Findings", COLUMNS, (), ("All rules are kept.",)), 20
    )
