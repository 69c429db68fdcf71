"""The import mechanism, on small packages written for each test."""

from __future__ import annotations

import builtins
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nengo_lifdeep.compat.nengo_dl import forget_failed_import
from nengo_lifdeep.compat.scoped_imports import (
    ModuleView,
    ScopedFinder,
    install_finder,
    scoped_importer,
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on sys.path; what a test imports from it, or installs, is undone afterwards."""
    modules, finders = set(sys.modules), list(sys.meta_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.meta_path[:] = finders
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def serve(package: str, **substitutes: ModuleView) -> None:
    install_finder(ScopedFinder((package,), scoped_importer(substitutes)))


def test_only_the_served_package_receives_the_substitute(folder: Path) -> None:
    for name in ("served_pkg", "other_pkg"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("import json\n")
        (folder / name / "late.py").write_text("import json as j\nfrom json import dumps\n")
    serve("served_pkg", json=ModuleView(json, dumps="ours"))
    served = importlib.import_module("served_pkg.late")
    other = importlib.import_module("other_pkg.late")
    assert (served.dumps, served.j.dumps, served.j.loads) == ("ours", "ours", json.loads)
    assert other.dumps is json.dumps and other.j is json
    assert sys.modules["json"] is json and "__import__" in vars(builtins)
    assert served.__spec__.loader.get_source("served_pkg.late").startswith("import json as j")


def test_a_name_that_does_not_exist_can_be_substituted(folder: Path) -> None:
    (folder / "imports_gone.py").write_text("import gone.deep as g\nfrom gone.deep import x\n")
    deep = ModuleView(json, x=1)
    gone = ModuleView(json, deep=deep)
    install_finder(
        ScopedFinder(("imports_gone",), scoped_importer({"gone": gone, "gone.deep": deep}))
    )
    module = importlib.import_module("imports_gone")
    assert module.x == 1 and module.g is deep
    assert "gone" not in sys.modules


def test_a_failed_import_leaves_no_trace_in_other_modules(folder: Path) -> None:
    (folder / "fails_pkg").mkdir()
    (folder / "fails_pkg" / "__init__.py").write_text("from fails_pkg import fine\n1 / 0\n")
    (folder / "fails_pkg" / "fine.py").write_text("import json\n")
    serve("fails_pkg", json=ModuleView(json, dumps="ours"))
    with pytest.raises(ZeroDivisionError):
        importlib.import_module("fails_pkg")
    assert "fails_pkg.fine" in sys.modules  # this is what Python leaves behind
    forget_failed_import("fails_pkg")
    assert "fails_pkg.fine" not in sys.modules
    assert importlib.import_module("json").dumps is not None and sys.modules["json"] is json


def test_submodules_of_a_view_are_really_imported(folder: Path) -> None:
    (folder / "uses_tree.py").write_text("import tree_pkg.leaf\nfrom tree_pkg import twig\n")
    (folder / "tree_pkg").mkdir()
    (folder / "tree_pkg" / "__init__.py").write_text("")
    (folder / "tree_pkg" / "leaf.py").write_text("green = True\n")
    (folder / "tree_pkg" / "twig.py").write_text("")
    tree = importlib.import_module("tree_pkg")
    serve("uses_tree", tree_pkg=ModuleView(tree, keras="two"))
    module = importlib.import_module("uses_tree")
    assert module.tree_pkg.leaf.green and module.tree_pkg.keras == "two"
    assert module.twig is sys.modules["tree_pkg.twig"]


def test_view_reads_and_writes_the_module_it_shows() -> None:
    shown = ModuleView(json)  # a stand-in for a module of our own
    view = ModuleView(shown, pi=3)
    view.pi = 4
    view.new = 1
    assert view.pi == 4 and json.new == 1 and "loads" in dir(view)
    del view.new
    assert not hasattr(json, "new") and not hasattr(json, "pi")


def test_installing_twice_adds_one_finder(folder: Path) -> None:
    serve("twice_pkg")
    before = len(sys.meta_path)
    serve("twice_pkg")
    assert len(sys.meta_path) == before


def test_of_two_finders_the_later_one_counts(folder: Path) -> None:
    (folder / "twice_served.py").write_text("from json import dumps\n")
    serve("twice_served", json=ModuleView(json, dumps="first"))
    later = scoped_importer({"json": ModuleView(json, dumps="second")})
    install_finder(ScopedFinder(("twice_served", "another_pkg"), later))
    assert importlib.import_module("twice_served").dumps == "second"
