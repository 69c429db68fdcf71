"""TOML: files that people write to say what is to be done."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ModelFileError, ValidationError

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = importlib.import_module("tomli")

__all__ = ["read_toml", "toml_text"]


def read_toml(path: Path, expected: str) -> dict[str, Any]:
    """The content of a TOML file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    expected : str
        What it was to be, for messages: "a study in TOML, with the sections [study] and [grid]".

    Raises
    ------
    ModelFileError
        If it is not there, cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelFileError(f"there is no file {path}; expected {expected}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelFileError(
            f"{path} cannot be read as TOML ({error}); expected {expected}"
        ) from error


def toml_text(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Tables of texts, numbers, truth values and lists of these, as TOML.

    Parameters
    ----------
    tables : mapping of str to mapping
        Names of tables, and of each table keys and values.

    Raises
    ------
    ValidationError
        If a text is none of Unicode, as names of files may be.

    Examples
    --------
    >>> print(toml_text({"evaluate": {"n": 100, "no-reset": True, "simulator": ["nengo"]}}))
    [evaluate]
    n = 100
    no-reset = true
    simulator = ["nengo"]
    <BLANKLINE>
    """
    written = []
    for name, table in tables.items():
        lines = [f"{key} = {_value(value, key)}" for key, value in table.items()]
        written.append("\n".join([f"[{name}]", *lines]) + "\n")
    return "\n".join(written)


def _value(value: Any, key: str) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(each, key) for each in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValidationError(
            f"{key} is {text!a}, which is no Unicode and cannot stand in a TOML file; rename it"
        ) from error
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
