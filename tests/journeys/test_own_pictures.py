"""Someone with a folder of pictures and Keras: the page word for word, from an empty folder."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "own_pictures.md"
ROOT = PAGE.parents[1]


def blocks():
    """Language and text of the page's code, in its order."""
    return re.findall(r"^```(\w*)\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What every step wrote, by its first words; any exit code but 0 ends it."""
    for needed in ("keras", "PIL"):
        pytest.importorskip(needed)
    folder, written = tmp_path_factory.mktemp("mine"), {}
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    places = {"PYTHONPATH": path, "HOME": str(folder), "KERAS_BACKEND": "tensorflow"}

    def call(name, words):
        done = subprocess.run(
            words, cwd=folder, capture_output=True, text=True, env={**os.environ, **places}
        )
        assert done.returncode == 0, f"{name}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
        assert "Traceback" not in done.stderr
        written[name] = f"{done.stdout}\n{done.stderr}"

    for language, text in blocks():
        if language == "python":
            file = folder / f"step{len(written)}.py"
            file.write_text(text, encoding="utf-8")
            call(file.name, [sys.executable, file])
        for line in re.findall(r"^\$ lifdeep (.*)$", text, re.MULTILINE):
            words = shlex.split(line)
            call(" ".join(words[:2]), [sys.executable, "-m", "nengo_lifdeep.cli", *words])
    written["files"] = sorted(file.name for file in folder.iterdir())
    return written


@pytest.mark.tf
@pytest.mark.loihi
def test_the_page_is_followed_from_an_empty_folder(said):
    assert re.search(r"all 240 images of \S*train are used", said["convert shapes.keras"])
    commands = {name.split()[0] for name in said}
    assert {"convert", "evaluate", "points", "diagnose", "energy", "deploy"} <= commands
    assert {"shapes.keras", "shapes.lifdeep", "chip.lifdeep", "report"} <= set(said["files"])


@pytest.mark.tf
@pytest.mark.loihi
def test_spikes_answer_as_keras_does(said):
    keras = float(re.search(r"Keras: ([\d.]+)", said["step1.py"])[1])
    assert keras > 0.8
    rows = re.findall(r"(?:rates|spikes in events) +([\d.]+)", said["evaluate shapes.lifdeep"])
    rates, spikes = map(float, rows)
    assert rates == pytest.approx(100 * (1 - keras), abs=5)  # pictures are resampled by another
    assert spikes == pytest.approx(rates, abs=5)
