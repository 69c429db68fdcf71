"""Write files completely or not at all, and check outputs before the work begins.

Every file of this package is written here: into a temporary file in the same folder, onto the disk,
then renamed. A full disk, Ctrl-C or a kill leaves what stood under the name before. What a killed
process left behind is removed by the next write into the folder: each temporary file is locked by
the process that writes it, and a lock ends with its process.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import ModelFileError, OutputError, ValidationError
from . import temporaries
from .interrupts import uninterrupted
from .plain_files import checked_name
from .temporaries import remove_leftovers, temporary

__all__ = [
    "files_written",
    "remove_leftovers",
    "try_file",
    "try_folder",
    "write_atomically",
    "write_bytes",
    "write_text",
]


_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)

#: lists that `files_written` fills
_listening: list[list[Path]] = []


def try_file(path: str | os.PathLike[str], *, suffixes: Collection[str] = ()) -> Path:
    """See whether a file could be written, before the work that it is for.

    A file that is there is left as it is, and a folder that is missing is not made yet.

    Parameters
    ----------
    path : path-like
        The file's name. A symbolic link is followed: its target is what will be written.
    suffixes : collection of str
        Suffixes the name may end in, in lower case; any by default.

    Returns
    -------
    Path
        As it was given.

    Raises
    ------
    OutputError
        If a folder, device, named pipe or socket has that name, a parent is not a folder, the
        name is too long, or nothing can be written there: no permission, a full disk.
    ValidationError
        If it is no name, or has another suffix.

    Examples
    --------
    >>> try_file("digits.lifdeep").name
    'digits.lifdeep'
    >>> try_file("points.gif", suffixes=(".png", ".svg", ".pdf"))
    Traceback (most recent call last):
        ...
    nengo_lifdeep.errors.ValidationError: cannot write points.gif: expected a name that ends in \
.png, .svg or .pdf
    """
    target = _target(path)
    if suffixes and Path(path).suffix.lower() not in suffixes:
        *others, last = suffixes
        listed = f"{', '.join(others)} or {last}" if others else last
        raise ValidationError(f"cannot write {path}: expected a name that ends in {listed}")
    _try_inside(target.parent, (target.name,), path)
    return Path(path)


def try_folder(path: str | os.PathLike[str]) -> Path:
    """See whether files could be written into a folder, which may be missing yet.

    Parameters
    ----------
    path : str or os.PathLike
        The folder.

    Raises
    ------
    OutputError
        If something else has that name, or nothing can be written there.
    ValidationError
        If it is no name.
    """
    folder = checked_name(path)
    _try_inside(folder, (), path)
    return folder


def write_atomically(path: str | os.PathLike[str], write: Callable[[BinaryIO], None]) -> Path:
    """Write a file completely or not at all.

    Ctrl-C waits until the file is there; a second one does not wait. A file that is replaced keeps
    its permissions. A symbolic link stays one, and the file it points to is replaced.

    Parameters
    ----------
    path : path-like
        The final name. Its folder is created.
    write : callable
        Called with an open binary file in the same folder.

    Returns
    -------
    Path
        As it was given.

    Raises
    ------
    OutputError
        As `try_file`, or if the disk is full; what stood under ``path`` is intact.
    """
    with uninterrupted():
        target = _target(path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with temporary(target.parent) as (file, name):
                if target.exists():
                    os.chmod(name, stat.S_IMODE(target.stat().st_mode))
                write(file)
                file.flush()
                os.fsync(file.fileno())
                if temporaries.fcntl is None:
                    file.close()  # Windows renames no open file
                os.replace(name, target)
            _remember(target.parent)
        except Exception as error:
            cause = _os_error(error)
            if cause is None or isinstance(cause, ModelFileError):
                raise
            raise _refusal(path, cause) from error
        for files in _listening:
            files.append(Path(path))
    return Path(path)


def write_bytes(path: str | os.PathLike[str], data: bytes | memoryview) -> Path:
    """Write bytes completely or not at all; see `write_atomically`.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    data : bytes or memoryview
        The content.
    """

    def write(file: BinaryIO) -> None:
        file.write(data)

    return write_atomically(path, write)


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write a text file (UTF-8) completely or not at all; see `write_atomically`.

    Bytes of file names that are no UTF-8 become ``\\udcff`` and the like.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    text : str
        The content.
    """
    return write_bytes(path, text.encode("utf-8", "backslashreplace"))


@contextlib.contextmanager
def files_written() -> Iterator[list[Path]]:
    """The names of all files that are written inside, as a list that grows."""
    files: list[Path] = []
    _listening.append(files)
    try:
        yield files
    finally:
        _listening[:] = [each for each in _listening if each is not files]


def _target(path: Any) -> Path:
    """The regular file, there or not, that is meant by a name; links are followed."""
    name = checked_name(path)
    if os.fsdecode(path).endswith(("/", os.sep)):
        raise OutputError(
            f"cannot write {os.fsdecode(path)}: it is the name of a folder; expected a file's"
        )
    try:
        target = Path(os.path.realpath(name)) if name.is_symlink() else name
        mode = os.stat(name).st_mode
    except FileNotFoundError:
        return target
    except OSError as error:
        raise _refusal(path, error) from error
    for is_kind, kind in _KINDS:
        if is_kind(mode):
            link = f" (through the link to {target})" if target != name else ""
            raise OutputError(
                f"cannot write {path}: it is {kind}{link}; expected the name of a file. It has not "
                "been touched"
            )
    if not os.access(target, os.W_OK):
        raise OutputError(
            f"cannot write {path}: it is write-protected; allow writing it, or choose another name"
        )
    return target


def _try_inside(folder: Path, names: tuple[str, ...], path: Any) -> None:
    """Write a temporary file into the nearest folder that is there, and remove it again."""
    try:
        missing = list(names)
        while not os.path.lexists(folder):
            missing.append(folder.name)
            folder = folder.parent
        if not folder.is_dir():
            raise OutputError(f"cannot write {path}: {folder} is no folder; choose another place")
        longest = os.pathconf(folder, "PC_NAME_MAX") if hasattr(os, "pathconf") else 255
        for name in missing:
            if len(os.fsencode(name)) > longest:
                raise OutputError(
                    f"cannot write {path}: {name[:20]}... has {len(os.fsencode(name))} bytes; "
                    f"expected at most {longest} there. Choose a shorter name"
                )
        with temporary(folder) as (file, _):
            file.write(b"\0" * 4096)
            file.flush()
    except OutputError:
        raise
    except OSError as error:
        raise _refusal(path, error) from error


def _remember(folder: Path) -> None:
    """Have the folder's new entry on the disk too, where folders can be synchronised."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _os_error(error: BaseException | None) -> OSError | None:
    """The first error of the system: writers raise errors of their own over it."""
    found = None
    while error is not None:
        found = error if isinstance(error, OSError) else found
        error = error.__cause__ or error.__context__
    return found


def _refusal(path: Any, error: OSError) -> OutputError:
    return OutputError(
        f"cannot write {path}: {error.strerror or error}; free some space or choose another "
        "folder (what was there under that name has not been touched)"
    )
