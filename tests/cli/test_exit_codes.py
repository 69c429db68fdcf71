"""One exit code per kind of error: in the class, in the table, on the page, and of the command."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nengo_lifdeep import errors
from nengo_lifdeep.cli import files
from nengo_lifdeep.cli.endings import codes
from nengo_lifdeep.cli.endings.codes import CODES, exit_code
from nengo_lifdeep.layers import Dense

posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes and signals of POSIX")
KINDS = [getattr(errors, name) for name in errors.__all__]
#: endings that no class stands for
NAMES = [name for name in codes.__all__ if name.isupper() and name != "CODES"]
OTHERS = {0, *(getattr(codes, name) for name in NAMES)}


def test_every_kind_of_error_has_a_code_that_the_table_explains():
    for kind in KINDS:
        assert exit_code(kind("no")) == kind.exit_code, kind
        assert kind is errors.LifdeepError or kind.exit_code not in (0, 1), kind
    assert {kind.exit_code for kind in KINDS} | OTHERS == set(CODES)


def test_every_kind_says_its_code_once():
    """In its own class, or in the one kind of ours that it is a kind of."""
    for kind in KINDS:
        saying = [each for each in kind.__mro__ if "exit_code" in vars(each)]
        assert saying and all(each in KINDS for each in saying), kind


def test_signals_have_the_codes_of_shells():
    assert codes.INTERRUPTED == 128 + signal.SIGINT
    assert codes.TERMINATED == 128 + signal.SIGTERM
    assert codes.NO_READER == 128 + 13  # SIGPIPE, which Windows has not


def test_the_page_and_the_help_have_the_same_table(lifdeep, monkeypatch):
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    rows = {int(code): said for code, said in re.findall(r"^\| (\d+) \| (.+) \|$", page, re.M)}
    assert rows == CODES
    monkeypatch.setenv("COLUMNS", "200")
    said = " ".join(lifdeep("--help").stdout.split())
    for code, meaning in CODES.items():
        assert f"{code} {meaning}" in said


def test_real_commands_of_every_kind(lifdeep, trained_file, make_network, tmp_path):
    """As users give them: what is wrong is on the line or on the disk."""
    damaged = tmp_path / "damaged.lifdeep"
    damaged.write_bytes(trained_file.read_bytes()[:-200])
    text = tmp_path / "text.txt"
    text.write_text("no network, no folder\n")
    broken = tmp_path / "broken.toml"
    broken.write_text('[fixed]\nmodel = "nobody.lifdeep"\n[grid]\nseed = [0, 1]\n')
    wide = make_network((4200,), [Dense(4200), Dense(20), Dense(2)]).save(tmp_path / "w.lifdeep")
    short = ("--data", "bars", "--n", 2, "--quiet")
    expected = {
        0: [("info", trained_file), ("--version",), ("--help",), ()],
        2: [
            ("evaluate",),
            ("nonsense",),
            ("evaluate", trained_file, "--n", "many"),
            ("evaluate", trained_file, "--check", 2, *short),
            ("evaluate", trained_file, "--simulator", "brian", *short),
            ("points", trained_file, "--device", "toaster", *short),
            ("train", "--out", tmp_path / "x.png"),
        ],
        4: [
            ("evaluate", tmp_path / "none.lifdeep"),
            ("info", damaged),
            ("sweep", text),
            ("evaluate", trained_file, "--data", "digits"),
            ("evaluate", trained_file, "--data", "bars", "--n", 100_000),
        ],
        5: [("deploy", wide, "--plan"), ("deploy", wide, "--plan", "--json")],
        6: [
            ("evaluate", trained_file, *short, "--out", tmp_path),
            ("evaluate", trained_file, *short, "--out", text / "e.lifdeep"),
            ("card", trained_file, "--out", "/dev/null"),
        ],
        7: [("sweep", broken, "--quiet")],
    }
    for code, lines in expected.items():
        for words in lines:
            done = lifdeep(*words)
            assert done.exit_code == code, (words, done.exit_code, done.output)
            assert code in (0, 5, 7) or not done.stdout, words
            assert code == 0 or done.stdout or len(done.stderr.split()) > 4, words


def test_a_package_that_is_missing(lifdeep, trained_file, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = lifdeep("points", trained_file, "--data", "bars", "--picture", tmp_path / "p.png")
    assert done.exit_code == 3 and "'report' extra" in done.stderr


def test_memory_that_is_not_there(lifdeep, trained_file, monkeypatch):
    _raised(monkeypatch, MemoryError())
    done = lifdeep("evaluate", trained_file)
    assert done.exit_code == 7 and "not enough memory" in done.stderr


def test_what_nobody_foresaw_keeps_its_traceback(lifdeep, trained_file, monkeypatch):
    """Of Python itself, which ends with 1."""
    _raised(monkeypatch, KeyError("weights"))
    done = lifdeep("evaluate", trained_file)
    assert done.exit_code == 1 and isinstance(done.exception, KeyError)
    code = (
        "from nengo_lifdeep.cli import files, main\n"
        "def load_any(path): raise KeyError('weights')\n"
        "files.load_any = load_any\n"
        "main()"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, "evaluate", str(trained_file)], capture_output=True, text=True
    )
    assert found.returncode == 1 and "Traceback" in found.stderr and "weights" in found.stderr


def test_an_interrupt(lifdeep, trained_file, monkeypatch):
    _raised(monkeypatch, KeyboardInterrupt())
    assert lifdeep("evaluate", trained_file).exit_code == 130


@pytest.mark.loihi
def test_a_check_that_does_not_confirm(lifdeep, trained_file, monkeypatch):
    from nengo_lifdeep.evaluation.agreement import SpikeCheck

    words = ("evaluate", trained_file, "--data", "bars", "--n", 4, "-s", "events", "--check", 2)
    times = ("--t-c", 10, "--t-p", 20, "--quiet")
    assert lifdeep(*words, *times).exit_code == 0
    monkeypatch.setattr(SpikeCheck, "passed", property(lambda self: False))
    done = lifdeep(*words, *times)
    assert done.exit_code == 8 and "check failed" in done.stderr and "events" in done.stdout


@posix
@pytest.mark.parametrize("signal_, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals(tmp_path, signal_, code):
    """Sent once the first of two simulators is finished."""
    out = tmp_path / "e.lifdeep"
    words = ("evaluate", "digits-compact", "-s", "rate", "-s", "nengo", "-q", "--out", str(out))
    process = _process(*words)
    first = tmp_path / "e-rate.lifdeep"
    deadline = time.monotonic() + 120
    while not first.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal_)
    shown, message = process.communicate()
    assert process.returncode == code, message
    assert b"rate" in shown and b"interrupted" in message and b"Traceback" not in message


@posix
@pytest.mark.parametrize("words", [("info",), ("info", "--json"), ("--help",)])
def test_a_reader_that_has_gone(words):
    reading, writing = os.pipe()
    os.close(reading)
    process = _process(*words, stdout=writing)
    os.close(writing)
    assert process.communicate()[1] == b"" and process.returncode == 141


def _process(*words, stdout=subprocess.PIPE):
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code = heard + "from nengo_lifdeep.cli import main; main()"  # also where tests ignore Ctrl-C
    return subprocess.Popen(
        [sys.executable, "-c", code, *words], stdout=stdout, stderr=subprocess.PIPE
    )


def _raised(monkeypatch, error):
    def load(path):
        raise error

    monkeypatch.setattr(files, "load_any", load)
