"""A folder as one page: everything in it is there, nothing is loaded, damage is an error."""

import re

import pytest

from nengo_lifdeep.errors import LifdeepError, ModelFileError, ValidationError
from nengo_lifdeep.report.pages.folder import write_run_report
from nengo_lifdeep.report.pages.network import write_report
from nengo_lifdeep.report.pages.page import Page


@pytest.fixture
def folder(tmp_path, trained, spiking, evaluations, record):
    where = tmp_path / "run"
    write_report(where, trained, spiking, evaluations, record)
    (where / "table-errors.md").write_text("**Errors**\n\n| a | b |\n|---|---|\n| 1 | <b>2</b> |\n")
    return where


def test_everything_is_on_the_page(folder, trained, evaluations):
    page = write_run_report(folder)["html"].read_text()
    assert page.startswith("<!doctype html>") and page.count("<h1>") == 1
    for text in (trained.architecture.name, "in spikes", "Environment", "lifdeep report run",
                 f"{evaluations[1].error:.2f}", "table-errors"):  # fmt: skip
        assert text in page
    pictures = len(re.findall(r'<img src="data:image/png;base64,', page))
    assert pictures == len(list(folder.glob("*.png"))) + 8  # curve, history, map, time, ...


def test_commands_of_evaluations(tmp_path, evaluations):
    """As they were typed, once each; none where there was a prompt or a notebook."""
    import dataclasses

    typed = ("lifdeep evaluate net --n 5", "mine.py", "lifdeep evaluate net --n 5", "")
    for i, command in enumerate(typed):
        dataclasses.replace(evaluations[0], command=command).save(tmp_path / f"{i}.lifdeep")
    page = write_run_report(tmp_path)["html"].read_text()
    (block,) = re.findall(r"Commands</h2>\s*<pre>(.*?)</pre>", page, re.DOTALL)
    lines = re.sub("<[^>]*>", "", block).strip().splitlines()
    assert lines == [typed[0], "python mine.py", f"lifdeep report {tmp_path.name}"]


def test_nothing_is_loaded_and_nothing_runs(folder):
    page = write_run_report(folder)["html"].read_text()
    assert not re.findall(r'(?:src|href)\s*=\s*"(?!data:|#)', page)
    assert "<script" not in page and "@import" not in page and "url(" not in page
    assert "&lt;b&gt;2&lt;/b&gt;" in page  # text of others is shown, not run


def test_markdown_has_its_pictures(folder, tmp_path):
    files = write_run_report(folder, tmp_path / "out" / "page.html", markdown=True)
    text = files["md"].read_text()
    linked = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)
    assert linked and all((files["md"].parent / name).stat().st_size > 500 for name in linked)


def test_files_of_one_name_keep_their_pictures(tmp_path, trained):
    """Two networks in folders of their own; names of files that anybody could choose."""
    import dataclasses

    other = dataclasses.replace(trained, history={"loss": [1.0, 0.9], "accuracy": [0.1, 0.2]})
    trained.save(tmp_path / "a" / "trained.lifdeep")
    other.save(tmp_path / "b c" / "trained.lifdeep")
    files = write_run_report(tmp_path, markdown=True)
    names = re.findall(r"\(([^)]*history[^)]*)\)", files["md"].read_text())
    assert names == ["report-history-a-trained.png", "report-history-b-c-trained.png"]
    one, two = ((tmp_path / name).read_bytes() for name in names)
    assert one != two


def test_damaged_and_empty_folders(folder, tmp_path):
    (folder / "broken.lifdeep").write_bytes(b"PK no more")
    with pytest.raises(ModelFileError, match=r"broken\.lifdeep is truncated, damaged"):
        write_run_report(folder)
    assert not (folder / "report.html").exists()
    with pytest.raises(ValidationError, match="there is no folder"):
        write_run_report(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(LifdeepError, match=r"holds no \.lifdeep file"):
        write_run_report(tmp_path / "empty")


def test_markdown_in_pages():
    page = Page(["# A & B", "Some `code`.\n\n- one\n- two", "## C"]).html()
    assert "<title>A &amp; B</title>" in page
    assert "<code>code</code>" in page and page.count("<li>") == 2
    assert '<h2 id="section-1">C</h2>' in page


def test_evaluations_of_very_many_classes(tmp_path, evaluations):
    """Their confusion, the square of the classes, is left out."""
    import dataclasses

    names = tuple(map(str, range(100_000)))
    dataclasses.replace(evaluations[0], classes=names).save(tmp_path / "judged.lifdeep")
    page = write_run_report(tmp_path)["html"].read_text()
    assert "taken for which" not in page and f"{evaluations[0].error:.2f}" in page


def test_pictures_of_one_name_stay_apart(folder, tmp_path):
    """Each of two deployments keeps its map, and the folder's own picture is not replaced."""
    own = folder / "slope.png"
    for i in (1, 2):
        (folder / f"chip {i}").mkdir()
        (folder / f"chip {i}" / "slope.png").write_bytes((folder / "layer-rates.png").read_bytes())
    (folder / "chip-1-slope.png").write_bytes((folder / "tuning-curve.png").read_bytes())
    before = {path: path.read_bytes() for path in folder.rglob("*.png")}
    pages = [write_run_report(folder, folder / f"{n}.html", markdown=True) for n in ("a", "report")]
    assert {path: path.read_bytes() for path in before} == before
    names = [re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page["md"].read_text()) for page in pages]
    for linked in names:
        assert len(set(linked)) == len(linked) > 10 and own.name in linked
        assert all((folder / name).stat().st_size > 500 for name in linked)
    drawn = [{name for name in linked if (folder / name) not in before} for linked in names]
    assert all(drawn) and not drawn[0] & drawn[1]  # each page has pictures of its own
    again = write_run_report(folder, tmp_path / "else" / "report.html", markdown=True)
    linked = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", again["md"].read_text())
    assert len(set(linked)) == len(linked) == len(names[1])  # pages' pictures are not shown again
    assert all((tmp_path / "else" / name).stat().st_size > 500 for name in linked)


@pytest.mark.parametrize("name", ["page.md", "net.lifdeep", "page"])
def test_a_page_is_an_html_file(folder, name):
    """A Markdown page beside it would have replaced it; a saved network too would have been."""
    with pytest.raises(ValidationError, match=r"expected a name that ends in \.html or \.htm"):
        write_run_report(folder, folder / name, markdown=True)
    assert not (folder / name).exists()


def test_long_pages_begin_with_links_to_their_sections(folder):
    page = write_run_report(folder)["html"].read_text()
    headings = re.findall(r'<h2 id="(section-\d+)">(.*?)</h2>', page)
    links = re.findall(r'<li><a href="#(section-\d+)">(.*?)</a></li>', page)
    assert links == headings and len(links) > 2
    assert page.index("</h1>") < page.index("<nav") < page.index("<h2")
    assert "<nav" not in Page(["# Title", "## One", "## Two"]).html()
    hostile = Page(["# T", "## <b>a</b>", "## b & c", "## *d*"]).html()
    assert '<a href="#section-1">&lt;b&gt;a&lt;/b&gt;</a>' in hostile


def test_published_figures_stand_beside_measured_ones(tmp_path, evaluations):
    """Below the table of errors, with their sources; none beside images of one's own."""
    import dataclasses

    own = [dataclasses.replace(each, model="net") for each in evaluations]
    own[0].save(tmp_path / "own.lifdeep")
    assert "for context" not in write_run_report(tmp_path)["html"].read_text()
    for name, each in zip("ab", own, strict=True):
        sample = "mnist's test images (12 of 10,000 at random, stratified, seed 0)"
        dataclasses.replace(each, data=sample).save(tmp_path / f"{name}.lifdeep")
    page = write_run_report(tmp_path)["html"].read_text()
    assert page.count("Published, for context: mnist&#x27;s test images") == 1
    assert "s41467-024-53827-9" in page and "cifar" not in page
    assert page.index("Measured</h2>") < page.index("for context") < page.index("<img")
