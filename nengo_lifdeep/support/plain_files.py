"""Open files from other sources: only regular files, and never more than they can hold.

A pipe or a terminal with a file's name would be waited for, and a device never ends; a packed file
may say that it holds any number of bytes. Both are refused before anything is read or fetched.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import ValidationError

__all__ = ["Bounded", "file_size", "most_content", "open_plain", "read_plain"]

#: bytes that a file may unpack to: this many, and so many times its own size
_FREE, _TIMES = 2**28, 16


def most_content(size: int) -> int:
    """Bytes that a packed file of ``size`` bytes may unpack to: 256 MiB and 16 times its size.

    Parameters
    ----------
    size : int
        Size of the packed file, in bytes.

    Examples
    --------
    >>> most_content(1_000_000)
    284435456
    """
    return _FREE + _TIMES * size


def checked_name(path: Any) -> Path:
    """The name of a file or folder; `ValidationError` for what can be none."""
    try:
        given = os.fsdecode(path)
    except TypeError as error:
        raise ValidationError(
            f"the name of a file or folder is {path!r}; expected text or a path"
        ) from error
    if not given or "\0" in given:
        raise ValidationError(
            f"the name of a file or folder is {given!r}; expected one that is not empty and has "
            "no null character"
        )
    return Path(given)


@contextmanager
def open_plain(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A regular file, opened for reading.

    Parameters
    ----------
    path : path-like
        Links are followed.

    Raises
    ------
    OSError
        If it cannot be opened, or is a folder, a pipe, a socket or a device.
    ValidationError
        If ``path`` is no name of a file: None, empty, or with a null character.

    Examples
    --------
    >>> with open_plain("/dev/zero") as file:
    ...     file.read()
    Traceback (most recent call last):
    OSError: it is no regular file, but a device
    """
    # without O_NONBLOCK opening a pipe waits until somebody writes into it
    name = checked_name(path)
    number = os.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        mode = os.fstat(number).st_mode
        if not stat.S_ISREG(mode):
            raise OSError(f"it is no regular file, but {_kind(mode)}")
        file = os.fdopen(number, "rb")
    except BaseException:
        os.close(number)
        raise
    with file:
        yield file


def file_size(file: BinaryIO) -> int:
    """Bytes of an open file, from its place in the file system.

    Parameters
    ----------
    file : binary file
        The open file.
    """
    return os.fstat(file.fileno()).st_size


def read_plain(path: str | os.PathLike[str], most: int) -> bytes:
    """The content of a regular file of at most ``most`` bytes.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    most : int
        Largest size, in bytes.

    Raises
    ------
    OSError
        If it cannot be read or is no regular file.
    ValueError
        If it is larger.
    """
    with open_plain(path) as file:
        size = file_size(file)
        if size > most:
            raise ValueError(f"it has {size:,} bytes; expected at most {most:,}")
        return file.read(most)


class Bounded:
    """A stream that refuses to give more than so many bytes.

    Parameters
    ----------
    stream : binary file
        What is read.
    most : int
        Bytes that may come.
    """

    def __init__(self, stream: BinaryIO, most: int) -> None:
        self.stream, self.most = stream, most
        self.given = 0

    @property
    def left(self) -> int:
        """Bytes that may still come."""
        return self.most - self.given

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes, all that are left if it is negative.

        Parameters
        ----------
        size : int
            Number of bytes.

        Raises
        ------
        ValueError
            If there are more than allowed.
        """
        room = self.left + 1
        data = self.stream.read(room if size < 0 else min(size, room))
        self.given += len(data)
        if self.given > self.most:
            raise ValueError(
                f"it unpacks to more than {self.most:,} bytes, which its size does not allow"
            )
        return data

    def finish(self) -> None:
        """Read what is left, so that a checksum at the end is compared."""
        while self.read(2**20):
            pass


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a socket" if stat.S_ISSOCK(mode) else "a device"
