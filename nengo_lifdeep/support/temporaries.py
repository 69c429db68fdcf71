"""Temporary files of our own: named, locked, and removed after a kill.

Each is locked by the process that writes it, and a lock ends with its process: what is not locked
was left behind. A file that several processes add to has such a file beside it while one does.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import OutputError

try:
    import fcntl
except ImportError:  # Windows has no such locks: leftovers are left alone there
    fcntl = None  # type: ignore[assignment]

__all__ = ["alone_at", "remove_leftovers", "temporary"]

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
        name = folder / f".lifdeep-{os.urandom(8).hex()}.tmp"
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


@contextlib.contextmanager
def alone_at(path: str | os.PathLike[str], *, wait: float = 60.0) -> Iterator[None]:
    """Keep other processes out that want to be alone at the same file, which may be missing yet.

    Parameters
    ----------
    path : str or os.PathLike
        The file. A symbolic link is followed. Its folder is created.
    wait : float
        How long to wait for another process, in seconds.

    Raises
    ------
    OutputError
        If another process is still there after that time, or the folder cannot be written.
    """
    import hashlib  # not needed for `lifdeep --help`

    place = Path(os.path.realpath(path))
    end = time.monotonic() + wait
    made = not place.parent.exists()
    file: BinaryIO | None = None
    try:
        name = (
            place.parent
            / f".lifdeep-{hashlib.sha256(os.fsencode(place.name)).hexdigest()[:16]}.tmp"
        )
        while (file := _taken(name)) is None:
            if time.monotonic() >= end:
                raise OutputError(
                    f"cannot write {path}: another process is at work on it; wait until that has "
                    "ended, or choose another name"
                )
            time.sleep(0.02)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(
            f"cannot write {path}: {error.strerror or error}; free some space or choose another "
            "folder (what was there under that name has not been touched)"
        ) from error
    try:
        yield
    finally:
        _give_back(file, name)
        if made:
            with contextlib.suppress(OSError):  # nothing was written into it
                place.parent.rmdir()


def _taken(name: Path) -> BinaryIO | None:
    """The locked file of this name; None while another process has it."""
    name.parent.mkdir(parents=True, exist_ok=True)
    if fcntl is None:
        with contextlib.suppress(OSError):  # Windows removes no file that a process has open
            name.unlink()
        try:
            return open(name, "x+b")
        except FileExistsError:
            return None
    try:
        file: BinaryIO = open(name, "a+b")
    except FileNotFoundError:  # the process that made the folder has just removed it again
        return None
    if _lock(file) and _is(file, name):
        return file
    file.close()
    return None


def _give_back(file: BinaryIO, name: Path) -> None:
    """Unlock, also what a forked process has inherited, and remove unless another waited for it."""
    with contextlib.suppress(OSError):
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_UN)
        file.close()
    if fcntl is None:
        with contextlib.suppress(OSError):
            name.unlink()
    remove_leftovers(name.parent)


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
