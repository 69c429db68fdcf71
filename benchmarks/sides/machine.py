"""What the numbers were measured on."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path

__all__ = ["machine", "versions"]

_FLAGS = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile")
_PACKAGES = ("nengo_lifdeep", "numpy", "nengo", "nengo-dl", "tensorflow", "tf_keras", "numba")


def machine() -> str:
    """Processor, number of cores, and the vector instructions it has."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
    facts = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    facts = {name.strip(): value.strip() for name, value in facts.items()}
    flags = facts.get("flags", "").split()
    return f"{facts.get('model name', platform.machine())}, {os.cpu_count()} cores, " + " ".join(
        flag for flag in _FLAGS if flag in flags
    )


def versions() -> dict[str, str]:
    """Versions of Python and of every library that a side of this process may use."""
    found = {"Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
