"""Arrays of numbers from MATLAB's files (version 5), read as they are checked.

The format is MathWorks' "MAT-File Level 5": a header of 128 bytes, then elements of a type, a size
and so many bytes; a compressed element holds another one. Every size is compared with the bytes
that are there.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...support.plain_files import file_size, most_content, open_plain

__all__ = ["read_mat"]

#: types of elements: an array, and a compressed element; of numbers, as NumPy's
_MATRIX, _COMPRESSED = 14, 15
_NUMBERS = {
    1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8",
}  # fmt: skip

#: classes of arrays, as NumPy's types
_CLASSES = {
    6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8",
}  # fmt: skip

_HEADER = 128


def read_mat(path: Path, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The arrays of those names in a file.

    Parameters
    ----------
    path : Path
        A regular file of version 5, as MATLAB writes without ``-v7.3`` and SciPy's ``savemat``.
    names : tuple of str
        Which arrays; others are passed over.

    Returns
    -------
    dict of str to array
        In the order of MATLAB: the first axis varies fastest.

    Raises
    ------
    ValueError
        If the file is damaged or of another version, an array is missing, there twice, or holds
        anything but real numbers.
    OSError
        If it cannot be read, or is no regular file.

    Examples
    --------
    >>> import tempfile
    >>> from scipy.io import savemat
    >>> with tempfile.NamedTemporaryFile(suffix=".mat") as file:
    ...     savemat(file.name, {"y": np.arange(3.0)})
    ...     read_mat(Path(file.name), ("y",))["y"]
    array([[0., 1., 2.]])
    """
    with open_plain(path) as file:
        left = most_content(file_size(file))
        data = memoryview(file.read())
    order = _byte_order(bytes(data[:_HEADER]))
    found: dict[str, np.ndarray] = {}
    for kind, content in _elements(data[_HEADER:], order):
        if kind == _COMPRESSED:
            content = _unpacked(content, left)
            left -= len(content)
            ((kind, content),) = _elements(content, order)
        if kind != _MATRIX:
            raise ValueError(f"an element is of type {kind}; expected an array")
        name, array = _matrix(content, order, names)
        if name in found:
            raise ValueError(f"{name} is there twice")
        if array is not None:
            found[name] = array
    missing = [name for name in names if name not in found]
    if missing:
        raise ValueError(f"{', '.join(missing)} is missing")
    return found


def _byte_order(header: bytes) -> str:
    order = {b"IM": "<", b"MI": ">"}.get(header[126:128])
    if order is None or struct.unpack(f"{order}H", header[124:126])[0] != 0x0100:
        raise ValueError("it does not begin as MATLAB's files of version 5; save it with -v7")
    return order


def _elements(data: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """Type and content of each element, one after another to the end."""
    at = 0
    while at < len(data):
        if len(data) - at < 8:
            raise ValueError("it ends inside an element")
        kind, size = struct.unpack_from(f"{order}II", data, at)
        start = at + 8
        if kind >> 16:  # type and size share four bytes, the content is in the next four
            kind, size, start = kind & 0xFFFF, kind >> 16, at + 4
            if size > 4:
                raise ValueError(f"a short element of {size} bytes")
        if size > len(data) - start:
            raise ValueError(f"an element of {size:,} bytes, and {len(data) - start:,} are left")
        yield kind, data[start : start + size]
        end = start + size
        at = end if kind == _COMPRESSED else at + -(-(end - at) // 8) * 8


def _unpacked(packed: memoryview, most: int) -> memoryview:
    """A compressed element, its checksum compared."""
    stream = zlib.decompressobj()
    content = stream.decompress(packed, most + 1)
    if len(content) > most:
        raise ValueError("it unpacks to more than its size allows")
    if not stream.eof:
        raise ValueError("a compressed element is cut short")
    return memoryview(content)


def _matrix(data: memoryview, order: str, names: tuple[str, ...]) -> tuple[str, np.ndarray | None]:
    parts = list(_elements(data, order))
    if len(parts) < 3:
        raise ValueError("an array without a shape or name")
    (_, flags), (_, lengths), (_, letters) = parts[:3]
    name = bytes(letters).decode("ascii")
    if name not in names:
        return name, None
    if len(flags) != 8:
        raise ValueError(f"{name} has {len(flags)} bytes of flags; expected 8")
    word = struct.unpack_from(f"{order}I", flags)[0]
    kind, bits = word & 0xFF, word >> 8 & 0xFF
    if kind not in _CLASSES or bits & 0x08 or len(parts) != 4:
        raise ValueError(f"{name} is no array of real numbers")
    shape = tuple(np.frombuffer(lengths, f"{order}i4").tolist())
    number, content = parts[3]
    if number not in _NUMBERS:
        raise ValueError(f"{name} holds numbers of type {number}")
    dtype = np.dtype(order + _NUMBERS[number])
    if min(shape, default=0) < 1 or math.prod(shape) * dtype.itemsize != len(content):
        raise ValueError(f"{name} has the shape {shape} and {len(content):,} bytes")
    array = np.frombuffer(content, dtype).reshape(shape, order="F")
    return name, array.astype(_CLASSES[kind], order="A", copy=False)
