"""What the numbers were measured on."""

from __future__ import annotations

import importlib.metadata
import platform

from nengo_lifdeep.support.provenance import machine

__all__ = ["machine", "versions"]

_PACKAGES = ("nengo_lifdeep", "numpy", "nengo", "nengo-dl", "tensorflow", "tf_keras", "numba")


def versions() -> dict[str, str]:
    """Versions of Python and of every library that a side of this process may use."""
    found = {"Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
