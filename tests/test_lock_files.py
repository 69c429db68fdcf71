"""Lock files: every package pinned, with hashes, and readable for pip and for the Makefile."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
LOCKS = sorted((REPOSITORY / "requirements").glob("py3*.txt"))
ENTRY = re.compile(r"([A-Za-z0-9._-]+)==([^ ;\\]+)( \\\n    --hash=sha256:[0-9a-f]{64})+\n")


def entries(text: str) -> dict[str, int]:
    """Number of hashes by name; whatever is neither an entry nor a comment is an error."""
    found, place = {}, 0
    while place < len(text):
        if text[place] == "#":
            place = text.index("\n", place) + 1
            continue
        entry = ENTRY.match(text, place)
        assert entry is not None, text[place : place + 100]
        found[entry[1].lower().replace("_", "-")] = entry[0].count("--hash")
        place = entry.end()
    return found


@pytest.mark.parametrize("path", [*LOCKS, REPOSITORY / "requirements" / "build.txt"], ids=str)
def test_every_package_has_hashes(path: Path) -> None:
    found = entries(path.read_text(encoding="utf-8"))
    if path.name == "build.txt":
        assert set(found) == {"setuptools", "wheel"}
        return
    assert {"nengo", "nengo-dl", "tensorflow", "typer", "pytest"} <= set(found)
    assert found["numpy"] > 40  # wheels of every system and Python
    assert found["nengo-dl"] == 1  # a source distribution


def test_an_entry_without_a_hash_is_seen() -> None:
    with pytest.raises(AssertionError):
        entries("numpy==2.0\n")


def test_there_is_a_lock_for_every_python() -> None:
    assert [path.stem for path in LOCKS] == ["py310", "py311", "py312", "py313"]


@pytest.mark.skipif(shutil.which("awk") is None, reason="without awk")
@pytest.mark.parametrize("path", LOCKS, ids=str)
def test_the_makefile_takes_nengo_dl_out_whole(path: Path) -> None:
    """The two files that `make venv` installs are the lock again."""
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    programs = re.findall(r"awk '(.+)' \$\(LOCK\)", makefile)
    assert len(programs) == 2
    parts = [
        subprocess.run(
            ["awk", program.replace("$$", "$"), str(path)], capture_output=True, text=True
        ).stdout
        for program in programs
    ]
    rest, own = map(entries, parts)
    assert set(own) == {"nengo-dl"} and "nengo-dl" not in rest
    assert {**rest, **own} == entries(path.read_text(encoding="utf-8"))
