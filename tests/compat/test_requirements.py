"""Missing and unfit packages are reported with the command that brings them."""

from __future__ import annotations

import configparser
import importlib.metadata
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from nengo_lifdeep import compat
from nengo_lifdeep.compat import requirements, tf_keras
from nengo_lifdeep.errors import CompatibilityError, MissingDependencyError

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", requirements.EXTRAS)
def test_missing_package_names_its_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingDependencyError, match="pip install") as caught:
        requirements.import_optional(name)
    distribution, extra = requirements.EXTRAS[name]
    assert f"{distribution} is needed" in str(caught.value)
    assert f"the '{extra}' extra" in str(caught.value)
    assert isinstance(caught.value, ImportError) and caught.value.name == name


@pytest.mark.tf
def test_import_nengo_dl_without_tf_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    real = requirements.importlib.util.find_spec
    monkeypatch.setattr(
        requirements.importlib.util, "find_spec", lambda n: None if n == "tf_keras" else real(n)
    )
    with pytest.raises(MissingDependencyError, match=r"tf_keras is needed.*'train' extra"):
        compat.import_tf_keras()


def test_an_old_tensorflow_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    old = ModuleType("tensorflow")
    old.__version__ = "2.12.1"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tensorflow", old)
    with pytest.raises(CompatibilityError, match=r"2\.12\.1 is installed, 2\.16 or newer"):
        compat.import_tensorflow()


@pytest.mark.tf
def test_a_tf_keras_for_another_tensorflow_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> ModuleType:
        raise AttributeError("module 'tensorflow.python' has no attribute 'x'")

    tensorflow = compat.import_tensorflow()
    monkeypatch.setattr(tf_keras, "import_tensorflow", lambda: tensorflow)
    monkeypatch.setattr(tf_keras, "import_optional", broken)
    minor = ".".join(tensorflow.__version__.split(".")[:2])
    with pytest.raises(CompatibilityError, match=rf'Run: pip install "tf_keras=={minor}'):
        compat.import_tf_keras()


@pytest.mark.parametrize(("python", "steps"), [((3, 11), 1), ((3, 12), 2), ((3, 13), 2)])
def test_nengo_dl_is_built_with_an_old_setuptools(
    python: tuple[int, int], steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requirements.sys, "version_info", python)
    command = requirements.install_command("nengo_dl")
    assert len(command.split("&&")) == steps
    assert ("--no-build-isolation" in command) is (steps == 2)
    assert requirements.install_command("numba") == 'pip install "numba>=0.59"'
    for part in command.split("&&"):
        assert part.strip().startswith("pip install")
    assert "nengo_lifdeep" not in command  # which no index has


@pytest.mark.parametrize("name", requirements.EXTRAS)
def test_commands_hold_what_the_extra_brings(name: str) -> None:
    configured = configparser.ConfigParser()
    configured.read(ROOT / "setup.cfg")
    distribution, extra = requirements.EXTRAS[name]
    lines = configured["options.extras_require"][extra].split()
    command = requirements.install_command(name)
    for line in lines:
        found = re.match(r"[\w-]+", line)
        assert found and found[0].lower().replace("_", "-") in command.lower().replace("_", "-")
    assert distribution.lower().replace("_", "-") in command.lower().replace("_", "-")


def test_commands_without_an_installed_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: str) -> list[str]:
        raise importlib.metadata.PackageNotFoundError

    monkeypatch.setattr(requirements.importlib.metadata, "requires", none)
    for name, (distribution, _) in requirements.EXTRAS.items():
        assert f'"{distribution}"' in requirements.install_command(name)
