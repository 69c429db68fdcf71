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
        if getattr(value, "_is_protocol", False):  # its implementations are described
            continue
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
    assert not missing, f"{name}: write a section Parameters for {missing}"


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
