"""A file of options: one table per command, keys as the options are written, without dashes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from ..errors import OutputError, ValidationError
from ..support.toml import read_toml, toml_text
from ..support.words.similar import did_you_mean
from ..support.writing import write_text

__all__ = ["key_of", "options_in", "save_options", "values_by_key"]

_EXPECTED = "options in TOML, one table per command: [train], [evaluate]"

#: first line of a file that was written by the command, which may write it again
_MARK = "# options of lifdeep, by --save-config\n"

_SAID = {
    bool: "true or false", int: "a whole number", float: "a number", str: "a text",
    Path: "a text, the name of a file or folder",
}  # fmt: skip

#: options about the file itself, which it does not hold
_OWN = ("config", "save_config", "help")


def key_of(parameter: Any) -> str:
    """Name of an option or argument in the file: ``t-p`` for ``--t-p``.

    Parameters
    ----------
    parameter : click.Parameter
        The option or argument.
    """
    if parameter.param_type_name == "argument":
        return str(parameter.name).replace("_", "-")
    return str(max(parameter.opts, key=len)).lstrip("-")


def options_in(path: Path, context: Any) -> dict[str, Any]:
    """What a file says for a command, by the names of its parameters; the whole file is checked.

    Names of files and folders are relative to the file's folder.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    context : typer.Context
        Of the command.

    Raises
    ------
    ModelFileError
        If it cannot be read, or is no TOML.
    ValidationError
        If it has no table for the command, a table of no command, a key that is no option of its
        command, or a value of another type.
    """
    group, name = context.parent.command, context.info_name
    content = read_toml(path, _EXPECTED)
    for table, options in content.items():
        if table not in group.commands:
            raise _refused(
                f"{path}: {table!r} is no command"
                f"{did_you_mean(table, group.commands) or f'; expected tables such as [{name}]'}"
            )
        if not isinstance(options, dict):
            raise _refused(f"{path}: {table} is {options!r}; expected a table, [{table}]")
        _check(path, table, options, group.commands[table])
    if name not in content:
        there = f"; it has [{'], ['.join(content)}]" if content else ", it is empty"
        raise _refused(f"{path} has no table [{name}]{there}")
    found = {}
    for key, parameter in _parameters(context.command).items():
        if key in content[name]:
            hint = _hints(context.command)[parameter.name]
            found[str(parameter.name)] = _placed(content[name][key], hint, path)
    return found


def values_by_key(context: Any, given_in: tuple[str, ...] = ()) -> dict[str, Any]:
    """The values of a command by their keys, without those that are None or not there.

    Parameters
    ----------
    context : typer.Context
        Of the command, parsed.
    given_in : tuple of str
        Sources of values as Click names them; all by default.
    """
    values = {}
    for key, parameter in _parameters(context.command).items():
        value = context.params.get(parameter.name)
        source = context.get_parameter_source(parameter.name)
        is_flag = isinstance(value, bool) and not parameter.secondary_opts
        left_out = value is None or value == [] or value == () or (is_flag and not value)
        if not left_out and (not given_in or (source is not None and source.name in given_in)):
            values[key] = value
    return values


def save_options(path: Path, context: Any) -> None:
    """Write the options of a command, defaults included; other tables that are there stay.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    context : typer.Context
        Of the command, parsed.

    Raises
    ------
    OutputError
        If it cannot be written, or is a file that somebody wrote by hand.
    ValidationError
        If it is a file that the command reads or writes.
    """
    values = {}
    hints, parameters = _hints(context.command), _parameters(context.command)
    for key, value in values_by_key(context).items():
        is_place = _kind(hints[parameters[key].name])[0] is Path
        for place in value if isinstance(value, list | tuple) else [value]:
            if is_place and Path(place).resolve() == path.resolve():
                raise _refused(
                    f"--save-config {path} is the file of {key} too; choose another name"
                )
        values[key] = _seen_from(path, value) if is_place else value
    tables: dict[str, Any] = {}
    if path.is_file():
        if not path.read_bytes().startswith(_MARK.encode()):
            raise OutputError(
                f"cannot write {path}: it is there, and was not written by --save-config; choose "
                "another name"
            )
        tables = read_toml(path, _EXPECTED)
    write_text(path, f"{_MARK}\n{toml_text({**tables, context.info_name: values})}")


def _refused(message: str) -> ValidationError:
    error = ValidationError(message)
    error.page = "cli"
    return error


def _parameters(command: Any) -> dict[str, Any]:
    """Options and arguments by their keys."""
    return {key_of(p): p for p in command.params if p.name not in _OWN}


def _hints(command: Any) -> dict[str, Any]:
    return get_type_hints(command.callback)


def _kind(hint: Any) -> tuple[type, bool]:
    """Type of a parameter's values, and whether there may be several."""
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (each for each in get_args(hint) if each is not type(None))
    if get_origin(hint) is list:
        return get_args(hint)[0], True
    return hint, False


def _check(path: Path, table: str, options: Mapping[str, Any], command: Any) -> None:
    """Refuse keys that are no options, and values of another type."""
    known = _parameters(command)
    for key, value in options.items():
        if key not in known:
            listed = ", ".join(known)
            raise _refused(
                f"{path}, [{table}]: {key!r} is no option of this command"
                f"{did_you_mean(key, known) or f'; expected some of {listed}'}"
            )
        kind, several = _kind(_hints(command)[known[key].name])
        for each in value if several and isinstance(value, list) else [value]:
            allowed = (int, float) if kind is float else str if kind is Path else kind
            if not isinstance(each, allowed) or (isinstance(each, bool) and kind is not bool):
                many = " or a list of these" if several else ""
                raise _refused(
                    f"{path}, [{table}]: {key} is {value!r}; expected {_SAID[kind]}{many}"
                )
            if each == "":
                raise _refused(
                    f"{path}, [{table}]: {key} is empty; give it a value, or leave it out"
                )


def _placed(value: Any, hint: Any, path: Path) -> Any:
    """A value as the command takes it: in a list, and a file as seen from the working folder."""
    from ..pretrained import NAMES

    kind, several = _kind(hint)
    values: Iterator[Any] = iter(value if isinstance(value, list) else [value])
    if kind is Path:
        folder = path.parent
        values = (
            each
            if each in NAMES and not (folder / each).exists()
            else str(folder / Path(each).expanduser())
            for each in list(values)
        )
    found = [float(each) if kind is float else each for each in values]
    return found if several else found[0]


def _seen_from(path: Path, value: Any) -> Any:
    """Names of files as seen from the folder of ``path``; absolute ones and our networks stay."""
    from ..pretrained import NAMES

    if isinstance(value, list | tuple):
        return [_seen_from(path, each) for each in value]
    if Path(value).is_absolute() or (str(value) in NAMES and not Path(value).exists()):
        return str(value)
    return os.path.relpath(value, path.parent)
