"""Zip files of plain arrays, checked before they are read.

What a file says of itself (sizes, shapes, numbers of entries) is compared with the file before any
memory is fetched; what this package and NumPy never write (encryption, two entries of one name,
pickles) is refused. Every byte that is used has been compared with its checksum.
"""

from __future__ import annotations

import math
import os
import struct
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO

import numpy as np

from .arrays.owned_arrays import adopted
from .plain_files import file_size, most_content, open_plain

__all__ = ["MOST_ENTRIES", "Archive", "ArchiveError", "open_archive"]

#: entries of an archive, and bytes of the listing at its end
MOST_ENTRIES, _MOST_LISTING = 20_000, 2**24

#: bytes read at a time
_PIECE = 2**20

#: rows of an array without numbers, which no size of a file bounds
_MOST_EMPTY = 2**20

#: flags that NumPy's and our archives have: sizes after the data, names in UTF-8
_FLAGS = 0x0008 | 0x0800

#: the end of a zip; where the end of one with large numbers is, and that end
_END, _LOCATOR = struct.Struct("<4s4H2LH"), struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")


class ArchiveError(ValueError):
    """What is wrong with an archive; who opened it adds the file's name and what to do."""


@contextmanager
def open_archive(path: str | os.PathLike[str]) -> Iterator[Archive]:
    """The archive in a file.

    Parameters
    ----------
    path : path-like
        A regular file.

    Raises
    ------
    ArchiveError
        If it is truncated, damaged or no archive; `Archive`'s methods raise it too.
    OSError
        If the file cannot be opened or is no regular file.
    """
    with open_plain(path) as file:
        yield Archive(file)


class Archive:
    """The entries of a zip file of arrays, each under its name once.

    Parameters
    ----------
    file : binary file
        Open, with a place in the file system.

    Raises
    ------
    ArchiveError
        If its entries are too many, too large for the file, twice there, or packed in a way that
        NumPy does not use.
    """

    def __init__(self, file: BinaryIO) -> None:
        with _reported():
            size = file_size(file)
            _check_listing(file, size)
            self._zip = zipfile.ZipFile(file)
            self._entries = {info.filename: info for info in self._zip.infolist()}
            if len(self._entries) < len(self._zip.infolist()):
                raise ArchiveError("two of its entries have the same name")
            for info in self._entries.values():
                _check_entry(info)
            _check_sizes(self._entries.values(), size)

    @property
    def checksums(self) -> dict[str, int]:
        """Name of every entry, and the CRC-32 of its content."""
        return {name: info.CRC for name, info in self._entries.items()}

    def content(self, name: str, most: int) -> bytes:
        """An entry of at most ``most`` bytes; `ArchiveError` if it is missing or damaged.

        Parameters
        ----------
        name : str
            Name of the entry.
        most : int
            Largest size, in bytes.
        """
        with _reported():
            info = self._entry(name)
            if info.file_size > most:
                raise ArchiveError(
                    f"{name!r} has {info.file_size:,} bytes; expected at most {most:,}"
                )
            return self._zip.read(info)

    def array(self, name: str) -> np.ndarray:
        """An entry in NumPy's format, of numbers; it cannot be written to.

        Parameters
        ----------
        name : str
            Name of the entry.

        Raises
        ------
        ArchiveError
            If it is missing or damaged, holds anything but numbers, or its shape does not fit its
            size.
        """
        with _reported(), self._zip.open(self._entry(name)) as entry:
            shape, is_fortran, dtype = _array_header(entry, name)
            left = self._entries[name].file_size - entry.tell()
            if left != math.prod(shape) * dtype.itemsize:
                raise ArchiveError(
                    f"{name!r} declares the shape {shape} of {dtype}, and {left:,} bytes follow"
                )
            flat = np.empty(math.prod(shape), dtype)
            _fill(flat.view(np.uint8).data, entry, name)
        native = adopted(flat.astype(dtype.newbyteorder("="), copy=False))
        return native.reshape(shape[::-1]).T if is_fortran else native.reshape(shape)

    def _entry(self, name: str) -> zipfile.ZipInfo:
        if name not in self._entries:
            raise ArchiveError(f"{name!r} is not in it")
        return self._entries[name]


@contextmanager
def _reported() -> Iterator[None]:
    """Whatever zipfile, zlib and NumPy meet in damaged bytes, as an `ArchiveError`."""
    try:
        yield
    except ArchiveError:
        raise
    except Exception as error:
        raise ArchiveError(str(error) or type(error).__name__) from error


def _check_listing(file: BinaryIO, size: int) -> None:
    """Refuse a listing that would fill the memory; the rest of a damaged end is zipfile's."""
    file.seek(max(0, size - _END.size - _LOCATOR.size))
    tail = file.read()
    if len(tail) < _END.size:
        raise ArchiveError("it ends before its listing")
    mark, _, _, _, count, length, _, comment = _END.unpack(tail[-_END.size :])
    if mark != b"PK\5\6" or comment:
        raise ArchiveError("its end is missing: it is cut short, or no archive")
    if tail.startswith(b"PK\6\7") and len(tail) == _END.size + _LOCATOR.size:
        file.seek(max(0, size - len(tail) - _END64.size))
        mark, *_, count, length, _ = _END64.unpack(file.read(_END64.size))
        if mark != b"PK\6\6":
            raise ArchiveError("its end is damaged")
    if count > MOST_ENTRIES or length > _MOST_LISTING:
        raise ArchiveError(f"it lists {count:,} entries; expected at most {MOST_ENTRIES:,}")


def _check_entry(info: zipfile.ZipInfo) -> None:
    if info.flag_bits & 0x1:
        raise ArchiveError(f"{info.filename!r} is encrypted")
    if info.flag_bits & ~_FLAGS:
        raise ArchiveError(f"{info.filename!r} has unknown flags, {info.flag_bits:#x}")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveError(f"{info.filename!r} is packed by method {info.compress_type}")
    if info.compress_type == zipfile.ZIP_STORED and info.compress_size != info.file_size:
        raise ArchiveError(f"{info.filename!r} has two sizes")


def _check_sizes(infos: Iterable[zipfile.ZipInfo], size: int) -> None:
    """Entries that share their bytes, or unpack to more than an honest file does."""
    packed = unpacked = 0
    for info in infos:
        packed, unpacked = packed + info.compress_size, unpacked + info.file_size
    if packed > size:
        raise ArchiveError("its entries are larger than the file")
    most = most_content(size)
    if unpacked > most:
        raise ArchiveError(
            f"it unpacks to {unpacked:,} bytes; a file of {size:,} bytes may hold {most:,}"
        )


def _array_header(entry: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = np.lib.format.read_magic(entry)
    if version != (1, 0):
        raise ArchiveError(f"{name!r} is an array of NumPy's format {version}; expected (1, 0)")
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(entry)
    if dtype.kind not in "biuf" or dtype.hasobject:
        raise ArchiveError(f"{name!r} holds {dtype}; expected numbers")
    if any(isinstance(n, bool) or n < 0 for n in shape) or len(shape) > 16:
        raise ArchiveError(f"{name!r} declares the shape {shape}")
    if 0 in shape and max(shape) > _MOST_EMPTY:
        raise ArchiveError(f"{name!r} has no numbers, and declares the shape {shape}")
    return shape, is_fortran, dtype


def _fill(memory: memoryview, entry: IO[bytes], name: str) -> None:
    """Fill the memory to its end, and read on to where the checksum is compared."""
    at = 0
    while data := entry.read(_PIECE):
        if at + len(data) > len(memory):
            raise ArchiveError(f"{name!r} is longer than it says")
        memory[at : at + len(data)] = data
        at += len(data)
    if at < len(memory):
        raise ArchiveError(f"{name!r} is cut short")
