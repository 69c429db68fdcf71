"""The diagnosis: complete here, and unshaken by whatever is missing or broken."""

from __future__ import annotations

import importlib.metadata
import sys

import pytest
from rich.console import Console

from nengo_lifdeep import doctor
from nengo_lifdeep.errors import CompatibilityError
from nengo_lifdeep.simulators import SIMULATORS
from nengo_lifdeep.simulators.doctor import Finding, diagnose, findings_table


def named(findings: list[Finding], group: str) -> dict[str, Finding]:
    return {finding.what: finding for finding in findings if finding.group == group}


@pytest.mark.tf
@pytest.mark.loihi
def test_everything_is_well_in_the_tested_environment() -> None:
    findings = diagnose()
    names = [(finding.group, finding.what) for finding in findings]
    assert len(names) == len(set(names))  # no package twice
    versions = named(findings, "versions")
    assert versions["numpy"].found == importlib.metadata.version("numpy")
    for package in (
        "python",
        "nengo",
        "tensorflow",
        "tf_keras",
        "keras",
        "nengo-dl",
        "nengo-loihi",
    ):
        assert versions[package].ok, package
    for package in ("numba", "matplotlib", "scikit-learn"):
        assert package in versions
    simulators = named(findings, "simulators")
    assert list(simulators) == list(SIMULATORS)
    assert all(finding.ok and not finding.repair for finding in simulators.values())
    assert {"CPU cores", "GPUs seen by TensorFlow"} <= set(named(findings, "devices"))


def test_each_missing_package_has_one_repair(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing_installed(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    for blocked in ("tensorflow", "tf_keras", "nengo_dl", "nengo_loihi", "nxsdk"):
        monkeypatch.setitem(sys.modules, blocked, None)
    monkeypatch.setattr(doctor, "version", nothing_installed)
    monkeypatch.setattr(doctor, "import_nengo_dl", lambda: 1 / 0)
    findings = diagnose()
    broken = [finding for finding in findings if not finding.ok]
    assert len(broken) > 10
    for finding in broken:
        assert finding.repair.startswith("pip install"), finding
        assert "\n" not in finding.repair and "\n" not in finding.found
    assert "ZeroDivisionError" in named(findings, "simulators")["nengo-dl"].found


def test_a_command_in_the_error_is_the_repair(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        raise CompatibilityError("TensorFlow 2.12 is too old. Run: pip install --upgrade x")

    monkeypatch.setattr(doctor, "import_nengo_dl", refused)
    finding = named(doctor._simulators(), "simulators")["nengo-dl"]
    assert finding.repair == "pip install --upgrade x"


def test_table_shows_every_finding() -> None:
    findings = [
        Finding("versions", "numpy", "2.4.6"),
        Finding("simulators", "loihi", "missing [x]", False, 'pip install "nengo_lifdeep[loihi]"'),
    ]
    printed = Console(width=120)
    with printed.capture() as capture:
        printed.print(findings_table(findings))
    text = capture.get()
    for expected in ("numpy", "2.4.6", "missing [x]", 'pip install "nengo_lifdeep[loihi]"', "no"):
        assert expected in text
