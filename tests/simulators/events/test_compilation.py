"""Compiled code on disk belongs to one state of the source."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("numba")

from nengo_lifdeep import support
from nengo_lifdeep.simulators.events import kernels
from nengo_lifdeep.simulators.vectors import compilation


def test_the_digest_changes_with_any_file(tmp_path):
    files = [tmp_path / "a.py", tmp_path / "b.py"]
    for file in files:
        file.write_text("x = 1\n")
    before = compilation.source_digest(files)
    assert compilation.source_digest(reversed(files)) == before
    files[1].write_text("x = 2\n")
    assert compilation.source_digest(files) != before


def test_cached_kernels_carry_the_digest(tmp_path):
    folder = Path(kernels.__file__).parent
    shared = Path(compilation.__file__).parent
    files = {*folder.glob("*.py"), *shared.glob("*.py"), Path(support.compilation.__file__)}
    digest = compilation.source_digest(files)
    name = kernels.run_population.py_func.__qualname__
    assert name == f"run_population_{digest}"
    index = kernels.run_population._cache._impl.filename_base
    assert digest in index


def test_checked_code_has_a_name_of_its_own(monkeypatch):
    """Or code without checks would be taken from the disk where checks were asked for."""

    def twice(x):
        return 2 * x

    monkeypatch.setattr(compilation.config, "BOUNDSCHECK", 1)
    assert compilation.compiled(twice).py_func.__qualname__.endswith("_checked")
