"""A sweep written down in a TOML file: what is called, with which values."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from ..errors import ValidationError
from ..support.short_repr import short_repr
from ..support.toml import read_toml
from .measures import MEASURES

__all__ = ["Study"]

_SECTIONS = ("study", "fixed", "grid")


@dataclasses.dataclass(frozen=True)
class Study:
    """What a file asks for.

    Parameters
    ----------
    function : callable
        What is called.
    grid : dict of str to list
        Values of every parameter; those that are fixed have one.
    fixed : tuple of str
        Names of those that are fixed.
    out : Path
        Folder of the results.
    over, x, y, by : str or None
        A parameter over which means are taken; columns of a picture.
    """

    function: Callable[..., Any]
    grid: dict[str, list[Any]]
    fixed: tuple[str, ...]
    out: Path
    over: str | None = None
    x: str | None = None
    y: str | None = None
    by: str | None = None

    __repr__ = short_repr

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Study:
        """Read a TOML file.

        Parameters
        ----------
        path : path-like
            The file, with the sections ``[study]`` (``function``: "evaluate", "train" or
            "module:function" of a module beside the file or installed; ``out``, a folder beside
            the file; ``over``, ``x``, ``y``, ``by``), ``[fixed]`` with single values and ``[grid]``
            with lists.

        Raises
        ------
        ModelFileError
            If it cannot be read, or is no TOML.
        ValidationError
            If a section, the function or a parameter is not known, or a value is missing.
        """
        place = Path(path)
        content = read_toml(place, "a study in TOML, with the sections [study], [fixed] and [grid]")
        return cls._checked(content, place)

    @classmethod
    def _checked(cls, content: Mapping[str, Any], place: Path) -> Study:
        for name, section in content.items():
            if name not in _SECTIONS or not isinstance(section, dict):
                raise ValidationError(
                    f"{place} has {name!r} at its top; expected the sections [study], [fixed] and "
                    "[grid]"
                )
        asked = dict(content.get("study", {}))
        name = asked.pop("function", "evaluate")
        out = asked.pop("out", place.stem)
        odd = [key for key in asked if key not in ("over", "x", "y", "by")]
        odd += [key for key, value in asked.items() if not isinstance(value, str)]
        if odd or not isinstance(out, str) or not isinstance(name, str):
            raise ValidationError(
                f"{place}, [study]: {', '.join(odd) or 'function and out'}; expected function, "
                "out, over, x, y and by, each a text"
            )
        function = _function(name, place)
        fixed, grid = content.get("fixed", {}), content.get("grid", {})
        for key, value in grid.items():
            if not isinstance(value, list) or not value:
                raise ValidationError(
                    f"{place}, [grid]: {key} is {value!r}; expected a list of values, or the "
                    "parameter in [fixed]"
                )
        twice = sorted(set(fixed) & set(grid))
        if twice or not (fixed or grid):
            raise ValidationError(
                f"{place}: {', '.join(twice)} stand in [fixed] and in [grid]; expected one of both"
                if twice
                else f"{place} has neither [fixed] nor [grid]; expected parameters"
            )
        _check_names(function, {**fixed, **grid}, place)
        return cls(
            function,
            {**{key: [value] for key, value in fixed.items()}, **grid},
            tuple(fixed),
            place.parent / out,
            **asked,
        )


def _function(name: str, place: Path) -> Callable[..., Any]:
    """The function of that name; the folder of the file is searched for modules too."""
    if name in MEASURES:
        return cast(Callable[..., Any], MEASURES[name])
    module, colon, attribute = name.partition(":")
    if not colon:
        raise ValidationError(
            f"{place}: function is {name!r}; expected {', '.join(map(repr, MEASURES))}, or "
            "'module:function'"
        )
    folder = str(place.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)  # processes of `jobs.workers` get the same
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValidationError(
            f"{place}: function {name!r} cannot be found ({error}); expected module:function, of a "
            "file beside the study or an installed package"
        ) from error
    if not callable(found):
        raise ValidationError(f"{place}: {name!r} is {found!r}; expected a function")
    return cast(Callable[..., Any], found)


def _check_names(function: Callable[..., Any], given: Mapping[str, Any], place: Path) -> None:
    """Refuse parameters that the function does not have, and those that are missing."""
    known = inspect.signature(function).parameters
    kinds = {p.kind for p in known.values()}
    odd = [name for name in given if name not in known]
    if odd and inspect.Parameter.VAR_KEYWORD not in kinds:
        raise ValidationError(
            f"{place}: {', '.join(odd)} cannot be varied; expected {', '.join(known)}"
        )
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    missing = [
        name
        for name, p in known.items()
        if p.default is inspect.Parameter.empty and p.kind in named and name not in given
    ]
    if missing:
        raise ValidationError(f"{place}: {', '.join(missing)} must be given in [fixed] or [grid]")
