"""Damage, drawn by a seed: to any bytes, to a zip's structure, to JSON and array headers in it."""

from __future__ import annotations

import gzip
import io
import json
import struct
import warnings
import zipfile
import zlib

import numpy as np

#: numbers that readers may stumble over
NUMBERS = (
    0,
    1,
    2,
    127,
    255,
    2**15,
    2**16 - 1,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**62,
    2**63,
    2**64 - 1,
)

#: values in place of one in a JSON text
VALUES = (
    None, True, -1, 0, 1, 2**40, 2**63, -(2**70), 1e308, float("nan"), float("-inf"), "", "x" * 99,
    "../../x", "\x00<b>", [], [[]], {}, {"a": 1}, [1, 2, 3], "0", [None], [0], 0.5,
)  # fmt: skip

HEADERS = (
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1073741824,), }",
    "{'descr': '<f4', 'fortran_order': True, 'shape': (4611686018427387904, 0), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }",
    "{'descr': '<U9', 'fortran_order': False, 'shape': (3,), }",
    "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -1), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': 3, }",
    "(" * 200,
)


def damaged(data: bytes, other: bytes, rng: np.random.Generator) -> tuple[bytes, bool]:
    """The damaged bytes, and whether checksums were made to fit (crafted, not by chance)."""
    if data.startswith(b"PK") and rng.random() < 0.5:
        return _of_zip(data, rng)
    if data.startswith(b"\x1f\x8b") and rng.random() < 0.4:
        return gzip.compress(_bytes(gzip.decompress(data), other, rng), 1, mtime=0), True
    if data.startswith(b"\x89PNG") and rng.random() < 0.4:
        return _of_png(data, other, rng), True
    return _bytes(data, other, rng), False


def _bytes(data: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    content = bytearray(data)
    at = int(rng.integers(len(content) + 1))
    length = int(rng.integers(1, 2 ** int(rng.integers(1, 10))))
    kind = rng.integers(8)
    if kind < 3:
        for _ in range(1 if kind else int(rng.integers(1, 20))):
            where = _near_an_end(len(content), rng)
            content[where] ^= 1 << int(rng.integers(8))
    elif kind == 3:
        del content[at:]
    elif kind == 4:
        content[at:at] = rng.bytes(length)
    elif kind == 5:
        start = int(rng.integers(len(other)))
        content[at : at + length] = other[start : start + length]
    elif kind == 6:
        del content[at : at + length]
    else:
        size = int(rng.choice([1, 2, 4, 8]))
        number = NUMBERS[int(rng.integers(len(NUMBERS)))] % 2 ** (8 * size)
        order = "little" if rng.random() < 0.5 else "big"
        where = _near_an_end(len(content), rng)
        content[where : where + size] = number.to_bytes(size, order)
    return bytes(content)


def _near_an_end(n: int, rng: np.random.Generator) -> int:
    """A place; half of them where headers and listings are."""
    where = int(rng.integers(n))
    return where if rng.random() < 0.5 else (where % 200 if rng.random() < 0.5 else -(where % 200))


def _of_zip(data: bytes, rng: np.random.Generator) -> tuple[bytes, bool]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = [(name, archive.read(name)) for name in archive.namelist()]
    at = int(rng.integers(len(entries)))
    name, content = entries[at]
    # only our own files list their entries: in others an exchanged one fits
    kind, fits = int(rng.integers(8)), all(name != "header.json" for name, _ in entries)
    if kind == 0:
        del entries[at]
    elif kind == 1:
        entries.append((name, content))
    elif kind == 2:
        entries[at] = (
            str(rng.choice(["../../x.npy", "/x.npy", "x.npy", ".", "a\\b.npy"])),
            content,
        )
    elif kind == 3:
        other = int(rng.integers(len(entries)))
        entries[at], entries[other] = (name, entries[other][1]), (entries[other][0], content)
    elif kind == 4:
        entries[at], fits = (name, _bytes(content or b"x", data, rng)), True
    else:
        texts = [i for i, (n, _) in enumerate(entries) if n.endswith(".json")]
        arrays = [i for i, (n, _) in enumerate(entries) if n.endswith(".npy")]
        if arrays and rng.random() < 0.4:
            at = int(rng.choice(arrays))
            entries[at] = (entries[at][0], _of_array(entries[at][1], rng))
        elif texts:
            at = int(rng.choice(texts))
            entries[at] = (entries[at][0], _of_json(entries[at][1], rng))
        fits = True
    whole = _zipped(entries, fits, rng)
    return (_of_listing(whole, rng), fits) if rng.random() < 0.25 else (whole, fits)


def _of_listing(data: bytes, rng: np.random.Generator) -> bytes:
    """The listing at a zip's end: entries that overlap, other sizes, fields of 64 bits."""
    content = bytearray(data)
    start, places = data.rfind(b"PK\5\6"), []
    at = data.find(b"PK\1\2")
    while 0 <= at < start:
        places.append(at)
        at = data.find(b"PK\1\2", at + 4)
    if not places:
        return data
    one, other = (places[int(rng.integers(len(places)))] for _ in range(2))
    kind = int(rng.integers(5))
    if kind == 0:  # the data of another entry
        content[one + 42 : one + 46] = content[other + 42 : other + 46]
    elif kind == 1:  # and its sizes and checksum too
        for fields in (slice(16, 28), slice(42, 46)):
            content[one + fields.start : one + fields.stop] = content[
                other + fields.start : other + fields.stop
            ]
    elif kind == 2:  # a size, or where the data are
        field = one + int(rng.choice([20, 24, 42]))
        number = NUMBERS[int(rng.integers(len(NUMBERS)))] % 2**32
        content[field : field + 4] = struct.pack("<I", number)
    elif kind == 3:  # sizes are said to be in fields of 64 bits
        numbers = [_number(rng, len(data)) for _ in range(3)]
        field = struct.pack("<HH3Q", 1, 24, *numbers)[: int(rng.choice([4, 12, 20, 28]))]
        name = struct.unpack_from("<H", data, one + 28)[0]
        content[one + 20 : one + 28] = b"\xff" * 8
        content[one + 30 : one + 32] = struct.pack("<H", len(field))
        content[one + 46 + name : one + 46 + name] = field
        size = struct.unpack_from("<I", data, start + 12)[0] + len(field)
        end = content.rfind(b"PK\5\6")
        content[end + 12 : end + 16] = struct.pack("<I", size)
    else:  # an end of 64 bits before the end
        numbers = [_number(rng, len(data)) for _ in range(4)]
        end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, *numbers)
        locator = struct.pack("<4sLQL", b"PK\6\7", 0, _number(rng, start), 1)
        content[start:start] = end64 + locator
    return bytes(content)


def _number(rng: np.random.Generator, likely: int) -> int:
    """For a field of 64 bits."""
    return (0, 1, 2**31, 2**62, 2**64 - 1, likely, likely)[int(rng.integers(7))]


def _zipped(entries: list, fits: bool, rng: np.random.Generator) -> bytes:
    if fits:
        entries = [(name, _with_list(name, content, entries)) for name, content in entries]
    file = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if rng.random() < 0.5 else zipfile.ZIP_STORED
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", method) as archive:
        warnings.simplefilter("ignore")
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def _with_list(name: str, content: bytes, entries: list) -> bytes:
    """A header of ours whose list of checksums fits the arrays."""
    if name != "header.json":
        return content
    try:
        header = json.loads(content)
        header["arrays"] = {n: zlib.crc32(c) for n, c in entries if n != name}
        return json.dumps(header).encode()
    except (ValueError, TypeError, RecursionError):
        return content


def _of_json(content: bytes, rng: np.random.Generator) -> bytes:
    value = json.loads(content)
    if rng.random() < 0.05:
        return b"[" * 100_000
    places = list(_places(value))
    holder, key = places[int(rng.integers(len(places)))]
    if rng.random() < 0.2:
        del holder[key]
    elif rng.random() < 0.15:
        other, name = places[int(rng.integers(len(places)))]
        holder[key] = json.loads(json.dumps(other[name]))
    else:
        holder[key] = VALUES[int(rng.integers(len(VALUES)))]
    return json.dumps(value).encode()


def _places(value: object):
    items = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[arg-type]
    for key, item in items:
        yield value, key
        if isinstance(item, dict | list):
            yield from _places(item)


def _of_array(content: bytes, rng: np.random.Generator) -> bytes:
    kind = int(rng.integers(4))
    if kind == 0:
        text = str(rng.choice(HEADERS)).encode()
        return b"\x93NUMPY\1\0" + struct.pack("<H", len(text) + 1) + text + b"\n" + content[128:]
    array = np.load(io.BytesIO(content))
    if kind == 1:
        array = array.astype(str(rng.choice(["<f8", ">f4", "<i8", "|b1", "<u2", "|i1"])))
    elif kind == 2:
        array = np.resize(array, tuple(rng.integers(0, 5, int(rng.integers(0, 5)))))
    elif array.size:
        array = array.copy()
        values = [np.nan, np.inf, -1, 0, 1e30, 2**31, 200]
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            array.flat[int(rng.integers(array.size))] = np.array(rng.choice(values)).astype(
                array.dtype
            )
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _of_png(data: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """One part changed, its checksum made to fit."""
    at, parts = 8, []
    while at < len(data):
        length = struct.unpack_from(">I", data, at)[0]
        parts.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    which = int(rng.integers(len(parts)))
    kind, content = parts[which]
    parts[which] = kind, _bytes(content or b"x", other, rng)
    return data[:8] + b"".join(
        struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in parts
    )
