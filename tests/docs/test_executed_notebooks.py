"""Notebooks as pages of the site: text, code and outputs, without running them again."""

import base64
import hashlib
import runpy
from pathlib import Path

import pytest

import nengo_lifdeep

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
v4 = nbformat.v4

SITE = Path(__file__).parents[2] / "docs" / "executed.py"


@pytest.fixture
def site(tmp_path, monkeypatch):
    """The module, which writes into a folder of its own."""
    names = runpy.run_path(str(SITE))
    for function in ("page", "together", "shown", "executed", "pages"):
        names[function].__globals__.update(PAGES=tmp_path, KEPT=tmp_path / "kept")
    return names


def test_every_kind_of_output(site, tmp_path):
    shown = site["shown"]
    stream = v4.new_output("stream", name="stdout", text="error 2.23 %\n")
    assert shown(stream, "a") == "```text\nerror 2.23 %\n```"
    assert shown(v4.new_output("stream", name="stderr", text="a bar"), "a") == ""
    png = base64.b64encode(b"\x89PNG").decode()
    picture = v4.new_output("display_data", {"image/png": png, "text/plain": "<Figure>"})
    assert shown(picture, "gallery-3-0") == "![](gallery-3-0.png)"
    assert (tmp_path / "gallery-3-0.png").read_bytes() == b"\x89PNG"
    card = v4.new_output("execute_result", {"text/html": "<p>a\n\n<b>b</b>", "text/plain": "x"})
    assert shown(card, "a") == "```{raw} html\n<p>a\n<b>b</b>\n```"
    for html in ("", '<div>nengo <progress value="3" max="3"></progress> 3/3 images</div>'):
        moving = v4.new_output("display_data", {"text/html": html, "text/plain": "<HTML>"})
        assert shown(moving, "a") == ""
    widget = {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "bar"}
    assert shown(v4.new_output("display_data", widget), "a") == ""


def test_lines_printed_one_by_one_are_one_block(site):
    def line(text, name="stdout"):
        return v4.new_output("stream", name=name, text=text)

    card = v4.new_output("execute_result", {"text/html": "<p>a"})
    found = site["together"]([line("a\n"), line("TF", "stderr"), line("b\n"), card, line("c\n")])
    assert [getattr(each, "text", each) for each in found] == ["a\nb\n", card, "c\n"]


def test_a_page(site, tmp_path, monkeypatch):
    """What was run before is not run again; links lead to pages; the cell that installs is not."""
    cells = [
        v4.new_markdown_cell("# A title\n\n[next](02_b.ipynb), [why](../docs/results.md)"),
        v4.new_code_cell("'find_spec of the package'"),
        v4.new_code_cell("1 / 0  # would fail"),
    ]
    path = tmp_path / "01_a.ipynb"
    nbformat.write(v4.new_notebook(cells=cells), path)
    bare = site["page"](path)
    assert "was not run when the site was built" in bare and "1 / 0" in bare
    monkeypatch.setenv("LIFDEEP_NOTEBOOKS", "run")
    pytest.importorskip("ipykernel")
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="ZeroDivisionError"):
        site["page"](path)
    digest = hashlib.sha256(path.read_bytes() + nengo_lifdeep.__version__.encode()).hexdigest()
    cells[2].outputs = [v4.new_output("stream", name="stdout", text="kept")]
    nbformat.write(v4.new_notebook(cells=cells), tmp_path / "kept" / f"01_a-{digest[:16]}.ipynb")
    text = site["page"](path)
    assert text.startswith("# A title\n\n[next](02_b.md), [why](../results.md)\n\nFrom `notebooks/")
    assert "find_spec" not in text and text.endswith("```text\nkept\n```\n")
