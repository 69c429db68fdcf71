"""Where data sets are looked for, and reading their files with errors that name them."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Sequence
from pathlib import Path

from ..errors import DataError

__all__ = ["DATA_VARIABLE", "find_folder", "not_found", "read_bytes", "search_roots"]

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
    """The first folder ``root / folder`` that has one of the ``files``; None if there is none."""
    for root in roots:
        for folder in folders:
            if any((root / folder / file).is_file() for file in files):
                return root / folder
    return None


def not_found(name: str, wanted: str, roots: Sequence[Path]) -> DataError:
    """The error for a data set that is nowhere: what it looks like, and where it was looked for."""
    places = ", ".join(str(root) for root in roots) or "no folder that exists"
    return DataError(
        f"data set {name!r} was not found (looked in: {places}). Put {wanted} into a folder and "
        f"give it as directory=..., or set {DATA_VARIABLE} to the folder above it"
    )


def read_bytes(path: Path) -> bytes:
    """The content of a file, unpacked if its name ends in ``.gz``.

    Raises
    ------
    DataError
        If the file cannot be read or its compressed stream is damaged or cut short.
    """
    try:
        if path.suffix == ".gz":
            with gzip.open(path) as file:
                return file.read()
        return path.read_bytes()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} is truncated or damaged ({error}); download it again") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


def _existing(folder: str | os.PathLike[str], what: str) -> Path:
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise DataError(f"{what} is {str(folder)!r}, which is not a folder; correct or unset it")
    return path
