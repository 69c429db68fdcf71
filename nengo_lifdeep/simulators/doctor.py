"""Check the installation: versions, simulators that work, and repair commands."""

from __future__ import annotations

import functools
import importlib
import os
import platform
import sys
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from nengo_lifdeep.compat import import_nengo_dl, import_nengo_loihi, import_tensorflow
from nengo_lifdeep.compat.requirements import EXTRAS, import_optional, install_command
from nengo_lifdeep.simulators import SIMULATORS, Simulator

if TYPE_CHECKING:
    from rich.table import Table
from ..support.checks import check_fields, checked, each, flag, instance, text

__all__ = ["Finding", "diagnose", "findings_table"]

OLDEST_PYTHON = (3, 10)

#: packages in every installation: name on PyPI -> importable name
REQUIRED = {"nengo": "nengo", "numpy": "numpy", "scipy": "scipy", "scikit-learn": "sklearn"}


#: extras that are not in ``[all]``, and what they are for: nothing is wrong where they are absent
ON_REQUEST = {"torch": "only from_torch needs it"}


@dataclass(frozen=True)
class Finding:
    """One line of the diagnosis.

    Parameters
    ----------
    group : str
        ``"versions"``, ``"devices"`` or ``"simulators"``.
    what : str
        The package, device or simulator.
    found : str
        Its version, count or state; for a failure, the reason in one line.
    ok : bool
        Whether it works.
    repair : str
        The one command that repairs it; empty if there is nothing to repair, or no command can.
    """

    group: str
    what: str
    found: str
    ok: bool = True
    repair: str = ""

    def __post_init__(self) -> None:
        check_fields(self, group=text, what=text, found=text, ok=flag, repair=text)


def diagnose() -> list[Finding]:
    """Examine this Python; nothing that is missing or broken makes this raise.

    Returns
    -------
    list of Finding
        Versions, then devices, then simulators.

    Examples
    --------
    >>> [f.found for f in diagnose() if f.what == "python"]  # doctest: +SKIP
    ['3.11.7']
    """
    return [*_versions(), *_devices(), *_simulators()]


def _versions() -> list[Finding]:
    python = Finding(
        "versions",
        "python",
        platform.python_version(),
        sys.version_info >= OLDEST_PYTHON,
        "" if sys.version_info >= OLDEST_PYTHON else "install Python 3.10 or newer",
    )
    required = [_installed(name, f'pip install "{name}"') for name in REQUIRED]
    optional = [_optional(key, name) for key, (name, _) in EXTRAS.items()]
    return [python, *required, *optional]


def _optional(key: str, distribution: str) -> Finding:
    finding = _installed(distribution, install_command(key))
    if finding.ok or key not in ON_REQUEST:
        return finding
    return replace(finding, found=f"absent: {ON_REQUEST[key]}", ok=True)


def _installed(distribution: str, command: str) -> Finding:
    try:
        return Finding("versions", distribution, version(distribution))
    except PackageNotFoundError:
        return Finding("versions", distribution, "not installed", False, command)


def _devices() -> list[Finding]:
    return [
        Finding("devices", "CPU cores", str(os.cpu_count())),
        Finding("devices", "GPUs seen by TensorFlow", _gpus()),
        Finding("devices", "Loihi board (NxSDK)", _board()),
    ]


def _gpus() -> str:
    try:
        return str(len(import_tensorflow().config.list_physical_devices("GPU")))
    except Exception as error:  # a broken TensorFlow fails in many ways; report, do not raise
        return f"unknown: {_first_line(error)}"


def _board() -> str:
    try:
        importlib.import_module("nxsdk")
    except Exception as error:  # NxSDK is private software; whatever it raises, it is not usable
        return f"absent: {_first_line(error)}"
    return "NxSDK imports"


def _simulators() -> list[Finding]:
    """Import each simulator and what it needs, each on its own."""
    return [_importable(simulator) for simulator in SIMULATORS.values()]


def _importable(simulator: Simulator) -> Finding:
    patched = {"nengo_dl": import_nengo_dl, "nengo_loihi": import_nengo_loihi}
    repair = "install nengo_lifdeep again"
    try:
        for package in simulator.needs:
            repair = install_command(package)
            patched.get(package, functools.partial(import_optional, package))()
        repair = "install nengo_lifdeep again"
        simulator.load()
    except Exception as error:  # the point of a diagnosis is to outlive every one of them
        message = str(error)
        advised = message.rpartition("Run: ")[2] if "Run: " in message else repair
        return Finding("simulators", simulator.name, _first_line(error), False, advised)
    return Finding("simulators", simulator.name, "imports")


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]


@checked(findings=each(instance(Finding), "findings"))
def findings_table(findings: list[Finding]) -> Table:
    """Arrange findings as a table for the terminal.

    Parameters
    ----------
    findings : list of Finding
        From `diagnose`.

    Returns
    -------
    rich.table.Table
        To be printed with `rich.console.Console.print`.
    """
    from rich.markup import escape
    from rich.table import Table

    table = Table("", "what", "found", "repair with", title="nengo_lifdeep doctor")
    for previous, finding in zip([None, *findings], findings, strict=False):
        if previous is not None and previous.group != finding.group:
            table.add_section()
        mark = "[green]ok[/]" if finding.ok else "[red]no[/]"
        table.add_row(mark, finding.what, escape(finding.found), escape(finding.repair))
    return table
