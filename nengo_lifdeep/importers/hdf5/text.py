"""Check text in an HDF5 file before HDF5 itself reads it.

HDF5 keeps text of no fixed length outside its array, in global heaps, and believes what they say:
it does not return from a heap whose entries lead in circles, and fetches memory for any length.
"""

from __future__ import annotations

import os
import struct
from typing import Any, BinaryIO

__all__ = ["HeapText"]

#: one string: its length, the address of its heap, its number there
_REFERENCE = struct.Struct("<IQI")

#: what starts a heap: its mark, version and size; and each entry: its number, uses and size
_HEAP, _ENTRY = struct.Struct("<4sB3xQ"), struct.Struct("<HH4xQ")

#: bytes at a time where heaps are looked for
_PIECE = 2**22

#: entries lie at multiples of so many bytes
_ALIGNED = 8


class HeapText:
    """Follows the references of string arrays by itself.

    Parameters
    ----------
    file : binary file
        The HDF5 file's bytes.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = file.seek(0, os.SEEK_END)
        self.heaps: dict[int, dict[int, int]] = {}

    def fault(self, dataset: Any) -> str | None:
        """What is wrong with an array of strings.

        Parameters
        ----------
        dataset : h5py.Dataset
            Strings of no fixed length.

        Returns
        -------
        str or None
            None if every string lies in a sound heap, and is as long there as the array says.
        """
        start = dataset.id.get_offset()
        if start is None:
            return "holds text in pieces; write it as one array, without chunks"
        if start + dataset.size * _REFERENCE.size > self.size:
            return "reaches beyond the end of the file"
        for length, address, number in _REFERENCE.iter_unpack(
            self._bytes(start, dataset.size * _REFERENCE.size)
        ):
            if address in (0, 2**64 - 1) and not length:  # an empty string
                continue
            if address not in self.heaps:
                self.heaps[address] = self._heap(address)
            if self.heaps[address].get(number) != length:
                return f"refers to text of {length:,} bytes that is not there"
        return None

    def damaged(self) -> int | None:
        """Where the first damaged heap lies, whoever refers to it; None if all are sound."""
        begin, at, tail = _HEAP.pack(b"GCOL", 1, 0)[:8], 0, b""
        while piece := self._bytes(at, _PIECE):
            content, start, found = tail + piece, at - len(tail), -1
            while (found := content.find(begin, found + 1)) >= 0:
                if not self._heap(start + found):
                    return start + found
            at += len(piece)
            tail = content[-len(begin) + 1 :]
        return None

    def _heap(self, address: int) -> dict[int, int]:
        """Lengths of a heap's entries by their number; empty if the heap is damaged."""
        if address + _HEAP.size > self.size:
            return {}
        mark, version, size = _HEAP.unpack(self._bytes(address, _HEAP.size))
        if mark != b"GCOL" or version != 1 or not _HEAP.size <= size <= self.size - address:
            return {}
        content, at, entries = self._bytes(address, size), _HEAP.size, dict[int, int]()
        while at + _ENTRY.size <= size:
            number, _, length = _ENTRY.unpack_from(content, at)
            if number == 0:  # what is free; nothing is after it
                return entries if length == size - at else {}
            at += _ENTRY.size + -(-length // _ALIGNED) * _ALIGNED
            if number in entries or at > size:
                return {}
            entries[number] = length
        return entries

    def _bytes(self, start: int, size: int) -> bytes:
        self.file.seek(start)
        return self.file.read(size)
