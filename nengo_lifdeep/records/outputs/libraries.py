"""pandas, xarray and nir, asked for when they are needed."""

from __future__ import annotations

import importlib
from types import ModuleType

from ...errors import MissingDependencyError

__all__ = ["library"]


def library(name: str, what: str, *, package: str = "", instead: str = "") -> ModuleType:
    """A library that this package does not depend on.

    Parameters
    ----------
    name : str
        Of the module.
    what : str
        What it is needed for.
    package : str
        What to install; by default what the module is called.
    instead : str
        What does without it.

    Raises
    ------
    MissingDependencyError
        If it is not installed.

    Examples
    --------
    >>> library("no_such_module", "tables")
    Traceback (most recent call last):
        ...
    nengo_lifdeep.errors.MissingDependencyError: no_such_module is needed for tables but not \
installed: pip install no_such_module
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        hint = f". {instead}" if instead else ""
        raise MissingDependencyError(
            f"{name} is needed for {what} but not installed: pip install {package or name}{hint}",
            name=name.partition(".")[0],
        ) from error
