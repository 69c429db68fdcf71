"""One file per saved value: a zip of a JSON header and plain arrays, written atomically.

The file appears under its name only when it is complete, so a full disk or a kill never leaves
half a file behind, and it is read whole and checked or not at all: the header lists every array
with its checksum. No code is ever executed.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..errors import MissingDependencyError, ModelFileError
from .archives import MOST_ENTRIES, Archive, ArchiveError, open_archive
from .checks import checked, file_name
from .plain_files import most_content
from .writing import write_atomically

__all__ = [
    "FORMAT_VERSION",
    "damage_reported",
    "grouped",
    "read_record",
    "record_kind",
    "write_record",
]

#: Version of the files' layout; a file with a larger number was written by a newer package. Files
#: of format 1 do not list their arrays.
FORMAT_VERSION = 2

_HEADER = "header.json"

#: bytes of a header, and the largest whole number in it
_MOST_HEADER, _LARGEST = 2**23, 2**128


@checked(path=file_name)
def write_record(
    path: str | os.PathLike[str],
    kind: str,
    header: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
) -> Path:
    """Save a header and arrays as one file of the given kind.

    Parameters
    ----------
    path : path-like
        File to write; replaced atomically.
    kind : str
        What the file holds, e.g. ``"TrainedModel"``; checked when it is read.
    header : mapping
        JSON-ready values.
    arrays : mapping
        Arrays of numbers by name.
    """
    text = json.dumps(dict(header))
    if len(text) > _MOST_HEADER or len(arrays) >= MOST_ENTRIES:
        raise ModelFileError(
            f"cannot write {path}: {len(text):,} characters of text and {len(arrays):,} arrays; a "
            f"file holds at most {_MOST_HEADER:,} and {MOST_ENTRIES - 1:,}. Keep fewer notes"
        )

    def write(file: BinaryIO) -> None:
        size = _write_archive(file, kind, header, arrays, zipfile.ZIP_DEFLATED)
        if size > most_content(file.tell()):  # rows of zeros: a reader would not believe it
            file.seek(0)
            file.truncate()
            _write_archive(file, kind, header, arrays, zipfile.ZIP_STORED)

    return write_atomically(path, write)


@checked(path=file_name)
def read_record(
    path: str | os.PathLike[str], kind: str
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read a file that `write_record` wrote.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    kind : str
        Kind of value that is expected, e.g. ``"TrainedModel"``.

    Returns
    -------
    header, arrays : dict, dict
        As they were given to `write_record`.

    Raises
    ------
    ModelFileError
        If the file is missing, truncated, damaged, of another kind, or from a newer version; if
        it is no regular file, or unpacks to more than 256 MiB and 16 times its size.
    """
    with _reading(path) as archive:
        header = _read_header(path, archive, kind)
        names = _checked_names(header, archive)
        arrays = {name.removesuffix(".npy"): archive.array(name) for name in names}
    return header["content"], arrays


def record_kind(path: str | os.PathLike[str]) -> str:
    """What a file holds, e.g. ``"TrainedModel"``, without reading its arrays.

    Parameters
    ----------
    path : str or os.PathLike
        The file.

    Raises
    ------
    ModelFileError
        If the file is missing, truncated, damaged, or no file of this package.
    """
    with _reading(path) as archive:
        return _parsed_header(archive)["kind"]


@contextmanager
def _reading(path: str | os.PathLike[str]) -> Iterator[Archive]:
    """The file's archive; whatever is wrong with it becomes a `ModelFileError`."""
    try:
        with open_archive(path) as archive:
            yield archive
    except FileNotFoundError as error:
        raise ModelFileError(f"there is no file {path}") from error
    except ModelFileError:
        raise
    except (ArchiveError, OSError) as error:
        raise ModelFileError(
            f"{path} is truncated, damaged, or no file of nengo_lifdeep ({error}); nothing was "
            "read from it. Take it from a backup or make it again"
        ) from error


@contextmanager
def damage_reported(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn whatever a damaged content raises into a `ModelFileError` that names the file.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    """
    try:
        yield
    except (ModelFileError, MissingDependencyError):
        raise
    except Exception as error:  # whatever a made-up content leads to
        raise ModelFileError(
            f"{path} is damaged: its content does not fit together ({error})"
        ) from error


def grouped(arrays: Mapping[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """Arrays named ``group/name`` as a dict of dicts.

    Parameters
    ----------
    arrays : dict of str to array
        Arrays by name.
    """
    groups: dict[str, dict[str, np.ndarray]] = {}
    for key, array in arrays.items():
        group, _, name = key.rpartition("/")
        groups.setdefault(group, {})[name] = array
    return groups


def _write_archive(
    file: BinaryIO,
    kind: str,
    header: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    method: int,
) -> int:
    """Arrays, then the header that lists them; the number of bytes before packing."""
    from .. import __version__

    with zipfile.ZipFile(file, "w", method, compresslevel=1) as archive:
        for name, array in arrays.items():
            # `open` dates entries 1980, `writestr` by the clock, which zip refuses before 1980
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asarray(array), (1, 0), allow_pickle=False)
        record = {
            "kind": kind,
            "format": FORMAT_VERSION,
            "written_by": __version__,
            "arrays": {info.filename: info.CRC for info in archive.infolist()},
            "content": header,
        }
        with archive.open(_HEADER, "w") as entry:
            entry.write(json.dumps(record).encode())
        return sum(info.file_size for info in archive.infolist())


def _parsed_header(archive: Archive) -> dict[str, Any]:
    """The header, with the types its own fields must have."""
    try:
        header = json.loads(
            archive.content(_HEADER, 2 * _MOST_HEADER),
            object_pairs_hook=_distinct,
            parse_int=_moderate,
        )
    except (ValueError, RecursionError) as error:
        raise ArchiveError(f"its header cannot be read: {error}") from error
    expected = {"kind": str, "format": int, "written_by": str, "content": dict}
    if not isinstance(header, dict):
        raise ArchiveError("its header is no mapping")
    for name, kind in expected.items():
        if not isinstance(header.get(name), kind):
            raise ArchiveError(f"its header has no {kind.__name__} {name!r}")
    return header


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise ValueError("a name is twice in it")
    return mapping


def _moderate(digits: str) -> int:
    number = int(digits) if len(digits) < 50 else _LARGEST
    if abs(number) >= _LARGEST:
        raise ValueError(f"{digits[:20]}... is too large a number")
    return number


def _read_header(path: Any, archive: Archive, kind: str) -> dict[str, Any]:
    header = _parsed_header(archive)
    if header["format"] > FORMAT_VERSION:
        raise ModelFileError(
            f"{path} has format {header['format']}, written by nengo_lifdeep "
            f"{header['written_by']}; this version reads formats up to {FORMAT_VERSION}. "
            "Install a newer nengo_lifdeep"
        )
    if header["kind"] != kind:
        raise ModelFileError(f"{path} holds a {header['kind']}; expected a {kind}")
    return header


def _checked_names(header: Mapping[str, Any], archive: Archive) -> list[str]:
    """Names of the arrays; each is in the header's list with its checksum, and none is missing."""
    found = {name: crc for name, crc in archive.checksums.items() if name != _HEADER}
    odd = [name for name in found if not name.endswith(".npy")]
    if odd:
        raise ArchiveError(f"{odd[0]!r} is no array")
    if header["format"] == 1:
        return list(found)
    listed = header.get("arrays")
    if not isinstance(listed, dict):
        raise ArchiveError("its header does not list its arrays")
    if set(listed) != set(found):
        name = min(set(listed) ^ set(found))
        raise ArchiveError(f"{name!r} is " + ("missing" if name in listed else "unexpected"))
    for name, crc in found.items():
        if listed[name] != crc:
            raise ArchiveError(f"{name!r} is not the one it was written with")
    return list(found)
