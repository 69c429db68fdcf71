"""Which file imports which: the rooms of the package in one order. `make graph` prints the sums.

A room is a folder (or the one loose file) at the top of the package. Imports inside functions and
for type checking count like any other.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

PACKAGE = "nengo_lifdeep"
FOLDER = Path(__file__).parents[1] / PACKAGE

#: A room may import itself and the rooms before it.
ORDER = (
    "errors",  # what is raised
    "support",  # files, progress, provenance
    "compat",  # NengoDL, NengoLoihi and tf_keras on today's stack
    "jobs",  # pieces of work, who does them, and results on disk
    "noise",  # noise in training
    "neurons",  # neuron types and synapses
    "weights",  # what weights are made of
    "layers",  # layers, architectures, networks by name
    "stages",  # what a connection computes
    "datasets",  # labelled images
    "inputs",  # from images to what a network is shown
    "models",  # the two inert networks
    "records",  # what a run gives
    "pretrained",  # trained networks in the package
    "conversion",  # from rates to spikes
    "loihi",  # the planner of the chip
    "exporters",  # to Nengo and NIR
    "importers",  # from Keras, ONNX and NIR
    "herding",  # networks that run and learn by additions
    "probabilistic",  # circuits that learn online
    "local",  # layers that learn from read-outs of their own
    "training",  # through NengoDL
    "keras3",  # SoftLIF as a Keras layer
    "simulators",  # run
    "energy",  # what a run costs
    "evaluation",  # accuracy
    "analysis",  # why a network is off
    "deployment",  # onto the chip
    "theta",  # networks of theta neurons
    "report",  # pictures, tables, pages
    "experiments",  # papers
    "sweeps",  # a function at every point of a grid
    "view",  # live, in the browser
    "cli",  # the command
)


def modules(folder: Path = FOLDER) -> dict[str, Path]:
    """Dotted name below the package -> file, without the package's own __init__.py."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name:
            found[name] = path
    return found


def room(module: str) -> str:
    """The room of a module."""
    return module.partition(".")[0]


def imported_names(tree: ast.AST, folder: list[str], inside_functions: bool) -> Iterator[str]:
    """Dotted names below the package that a file imports."""
    for node in ast.iter_child_nodes(tree):
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
            yield from imported_names(node, folder, inside_functions)


def imported_modules(
    path: Path, folder: list[str], inside_functions: bool, known: dict[str, Path]
) -> set[str]:
    """The modules of the package that a file imports (a name becomes its module)."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for name in imported_names(tree, folder, inside_functions):
        module = name if name in known else name.rpartition(".")[0]
        if module in known:
            found.add(module)
    return found


def imports(inside_functions: bool = True, folder: Path = FOLDER) -> dict[str, set[str]]:
    """Module -> the modules of the package that it imports."""
    known = modules(folder)
    return {
        name: imported_modules(
            path, list(path.relative_to(folder).parent.parts), inside_functions, known
        )
        - {name}
        for name, path in known.items()
    }


def upward(graph: dict[str, set[str]]) -> list[tuple[str, str]]:
    """Pairs (module, imported module) where the imported one stands in a later room."""
    place = {name: position for position, name in enumerate(ORDER)}
    return [
        (name, other)
        for name, others in graph.items()
        for other in sorted(others)
        if place.get(room(other), -1) > place.get(room(name), len(place))
    ]


def circle(graph: dict[str, set[str]]) -> list[str]:
    """The modules of one circle, in order; empty where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def types_of(folder: Path, kind: str) -> set[str]:
    """Names of the classes in a room's folder (``layers`` or ``stages``)."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (folder / kind).glob("*.py")]
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.name for node in nodes if isinstance(node, ast.ClassDef)}


def asked(kind: str, folder: Path = FOLDER) -> dict[str, int]:
    """Module -> how often it asks by `isinstance` for a class of the room ``kind``."""
    types = types_of(folder, kind)
    found: Counter[str] = Counter()
    for name, path in modules(folder).items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance":
                named = {n.id for n in ast.walk(node.args[1]) if isinstance(n, ast.Name)}
                found[name] += bool(named & types)
    return dict(+found)


def main(folder: Path = FOLDER) -> None:
    """Print the sums of the graph."""
    graph = imports(folder=folder)
    rooms = sorted({room(name) for name in graph})
    loose = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    arrows = {(room(name), room(other)) for name, others in graph.items() for other in others}
    between = sum(own != other for own, other in arrows)
    print(f"files: {len(graph)}; at the top: {len(rooms)}, of them loose files: {len(loose)}")
    print(f"arrows between them: {between}; between files: {sum(map(len, graph.values()))}")
    for kind in ("layers", "stages"):
        found = asked(kind, folder)
        print(f"isinstance on {kind}: {sum(found.values())} in {len(found)} files")
    print(f"upward: {len(upward(graph))}; circle: {' -> '.join(circle(graph)) or 'none'}")


if __name__ == "__main__":
    main(*[Path(argument) for argument in sys.argv[1:2]])
