"""`make oldest-test` installs the lower bounds of setup.cfg, package by package."""

from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PINNED = ROOT / "requirements" / "oldest-py310.txt"
#: Extras that these tests do not run: PyTorch's has a target of its own, docs need a newer Python.
LEFT_OUT = ("torch", "docs", "all")
#: What checks the code, not what runs it.
CHECKERS = ("ruff", "mypy")


def _pins() -> dict[str, Version]:
    lines = (line.partition("#")[0].strip() for line in PINNED.read_text().splitlines())
    pairs = (line.split("==") for line in lines if "==" in line)
    return {canonicalize_name(name): Version(version) for name, version in pairs}


def _bounds() -> list[Requirement]:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    lists = [config["options"]["install_requires"]]
    extras = config["options.extras_require"]
    lists += [extras[name] for name in extras if name not in LEFT_OUT]
    found = [Requirement(line) for text in lists for line in text.split("\n") if line.strip()]
    return [r for r in found if r.name not in CHECKERS]


@pytest.mark.parametrize("bound", _bounds(), ids=str)
def test_the_lower_bound_is_what_is_tested(bound):
    if canonicalize_name(bound.name) == "nengo-dl":  # after the others, by the Makefile
        assert f"nengo-dl{bound.specifier}" in (ROOT / "Makefile").read_text()
        return
    pinned = _pins()[canonicalize_name(bound.name)]
    lowest = next(s.version for s in bound.specifier if s.operator in (">=", "=="))
    parts = Version(lowest).release
    assert pinned.release[: len(parts)] == parts, f"{bound} is tested with {pinned}"
