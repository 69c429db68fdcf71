"""Provenance of a result: versions, commit, command."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

__all__ = ["command_line", "commit", "count_parameters", "machine", "typed_as", "versions"]

#: programs of a prompt or notebook
_PROMPTS = ("", "-", "-c", "ipykernel_launcher.py", "colab_kernel_launcher.py", "ipython")
#: what stands for the words of this process, the last one
_typed: list[list[str]] = []
#: vector instructions that matter to speed, as /proc/cpuinfo calls them
_FLAGS = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile")
_PACKAGES = ("numpy", "nengo", "nengo-dl", "tensorflow", "tf_keras")


def versions() -> dict[str, str]:
    """Versions of Python, of this package and of those that computed the weights."""
    from .. import __version__

    found = {"python": platform.python_version(), "nengo_lifdeep": __version__}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "installed without metadata"
    return found


def command_line(words: Sequence[str] | None = None) -> str:
    """The command that runs this process, as it would be typed anywhere.

    The command line's own program is ``lifdeep`` however it was started; a script is named by its
    path from the working folder, or by its name alone. Empty in a notebook and at a prompt.

    Parameters
    ----------
    words : sequence of str, optional
        Program and arguments; this process's by default.

    Examples
    --------
    >>> command_line(["/usr/lib/nengo_lifdeep/cli/__main__.py", "train", "--out", "my file"])
    "lifdeep train --out 'my file'"
    >>> command_line(["/elsewhere/mine.py", "--epochs", "3"])
    'mine.py --epochs 3'
    >>> command_line(["/elsewhere/ipykernel_launcher.py", "-f", "kernel.json"])
    ''
    """
    program, *arguments = words or (_typed[-1] if _typed else sys.argv)
    path = Path(program)
    if path.name in _PROMPTS:
        return ""
    if path.name == "lifdeep" or path.parts[-3:] == ("nengo_lifdeep", "cli", "__main__.py"):
        program = "lifdeep"
    elif path.is_absolute():
        inside = path.is_relative_to(Path.cwd())
        program = str(path.relative_to(Path.cwd()) if inside else path.name)
    return shlex.join([program, *arguments])


@contextlib.contextmanager
def typed_as(words: list[str]) -> Iterator[None]:
    """Inside, `command_line` is another one: of options that were in a file.

    Parameters
    ----------
    words : list of str
        Program and arguments.
    """
    _typed.append(words)
    try:
        yield
    finally:
        _typed.pop()


def commit() -> str | None:
    """Commit of the checkout the package is imported from, None if it is installed.

    ``+`` after it says that files of the package differ from that commit.
    """
    folder = Path(__file__).parents[1]
    if not (folder.parent / ".git").exists():
        return None
    head = _git(folder, "rev-parse", "HEAD")
    if head is None:
        return None
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
    return head + ("+" if changed else "")


def _git(folder: Path, *command: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *command], cwd=folder, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None  # without git, or not the repository's owner
    return done.stdout.strip()


def machine() -> str:
    """Processor, number of cores, and the vector instructions it has."""
    cores = f"{os.cpu_count()} cores"
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return f"{platform.processor() or platform.machine()}, {cores}"
    facts = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    facts = {name.strip(): value.strip() for name, value in facts.items()}
    flags = [flag for flag in _FLAGS if flag in facts.get("flags", "").split()]
    return ", ".join([facts.get("model name", platform.machine()), cores, " ".join(flags)]).strip(
        ", "
    )


def count_parameters(weights: dict[str, dict[str, Any]]) -> int:
    """Number of trained values (the moving averages of BatchNormalization are not trained).

    Parameters
    ----------
    weights : dict of str to dict of str to array
        Arrays by layer and name.
    """
    return sum(
        array.size
        for group in weights.values()
        for name, array in group.items()
        if not name.startswith("moving_")
    )
