"""Names from files in reports: text on the page, in its Markdown twin and in its pictures."""

import dataclasses
import os
import re
from html.parser import HTMLParser

import numpy as np
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("jinja2")

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import LifdeepError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.records import Evaluation
from nengo_lifdeep.report.pages.folder import write_run_report
from nengo_lifdeep.report.plots.canvas import written
from nengo_lifdeep.simulators import run

NAMES = [
    "<script>alert(1)</script>",
    "'\"><svg onload=alert(1)>",
    "![x](http://evil.example/x.png)",
    "](javascript:alert(1))",
    "[a]: http://evil.example",
    "```\n<img src=x onerror=alert(1)>",
    "| a |\n|---|\n# b\r\n\x1b[31m\u202e",
    "$$",
    "a$\\frac{$b",
    "_hidden",
    "x" * 3000,
    "{{7*7}}{% raw %}%s{0}",
]


class Seen(HTMLParser):
    """Elements and addresses that a page of ours never has."""

    def __init__(self):
        super().__init__()
        self.odd = []

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "iframe", "svg", "object", "embed", "form", "base", "details", "link"):
            self.odd.append(tag)
        for name, value in attrs:
            loads = name in ("href", "src", "action", "data", "srcset")
            if name.startswith("on") or (loads and not value.startswith(("data:image/png", "#"))):
                self.odd.append((tag, name, value))


def filled(folder, example, name):
    """A folder of networks and runs that all bear the name."""
    trained, images = example
    net = dataclasses.replace(trained.architecture, name=name)
    classes = tuple(f"{name}{k}" for k in range(len(trained.classes)))
    said = {"command": name, "data": name, "versions": {name: name}, "commit": name}
    history = {"loss": [1.0, 0.5], name: [1.0]}
    trained = dataclasses.replace(
        trained, architecture=net, classes=classes, provenance=said, history=history
    )
    trained.save(folder / "net.lifdeep")
    spiking = dataclasses.replace(convert(trained), name=name)
    timing = Presentation(t_c=0.01, t_p=0.02)
    record = run(spiking, images.first(3), simulator="nengo", presentation=timing, rasters=2)
    record = dataclasses.replace(record, notes=(name,), simulator=name)
    record.save(folder / "record.lifdeep")
    Evaluation.of(
        record, images.labels[:3], classes=classes, data=name, command=name
    ).save(folder / "judged.lifdeep")  # fmt: skip
    (folder / "deployment.md").write_text(name, encoding="utf-8")


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_names_are_text(tmp_path, example, name):
    filled(tmp_path, example, name)
    pages = write_run_report(tmp_path, markdown=True)
    seen = Seen()
    seen.feed(pages["html"].read_text(encoding="utf-8"))
    assert seen.odd == []
    text = pages["md"].read_text(encoding="utf-8")
    # a fence ends only where nothing follows it
    text = re.sub(r"^```\n.*?^```\n", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"(?<!\\)`[^`\n]*`", "", text)
    assert not re.search(r"(?<!\\)`", text)
    assert not re.search(r"(?<!\\)<[a-zA-Z/!]", text)
    assert not re.search(r"(?<!\\)\]\((?!report-)", text)
    assert not re.search(r"^ {0,3}\[[^\]]*\]:", text, re.MULTILINE)
    assert all(len(os.fsencode(p.name)) < 200 for p in tmp_path.iterdir())


def test_names_in_pictures():
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    for name in ("$$", "a$b$c", "$x_1$", "\\$", "_a"):
        axes.plot([0, 1], label=written(name))
        axes.set_title(written(name))
        axes.figure.canvas.draw()
    assert len(axes.legend().get_texts()) == 5
    assert len(written("x" * 999)) == 60


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("table-x.md", b"\xff\xfe not UTF-8"),
        ("drawn.png", b"no picture"),
        ("drawn.png", b"\x89PNG\r\n\x1a\n cut"),
        ("drawn.png", None),
        ("table-x.md", None),
        ("deployment.md", "pipe"),
        ("drawn.png", "pipe"),
    ],
)
def test_what_is_no_table_and_no_picture_is_refused(tmp_path, example, name, content):
    example[0].save(tmp_path / "net.lifdeep")
    path = tmp_path / name
    if content is None:
        path.mkdir()
    elif content == "pipe":
        if not hasattr(os, "mkfifo"):
            pytest.skip("needs named pipes")
        os.mkfifo(path)
    else:
        path.write_bytes(content)
    with pytest.raises(LifdeepError, match=re.escape(name)):
        write_run_report(tmp_path)
    assert not (tmp_path / "report.html").exists()


def test_a_network_whose_training_recorded_no_accuracy(tmp_path, example):
    trained = dataclasses.replace(example[0], history={"loss": np.array([2.0, 1.0]).tolist()})
    trained.save(tmp_path / "net.lifdeep")
    page = write_run_report(tmp_path)["html"].read_text(encoding="utf-8")
    assert 'alt="loss in training"' in page
