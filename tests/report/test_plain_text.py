"""Names from files are text in every page: in HTML they run nothing, in Markdown neither."""

from __future__ import annotations

import dataclasses
import re

import pytest

from nengo_lifdeep.report import write_report
from nengo_lifdeep.report.pages.card import model_card
from nengo_lifdeep.report.pages.folder import write_run_report
from nengo_lifdeep.report.pages.page import Page
from nengo_lifdeep.report.tables.grid import Column, Grid
from nengo_lifdeep.report.tables.plain_text import as_code, as_text

SCRIPT = "<script>alert(1)</script><img src=http://evil.example/a.png>"
LINK = "![a](http://evil.example/b.png) [c](javascript:alert(1))\n\n# heading"


def harmless(text: str) -> bool:
    """Outside code no tag and no link of a name's is left."""
    text = re.sub(r"^```$.*?^```$|`[^`\n]*`", "", text, flags=re.DOTALL | re.MULTILINE)
    return not re.search(r"<(script|img)[^>]*(evil|alert|>alert)|\]\((http|javascript)", text)


def test_the_check_can_fail():
    assert not harmless(SCRIPT) and not harmless(LINK) and harmless("a < b [c] (d)")


@pytest.mark.parametrize("text", [SCRIPT, LINK, f"{LINK}`{SCRIPT}"])
def test_text_has_one_line_and_no_markup(text):
    assert harmless(as_text(text)) and "\n" not in as_text(text) + as_code(text)
    assert as_code(text).count("`") == 2


def test_ordinary_names_stay_as_they_are():
    for name in ("mnist-compact", "conv1", "error [%]", "T-shirt/top", "a & b", "rate_hz"):
        assert as_text(name) == name


def test_tables():
    grid = Grid(SCRIPT, (Column("a", "layer"),), ({"a": LINK}, {"a": SCRIPT}), (LINK,))
    assert harmless(grid.markdown())
    assert set(re.findall(r"<(\w+)", grid.html())) <= set(
        "figure figcaption table thead tbody tr th td p".split()
    )


@pytest.fixture
def dangerous(trained, spiking, evaluations):
    """The example with markup wherever a file has text."""
    name = f"{SCRIPT} {LINK}"
    net = dataclasses.replace(trained.architecture, name=name)
    provenance = {**trained.provenance, "command": f"lifdeep train\n```\n{SCRIPT}", "data": name}
    classes = tuple(f"{name} {k}" for k in range(len(trained.classes)))
    return (
        dataclasses.replace(trained, architecture=net, classes=classes, provenance=provenance),
        dataclasses.replace(spiking, name=name, classes=classes),
        [
            dataclasses.replace(e, model=name, data=name, classes=classes, command=SCRIPT)
            for e in evaluations
        ],
    )


def test_cards_and_folders(dangerous, tmp_path):
    trained, spiking, evaluations = dangerous
    assert harmless(model_card(trained, evaluations))
    written = write_report(tmp_path / "a", trained, spiking, evaluations)
    assert harmless(written["summary-text"].read_text())


def test_the_page_of_a_folder(dangerous, tmp_path):
    trained, spiking, evaluations = dangerous
    folder = tmp_path / "[x](javascript:y) `z` &"
    folder.mkdir()
    trained.save(folder / "<img src=x>.lifdeep")
    spiking.save(folder / "s.lifdeep")
    for k, evaluation in enumerate(evaluations):
        evaluation.save(folder / f"{k}.lifdeep")
    (folder / "table-a.md").write_text(f"# A\n\n{SCRIPT} {LINK}\n\n![ref][r]\n\n[r]: http://e.e\n")
    written = write_run_report(folder, markdown=True)
    html, text = (written[kind].read_text() for kind in ("html", "md"))
    assert harmless(text) and len(re.findall(r"^```", text, flags=re.MULTILINE)) == 2
    tags = re.findall(r"<(script|img|a)\b([^>]*)", html)
    pictures = [rest for kind, rest in tags if kind == "img"]
    links = [rest for kind, rest in tags if kind != "img"]
    assert len(pictures) > 3 and all('src="data:image/png;base64,' in rest for rest in pictures)
    assert links == [f' href="#section-{i + 1}"' for i in range(len(links))]  # of this page
    assert "default-src 'none'" in html


def test_pages_say_that_they_load_nothing():
    policy = re.search(r'content="(default-src[^"]*)"', Page(["# A"]).html())
    assert policy and "http" not in policy[1] and "script-src" not in policy[1]


def test_a_simulators_name_leads_out_of_no_folder(trained, spiking, evaluations, tmp_path):
    away = dataclasses.replace(evaluations[1], simulator="../../away")
    written = write_report(tmp_path / "a" / "b", trained, spiking, [away])
    assert all(path.parent == tmp_path / "a" / "b" for path in written.values())
