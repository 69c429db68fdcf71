"""Files are written whole or not at all, and read whole or reported."""

import errno
import json
import zipfile

import numpy as np
import pytest

from nengo_lifdeep import storage
from nengo_lifdeep.errors import ModelFileError
from nengo_lifdeep.storage import read_record, write_atomically, write_record

ARRAYS = {"a/x": np.arange(6.0).reshape(2, 3), "b": np.array([1, -2], np.int32)}


@pytest.fixture
def saved(tmp_path):
    return write_record(tmp_path / "thing.bin", "Thing", {"n": 3, "s": ["é"]}, ARRAYS)


def test_round_trip(saved):
    header, arrays = read_record(saved, "Thing")
    assert header == {"n": 3, "s": ["é"]}
    assert set(arrays) == set(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_truncated_file_is_reported(saved, share):
    data = saved.read_bytes()
    saved.write_bytes(data[: int(share * len(data))])
    with pytest.raises(ModelFileError, match="truncated, damaged"):
        read_record(saved, "Thing")


def test_every_flipped_byte_of_an_array_is_noticed(tmp_path):
    path = write_record(tmp_path / "t", "Thing", {}, {"x": np.arange(50.0)})
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("x.npy")
    data[info.header_offset + 60 + info.compress_size // 2] ^= 0xFF
    path.write_bytes(bytes(data))
    with pytest.raises(ModelFileError):
        read_record(path, "Thing")


def test_newer_format_names_its_writer(saved):
    with zipfile.ZipFile(saved) as archive:
        header = json.loads(archive.read("header.json"))
    header.update(format=storage.FORMAT_VERSION + 1, written_by="9.9.9")
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("header.json", json.dumps(header))
    with pytest.raises(ModelFileError, match=r"9\.9\.9.*pip install --upgrade"):
        read_record(saved, "Thing")


def test_other_kind_and_missing_file(saved, tmp_path):
    with pytest.raises(ModelFileError, match="holds a Thing; expected a Model"):
        read_record(saved, "Model")
    with pytest.raises(ModelFileError, match="there is no file"):
        read_record(tmp_path / "nothing", "Model")


def test_pickled_arrays_are_refused(tmp_path):
    path = tmp_path / "evil"
    with zipfile.ZipFile(path, "w") as archive:
        head = {"kind": "Thing", "format": 1, "written_by": "0", "content": {}}
        archive.writestr("header.json", json.dumps(head))
        with archive.open("x.npy", "w") as entry:
            np.save(entry, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ModelFileError, match="damaged"):
        read_record(path, "Thing")


def test_full_disk_leaves_the_old_file(saved, monkeypatch):
    before = saved.read_bytes()

    def full(fd):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage.os, "fsync", full)
    with pytest.raises(ModelFileError, match="No space left on device"):
        write_record(saved, "Thing", {}, {"x": np.zeros(1000)})
    assert saved.read_bytes() == before
    assert [p.name for p in saved.parent.iterdir()] == [saved.name]


def test_interrupted_write_leaves_nothing_behind(tmp_path):
    def interrupted(file):
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "file", interrupted)
    assert list(tmp_path.iterdir()) == []
