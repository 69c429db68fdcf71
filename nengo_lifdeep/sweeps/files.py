"""Files that the parameters of a function name: those it reads are part of a point's key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["read_as_paths", "reads"]

F = TypeVar("F", bound=Callable[..., Any])


def reads(*names: str) -> Callable[[F], F]:
    """Say of a function which parameters name files that it reads, for `sweep` and studies.

    A file that such a parameter names as text is part of a point's key with its content, as is one
    that is given as a `Path`: when the file has changed, the point is done again. In a TOML file
    all names are text.

    Parameters
    ----------
    *names : str
        Names of parameters.

    Examples
    --------
    >>> @reads("model")
    ... def measure(model, n):
    ...     return Path(model).stat().st_size / n
    >>> read_as_paths(measure, {"model": "not there", "n": 3})
    {'model': 'not there', 'n': 3}
    """

    def said(function: F) -> F:
        function.__dict__["reads"] = names
        return function

    return said


def read_as_paths(function: Callable[..., Any], point: Mapping[str, Any]) -> dict[str, Any]:
    """A point whose texts that name files to be read are paths, which a key takes by content.

    Parameters
    ----------
    function : callable
        What is called.
    point : dict
        Its parameters.
    """
    found = dict(point)
    for name in getattr(function, "reads", ()):
        value = point.get(name)
        if isinstance(value, str) and Path(value).is_file():
            found[name] = Path(value)
    return found
