"""One file per saved value: a zip of a JSON header and plain arrays, written atomically.

The file appears under its name only when it is complete, so a full disk or a kill never leaves
half a file behind, and it is read whole and checked or not at all. No code is ever executed.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from .errors import LifdeepError, ModelFileError
from .writing import write_atomically

__all__ = [
    "FORMAT_VERSION",
    "damage_reported",
    "grouped",
    "read_record",
    "record_kind",
    "write_record",
]

#: Version of the files' layout; a file with a larger number was written by a newer package.
FORMAT_VERSION = 1

_HEADER = "header.json"


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
    from . import __version__

    text = json.dumps(
        {"kind": kind, "format": FORMAT_VERSION, "written_by": __version__, "content": header}
    )

    def write(file: BinaryIO) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            # `open` dates entries 1980, `writestr` by the clock, which zip refuses before 1980
            with archive.open(_HEADER, "w") as entry:
                entry.write(text.encode())
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                    np.lib.format.write_array(entry, np.asarray(array), allow_pickle=False)

    return write_atomically(path, write)


def read_record(
    path: str | os.PathLike[str], kind: str
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read a file that `write_record` wrote.

    Returns
    -------
    header, arrays : dict, dict
        As they were given to `write_record`.

    Raises
    ------
    ModelFileError
        If the file is missing, truncated, damaged, of another kind, or from a newer version.
    """
    with _reading(path) as archive:
        header = _read_header(path, archive, kind)
        arrays = {
            name.removesuffix(".npy"): _read_array(archive, name)
            for name in archive.namelist()
            if name != _HEADER
        }
    return header, arrays


def record_kind(path: str | os.PathLike[str]) -> str:
    """What a file holds, e.g. ``"TrainedModel"``, without reading its arrays.

    Raises
    ------
    ModelFileError
        If the file is missing, truncated, damaged, or no file of this package.
    """
    with _reading(path) as archive:
        return str(json.loads(archive.read(_HEADER))["kind"])


@contextmanager
def _reading(path: str | os.PathLike[str]) -> Iterator[zipfile.ZipFile]:
    """The file's archive; whatever is wrong with it becomes a `ModelFileError`."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except FileNotFoundError as error:
        raise ModelFileError(f"there is no file {path}") from error
    except ModelFileError:
        raise
    except (zipfile.BadZipFile, EOFError, ValueError, KeyError, TypeError, OSError) as error:
        raise ModelFileError(
            f"{path} is truncated, damaged, or no file of nengo_lifdeep ({error}); nothing was "
            "read from it. Take it from a backup or make it again"
        ) from error


@contextmanager
def damage_reported(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn whatever a damaged content raises into a `ModelFileError` that names the file."""
    try:
        yield
    except ModelFileError:
        raise
    except (LifdeepError, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ModelFileError(
            f"{path} is damaged: its content does not fit together ({error})"
        ) from error


def grouped(arrays: Mapping[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """Arrays named ``group/name`` as a dict of dicts."""
    groups: dict[str, dict[str, np.ndarray]] = {}
    for key, array in arrays.items():
        group, _, name = key.rpartition("/")
        groups.setdefault(group, {})[name] = array
    return groups


def _read_header(path: Any, archive: zipfile.ZipFile, kind: str) -> dict[str, Any]:
    header = json.loads(archive.read(_HEADER))
    if header["format"] > FORMAT_VERSION:
        raise ModelFileError(
            f"{path} has format {header['format']}, written by nengo_lifdeep "
            f"{header['written_by']}; this version reads formats up to {FORMAT_VERSION}. "
            "Upgrade with: pip install --upgrade nengo_lifdeep"
        )
    if header["kind"] != kind:
        raise ModelFileError(f"{path} holds a {header['kind']}; expected a {kind}")
    return header["content"]


def _read_array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    data = archive.read(name)  # also verifies the entry's checksum
    return np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
