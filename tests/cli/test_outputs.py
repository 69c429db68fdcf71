"""Where a command may write to is found out before it works."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from nengo_lifdeep.cli import data, files


@pytest.fixture
def no_work(monkeypatch):
    """Reading the network fails the test: the output is refused before."""

    def fail(*arguments):
        raise AssertionError("work began")

    for name in ("load_any", "load_model", "load_trained", "load_network"):
        monkeypatch.setattr(files, name, fail)
    monkeypatch.setattr(data, "load_data", fail)


#: every option that names something to be written, and a command that has it
FILES = [
    ("train", "--out"),
    ("convert", "M", "--out"),
    ("run", "M", "--out"),
    ("evaluate", "M", "--out"),
    ("evaluate", "M", "-s", "rate", "-s", "events", "--ladder", "--out"),
    ("deploy", "M", "--out"),
    ("deploy", "M", "--picture"),
    ("points", "M", "--out"),
    ("points", "M", "--picture"),
    ("sweep", "STUDY", "--picture"),
    ("card", "M", "--out"),
    ("pull", "M", "--out"),
    ("report", "FOLDER", "--out"),
]
FOLDERS = [
    ("train", "--out", "o.lifdeep", "--checkpoint"),
    ("deploy", "M", "--report"),
    ("reproduce", "hunsberger2016", "--out"),
    ("sweep", "STUDY", "--out"),
    ("evaluate", "M", "--parts"),
]


def call(lifdeep, words, out, tmp_path):
    filled = [{"M": tmp_path / "m.lifdeep", "FOLDER": tmp_path,
               "STUDY": tmp_path / "study.toml"}.get(w, w) for w in words]  # fmt: skip
    result = lifdeep(*filled, out)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize("words", FILES, ids=" ".join)
def test_what_is_no_file_is_refused_before_the_work(lifdeep, no_work, tmp_path, words):
    suffix = ".png" if "--picture" in words else ".lifdeep"
    (tmp_path / f"folder{suffix}").mkdir()
    (tmp_path / "file").write_text("x")
    for out, message in (
        (tmp_path / f"folder{suffix}", "it is a folder"),
        (tmp_path / "file" / f"out{suffix}", "file"),
        (tmp_path / f"{'x' * 300}{suffix}", "name|long"),
    ):
        result = call(lifdeep, words, out, tmp_path)
        assert result.exit_code == 6, result.stderr
        assert result.stderr.startswith("lifdeep: cannot write ")
        assert any(word in result.stderr for word in message.split("|"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", f"folder{suffix}"]


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes")
@pytest.mark.parametrize("words", FILES, ids=" ".join)
def test_a_named_pipe_stays(lifdeep, no_work, tmp_path, words):
    out = tmp_path / ("out.png" if "--picture" in words else "out.lifdeep")
    os.mkfifo(out)
    result = call(lifdeep, words, out, tmp_path)
    assert result.exit_code == 6 and "it is a named pipe" in result.stderr
    assert out.is_fifo()


@pytest.mark.parametrize("words", FOLDERS, ids=" ".join)
def test_what_is_no_folder_is_refused_before_the_work(
    lifdeep, no_work, tmp_path, monkeypatch, words
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    for out in (tmp_path / "file", tmp_path / "file" / "more"):
        result = call(lifdeep, words, out, tmp_path)
        assert result.exit_code == 6 and "is no folder" in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_several_simulators_are_tried_under_their_own_names(lifdeep, no_work, tmp_path):
    (tmp_path / "e-events.lifdeep").mkdir()
    words = ("evaluate", tmp_path / "m", "-s", "rate", "-s", "events")
    result = lifdeep(*words, "--out", tmp_path / "e.lifdeep")
    assert result.exit_code == 6 and "e-events.lifdeep: it is a folder" in result.stderr


@pytest.mark.parametrize("command", ["convert", "run", "evaluate", "deploy", "points"])
def test_what_is_read_is_not_replaced(lifdeep, no_work, tmp_path, command):
    (tmp_path / "m.lifdeep").write_text("precious")
    (tmp_path / "same").symlink_to("m.lifdeep")
    for out in ("m.lifdeep", "same"):
        result = lifdeep(command, tmp_path / "m.lifdeep", "--out", tmp_path / out)
        assert result.exit_code == 2 and "what this command reads" in result.stderr
    assert (tmp_path / "m.lifdeep").read_text() == "precious"


def test_suffixes_of_other_kinds(lifdeep, no_work, tmp_path):
    result = lifdeep("train", "--out", tmp_path / "net.onnx")
    assert result.exit_code == 2
    assert ".onnx is the suffix of another kind of file; expected .lifdeep" in result.stderr
    result = lifdeep("points", "digits-compact", "--picture", tmp_path / "p.gif")
    assert result.exit_code == 2 and "ends in .png, .svg or .pdf" in result.stderr


def test_two_results_in_one_file(lifdeep, no_work, tmp_path):
    words = ("deploy", "m", "--out", tmp_path / "x.png", "--picture", tmp_path / "x.png")
    assert "suffix of another kind" in lifdeep(*words).stderr
    (tmp_path / "x").symlink_to("x.png")
    words = ("deploy", "m", "--out", tmp_path / "x", "--picture", tmp_path / "x.png")
    assert "given for two files" in lifdeep(*words).stderr


def test_every_option_that_names_an_output_is_in_these_tests():
    """A new option with a path is either read, and listed here, or tried, and listed above."""
    import inspect

    from nengo_lifdeep.cli import app

    read = {"model", "data_dir", "evaluations", "folder", "start", "study", "config"}
    every = "save_config"  # of all commands: tests/cli/test_config.py
    tested = {(words[0], words[-1].lstrip("-")) for words in (*FILES, *FOLDERS)}
    found = set()
    for command in app.registered_commands:
        for name, parameter in inspect.signature(command.callback).parameters.items():
            if "Path" in str(parameter.annotation) or parameter.annotation == "Out":
                found.add((command.callback.__name__, name))
    found = {(command, name) for command, name in found if name not in {*read, every}}
    assert found - {("view", "model"), ("view", "beside")} == tested


def test_python_tries_too(tmp_path, example):
    from nengo_lifdeep.errors import ModelFileError
    from nengo_lifdeep.report.pages.folder import write_run_report

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "broken.lifdeep").write_text("x")
    with pytest.raises(ModelFileError, match="it is a folder"):
        write_run_report(tmp_path / "in", Path(tmp_path))
