"""What led to a trained model: versions, options, data, command."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from typing import Any

__all__ = ["command_line", "count_parameters", "versions"]

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


def command_line() -> str:
    """The command that runs this process, as far as Python knows it."""
    return " ".join(sys.argv)


def count_parameters(weights: dict[str, dict[str, Any]]) -> int:
    """Number of trained values (the moving averages of BatchNormalization are not trained)."""
    return sum(
        array.size
        for group in weights.values()
        for name, array in group.items()
        if not name.startswith("moving_")
    )
