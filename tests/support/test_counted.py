"""Nothing that users read says "1 images" or "image(s)"."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import nengo_lifdeep
from nengo_lifdeep.cli.data import at_most
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.support.words.counted import counted

PACKAGE = Path(nengo_lifdeep.__file__).parent
REPOSITORY = Path(__file__).parents[2]
#: a noun that leaves open how many there are, as "image(s)" does; not a call such as run(s)
OPEN = re.compile(r"\b(?!float|str|len|int)\w{2,}\((?:s|es)\)(?=[\s,.;:)\"]|$)")
NOUNS = "images|neurons|spikes|cores|chips|points|epochs|layers|runs|jobs"
ONE = re.compile(rf"(?<![\d.,:–/x-])\b1 (?:[a-z]+ )?(?:{NOUNS})\b")


def test_one_and_several() -> None:
    assert counted(1, "image") == "1 image"
    assert counted(2, "class", "classes") == "2 classes"
    assert counted(-1, "step") == "-1 steps"


@pytest.mark.parametrize("text", ["3 image(s) left", "class(es)", "training(s), of"])
def test_open_plurals_would_be_found(text: str) -> None:
    assert OPEN.search(text) and ONE.search("error 5 %, 1 images")
    assert not ONE.search("11 images") and not ONE.search("0.1 images")


def test_no_text_leaves_open_how_many() -> None:
    found = []
    for folder, suffixes in ((PACKAGE, ("py", "html")), (REPOSITORY / "docs", ("md",))):
        for suffix in suffixes:
            for path in folder.rglob(f"*.{suffix}"):
                for line in path.read_text(encoding="utf-8").splitlines():
                    if OPEN.search(line) and ('"' in line or suffix != "py"):
                        found.append(f"{path}: {line.strip()}")
    assert found == []


def test_results_of_one_image(example, capsys) -> None:
    trained, test = example
    images = test.take(1)
    said = [str(evaluate(trained, images)), str(images)]
    at_most(images, 5)
    said.append(capsys.readouterr().err)
    assert not [text for text in said if ONE.search(text)], said
    assert ", 1 image" in said[0] and "the one image of" in said[2]


def test_commands_on_one_image(example, tmp_path) -> None:
    from typer.testing import CliRunner

    from nengo_lifdeep.cli import app

    file = str(example[0].save(tmp_path / "bars.lifdeep"))
    short = ["--data", "bars", "--n", "1", "--t-c", "5", "--t-p", "20", "--quiet"]
    for words in (["evaluate", file, *short, "-s", "events", "-s", "rate"], ["run", file, *short]):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
        assert not ONE.search(" ".join(done.output.split())), done.output
