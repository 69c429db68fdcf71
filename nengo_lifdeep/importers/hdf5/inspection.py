"""Check an HDF5 file before anything of it is read.

What HDF5 can also do is refused: content in other files, filters that load libraries, arrays that
are larger than the file can honestly hold.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any, BinaryIO

from ...compat.requirements import import_optional
from ...errors import ModelFileError
from .text import HeapText

__all__ = ["inspect_hdf5"]

#: bytes that a file may unpack to: this many, and so many times its own size
_FREE, _TIMES = 2**28, 16

#: groups and arrays in a file, and how deep they may be nested
_MOST_ENTRIES, _DEEPEST = 20_000, 40

#: strings in one array; edges are two each
_MOST_STRINGS = 2**16

#: HDF5's own filters: deflate, shuffle, fletcher32, szip, nbit, scaleoffset; h5py's lzf
_FILTERS = (1, 2, 3, 4, 5, 6, 32000)


def inspect_hdf5(source: Any, path: Path) -> None:
    """Look through a file's groups, links, arrays and filters.

    Parameters
    ----------
    source : path-like or binary file
        The file to check.
    path : Path
        The file it lies in, whose size decides what it may unpack to, and for the messages.

    Raises
    ------
    ModelFileError
        If it refers to other files, holds anything but numbers and text, or unpacks to more than
        256 MiB and 16 times the file's size.
    MissingDependencyError
        If `h5py` is not installed.
    """
    h5py = import_optional("h5py")
    with h5py.File(source, "r") as file:
        inspection = _Inspection(h5py, path)
        inspection.group(file, "", 0)
        if not inspection.texts:
            return
        if file.userblock_size or file.id.get_create_plist().get_sizes() != (8, 8):
            raise ModelFileError(f"{path}: text with addresses unlike h5py's; write it with h5py")
        if isinstance(source, str | os.PathLike):
            with open(source, "rb") as raw:
                inspection.strings(raw)
        else:
            inspection.strings(source)


class _Inspection:
    """Counts what reading a file would bring into memory, name by name."""

    def __init__(self, h5py: Any, path: Path) -> None:
        self.h5py, self.path = h5py, path
        self.allowed = _FREE + _TIMES * path.stat().st_size
        self.declared = 0
        self.entries = 0
        self.texts: list[tuple[Any, str]] = []

    def group(self, group: Any, where: str, depth: int) -> None:
        """Everything below a group; an array under two names counts twice, as it is read twice."""
        if depth > _DEEPEST:
            raise self._refuse(f"{where} is nested more than {_DEEPEST} deep")
        for name in group:
            inside = f"{where}/{name}"
            self.entries += 1
            if self.entries > _MOST_ENTRIES:
                raise self._refuse(f"there are more than {_MOST_ENTRIES:,} groups and arrays")
            if not isinstance(group.get(name, getlink=True), self.h5py.HardLink):
                raise self._refuse(f"{inside} is a link to elsewhere; save one whole file")
            item = group[name]
            if isinstance(item, self.h5py.Group):
                self.group(item, inside, depth + 1)
            else:
                self._dataset(item, inside)

    def _dataset(self, item: Any, where: str) -> None:
        if not isinstance(item, self.h5py.Dataset):
            raise self._refuse(f"{where} is no array")
        if item.external or item.is_virtual:
            raise self._refuse(f"{where} is in another file; save one whole file")
        plist = item.id.get_create_plist()
        filters = [plist.get_filter(i)[0] for i in range(plist.get_nfilters())]
        if not set(filters) <= set(_FILTERS):
            raise self._refuse(f"{where} is packed by filters {filters}; use gzip")
        strings = self.h5py.check_string_dtype(item.dtype)
        if strings is None and item.dtype.kind not in "biufS":
            raise self._refuse(f"{where} holds {item.dtype}; expected numbers or text")
        chunk = math.prod(item.chunks) * item.dtype.itemsize if item.chunks else 0
        self._count(max(item.nbytes, chunk), where)
        if strings is not None and strings.length is None:
            self.texts.append((item, where))

    def strings(self, file: BinaryIO) -> None:
        """Text, after everything was found to open; where it lies is checked before it is read."""
        heaps = HeapText(file)
        for item, where in self.texts:
            if item.size > _MOST_STRINGS:
                raise self._refuse(f"{where} has {item.size:,} strings; at most {_MOST_STRINGS:,}")
            if not item.size:  # a damaged shape like (2**60, 0) has rows, but nothing in them
                continue
            if (fault := heaps.fault(item)) is not None:
                raise self._refuse(f"{where} {fault}")
            self._strings(item, where)

    def _strings(self, item: Any, where: str) -> None:
        """Strings lie outside the array, and many entries can share a long one."""
        for row in item if item.ndim else [item[()]]:
            texts = row.ravel() if hasattr(row, "ravel") else [row]
            self._count(sum(len(text) for text in texts), where)

    def _count(self, size: int, where: str) -> None:
        self.declared += size
        if self.declared > self.allowed:
            raise self._refuse(
                f"with {where} it declares {self.declared:,} bytes of content; its size allows "
                f"{self.allowed:,}. It is damaged, or made to fill the memory"
            )

    def _refuse(self, what: str) -> ModelFileError:
        return ModelFileError(f"{self.path}: {what.lstrip('/')}; nothing was read from it")
