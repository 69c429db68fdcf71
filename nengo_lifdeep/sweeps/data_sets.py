"""Data sets that the parameters of a function name, which a key takes by what they hold."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from .. import datasets
from ..errors import DataError
from ..jobs.keys import key_of

__all__ = ["by_content", "loads"]

F = TypeVar("F", bound=Callable[..., Any])


def loads(**parts: tuple[str, ...]) -> Callable[[F], F]:
    """Say of a function which parameters name data sets, for `sweep` and studies.

    What such a set holds now is part of a point's key: when images, labels or targets have changed,
    the point is done again.

    Parameters
    ----------
    **parts : tuple of str
        By the parameter's name: which parts of the set the results depend on, of ``"train"`` and
        ``"test"``.

    Examples
    --------
    >>> @loads(data=("test",))
    ... def n_images(data="digits"):
    ...     return len(datasets.load(data).test)
    >>> bars, digits, usual = by_content(n_images, [{"data": "bars"}, {"data": "digits"}, {}])
    >>> bars == digits, digits == usual
    (False, True)
    """

    def said(function: F) -> F:
        function.__dict__["loads"] = parts
        return function

    return said


def by_content(
    function: Callable[..., Any], points: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Points in which keys of contents take the place of names of data sets.

    Each set is loaded once. One that cannot be loaded here keeps its name: workers may have it, and
    if not, their jobs say what is wrong.

    Parameters
    ----------
    function : callable
        What is called.
    points : iterable of dict
        Its parameters.
    """
    asked: Mapping[str, tuple[str, ...]] = getattr(function, "loads", {})
    usual = inspect.signature(function).parameters if asked else {}
    known: dict[tuple[str, str], str] = {}
    found = []
    for point in points:
        own = dict(point)
        for name, parts in asked.items():
            value = point.get(name, usual[name].default if name in usual else None)
            if isinstance(value, str):
                if (name, value) not in known:
                    known[name, value] = _content(value, parts)
                own[name] = known[name, value]
        found.append(own)
    return found


def _content(name: str, parts: tuple[str, ...]) -> str:
    """Key of what some parts of a data set hold now, or its name."""
    try:
        data = datasets.load(name)
        splits = [getattr(data, part) for part in parts]
        # pictures that stay in their files count by names, sizes and times of change, too
        return key_of(
            name, [(s.fingerprint, s.answers, s.images if s.is_lazy else None) for s in splits]
        )
    except (DataError, OSError, ImportError):
        return name
