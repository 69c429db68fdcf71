"""Someone who teaches: train in class, show it live, hand out a report, look something up."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """An empty folder, and how commands are called in it; any exit code but 0 ends it."""
    for needed in ("panel", "jinja2", "numba"):
        pytest.importorskip(needed)
    folder = tmp_path_factory.mktemp("class")
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    places = {**os.environ, "PYTHONPATH": path, "HOME": str(folder)}

    def call(line: str) -> str:
        words = [sys.executable, "-m", "nengo_lifdeep.cli", *line.split()]
        done = subprocess.run(words, cwd=folder, env=places, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
        assert "Traceback" not in done.stderr
        return done.stdout

    return folder, places, call


@pytest.mark.tf
def test_a_lesson(room):
    """Train for a few epochs, spikes beside rates, and a page of it all to take home."""
    folder, _, call = room
    call("train --data digits --network digits-compact --epochs 5 --learning-rate 0.003 "
         "--quiet --out lesson/digits.lifdeep")  # fmt: skip
    call("convert lesson/digits.lifdeep --synapse alpha:3ms --out lesson/spiking.lifdeep")
    said = call("evaluate lesson/digits.lifdeep --simulator rate --simulator events --quiet "
                "--out lesson/results.lifdeep --json")  # fmt: skip
    errors = [float(e) for e in re.findall(r'"error_percent": ([\d.]+)', said)]
    assert len(errors) == 2 and max(errors) < 25
    call("report lesson")
    page = (folder / "lesson" / "report.html").read_text("utf-8")
    assert "digits-compact" in page and f"{errors[1]:.2f}" in page
    assert "width=device-width" in page and "http://" not in page
    assert 'href="#' in page  # its contents


def test_the_projector(room):
    """The view of two networks answers, and says where it is."""
    folder, places, _ = room
    words = [sys.executable, "-m", "nengo_lifdeep.cli", "view", "digits-compact", "--no-browser",
             "--beside", "digits-compact"]  # fmt: skip
    with subprocess.Popen(
        words, cwd=folder, env=places, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            address = process.stdout.readline().split()[2]
            page = urllib.request.urlopen(address, timeout=120).read().decode()
        finally:
            process.terminate()
    assert "digits-compact | nengo_lifdeep" in page


def test_the_site_answers_what_pupils_ask(room):
    """Every term of the glossary that the lesson uses is on the site's pages, with its source."""
    pytest.importorskip("sphinx")
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    listed = re.findall(r"^([a-z_]+)$", index, re.MULTILINE)
    for page in ("getting_started", "concepts", "glossary", "live_view", "reports"):
        assert page in listed and (ROOT / "docs" / f"{page}.md").is_file(), page
    concepts = (ROOT / "docs" / "concepts.md").read_text("utf-8")
    for word in ("SoftLIF", "synapse", "simulator"):
        assert word in concepts
