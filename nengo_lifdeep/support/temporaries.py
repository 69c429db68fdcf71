"""Temporary files of our own: named, locked, and removed after a kill.

Each is locked by the process that writes it, and a lock ends with its process: what is not locked
was left behind.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows has no such locks: leftovers are left alone there
    fcntl = None  # type: ignore[assignment]

__all__ = ["remove_leftovers", "temporary"]

#: names of temporary files, which are short whatever the final name is
_TEMPORARY = re.compile(r"\.lifdeep-[0-9a-f]{16}\.tmp")


def remove_leftovers(folder: str | os.PathLike[str]) -> None:
    """Remove what killed writes left in a folder: our temporary files without a lock.

    Every write into the folder does so.

    Parameters
    ----------
    folder : str or os.PathLike
        The folder.
    """
    if fcntl is None:
        return
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        left = [e.path for e in entries if _TEMPORARY.fullmatch(e.name)]
        for path in left:
            with (
                contextlib.suppress(OSError),
                os.fdopen(os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK), "r+b") as file,
            ):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    os.unlink(path)


@contextlib.contextmanager
def temporary(folder: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file of our own, locked; removed at the end unless it got another name.

    Parameters
    ----------
    folder : Path
        Where it is.
    """
    remove_leftovers(folder)
    while True:
        name = folder / f".lifdeep-{secrets.token_hex(8)}.tmp"
        file: BinaryIO = open(name, "x+b")
        try:
            if not _lock(file) or not _is(file, name):
                continue  # another process took it for a leftover before it was locked
            yield file, name
            return
        finally:
            # The lock lasts until it is renamed or removed
            with contextlib.suppress(OSError):
                name.unlink()
            with contextlib.suppress(OSError):
                file.close()


def _lock(file: BinaryIO) -> bool:
    """Whether the file is locked. Where there are no locks, leftovers are not removed."""
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
    return True


def _is(file: BinaryIO, name: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(name))
    except FileNotFoundError:
        return False
