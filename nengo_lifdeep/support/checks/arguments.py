"""Checks put onto the arguments of a function, and onto the fields of a value being built."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

from ...errors import LifdeepError, ValidationError
from .refusal import Check, raised_as

__all__ = ["check_fields", "checked"]

P = ParamSpec("P")
R = TypeVar("R")


def checked(
    error: type[LifdeepError] = ValidationError, /, **checks: Check
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator that checks arguments before the function begins.

    Parameters
    ----------
    error : type
        What is raised instead of `ValidationError`.
    **checks : Check
        By the argument's name. Arguments that are not given are not checked; names that the
        signature does not have are those of its ``**options``.

    Examples
    --------
    >>> import numpy as np
    >>> from nengo_lifdeep.support.checks import whole
    >>> @checked(n=whole(1))
    ... def shown_twice(n):
    ...     return 2 * n
    >>> shown_twice(n=np.int64(3))
    6
    """

    def decorate(call: Callable[P, R]) -> Callable[P, R]:
        names, rest = _parameters(call)
        signature = functools.cache(lambda: inspect.signature(call))  # imports need none
        unknown = [] if rest else [name for name in checks if name not in names]
        if unknown:
            raise TypeError(f"{call.__qualname__} has no arguments {unknown}")

        @functools.wraps(call)
        def called(*args: P.args, **kwargs: P.kwargs) -> R:
            bound = None
            with suppress(TypeError):
                bound = signature().bind(*args, **kwargs)
            if bound is None:
                return call(*args, **kwargs)  # Python names the function in its own error
            given = bound.arguments
            with raised_as(error):
                for name, check in checks.items():
                    if name in given:
                        given[name] = check(given[name], name)
                    elif rest and name in given.get(rest[0], {}):
                        given[rest[0]][name] = check(given[rest[0]][name], name)
            return call(*bound.args, **bound.kwargs)

        return called

    return decorate


def _parameters(call: Callable[..., Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of a function's parameters, and that of its ``**options`` if it has some."""
    code = inspect.unwrap(call).__code__
    n = code.co_argcount + code.co_kwonlyargcount
    n_rest = n + bool(code.co_flags & inspect.CO_VARARGS)
    rest = code.co_varnames[n_rest : n_rest + bool(code.co_flags & inspect.CO_VARKEYWORDS)]
    return code.co_varnames[:n], rest


def check_fields(
    value: Any,
    error: type[LifdeepError] = ValidationError,
    /,
    *,
    where: str | None = None,
    **checks: Check,
) -> None:
    """Check fields of a frozen value in its ``__post_init__``, and keep them as they are used.

    Parameters
    ----------
    value : dataclass
        What is being built.
    error : type
        What is raised instead of `ValidationError`.
    where : str
        What stands before the fields' names in messages; the type's name by default.
    **checks : Check
        By the field's name.
    """
    prefix = f"{type(value).__name__}." if where is None else where
    with raised_as(error):
        for name, check in checks.items():
            given = getattr(value, name)
            found = check(given, prefix + name)
            if found is not given:
                object.__setattr__(value, name, found)
