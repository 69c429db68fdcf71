"""Files that the parameters of a function name: those that it reads, and those that it writes."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ..errors import ValidationError
from ..jobs.keys import key_of
from ..support.checks import shown

__all__ = ["file_of", "read_as_paths", "reads", "refuse_shared", "writes"]

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

    return _said("reads", names)


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


def writes(*names: str) -> Callable[[F], F]:
    """Say of a function which parameters name files that it writes, for `sweep` and studies.

    Such a text may hold names of parameters in braces (`file_of`). Points that would write the same
    file are refused before any of them is begun.

    Parameters
    ----------
    *names : str
        Names of parameters.

    Examples
    --------
    >>> @writes("save")
    ... def trained(seed, save):
    ...     return file_of(save, {"seed": seed}, "save").name
    >>> trained(3, "net-{seed}.lifdeep")
    'net-3.lifdeep'
    """

    return _said("writes", names)


def _said(what: str, names: tuple[str, ...]) -> Callable[[F], F]:
    """Keep names of parameters with a function."""

    def said(function: F) -> F:
        function.__dict__[what] = names
        return function

    return said


def file_of(pattern: str | os.PathLike[str], parameters: Mapping[str, Any], name: str) -> Path:
    """The file that is meant, with values of parameters where their names stand in braces.

    Parameters
    ----------
    pattern : str or path-like
        As ``"net-{seed}-{epochs}.lifdeep"``.
    parameters : dict
        All parameters of the function.
    name : str
        That of ``pattern``, for messages.

    Raises
    ------
    ValidationError
        If what stands in braces is no parameter, or a brace is not closed.

    Examples
    --------
    >>> file_of("net-{speed}.lifdeep", {"seed": 1}, "save")
    Traceback (most recent call last):
        ...
    nengo_lifdeep.errors.ValidationError: save is 'net-{speed}.lifdeep'; expected a name of a \
file, in which {seed} may stand
    """
    known = {each: value for each, value in parameters.items() if each != name}
    try:
        return Path(os.fspath(pattern).format(**known))
    except (LookupError, ValueError, AttributeError, TypeError) as error:
        listed = ", ".join(f"{{{each}}}" for each in known)
        raise ValidationError(
            f"{name} is {shown(pattern)}; expected a name of a file, in which {listed} may stand"
        ) from error


def refuse_shared(function: Callable[..., Any], points: Iterable[Mapping[str, Any]]) -> None:
    """Refuse points of which one would overwrite the file of another.

    Parameters
    ----------
    function : callable
        What is called.
    points : iterable of dict
        Different points.

    Raises
    ------
    ValidationError
        If two write the same file, or a name cannot be formatted.
    """
    names = getattr(function, "writes", ())
    if not names:
        return
    known = inspect.signature(function).parameters.values()
    usual = {each.name: each.default for each in known if each.default is not each.empty}
    found: dict[str, Mapping[str, Any]] = {}
    for point in points:
        whole = {**usual, **point}
        for name in names:
            if whole.get(name) is None:
                continue
            file = file_of(whole[name], whole, name)
            other = found.setdefault(os.path.abspath(file), whole)
            if other is not whole:
                apart = [each for each in whole if key_of(whole[each]) != key_of(other.get(each))]
                listed = " and ".join(f"{{{each}}}" for each in apart if each != name)
                raise ValidationError(
                    f"{name} is {file} for several points, each of which would overwrite it; "
                    f"put {listed or 'what is different'} into the name"
                )
