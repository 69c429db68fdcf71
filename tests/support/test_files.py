"""Files are written whole or not at all, and read whole or reported."""

import json
import time
import zipfile

import numpy as np
import pytest

from nengo_lifdeep.errors import ModelFileError
from nengo_lifdeep.support import files as storage
from nengo_lifdeep.support.files import read_record, write_record

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
    with pytest.raises(ModelFileError, match=r"9\.9\.9.*Install a newer nengo_lifdeep"):
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


def test_a_full_disk_is_reported_and_leaves_the_old_file(saved, smallest_files):
    before = saved.read_bytes()
    noise = np.random.default_rng(0).normal(size=20_000)
    with smallest_files(4096), pytest.raises(ModelFileError, match=f"cannot write {saved}"):
        write_record(saved, "Thing", {}, {"x": noise, "y": noise})
    assert saved.read_bytes() == before
    assert [p.name for p in saved.parent.iterdir()] == [saved.name]


@pytest.mark.parametrize("year", [1970, 1979, 2040, 2200])
def test_the_clock_does_not_matter(tmp_path, monkeypatch, saved, year):
    seconds = (year - 1970) * 365.25 * 86400
    monkeypatch.setattr(time, "time", lambda: seconds)
    monkeypatch.setattr(time, "localtime", lambda *when: time.gmtime(seconds))
    path = write_record(tmp_path / "other.bin", "Thing", {"n": 3, "s": ["é"]}, ARRAYS)
    assert path.read_bytes() == saved.read_bytes()
