"""Text from files reaches a terminal as text, never as orders to it."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from nengo_lifdeep.cli import files
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.datasets import load
from nengo_lifdeep.errors import DataError, ModelFileError
from nengo_lifdeep.records import Evaluation
from nengo_lifdeep.report.tables.grid import Column, Grid
from nengo_lifdeep.support.consoles import visible
from nengo_lifdeep.support.html_card import html_card

#: clears the screen, sets the title, an escape in one byte, turns the order of reading around,
#: goes back to the line's start, and markup of rich
HOSTILE = "net\x1b[2J\x1b]0;owned\x07\x9b31m\u202egpj\rok [bold red]x[/] \u2028 y"

_ORDERS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")


def _obeyed(text):
    return _ORDERS.findall(text)


@pytest.mark.parametrize("text", [HOSTILE, "a\ud800b", "\ufeffa"])
def test_nothing_steers_and_nothing_is_lost(text):
    shown = visible(text)
    assert not _obeyed(shown)
    assert visible(shown) == shown
    shown.encode()


def test_ordinary_text_stays():
    assert visible("0.43–2.83 µJ, Höppner 日本") == "0.43–2.83 µJ, Höppner 日本"
    assert visible("two\nlines\x1b", keep="\n") == "two\nlines\\x1b"


def test_tables_in_every_form(capsys):
    grid = Grid(HOSTILE, (Column("name", "name"),), ({"name": HOSTILE},), (HOSTILE,))
    grid.show()
    for text in (capsys.readouterr().out, grid.markdown(), grid.html(), grid.json()):
        assert "net" in text and not _obeyed(text)


def test_a_name_of_a_million_characters_does_not_fill_the_screen(capsys):
    grid = Grid("", (Column("name", "name"),), ({"name": "x" * 10**6},))
    grid.show()
    assert 100 < capsys.readouterr().out.count("x") <= 1000
    assert len(grid.records()[0]["name"]) == 10**6


def test_cards_of_notebooks():
    assert not _obeyed(html_card(HOSTILE, [("layers", HOSTILE)]))


@pytest.fixture(scope="module")
def hostile_files(example, tmp_path_factory):
    """A trained network, the same in spikes, and an evaluation, named by somebody else."""
    folder = tmp_path_factory.mktemp("hostile")
    trained = example[0]
    trained = dataclasses.replace(
        trained,
        architecture=dataclasses.replace(trained.architecture, name=HOSTILE),
        classes=tuple(f"{HOSTILE}{i}" for i in range(len(trained.classes))),
        provenance={**trained.provenance, HOSTILE: HOSTILE, "data": HOSTILE, "command": HOSTILE},
    )
    labels = np.zeros(2, np.int64)
    notes = (HOSTILE,)
    evaluation = Evaluation(
        "rate", HOSTILE, HOSTILE, None, labels, labels, trained.classes, None,
        {HOSTILE: 1.0}, {}, 1.0, notes=notes,
    )  # fmt: skip
    return (
        trained.save(folder / "trained.lifdeep"),
        convert(trained).save(folder / "spiking.lifdeep"),
        evaluation.save(folder / "evaluation.lifdeep"),
    )


@pytest.mark.parametrize(
    "command",
    ["info", "card", "energy --data bars", "diagnose --data bars --n 5", "deploy --plan"],
)
@pytest.mark.parametrize("which", [0, 1])
def test_the_command_line(lifdeep, hostile_files, command, which):
    if which and command == "card":
        pytest.skip("cards are of trained networks")
    name, *options = command.split()
    result = lifdeep(name, hostile_files[which], *options)
    assert not _obeyed(result.stdout + result.stderr)
    assert "net\\x1b" in result.stdout + result.stderr or command == "info"


def test_info_of_an_evaluation(lifdeep, hostile_files):
    result = lifdeep("info", hostile_files[2])
    assert result.exit_code == 0 and not _obeyed(result.stdout + result.stderr)


@pytest.mark.parametrize("debug", [(), ("--debug",)])
def test_errors(lifdeep, monkeypatch, trained_file, debug):
    def fail(path):
        raise ModelFileError(f"{HOSTILE} is damaged")

    monkeypatch.setattr(files, "load_trained", fail)
    result = lifdeep(*debug, "info", f"no{HOSTILE}.lifdeep")
    assert result.exit_code == 2 and not _obeyed(result.stdout + result.stderr)
    result = lifdeep(*debug, "card", trained_file)
    assert result.exit_code == 4 and "net\\x1b[2J" in result.stderr
    assert not _obeyed(result.stdout + result.stderr)


def test_too_little_memory(lifdeep, monkeypatch, trained_file):
    def fail(path):
        raise MemoryError("Unable to allocate 68 TiB")

    monkeypatch.setattr(files, "load_trained", fail)
    result = lifdeep("card", trained_file)
    assert result.exit_code == 7 and result.stderr.startswith("lifdeep: not enough memory (Unable")
    assert "nothing was finished" in result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize("size", [10**6, 10**9])
def test_pictures_that_no_memory_holds(tmp_path, size):
    for part in ("train", "test"):
        (tmp_path / part / "a").mkdir(parents=True)
        (tmp_path / part / "a" / "1.png").write_bytes(b"")
    with pytest.raises(DataError, match="do not fit into the memory; choose a smaller size"):
        load("folder", directory=tmp_path, size=size)
