"""Benchmarks are run by hand: what they import from the package is there, whoever moved it."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parent.parent / "benchmarks"
FILES = sorted(HOME.rglob("*.py"))


def imported(path: Path) -> list[tuple[str, str]]:
    """Modules of the package and the names that a file takes from them, also in functions."""
    return [
        (node.module, alias.name)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
        for alias in node.names
        if node.module.partition(".")[0] == "nengo_lifdeep"
    ]


def test_benchmarks_use_the_package() -> None:
    assert sum(len(imported(path)) for path in FILES) > 100


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HOME)))
def test_what_a_benchmark_imports_is_there(path: Path) -> None:
    for module, name in imported(path):
        found = importlib.import_module(module)
        if not hasattr(found, name):
            importlib.import_module(f"{module}.{name}")
