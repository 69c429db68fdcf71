"""The header of AEDAT 4, checked before ``aedat`` sees it: of a damaged one it ends the process.

A FlatBuffers table with the compression, the place of an index and an XML text of the streams.
Only what is needed to know that every offset stays inside and that the text is one.
"""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any, BinaryIO

from ...errors import DataError
from ...support.plain_files import file_size, open_plain

__all__ = ["check_header", "packet_place"]

#: what a file begins with; then the length of a header, and the header
_MAGIC, _LENGTH = b"#!AER-DAT4.0\r\n", struct.Struct("<I")

#: identifier of the header; its longest length, and the place of the text among its fields
_IDENTIFIER, _LONGEST, _TEXT = b"IOHE", 2**24, 2


def check_header(path: Path) -> None:
    """Refuse a file whose header cannot be read.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Raises
    ------
    DataError
        If the file is of another format or damaged there; the message names the byte.
    OSError
        If it cannot be read.
    """
    with open_plain(path) as file:
        start = file.read(len(_MAGIC))
        if start != _MAGIC:
            raise DataError(
                f"{path} does not begin with {_MAGIC!r}, but with {start!r} at byte 0; expected "
                "AEDAT 4. Other formats are converted by faery"
            )
        content, begin = _header(file, path), file.tell()
    at = begin - len(content)
    try:
        text = _text(content)
        if "<!" in text:
            raise ValueError("its text has declarations, which no recorder writes")
        ElementTree.fromstring(text)
    except (ValueError, struct.error, ElementTree.ParseError) as error:
        raise DataError(
            f"{path} is damaged in its header, which begins at byte {at}: {str(error)[:200]}"
        ) from error


def _header(file: BinaryIO, path: Path) -> bytes:
    raw = file.read(_LENGTH.size)
    length = _LENGTH.unpack(raw)[0] if len(raw) == _LENGTH.size else -1
    there = file_size(file) - file.tell()
    if not 12 <= length <= min(there, _LONGEST):
        raise DataError(
            f"{path} is damaged: at byte {len(_MAGIC)} its header is said to have {length:,} "
            f"bytes, and {there:,} follow"
        )
    return file.read(length)


def _text(content: bytes) -> str:
    """The XML text in a header; ValueError and struct.error where an offset leads outside."""
    if content[4:8] != _IDENTIFIER:
        raise ValueError(f"it is marked {content[4:8]!r}; expected {_IDENTIFIER!r}")
    table = _number("<I", content, 0)
    index = table - _number("<i", content, table)
    size, width = _number("<H", content, index), _number("<H", content, index + 2)
    if size % 2 or size < 6 + 2 * _TEXT or index < 0 or index + size > len(content):
        raise ValueError("its list of fields leads outside")
    if table < 0 or table + width > len(content):
        raise ValueError("its fields lead outside")
    lengths = 4, 8, 4  # compression, place of the index, place of the text
    fields = [_number("<H", content, index + 4 + 2 * i) for i in range(3)]
    for field, length in zip(fields, lengths, strict=True):
        if field and not 4 <= field <= width - length:
            raise ValueError("a field leads outside of its table")
    if not fields[_TEXT]:
        raise ValueError("it has no text")
    place = table + fields[_TEXT]
    start = place + _number("<I", content, place)
    length = _number("<I", content, start)
    if start + 4 + length > len(content):
        raise ValueError("its text leads outside")
    return content[start + 4 : start + 4 + length].decode("utf-8")


def _number(kind: str, content: bytes, at: int) -> int:
    if at < 0:
        raise ValueError("an offset leads before its begin")
    found: Any = struct.unpack_from(kind, content, at)[0]
    return int(found)


def packet_place(path: Path, number: int) -> int | None:
    """The byte where a packet begins, by the lengths of those before it; None if it has none.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    number : int
        Which packet, counted from 0.
    """
    with open_plain(path) as file:
        file.seek(len(_MAGIC))
        at = len(_MAGIC) + _LENGTH.size + _LENGTH.unpack(file.read(_LENGTH.size))[0]
        for _ in range(number):
            file.seek(at + 4)  # after the number of its stream
            raw = file.read(_LENGTH.size)
            if len(raw) < _LENGTH.size:
                return None
            at += 8 + _LENGTH.unpack(raw)[0]
    return int(at)
