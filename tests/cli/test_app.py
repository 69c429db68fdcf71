"""The command as a whole: help, first steps, exit codes, and how fast it starts."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from nengo_lifdeep import __version__
from nengo_lifdeep.cli import files
from nengo_lifdeep.errors import CompatibilityError, MissingDependencyError

COMMANDS = ("train", "convert", "run", "evaluate", "deploy", "info", "doctor")


def test_without_arguments_it_says_what_to_do_first(lifdeep):
    result = lifdeep()
    assert result.exit_code == 0
    assert "lifdeep train --learning-rate" in result.stdout


def test_first_steps_need_nothing_that_is_not_installed(lifdeep, monkeypatch):
    """Without Numba the first command names the simulator that is always there."""
    assert "--simulator events" in lifdeep().stdout
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    said = lifdeep().stdout
    assert "--simulator nengo" in said and "--simulator events" not in said


def test_help_lists_commands_and_exit_codes(lifdeep):
    text = lifdeep("--help").stdout
    for word in (*COMMANDS, "Exit codes", "130"):
        assert word in text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(lifdeep, command):
    result = lifdeep(command, "--help")
    assert result.exit_code == 0
    assert f"Example: lifdeep {command}" in result.stdout


def test_version(lifdeep):
    assert lifdeep("--version").stdout.strip() == __version__


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MissingDependencyError("not installed"), 3),
        (CompatibilityError("too old"), 3),
        (KeyboardInterrupt(), 130),
    ],
)
def test_exit_codes_of_errors(lifdeep, monkeypatch, trained_file, error, code):
    def fail(path):
        raise error

    monkeypatch.setattr(files, "load_any", fail)
    assert lifdeep("evaluate", trained_file).exit_code == code


def test_our_errors_are_one_message_without_a_traceback(lifdeep, tmp_path):
    result = lifdeep("evaluate", tmp_path / "none.lifdeep")
    assert result.exit_code == 4
    assert result.stdout == ""
    message = f"lifdeep: there is no file {tmp_path / 'none.lifdeep'}\n"
    assert result.stderr == f"{message}help: docs/cli.md\n"


def test_every_error_names_a_page_that_is_there():
    from pathlib import Path

    from nengo_lifdeep import errors

    docs = Path(__file__).parents[2] / "docs"
    for name in errors.__all__:
        assert (docs / f"{getattr(errors, name).page}.md").is_file(), name


def test_debug_shows_the_traceback(lifdeep, tmp_path):
    result = lifdeep("--debug", "evaluate", tmp_path / "none.lifdeep")
    assert result.exit_code == 4
    assert "Traceback" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("evaluate",),
        ("convert", "a", "--out", "b", "--synapse", "alpha:3"),
        ("train", "--out", "x", "--noise", "pink:3ms"),
        ("train", "--out", "x", "--neuron", "relu", "--tau-rc", "20"),
        ("train", "--out", "x", "--epochs", "0"),
        ("info", "no-such-network"),
    ],
)
def test_wrong_command_lines_give_two(lifdeep, words):
    assert lifdeep(*words).exit_code == 2


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from nengo_lifdeep.cli import app;"
        "print([m for m in ('numpy', 'nengo', 'tensorflow', 'matplotlib') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_as_a_process_of_its_own(tmp_path):
    command = [sys.executable, "-m", "nengo_lifdeep.cli", "info", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 4
    assert "Traceback" not in result.stderr
