"""Import an optional package; if it is missing, the error names the extra that installs it."""

from __future__ import annotations

import importlib
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
}

#: from this Python on, pip cannot build NengoDL 3.6.0 in isolation, with the tools that it pins
NENGO_DL_NEEDS_OLD_SETUPTOOLS = (3, 12)


def install_command(name: str) -> str:
    """Return the pip command that installs the extra containing a package.

    Parameters
    ----------
    name : str
        Name of the package.

    Examples
    --------
    >>> install_command("nengo_loihi")
    'pip install "nengo_lifdeep[loihi]"'
    """
    extra = EXTRAS[name][1]
    if extra == "train" and sys.version_info >= NENGO_DL_NEEDS_OLD_SETUPTOOLS:
        return (
            'pip install "setuptools<70" wheel && '
            'pip install --no-build-isolation "nengo_lifdeep[train]"'
        )
    return f'pip install "nengo_lifdeep[{extra}]"'


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
