"""`CONTRIBUTING.md`, followed literally in a copy of the package: a simulator and a data set."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import nengo_lifdeep

PAGE = Path(__file__).parents[1] / "CONTRIBUTING.md"
_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


def section(name: str) -> str:
    """A section of the page, without its heading."""
    return PAGE.read_text(encoding="utf-8").split(f"\n## {name}\n")[1].split("\n## ")[0]


def follow(steps: str, root: Path) -> tuple[list[str], list[str]]:
    """Do what a section says; returns the files touched, and the commands to try."""
    touched, commands = [], []
    for block in _BLOCK.finditer(steps):
        sentence = steps[: block.start()].rstrip().splitlines()[-1]
        code = textwrap.dedent(block[3]) if block[2] == "python" else block[3]
        created = re.search(r"Create `([\w/.]+)`:$", sentence)
        added = re.search(r"In `([\w/.]+)`, after the line `(.*)`, add:$", sentence)
        if created:
            assert not (root / created[1]).exists()
            (root / created[1]).write_text(code)
            touched.append(created[1])
        elif added:
            file = root / added[1]
            before, found, after = file.read_text().partition(f"{added[2]}\n")
            assert found, f"{added[1]} has no line {added[2]!r}"
            own = block[3].replace(f"\n{block[1]}", "\n").removeprefix(block[1])
            file.write_text(before + found + own + after)
            touched.append(added[1])
        else:
            commands += [line.strip() for line in code.splitlines() if line.strip()]
    return touched, commands


@pytest.fixture
def copy(tmp_path) -> Path:
    """The package, copied."""
    shutil.copytree(Path(nengo_lifdeep.__file__).parent, tmp_path / "nengo_lifdeep")
    return tmp_path


def run(command: str, root: Path) -> str:
    program, *arguments = shlex.split(command)
    words = [sys.executable, *({"python": [], "lifdeep": ["-m", "nengo_lifdeep.cli"]}[program])]
    environment = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "160"}
    done = subprocess.run(
        [*words, *arguments], cwd=root, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_simulator(copy):
    touched, commands = follow(section("Add a simulator"), copy)
    assert touched == ["nengo_lifdeep/simulators/coarse.py", "nengo_lifdeep/simulators/registry.py"]
    evaluated, examined = (run(command, copy) for command in commands)
    assert re.search(r"coarse +359 +[12]\.\d\d ", evaluated)  # the rate network's error, nearly
    assert "coarse" in examined


def test_a_data_set(copy):
    touched, commands = follow(section("Add a data set"), copy)
    assert touched == ["nengo_lifdeep/datasets/sides.py", "nengo_lifdeep/datasets/__init__.py"]
    (command,) = commands
    assert "left" in run(command, copy)


def test_the_files_that_the_page_names_are_there():
    text = PAGE.read_text(encoding="utf-8")
    root = PAGE.parent
    named = set(re.findall(r"`((?:nengo_lifdeep|tests|docs|benchmarks)/[\w/.]*)`", text))
    created = set(re.findall(r"Create `([\w/.]+)`", text)) | {
        "nengo_lifdeep/experiments/Author_Year.py"
    }
    assert len(named) > 15 and len(created) == 3
    assert sorted(name for name in named - created if not (root / name).exists()) == []
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.MULTILINE))
    assert {t for words in re.findall(r"`make ([a-z -]+)`", text) for t in words.split()} <= targets
