"""Where data sets are looked for, and reading their files with errors that name them."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from ...errors import DataError, LifdeepError
from ...support.plain_files import Bounded, file_size, most_content, open_plain

__all__ = [
    "DATA_VARIABLE",
    "find_folder",
    "not_found",
    "open_unpacked",
    "read_bytes",
    "search_roots",
]

#: Environment variable that names the folder with data sets.
DATA_VARIABLE = "NENGO_LIFDEEP_DATA"


def search_roots(
    directory: str | os.PathLike[str] | None = None, system: Sequence[str] = ()
) -> list[Path]:
    """Folders to look in, first match wins.

    Parameters
    ----------
    directory : path-like, optional
        If given, the only place to look.
    system : sequence of str
        Folders where the operating system's packages put this data set.

    Returns
    -------
    list of Path
        ``directory``, or else: the folder in ``NENGO_LIFDEEP_DATA``, Keras's cache, ``system``.

    Raises
    ------
    DataError
        If ``directory``, or the folder in the environment variable, does not exist.
    """
    if directory is not None:
        return [_existing(directory, "directory")]
    roots = []
    if os.environ.get(DATA_VARIABLE):
        roots.append(_existing(os.environ[DATA_VARIABLE], DATA_VARIABLE))
    keras_home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    roots += [Path(keras_home) / "datasets", *map(Path, system)]
    return [root for root in roots if root.is_dir()]


def find_folder(roots: Sequence[Path], folders: Sequence[str], files: Sequence[str]) -> Path | None:
    """The first folder ``root / folder`` that has one of the ``files``; None if there is none.

    Parameters
    ----------
    roots : sequence of pathlib.Path
        Folders to search, in order.
    folders : sequence of str
        Names of folders in each root.
    files : sequence of str
        Names of files, one of which must exist.
    """
    for root in roots:
        for folder in folders:
            if any((root / folder / file).is_file() for file in files):
                return root / folder
    return None


def not_found(name: str, wanted: str, roots: Sequence[Path]) -> DataError:
    """The error for a data set that is nowhere: what it looks like, and where it was looked for.

    Parameters
    ----------
    name : str
        Name of the data set.
    wanted : str
        Description of its files.
    roots : sequence of pathlib.Path
        Folders to search, in order.
    """
    places = ", ".join(str(root) for root in roots) or "no folder that exists"
    return DataError(
        f"data set {name!r} was not found (looked in: {places}). Put {wanted} into a folder and "
        f"give it as directory=..., or set {DATA_VARIABLE} to the folder above it"
    )


@contextmanager
def open_unpacked(path: Path) -> Iterator[Bounded]:
    """The content of a regular file as a stream, unpacked if its name ends in ``gz``.

    At the end the rest is read too, so that a packed file's checksum has been compared before
    what was read is used.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Raises
    ------
    DataError
        If the file cannot be read or is no regular file, its compressed stream is damaged or cut
        short, or it unpacks to more than 256 MiB and 16 times its size.
    """
    try:
        with open_plain(path) as file:
            if path.name.endswith("gz"):
                with gzip.GzipFile(fileobj=file) as unpacked:
                    stream = Bounded(cast(BinaryIO, unpacked), most_content(file_size(file)))
                    yield stream
                    stream.finish()
            else:
                yield Bounded(file, file_size(file))
    except LifdeepError:
        raise
    except (EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        raise DataError(f"{path} is truncated or damaged ({error}); download it again") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


def read_bytes(path: Path, most: int) -> bytes:
    """The content of a regular file of at most ``most`` bytes, unpacked if it ends in ``gz``.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    most : int
        Largest size, in bytes.

    Raises
    ------
    DataError
        As `open_unpacked`, or if there is more.
    """
    with open_unpacked(path) as stream:
        data = stream.read(most + 1)
        if len(data) > most:
            raise ValueError(f"it holds more than {most:,} bytes")
    return data


def _existing(folder: str | os.PathLike[str], what: str) -> Path:
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise DataError(f"{what} is {str(folder)!r}, which is not a folder; correct or unset it")
    return path
