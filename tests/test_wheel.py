"""What `make wheel-test` tests besides: that it is the wheel, and that nothing is missing in it."""

from __future__ import annotations

import importlib
import os
import pkgutil
from pathlib import Path

import pytest

import nengo_lifdeep

REPOSITORY = Path(__file__).parents[1]


@pytest.mark.skipif("WHEEL_TEST" not in os.environ, reason="only for `make wheel-test`")
def test_the_wheel_is_what_is_tested() -> None:
    assert not Path(nengo_lifdeep.__file__).is_relative_to(REPOSITORY / "nengo_lifdeep")


def test_every_file_of_the_package_is_there() -> None:
    """Code, page templates, trained networks, the mark of types."""
    ours = REPOSITORY / "nengo_lifdeep"
    kept = {".py", ".pyi", ".html", ".css", ".lifdeep", ".md", ".typed"}
    files = {
        p.relative_to(ours) for p in ours.rglob("*") if p.suffix in kept or p.name == "py.typed"
    }
    assert len(files) > 200
    installed = Path(nengo_lifdeep.__file__).parent
    assert [str(file) for file in sorted(files) if not (installed / file).is_file()] == []


@pytest.mark.tf
@pytest.mark.loihi
def test_every_module_can_be_imported() -> None:
    names = [m.name for m in pkgutil.walk_packages(nengo_lifdeep.__path__, "nengo_lifdeep.")]
    assert len(names) > 200
    for name in names:
        if not name.endswith("__main__"):
            importlib.import_module(name)


def test_the_citation_has_the_version_of_the_package() -> None:
    text = (REPOSITORY / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {nengo_lifdeep.__version__}\n" in text
