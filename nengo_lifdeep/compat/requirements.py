"""Import an optional package; if it is missing, the error names the extra that installs it."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
from types import ModuleType

from nengo_lifdeep.errors import MissingDependencyError

__all__ = ["EXTRAS", "import_optional", "install_command"]

#: importable name -> (name on PyPI, our extra that installs it)
EXTRAS: dict[str, tuple[str, str]] = {
    "tensorflow": ("tensorflow", "train"),
    "tf_keras": ("tf_keras", "train"),
    "nengo_dl": ("nengo-dl", "train"),
    "nengo_loihi": ("nengo-loihi", "loihi"),
    "numba": ("numba", "events"),
    "keras": ("keras", "keras"),
    "h5py": ("h5py", "keras"),
    "aedat": ("aedat", "events-io"),
    "onnx": ("onnx", "onnx"),
    "torch": ("torch", "torch"),
    "nir": ("nir", "nir"),
    "matplotlib": ("matplotlib", "report"),
    "jinja2": ("Jinja2", "report"),
    "markdown_it": ("markdown-it-py", "report"),
    "panel": ("panel", "view"),
    "PIL": ("pillow", "images"),
    "distributed": ("distributed", "cluster"),
    "pooch": ("pooch", "sharing"),
}

#: from this Python on, pip cannot build NengoDL 3.6.0 in isolation, with the tools that it pins
NENGO_DL_NEEDS_OLD_SETUPTOOLS = (3, 12)


def install_command(name: str, extra: str | None = None) -> str:
    """Return the pip command that installs a package and the others of its extra.

    It names what the extra brings, and not this package, so that it works wherever this package
    was installed from: a checkout, a wheel or an index.

    Parameters
    ----------
    name : str
        Importable name of the package.
    extra : str, optional
        The extra that is meant, where the package comes with several.

    Examples
    --------
    >>> install_command("nir")
    'pip install "nir>=1.0.7"'
    """
    distribution, usual = EXTRAS[name]
    extra = usual if extra is None else extra
    needed = _brought(extra) or [distribution]
    old_tools = extra == "train" and sys.version_info >= NENGO_DL_NEEDS_OLD_SETUPTOOLS
    if not old_tools:
        return f"pip install {_quoted(needed)}"
    built = [each for each in needed if each.startswith("nengo-dl")]
    others = ["setuptools<70", "wheel", *(each for each in needed if each not in built)]
    return f"pip install {_quoted(others)} && pip install --no-build-isolation {_quoted(built)}"


def _brought(extra: str) -> list[str]:
    """What an extra brings, with the versions that are needed."""
    try:
        every = importlib.metadata.requires("nengo_lifdeep") or []
    except importlib.metadata.PackageNotFoundError:  # run from its source, not installed
        every = []
    suffix = f'; extra == "{extra}"'
    return [each.removesuffix(suffix).strip() for each in every if each.endswith(suffix)]


def _quoted(requirements: list[str]) -> str:
    return " ".join(f'"{each}"' for each in requirements)


def import_optional(name: str) -> ModuleType:
    """Import one of the packages in `EXTRAS`.

    Parameters
    ----------
    name : str
        Importable top-level name, e.g. ``"numba"``.

    Raises
    ------
    MissingDependencyError
        If the package is not installed; the message contains the command that installs it. An
        installed package that fails to import raises its own error, unchanged.
    """
    require(name)
    return importlib.import_module(name)


def require(name: str) -> None:
    """Raise `MissingDependencyError` unless the package is installed; imports nothing."""
    distribution, extra = EXTRAS[name]
    try:
        found = importlib.util.find_spec(name) is not None
    except ValueError:  # a module put into sys.modules by hand has no spec
        found = True
    if not found:
        raise MissingDependencyError(
            f"{distribution} is needed here but not installed. It comes with the {extra!r} "
            f"extra: {install_command(name)}",
            name=name,
        )
