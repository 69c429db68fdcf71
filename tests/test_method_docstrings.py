"""Every public class, function and method says what it does, also where it overrides another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import nengo_lifdeep

HOME = Path(nengo_lifdeep.__file__).parent
FILES = sorted(HOME.rglob("*.py"))


def public(body: list[ast.stmt], owner: str = "") -> Iterator[tuple[str, ast.AST]]:
    """``(name, node)`` of everything public that is defined in a module or a class."""
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef) or node.name.startswith("_"):
            continue
        if any(ast.unparse(d) in ("overload", "typing.overload") for d in node.decorator_list):
            continue
        yield owner + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from public(node.body, f"{owner}{node.name}.")


def silent(source: str) -> list[str]:
    """Names of what has no docstring; attributes of a Protocol stand in its class's docstring."""
    found, protocols = [], []
    for name, node in public(ast.parse(source).body):
        assert isinstance(node, ast.ClassDef | ast.FunctionDef)
        if isinstance(node, ast.ClassDef) and "Protocol" in map(ast.unparse, node.bases):
            protocols.append(name)
        is_attribute = name.rpartition(".")[0] in protocols and "property" in map(
            ast.unparse, node.decorator_list
        )
        if not ast.get_docstring(node) and not is_attribute:
            found.append(name)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HOME)))
def test_everything_public_is_described(path: Path) -> None:
    assert not silent(path.read_text())


def test_the_test_finds_what_is_missing() -> None:
    source = 'class A:\n    "Said."\n    def f(self): ...\n    def g(self):\n        "Said."\n'
    assert silent(source) == ["A.f"]
    source = 'class P(Protocol):\n    "Said."\n    @property\n    def name(self) -> str: ...\n'
    assert silent(source) == []
