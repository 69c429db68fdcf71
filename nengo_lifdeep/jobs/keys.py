"""Keys of jobs: equal inputs, equal key, in every process and on every machine."""

from __future__ import annotations

import contextlib
import copyreg
import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from ..errors import ValidationError
from ..support.checks import shown

__all__ = ["key_of"]

#: the package whose functions change with its version
_OURS = __name__.split(".")[0]

_PLAIN = (type(None), bool, int, float, complex, str, bytes)


def key_of(*values: Any) -> str:
    """A hash of values by their content, as 64 hexadecimal digits.

    Numbers, text, arrays (masked ones with their masks), containers and frozen values are hashed by
    what they hold, a `Path` of a file by its name and what the file holds now (of a folder by its
    name), images that stay in their files by the files' names, sizes and times
    (`PictureFiles.version`), classes and the functions of this package by their names, other
    functions by their names and what they are compiled to, with defaults and the variables around
    them (not what they call: those are names), other objects by what they would be pickled as. A
    pickle itself would not do: it says which parts are the same object, which differs from one
    process to the next. Python compiles to other codes in other versions.

    Parameters
    ----------
    *values : object
        What decides the result.

    Raises
    ------
    ValidationError
        If a value cannot be pickled, or contains itself, or a file cannot be read.

    Examples
    --------
    >>> key_of({"a": 1, "b": [2.0]}) == key_of({"b": [2.0], "a": 1})
    True
    >>> key_of(1) == key_of(1.0)
    False
    """
    return _hash(values, ())


def _hash(value: Any, around: tuple[int, ...]) -> str:
    found = hashlib.sha256(f"{type(value).__module__}.{type(value).__qualname__}:".encode())
    if id(value) in around:
        raise ValidationError(f"{shown(value)} contains itself; no key can be made of it")
    for part in _parts(value, (*around, id(value))):
        found.update(part)
    return found.hexdigest()


def _parts(value: Any, around: tuple[int, ...]) -> Iterator[bytes | memoryview]:
    """The content of a value, piece by piece."""

    def nested(values: Iterable[Any]) -> Iterator[bytes]:
        return (_hash(each, around).encode() for each in values)

    if isinstance(value, _PLAIN):
        yield repr(value).encode("utf-8", "backslashreplace")
    elif isinstance(value, PurePath):
        yield str(value).encode("utf-8", "backslashreplace")
        yield from _content(value)
    elif isinstance(value, np.ma.MaskedArray):
        yield from nested([value.data, np.ma.getmaskarray(value), value.fill_value])
    elif isinstance(value, np.ndarray | np.generic) and value.dtype.kind not in "OV":
        yield f"{value.dtype.str} {value.shape}".encode()
        yield np.ascontiguousarray(value).reshape(-1).view(np.uint8).data
    elif isinstance(value, Mapping):
        yield from sorted(b"".join(nested(item)) for item in value.items())
    elif isinstance(value, set | frozenset):
        yield from sorted(nested(value))
    elif isinstance(value, tuple | list):
        yield from nested(value)
    elif isinstance(value, type | FunctionType):
        if "<" in value.__qualname__:
            raise ValidationError(f"no key can be made of {shown(value)}, which has no name")
        yield f"{value.__module__}.{value.__qualname__}".encode()
        if isinstance(value, FunctionType) and value.__module__.split(".")[0] != _OURS:
            yield from _compiled(value, around)
    elif (version := _version(value)) is not None:
        yield from nested((tuple(value.shape), version))
    elif dataclasses.is_dataclass(value):
        yield from nested((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
    else:
        yield from nested(_reduced(value))


def _compiled(function: FunctionType, around: tuple[int, ...]) -> Iterator[bytes]:
    """What a function does: instructions, defaults, and what stands in the variables around it."""
    yield _hash(_code(function.__code__), around).encode()
    values = [function.__defaults__, function.__kwdefaults__]
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):  # nothing is in it yet
            values.append(cell.cell_contents)
    for value in values:
        if (
            isinstance(value, FunctionType)
            and "<" in value.__qualname__
            and id(value) not in around
        ):
            yield from _compiled(value, (*around, id(value)))  # a decorator's needs no name
            continue
        try:
            yield _hash(value, around).encode()
        except ValidationError:  # a lock, an open file, the function itself
            yield type(value).__qualname__.encode()


def _code(code: CodeType) -> list[Any]:
    """Instructions, constants and names, without files and lines."""
    constants = [_code(c) if isinstance(c, CodeType) else c for c in code.co_consts]
    arguments = [code.co_varnames, code.co_argcount, code.co_kwonlyargcount]
    return [code.co_code, constants, code.co_names, arguments, code.co_freevars]


def _content(path: PurePath) -> Iterator[bytes]:
    """What stands in a file now, after a character that no name has; nothing if it is no file."""
    try:
        if not isinstance(path, Path) or not path.is_file():
            return
        yield b"\0"
        with path.open("rb") as file:
            while piece := file.read(2**20):
                yield piece
    except OSError as error:
        raise ValidationError(
            f"no key can be made of {path}, which cannot be read: {error.strerror or error}"
        ) from error


def _version(value: Any) -> Any:
    """Of images that are read when they are needed: which files they are of, and when changed."""
    try:
        return getattr(value, "version", None) if getattr(value, "is_lazy", False) else None
    except OSError as error:
        raise ValidationError(
            f"no key can be made of {shown(value)}, whose files cannot be seen: {error}"
        ) from error


def _reduced(value: Any) -> list[Any]:
    """What would be pickled of an object: how it is made, its state, its items."""
    try:
        registered = copyreg.dispatch_table.get(type(value))
        found = registered(value) if registered else value.__reduce_ex__(4)
    except (TypeError, AttributeError) as error:
        raise ValidationError(
            f"no key can be made of {shown(value)} ({error}); give values that can be pickled"
        ) from error
    if isinstance(found, str):  # it is found by its name
        return [getattr(value, "__module__", ""), found]
    items = [list(part) if isinstance(part, Iterator) else part for part in found[3:5]]
    return [*found[:3], *items]
