"""The rooms of the package stand in one order, and a file tells by its place what it holds."""

from __future__ import annotations

import ast
import importlib.util
import inspect
from pathlib import Path

import pytest

import nengo_lifdeep

_spec = importlib.util.spec_from_file_location("graph", Path(__file__).with_name("graph.py"))
assert _spec is not None and _spec.loader is not None
graph = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(graph)

MOST_FILES = 15


def test_every_room_has_its_place() -> None:
    rooms = {graph.room(name) for name in graph.modules()}
    assert rooms == set(graph.ORDER) and len(rooms) == len(graph.ORDER) > 20


def test_only_errors_stands_loose() -> None:
    loose = {path.name for path in graph.FOLDER.glob("*.py")}
    assert loose == {"__init__.py", "errors.py"}


def test_every_room_says_what_it_holds() -> None:
    for path in graph.FOLDER.rglob("__init__.py"):
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_no_import_points_to_a_later_room() -> None:
    found = graph.imports()
    assert sum(map(len, found.values())) > len(found) > 200
    assert graph.upward(found) == []


def test_no_circles() -> None:
    assert graph.circle(graph.imports(inside_functions=True)) == []


def test_no_folder_is_crowded() -> None:
    for folder in {path.parent for path in graph.modules().values()}:
        files = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
        assert len(files) <= MOST_FILES, f"{folder}: {len(files)} files"


def test_no_file_bears_the_name_of_a_public_function() -> None:
    functions = {n for n in nengo_lifdeep.__all__ if inspect.isfunction(getattr(nengo_lifdeep, n))}
    assert len(functions) > 15
    for name in graph.modules():
        if not name.startswith("cli.commands."):  # one file per command, by the command's name
            assert name.rpartition(".")[2] not in functions, name


@pytest.mark.parametrize("package", ["nengo_dl", "nengo_loihi", "tf_keras"])
def test_only_compat_imports_the_three(package: str) -> None:
    for name, path in graph.modules().items():
        if graph.room(name) == "compat":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                named = {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                named = {(node.module or "").partition(".")[0]} if not node.level else set()
            else:
                continue
            assert package not in named, f"{name}:{node.lineno}: use nengo_lifdeep.compat"


def test_the_rules_can_fail(tmp_path: Path) -> None:
    package = tmp_path / "package"
    for file, text in {
        "errors.py": "if TYPE_CHECKING:\n    from .cli import app\n",
        "cli/__init__.py": "",
        "cli/app.py": "def f():\n    from ..errors import LifdeepError\n",
        "models/__init__.py": "from .trained import TrainedModel\n",
        "models/trained.py": "from nengo_lifdeep import errors\n",
    }.items():
        (package / file).parent.mkdir(parents=True, exist_ok=True)
        (package / file).write_text(text)
    found = graph.imports(folder=package)
    assert found["errors"] == {"cli.app"} and found["cli.app"] == {"errors"}
    assert found["models"] == {"models.trained"} and found["models.trained"] == {"errors"}
    assert graph.upward(found) == [("errors", "cli.app")]
    assert set(graph.circle(found)) == {"errors", "cli.app"}
    assert graph.circle(graph.imports(inside_functions=False, folder=package)) == []
