"""Zip files of arrays: what NumPy never writes is refused before memory is fetched for it."""

import io
import json
import resource
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from nengo_lifdeep.errors import ModelFileError
from nengo_lifdeep.support.files import read_record, record_kind, write_record

HEAD = {"kind": "Thing", "format": 1, "written_by": "0", "content": {}}


def npy(array):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, (1, 0))
    return file.getvalue()


def declared(shape, descr="'<f4'", data=b""):
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + data


def crafted(path, entries, head=HEAD, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("header.json", head if isinstance(head, str) else json.dumps(head))
        for name, data in entries:
            archive.writestr(name, data)
    return path


def refused(path, message):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ModelFileError, match=message) as caught:
        read_record(path, "Thing")
    assert str(path) in str(caught.value)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


def test_format_1_is_still_read(tmp_path):
    path = crafted(tmp_path / "t", [("x.npy", npy(np.arange(3)))])
    assert read_record(path, "Thing")[1]["x"].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (declared((2**30,)), r"declares the shape \(1073741824,\) of float32, and 0 bytes follow"),
        (declared((2**62, 0)), "has no numbers, and declares the shape"),
        (declared((2**40, 2**40)), "declares the shape"),
        (declared((-1,)), "declares the shape"),
        (declared((1,), "'|O'", b"12345678"), "holds object; expected numbers"),
        (declared((1,), "[('a', '<f4')]", b"1234"), "expected numbers"),
        (declared((1,), "'<U1'", b"1234"), "expected numbers"),
        (declared("(" * 300), "truncated, damaged"),
        (npy(np.arange(3))[:-4], "bytes follow"),
        (b"\x93NUMPY\3\0" + npy(np.arange(3))[8:], "format"),
        (b"text", "magic"),
    ],
)
def test_arrays_that_do_not_fit_their_entry(tmp_path, entry, message):
    refused(crafted(tmp_path / "t", [("x.npy", entry)]), message)


def test_small_file_that_grows(tmp_path):
    path = tmp_path / "t"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", json.dumps(HEAD))
        with archive.open("x.npy", "w", force_zip64=True) as entry:
            entry.write(declared((3 * 2**27,), "'|u1'"))
            for _ in range(3 * 2**7):
                entry.write(bytes(2**20))
    assert path.stat().st_size < 2**20
    refused(path, "it unpacks to .* bytes; a file of .* bytes may hold")


def test_zeros_that_pack_too_well_are_written_unpacked(tmp_path):
    zeros = np.zeros(3 * 2**27, np.uint8)
    path = write_record(tmp_path / "t", "Thing", {}, {"x": zeros})
    assert np.array_equal(read_record(path, "Thing")[1]["x"], zeros)


def test_many_entries(tmp_path):
    path = crafted(
        tmp_path / "t", [(f"{i}.npy", b"") for i in range(20_000)], method=zipfile.ZIP_STORED
    )
    refused(path, "it lists 20,001 entries")


def test_entries_of_one_name(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = crafted(tmp_path / "t", [("x.npy", npy(np.arange(3)))] * 2)
    refused(path, "two of its entries have the same name")


def test_encrypted(tmp_path):
    path = crafted(tmp_path / "t", [("x.npy", npy(np.arange(3)))])
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\1\2")
    data[at + 8] |= 1
    path.write_bytes(data)
    refused(path, "'header.json' is encrypted")


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("[" * 100_000, "header cannot be read"),
        ('{"kind": 1' + "0" * 5000 + "}", "too large a number"),
        ("[]", "no mapping"),
        (json.dumps({**HEAD, "format": "1"}), "no int 'format'"),
        (json.dumps({**HEAD, "kind": ["Thing"]}), "no str 'kind'"),
        (json.dumps({**HEAD, "content": None}), "no dict 'content'"),
        ('{"kind": "Thing", "kind": "Other"}', "twice"),
        (json.dumps({**HEAD, "format": 2}), "does not list its arrays"),
    ],
)
def test_headers(tmp_path, head, message):
    path = crafted(tmp_path / "t", [], head)
    refused(path, message)
    if "list" not in message:
        with pytest.raises(ModelFileError, match=message):
            record_kind(path)


def without(path, to, *names):
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w") as new:
        for info in old.infolist():
            if info.filename not in names:
                new.writestr(info, old.read(info))
    return to


def test_missing_foreign_and_unexpected_arrays(tmp_path):
    """An array that may be missing (a mean image, a mask) does not vanish unnoticed."""
    arrays = {"a": np.arange(3), "b": np.arange(4)}
    path = write_record(tmp_path / "t", "Thing", {}, arrays)
    refused(without(path, tmp_path / "less", "b.npy"), "'b.npy' is missing")
    refused(without(path, tmp_path / "none", "header.json"), "'header.json' is not in it")
    more = without(path, tmp_path / "more")
    with zipfile.ZipFile(more, "a") as archive:
        archive.writestr("c.npy", npy(np.arange(3)))
    refused(more, "'c.npy' is unexpected")
    other = without(path, tmp_path / "other", "b.npy")
    with zipfile.ZipFile(other, "a") as archive:
        archive.writestr("b.npy", npy(np.arange(4) + 1))
    refused(other, "'b.npy' is not the one it was written with")


def test_flipped_bits(tmp_path):
    """Refused, or the same value: no bit of a file changes a value in silence."""
    arrays = {"a": np.arange(6.0), "b": np.arange(2)}
    path = write_record(tmp_path / "t", "Thing", {"n": 1}, arrays)
    whole, refusals = path.read_bytes(), 0
    for bit in range(0, 8 * len(whole), 3):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        try:
            header, found = read_record(path, "Thing")
        except ModelFileError:
            refusals += 1
            continue
        assert header == {"n": 1} and set(found) == {"a", "b"}
        assert all(np.array_equal(found[name], arrays[name]) for name in arrays)
    assert refusals > len(whole)


def test_pipes_and_devices_are_not_waited_for(tmp_path):
    code = (
        "import os, sys; from nengo_lifdeep.support.files import read_record\n"
        "from nengo_lifdeep.errors import ModelFileError\n"
        "os.mkfifo('pipe')\n"
        "for name in ('pipe', '/dev/zero', '.'):\n"
        "    try: read_record(name, 'Thing')\n"
        "    except ModelFileError as error: print(error)\n"
    )
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert [word in done.stdout for word in ("a pipe", "a device", "a folder")] == [True] * 3
