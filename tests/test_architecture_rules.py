"""Files import from rows with smaller numbers, or from their own row; never in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = "nengo_lifdeep"
FOLDER = Path(__file__).parents[1] / PACKAGE

#: module or package -> row; the longest matching name counts, so a file can differ from its folder
ROWS = {
    "errors": 0,
    "findings": 1,
    "compat": 0,
    "progress": 0,
    "archives": 0,
    "plain_files": 0,
    "storage": 0,
    "writing": 0,
    "value_checks": 0,
    "short_repr": 0,
    "consoles": 0,
    "html_card": 0,
    "provenance": 0,
    "checked_arrays": 0,
    "geometry": 1,
    "time_units": 1,
    "layers": 1,
    "architecture": 1,
    "networks": 1,
    "presentation": 1,
    "coding": 1,
    "synapses": 1,
    "transforms": 1,
    "preprocessing": 1,
    "augmentation": 1,
    "fanout": 1,
    "neurons": 1,
    "noise": 1,
    "datasets": 1,
    "input_range": 1,
    "models": 2,
    "records": 2,
    "folding": 2,
    "pretrained": 2,
    "quantization": 2,
    "network": 2,
    "initial_voltages": 3,
    "neurons.tf": 3,
    "neurons.nengo_dl": 3,
    "noise.tf": 3,
    "training": 3,
    "importers": 3,
    "convert": 3,
    "keras3": 3,
    "loihi": 3,
    "simulators": 4,
    "exporters": 4,
    "check": 5,
    "evaluate": 5,
    "energy": 5,
    "early_decision": 5,
    "operating_points": 5,
    "operating_runs": 5,
    "noise_calibration": 5,
    "random_features": 5,
    "rate_scales": 5,
    "deploy": 5,
    "relu_to_lif": 5,
    "finetune": 5,
    "diagnose": 5,
    "spike_health": 5,
    "voltages": 5,
    "experiments": 7,
    "report": 7,
    "view": 7,
    "cli": 7,
    "doctor": 7,
}


def modules() -> dict[str, Path]:
    """Return dotted name below the package -> file, without the package's own __init__.py."""
    found = {}
    for path in sorted(FOLDER.rglob("*.py")):
        parts = path.relative_to(FOLDER).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name:
            found[name] = path
    return found


def row_of(module: str) -> int | None:
    parts = module.split(".")
    names = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next((ROWS[name] for name in names if name in ROWS), None)


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports(tree: ast.AST, folder: list[str], inside_functions: bool) -> Iterator[str]:
    """Yield dotted names below the package that a file imports, except for type checking."""
    for node in ast.iter_child_nodes(tree):
        if is_type_checking(node):
            continue
        if isinstance(node, ast.ImportFrom):
            above = [PACKAGE, *folder][: len(folder) + 2 - node.level] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            if source == PACKAGE or source.startswith(f"{PACKAGE}."):
                yield from (f"{source}.{a.name}".removeprefix(f"{PACKAGE}.") for a in node.names)
        elif isinstance(node, ast.Import):
            names = [a.name for a in node.names if a.name.startswith(f"{PACKAGE}.")]
            yield from (name.removeprefix(f"{PACKAGE}.") for name in names)
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if inside_functions or not is_function:
            yield from imports(node, folder, inside_functions)


def imported_modules(path: Path, folder: list[str], inside_functions: bool) -> set[str]:
    """Return the modules of the package that a file imports (a name becomes its module)."""
    known, found = modules(), set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for name in imports(tree, folder, inside_functions):
        module = name if name in known else name.rpartition(".")[0]
        if module in known:
            found.add(module)
    return found


def imports_of(module: str, inside_functions: bool) -> set[str]:
    path = modules()[module]
    folder = list(path.relative_to(FOLDER).parent.parts)
    return imported_modules(path, folder, inside_functions) - {module}


def test_every_file_has_a_row() -> None:
    assert len(modules()) > 20
    missing = [name for name in modules() if row_of(name) is None]
    assert not missing, f"add to ROWS in {Path(__file__).name}: {missing}"


@pytest.mark.parametrize("module", modules())
def test_no_import_points_down(module: str) -> None:
    own = row_of(module)
    for other in imports_of(module, inside_functions=True):
        other_row = row_of(other)
        assert other_row is not None and own is not None and other_row <= own, (
            f"{module} (row {own}) imports {other} (row {other_row})"
        )


def test_no_circular_imports() -> None:
    graph = {name: imports_of(name, inside_functions=False) for name in modules()}
    assert sum(map(len, graph.values())) > len(graph)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("package", ["nengo_dl", "nengo_loihi", "tf_keras"])
def test_only_compat_imports_the_three(package: str) -> None:
    for name, path in modules().items():
        if name.partition(".")[0] == "compat":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                named = {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                named = {(node.module or "").partition(".")[0]}
            else:
                continue
            assert package not in named, f"{name}:{node.lineno}: use nengo_lifdeep.compat"


def test_the_rules_can_fail(tmp_path: Path) -> None:
    file = tmp_path / "bad.py"
    file.write_text(
        "from nengo_lifdeep.errors import LifdeepError\n"
        "from ..models.trained import TrainedModel\n"
        "from . import types\n"
        "def f():\n    from nengo_lifdeep import doctor\n"
    )
    at_top = {"errors", "models.trained", "neurons.types"}
    assert imported_modules(file, ["neurons"], inside_functions=False) == at_top
    assert imported_modules(file, ["neurons"], inside_functions=True) == at_top | {"doctor"}
    assert (row_of("neurons.rates"), row_of("neurons.tf"), row_of("nothing")) == (1, 3, None)
