"""Tables as values: formats agree with each other and lose no number."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.report.tables.grid import Column, Grid

COLUMNS = (Column("name", "name"), Column("hz", "rate [Hz]", ".1f"), Column("n", "n", ",d"))


def grid(*rows) -> Grid:
    return Grid("A table", COLUMNS, rows, ("a note",))


def test_json_keeps_every_digit():
    table = grid({"name": "a", "hz": 1 / 3, "n": 5})
    assert json.loads(table.json()) == [{"name": "a", "hz": 1 / 3, "n": 5}]


def test_pairs_are_ranges_on_the_screen_and_lists_in_json():
    table = grid({"name": "a", "hz": (0.25, 1 / 3), "n": 5})
    assert table.cells() == [["a", "0.2–0.3", "5"]]
    assert json.loads(table.json())[0]["hz"] == [0.25, 1 / 3]


def test_missing_values_are_dashes_and_empty_columns_go():
    table = grid({"name": "a", "hz": 2.0}, {"name": "b"})
    assert table.cells() == [["a", "2.0"], ["b", "–"]]
    assert [column.key for column in table.columns] == ["name", "hz"]


def test_markdown_has_as_many_cells_in_every_line_and_escapes_bars():
    lines = grid({"name": "a|b", "hz": 1.0, "n": 12345}).markdown().splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert table[2] == "| a\\|b | 1.0 | 12,345 |"
    assert {line.replace("\\|", "").count("|") for line in table} == {4}
    assert lines[-1] == "a note"


def test_without_rows_the_notes_stand_alone():
    grid = Grid("Findings", (Column("where", "where"),), (), ("All rules are kept.",))
    assert "<table" not in grid.html() and "All rules are kept." in grid.html()
    assert grid.markdown().splitlines() == ["**Findings**", "", "", "All rules are kept."]
    assert "<table" in Grid("", (Column("where", "where"),), ()).html()


def test_terminal_shows_brackets_as_they_are():
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(grid({"name": "[red]x[/]", "hz": 1.0, "n": 1}).rich())
    text = console.export_text()
    assert "[red]x[/]" in text
    assert "rate [Hz]" in text


def test_unknown_key_is_refused():
    with pytest.raises(ValidationError, match="'speed'"):
        grid({"name": "a", "speed": 3})


def test_large_numbers_have_no_exponent():
    column = Column("uj", "[µJ]", ",.3g")
    assert column.text(1134.4) == "1,130" and column.text(999.6) == "1,000"
    assert column.text(38.12) == "38.1" and column.text(1.2e-7) == "1.2e-07"
    assert column.text(float("inf")) == "inf" and column.text((1134.4, 6.0)) == "1,130–6"
