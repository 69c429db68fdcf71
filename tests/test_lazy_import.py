"""``import nengo_lifdeep`` is cheap, and every public name exists."""

from __future__ import annotations

import importlib
import importlib.resources
import subprocess
import sys

import pytest

import nengo_lifdeep

HEAVY = ("tensorflow", "keras", "tf_keras", "nengo_dl", "nengo_loihi", "numba", "matplotlib")


def loaded_after(statement: str) -> set[str]:
    """Return the top-level modules in a fresh Python after it has run the statement."""
    script = f"{statement}\nimport sys\nprint(*{{m.partition('.')[0] for m in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import nengo_lifdeep",
        "import nengo_lifdeep.compat, nengo_lifdeep.simulators.doctor",
        "import nengo_lifdeep as ld; [getattr(ld, name) for name in ld.__all__]",
    ],
)
def test_importing_loads_nothing_heavy(statement: str) -> None:
    loaded = loaded_after(statement)
    assert "nengo_lifdeep" in loaded
    assert not loaded & set(HEAVY)


def test_import_takes_less_than_half_a_second() -> None:
    script = (
        "import time; t = time.process_time(); import nengo_lifdeep; print(time.process_time() - t)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 0.5


def test_every_public_name_exists() -> None:
    assert len(nengo_lifdeep.__all__) == len(set(nengo_lifdeep.__all__)) > 10
    for name in nengo_lifdeep.__all__:
        assert getattr(nengo_lifdeep, name) is not None, name
    assert set(dir(nengo_lifdeep)) == set(nengo_lifdeep.__all__)


def test_public_names_are_what_their_modules_export() -> None:
    for module, names in nengo_lifdeep._NAMES_OF.items():
        exported = importlib.import_module(f"nengo_lifdeep.{module}").__all__
        assert set(names) <= set(exported), module


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'nengo_lifdeep' has no attribute 'no_such_name'"):
        nengo_lifdeep.no_such_name  # noqa: B018


def test_the_package_says_that_it_is_typed() -> None:
    assert (importlib.resources.files("nengo_lifdeep") / "py.typed").is_file()
