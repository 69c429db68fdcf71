"""The site builds without a warning, holds every public name, and loads nothing from elsewhere."""

import importlib
import inspect
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest

import nengo_lifdeep

for _package in ("sphinx", "furo", "myst_parser", "sphinx_copybutton"):
    pytest.importorskip(_package)

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    set(re.findall(r"automodule:: (\S+)", "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "api").glob("*.md")
    )))
)  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    where = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "docs", where],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return where


def test_every_public_name_is_in_the_reference(site):
    from sphinx.util.inventory import InventoryFile

    with (site / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(file, "", lambda base, name: name)
    known = {name.rsplit(".", 1)[-1] for kind in inventory if kind.startswith("py:")
             for name in inventory[kind]}  # fmt: skip
    public = [n for n in nengo_lifdeep.__all__ if n != "__version__"]
    public = [n for n in public if not isinstance(getattr(nengo_lifdeep, n), types.ModuleType)]
    assert len(public) > 40
    assert sorted(set(public) - known) == []


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_is_documented(name):
    module = importlib.import_module(name)
    bare = [
        each for each in module.__all__
        if (inspect.isclass(found := getattr(module, each)) or inspect.isfunction(found))
        and not (found.__doc__ or "").strip()
    ]  # fmt: skip
    assert module.__doc__ and bare == []


def test_nothing_is_loaded_from_elsewhere(site):
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        found = re.findall(r'<(?:script|img|link|iframe)[^>]*(?:src|href)="(https?:[^"]*)"', text)
        assert found == [], page
    for style in site.rglob("*.css"):
        assert not re.findall(r"url\(['\"]?https?:", style.read_text(encoding="utf-8")), style
