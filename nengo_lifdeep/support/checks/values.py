"""Checks of flags, texts, words, types, functions and file names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .numbers import is_of_numpy
from .refusal import Check, refused

__all__ = ["file_name", "flag", "function", "instance", "text", "word"]


def flag(value: Any, what: str) -> bool:
    """True or False, Python's or NumPy's.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.

    Examples
    --------
    >>> import numpy as np
    >>> flag(np.True_, "grid")
    True
    """
    if not isinstance(value, bool) and not is_of_numpy(value, "bool", "bool_"):
        raise refused(value, what, "True or False")
    return bool(value)


def text(value: Any, what: str) -> str:
    """Any text.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.

    Examples
    --------
    >>> text("digits", "name")
    'digits'
    """
    if not isinstance(value, str):
        raise refused(value, what, "text")
    return str(value)


def word(*choices: str) -> Check:
    """One of a few words.

    Parameters
    ----------
    *choices : str
        The words.

    Examples
    --------
    >>> word("zero", "uniform")("one", "initial_voltage")
    Traceback (most recent call last):
        ...
    nengo_lifdeep.errors.ValidationError: initial_voltage is 'one'; expected 'zero' or 'uniform'
    """
    expected = " or ".join(map(repr, choices))

    def check(value: Any, what: str) -> str:
        if not isinstance(value, str) or value not in choices:
            raise refused(value, what, expected)
        return str(value)

    return check


def instance(*types: type, advice: Mapping[type, str] | None = None, also: str = "") -> Check:
    """Values of certain types.

    Parameters
    ----------
    *types : type
        Which.
    advice : dict of type to str, optional
        What to do with a value of another type.
    also : str
        What else the argument may be, for the message.

    Examples
    --------
    >>> instance(dict, advice={list: "make it a dict"})([1], "options")
    Traceback (most recent call last):
        ...
    nengo_lifdeep.errors.ValidationError: options is [1]; expected a dict: make it a dict
    """
    expected = " or ".join(
        [*(_with_article(kind.__name__) for kind in types), *filter(None, [also])]
    )

    def check(value: Any, what: str) -> Any:
        if isinstance(value, types):
            return value
        found = [text for kind, text in (advice or {}).items() if isinstance(value, kind)]
        raise refused(value, what, expected + "".join(f": {text}" for text in found))

    return check


def function(value: Any, what: str) -> Any:
    """Something that can be called.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.
    """
    if not callable(value):
        raise refused(value, what, "a function")
    return value


def file_name(value: Any, what: str) -> Any:
    """A file's or folder's name.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.

    Examples
    --------
    >>> file_name("", "path")
    Traceback (most recent call last):
        ...
    nengo_lifdeep.errors.ValidationError: path is ''; expected the name of a file or folder
    """
    if not isinstance(value, str | os.PathLike) or "\0" in (name := os.fsdecode(value)) or not name:
        raise refused(value, what, "the name of a file or folder")
    return value


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"
