"""Standard output that is closed, full, or has few characters."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from nengo_lifdeep.support.consoles import printable

posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes and signals of POSIX")


def lifdeep(*words, **options):
    """The command as a process of its own."""
    code = "from nengo_lifdeep.cli.app import main; main()"
    environment = {**os.environ, **options.pop("environment", {})}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)],
        stderr=subprocess.PIPE,
        env=environment,
        **{"stdout": subprocess.PIPE, **options},
    )


@posix
def test_a_reader_that_has_gone(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    process = lifdeep("info", stdout=writing)
    os.close(writing)
    assert process.communicate()[1] == b""
    assert process.returncode == 141


@posix
def test_a_full_disk_below_standard_output(tmp_path):
    import resource

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    with (tmp_path / "out").open("wb") as file:
        process = lifdeep("info", stdout=file, preexec_fn=limited)
        message = process.communicate()[1].decode()
    assert process.returncode == 6
    assert message.startswith("lifdeep: cannot print the result: File too large")
    assert message.count("\n") == 1


@posix
def test_closed_standard_streams():
    process = lifdeep("info", stdout=None, preexec_fn=lambda: [os.close(n) for n in (0, 1)])
    assert process.communicate()[1] == b"" and process.returncode == 0


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize(
    "words", [("info",), ("energy", "digits-compact", "--n", 3, "-q"), ("--help",)]
)
def test_consoles_of_few_characters(encoding, words):
    process = lifdeep(*words, environment={"PYTHONIOENCODING": encoding})
    out, message = process.communicate()
    assert b"Traceback" not in message and b"codec" not in message
    assert len(out.decode(encoding)) > 500


def test_a_table_from_python_in_a_console_of_few_characters():
    code = (
        "from nengo_lifdeep.report.tables.grid import Column, Grid;"
        "Grid('', (Column('a', '0.1–0.2 µJ'),), ({'a': None}, {'a': '×'})).show()"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert found.returncode == 0, found.stderr
    assert b"0.1-0.2 uJ" in found.stdout


def test_twins_in_ascii():
    assert printable("–—−µ×±…→é\udcff\u4e2d", "ascii") == "---ux+-...->e??"
    assert printable("–µé", "cp1252") == "–µé"
    assert printable("plain", None) == "plain"


@posix
def test_sigterm_keeps_what_is_finished(tmp_path):
    from nengo_lifdeep.records import Evaluation

    out = tmp_path / "e.lifdeep"
    words = ("evaluate", "digits-compact", "-s", "rate", "-s", "nengo", "-q", "--out", out)
    process = lifdeep(*words)
    first = tmp_path / "e-rate.lifdeep"
    deadline = time.monotonic() + 120
    while not first.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.terminate()
    shown, message = process.communicate()
    assert process.returncode == 143, message
    assert b"rate" in shown and b"interrupted" in message and b"Traceback" not in message
    assert Evaluation.load(first).n_images == 359
