"""Every public function, class and method with arguments describes them, with shapes and units."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest

import nengo_lifdeep
from nengo_lifdeep.errors import CompatibilityError, MissingDependencyError

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(nengo_lifdeep.__path__, "nengo_lifdeep.")
    if not module.name.endswith("__main__")
)

#: how many names of a module still lack a section of parameters. Entries may only shrink: write
#: the missing sections, then lower the number or delete the entry.
MISSING: dict[str, int] = {
    "cli.app": 1,
    "cli.files": 8,
    "cli.options": 1,
    "cli.outputs": 1,
    "cli.screen": 1,
    "cli.streams": 1,
    "cli.words": 4,
    "compat.scoped_imports": 1,
    "datasets.pickled": 2,
    "evaluation.rungs": 1,
    "experiments.plan": 4,
    "exporters.nir.neurons": 2,
    "exporters.nir.writer": 2,
    "importers.chain.assemble": 1,
    "importers.chain.graph": 1,
    "importers.chain.leaky": 1,
    "importers.chain.trained": 2,
    "importers.chain.two_scores": 1,
    "importers.chain.walk": 3,
    "importers.keras.graph": 1,
    "importers.keras.image": 2,
    "importers.keras.layers": 1,
    "importers.keras.soft_lif": 2,
    "importers.nir.path": 5,
    "importers.nir.stages": 1,
    "importers.onnx.arithmetic": 1,
    "importers.onnx.broadcast": 1,
    "importers.onnx.operation": 2,
    "importers.onnx.translator": 4,
    "keras3.quantized": 2,
    "keras3.soft_lif": 2,
    "layers.architecture": 1,
    "loihi.board": 1,
    "loihi.cut": 5,
    "loihi.discrete_axons": 4,
    "loihi.draft": 1,
    "loihi.memory": 3,
    "loihi.number_range": 1,
    "loihi.plan": 2,
    "loihi.population_axons": 6,
    "loihi.rules": 1,
    "loihi.rules.told": 1,
    "loihi.upstream": 1,
    "loihi.wiring": 1,
    "models.trained": 1,
    "report.pages.card": 1,
    "report.pages.page": 2,
    "report.plots.canvas": 3,
    "report.tables.deployment": 4,
    "report.tables.evaluations": 3,
    "report.tables.grid": 1,
    "report.tables.plain_text": 1,
    "simulators.events.activity": 11,
    "simulators.events.coefficients": 3,
    "simulators.events.constant": 1,
    "simulators.events.engine": 2,
    "simulators.events.plan": 2,
    "simulators.events.ranges": 3,
    "simulators.events.readable": 1,
    "simulators.events.scatter": 3,
    "simulators.events.tables": 6,
    "simulators.events.targets": 3,
    "simulators.loihi_exact.kernel": 2,
    "simulators.loihi_exact.lanes": 1,
    "simulators.loihi_exact.program": 1,
    "simulators.vectors.compilation": 2,
    "simulators.vectors.layout": 3,
    "simulators.vectors.operations": 8,
    "support.archives": 2,
    "support.checked_arrays": 3,
    "support.consoles": 2,
    "support.files": 4,
    "support.plain_files": 4,
    "support.provenance": 1,
    "support.short_repr": 1,
    "support.time_units": 1,
    "support.value_checks": 4,
    "support.writing": 4,
    "training.request": 1,
    "view.app": 2,
    "view.figures": 6,
    "view.showing": 4,
}


def described(owner: type | None, name: str, value: Any) -> bool:
    """Whether the docstring, or that of the same method of a base class, has the section."""
    found = [value.__doc__]
    if owner is not None:
        inherited = [vars(base).get(name) for base in owner.__mro__]
        found += [getattr(v, "__func__", v).__doc__ for v in inherited if v is not None]
    section = r"^\s*((Other )?Parameters|Attributes)\n\s*-+$"
    return any(re.search(section, doc or "", re.MULTILINE) for doc in found)


def with_arguments(module: Any) -> Iterator[tuple[type | None, str, Any]]:
    """``(class or None, name, value)`` of what a module defines, exports and has arguments."""
    for name in getattr(module, "__all__", ()):
        value = getattr(module, name, None)
        if getattr(value, "__module__", None) != module.__name__:
            continue
        members = [(None, name, value)] if callable(value) else []
        if inspect.isclass(value):
            if issubclass(value, BaseException):
                members = []
            methods = {k: getattr(v, "__func__", v) for k, v in vars(value).items()}
            members += [
                (value, k, v)
                for k, v in methods.items()
                if not k.startswith("_") and inspect.isfunction(v)
            ]
        for owner, key, member in members:
            try:
                parameters = inspect.signature(member).parameters
            except (TypeError, ValueError):
                continue
            if any(p != "self" and p != "cls" and not p.startswith("_") for p in parameters):
                yield owner, key, member


@pytest.mark.tf
@pytest.mark.loihi
@pytest.mark.parametrize("name", MODULES)
def test_arguments_are_described(name):
    if name.startswith("nengo_lifdeep.cli.commands."):
        pytest.skip("docstrings of commands are their --help, which lists the options itself")
    try:
        module = importlib.import_module(name)
    except (MissingDependencyError, CompatibilityError, ImportError) as error:
        pytest.skip(str(error))
    missing = [
        f"{owner.__name__}.{key}" if owner else key
        for owner, key, value in with_arguments(module)
        if not described(owner, key, value)
    ]
    allowed = MISSING.get(name.removeprefix("nengo_lifdeep."), 0)
    assert len(missing) <= allowed, f"{name}: write Parameters for {missing}"
    assert len(missing) == allowed, f"{name}: lower its number in MISSING to {len(missing)}"


def test_the_test_finds_what_is_missing():
    def bare(current: float) -> float:
        """No section."""

    def good(current: float) -> float:
        """With one.

        Parameters
        ----------
        current : float
            Without a unit.
        """

    module = type(inspect)("example")
    for each in (bare, good):
        each.__module__ = "example"
        setattr(module, each.__name__, each)
    module.__all__ = ["bare", "good"]
    found = list(with_arguments(module))
    assert [key for _, key, _ in found] == ["bare", "good"]
    assert [described(*each) for each in found] == [False, True]


def test_no_entry_is_left_over():
    assert set(MISSING) <= {name.removeprefix("nengo_lifdeep.") for name in MODULES}
