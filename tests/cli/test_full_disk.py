"""A disk that is full at every write of a command: what is finished stays, and it goes on."""

from __future__ import annotations

import errno
import os
import re
import stat

import pytest

from tests.kills.folder_check import assert_same_values, finished, leftovers

QUICK = ("--t-c", 5, "--t-p", 20, "-q")
POINTS = ("--tau-s", 2, "--scale-rates", 1, "--scale-rates", 2, "--t-p", 20, "--t-p", 40, "-q")

#: words, in which M is a network and F the folder that is written to
COMMANDS = {
    "points": ("points", "M", "--data", "bars", "--n", 5, *POINTS, "--out", "F/p.lifdeep",
               "--picture", "F/p.svg"),
    "deploy": ("deploy", "M", "--data", "bars", "--n", 4, *QUICK, "--report", "F/report",
               "--out", "F/e.lifdeep"),
    "run": ("run", "M", "--data", "bars", "--n", 4, *QUICK, "--rasters", 2, "--out", "F/r.lifdeep"),
    "evaluate": ("evaluate", "M", "--data", "bars", "--n", 4, "-s", "rate", "-s", "events", *QUICK,
                 "--out", "F/e.lifdeep"),
    "report": ("report", "MODELS", "--markdown", "--out", "F/page.html"),
    "reproduce": ("reproduce", "hunsberger2016", "--figure", "response", "--figure", "variance",
                  "--out", "F", "-q"),
}  # fmt: skip

#: commands that are given what they had finished: each attempt does what is left
CONTINUES = ("points",)

#: commands that print what they have measured, though it cannot be saved
PRINTS = {"deploy": "loihi-exact", "run": "spikes", "evaluate": "rate"}


class Disk:
    """Has room for some files, and counts them."""

    def __init__(self, monkeypatch):
        self.room, self.written, self.synchronise = None, 0, os.fsync
        monkeypatch.setattr(os, "fsync", self.fsync)

    def fsync(self, file):
        if stat.S_ISREG(os.fstat(file).st_mode):
            if self.room is not None and self.written >= self.room:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self.written += 1
        self.synchronise(file)

    def has(self, room):
        self.room, self.written = room, 0


@pytest.fixture
def disk(monkeypatch):
    return Disk(monkeypatch)


def called(lifdeep, name, folder, trained_file):
    places = {"M": trained_file, "MODELS": trained_file.parent}
    words = [places.get(word, word) for word in COMMANDS[name]]
    words = [re.sub(r"^F\b", str(folder), w) if isinstance(w, str) else w for w in words]
    return lifdeep(*words)


LONG = ("reproduce", "deploy")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n in LONG else n for n in COMMANDS]
)
def test_every_write(lifdeep, disk, trained_file, tmp_path, name):
    whole = tmp_path / "whole"
    result = called(lifdeep, name, whole, trained_file)
    assert result.exit_code == 0, result.stderr
    all_writes = disk.written
    assert all_writes > 0
    folder, before, done = tmp_path / "full", {}, 0
    for room in range(all_writes):
        disk.has(room - done if name in CONTINUES else room)
        result = called(lifdeep, name, folder, trained_file)
        assert result.exit_code == 6, (room, result.stderr)
        _one_line(result.stderr, folder)
        if name in PRINTS and (room or name != "evaluate"):
            assert PRINTS[name] in result.stdout
        now = finished(folder) if folder.exists() else {}  # reads every file
        assert now.keys() >= before.keys() and all(now[p] >= before[p] for p in before)
        assert not folder.exists() or not leftovers(folder)
        before = now
        if name in CONTINUES:
            done = room
            assert sum(now.values()) == room
    disk.has(None)
    result = called(lifdeep, name, folder, trained_file)
    assert result.exit_code == 0, result.stderr
    assert disk.written == all_writes - done
    files = [sorted(p.relative_to(top) for p in finished(top)) for top in (whole, folder)]
    assert files[0] == files[1] and not leftovers(folder)
    for path in files[0]:
        if path.suffix == ".lifdeep":
            assert_same_values(whole / path, folder / path)


def _one_line(text, folder):
    """It ends with one line that names the file and says what to do, and where to read on."""
    line, helps = text.splitlines()[-2:]
    assert helps == "help: docs/cli.md"
    assert re.match(rf"lifdeep: cannot write {re.escape(str(folder))}/\S+: No space left", line)
    assert "free some space or choose another folder" in line and "Traceback" not in text


STUDY = """
[study]
function = "evaluate"

[fixed]
model = "digits-compact"
n = 5

[grid]
t_p = [0.01, 0.02]
t_c = [0.005]
"""


def test_every_write_of_a_sweep(lifdeep, disk, tmp_path):
    """Results that were written are not measured again; the table is whole in the end."""
    study = tmp_path / "study.toml"
    study.write_text(STUDY)

    def swept(folder):
        return lifdeep("sweep", study, "--out", folder, "-q")

    whole, folder = tmp_path / "whole", tmp_path / "full"
    assert swept(whole).exit_code == 0
    all_writes, kept = disk.written, 0
    assert all_writes > 2
    for room in range(all_writes):
        disk.has(room)
        result = swept(folder)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        assert len(files) >= kept and not leftovers(folder)
        kept = len(files)
        if disk.written < all_writes and kept < all_writes:
            assert result.exit_code == 6, result.stderr
            assert "No space left" in result.stderr and "Traceback" not in result.stderr
    disk.has(None)
    assert swept(folder).exit_code == 0
    names = [sorted(p.relative_to(top) for p in top.rglob("*.*")) for top in (whole, folder)]
    assert names[0] == names[1]
