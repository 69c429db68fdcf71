"""Readers of event files: right events, few at a time, and the extra that is missing."""

from __future__ import annotations

import sys
import tracemalloc

import numpy as np
import pytest

from nengo_lifdeep.datasets import Binning, EventFile, Events, read_events
from nengo_lifdeep.datasets.events import event_file
from nengo_lifdeep.errors import DataError, MissingDependencyError

from .written import PLAIN, equal, nmnist_bytes, some_events, write_heidelberg

AEDAT4 = __file__.replace("test_files.py", "files/three_hundred.aedat4")


def test_nmnist(tmp_path):
    events = some_events(500, (34, 34), 0)
    (tmp_path / "0.bin").write_bytes(nmnist_bytes(events))
    found = read_events(tmp_path / "0.bin")
    assert equal(found.data, events) and found.size == (34, 34)
    # by hand: column 10, row 20, brighter, 0x012345 us
    (tmp_path / "1.bin").write_bytes(bytes([10, 20, 0x81, 0x23, 0x45]))
    assert read_events(tmp_path / "1.bin").data.tolist() == [(0x012345, 10, 20, True)]


def test_nmnist_after_overflows_of_the_clock(tmp_path, monkeypatch):
    events = some_events(300, (180, 240), 1, last=2**23 + 5 * 2**13)
    (tmp_path / "0.bin").write_bytes(nmnist_bytes(events, overflows=True))
    assert (events["t"] >= 2**23).any()
    found = read_events(tmp_path / "0.bin", size=(180, 240))
    assert equal(found.data, events)
    monkeypatch.setattr(event_file, "PIECE", 7)  # also across pieces
    assert equal(read_events(tmp_path / "0.bin", size=(180, 240)).data, events)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (bytes([1, 2, 0, 0, 9, 1, 2]), "after byte 6, within the event that begins at byte 5"),
        (bytes([1, 2, 0, 0, 9, 34, 2, 0, 0, 9]), "byte 5 names column 34 of 34"),
        (bytes([1, 2, 0, 0, 9, 3, 99, 0, 0, 9]), "byte 6 names row 99 of 34"),
        (bytes([1, 2, 0, 0, 9, 3, 2, 0, 0, 8]), "byte 7: an event at 8 us after one at 9 us"),
    ],
)
def test_broken_nmnist_names_file_and_byte(tmp_path, content, words):
    path = tmp_path / "broken.bin"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"broken.bin.*{words}"):
        read_events(path)


def test_heidelberg(tmp_path):
    pytest.importorskip("h5py")
    path = tmp_path / "shd_test.h5"
    write_heidelberg(path, [([0.25, 0.5, 0.125], [3, 699, 8]), ([], []), ([1.0], [0])], [4, 0, 19])
    first = read_events(path, sample=0)
    assert first.data.tolist() == [(125_000, 8, 0, True), (250_000, 3, 0, True),
                                   (500_000, 699, 0, True)]  # fmt: skip
    assert first.size == (1, 700) and len(read_events(path, sample=1)) == 0
    with pytest.raises(DataError, match="holds 3 recordings; sample 3"):
        read_events(path, sample=3)
    with pytest.raises(DataError, match="expected the number of a recording"):
        read_events(path)
    write_heidelberg(path, [([0.25, np.nan], [3, 4]), ([0.5], [700])], [0, 1])
    with pytest.raises(DataError, match=r"shd_test.h5: spikes/times\[0\]\[1\] is nan"):
        read_events(path, sample=0)
    with pytest.raises(DataError, match=r"shd_test.h5: spikes/units\[1\]\[0\] is 700"):
        read_events(path, sample=1)


def test_aedat4():
    pytest.importorskip("aedat")
    rng = np.random.default_rng(0)  # as faery wrote them
    t, x, y, p = np.sort(rng.integers(0, 300_000, 300)), *(
        rng.integers(0, high, 300) for high in (34, 34, 2)
    )  # fmt: skip
    found = read_events(AEDAT4)
    assert found.size == (34, 34)
    expected = np.zeros(300, PLAIN)
    expected["t"], expected["x"], expected["y"], expected["p"] = t, x, y, p
    assert equal(found.data, expected)


def test_arrays_of_numpy(tmp_path, monkeypatch):
    events = some_events(100, (5, 6), 2)
    other = np.zeros(100, [("p", "?"), ("x", "<i2"), ("t", "<u8"), ("y", ">u2")])
    for name in "pxty":
        other[name] = events[name]
    np.save(tmp_path / "a.npy", other)
    monkeypatch.setattr(event_file, "PIECE", 9)
    file = EventFile(tmp_path / "a.npy")
    assert equal(file.read().data, events) and file.sensor == (5, 6)
    assert file.extent == (100, events["t"][0], events["t"][-1])
    np.save(tmp_path / "b.npy", np.zeros(4))
    with pytest.raises(DataError, match="b.npy holds an array"):
        read_events(tmp_path / "b.npy")


def test_other_files(tmp_path):
    with pytest.raises(DataError, match=r"ends in .bin, .aedat4, .npy, .h5, .hdf5"):
        read_events(tmp_path / "a.dat")
    with pytest.raises(DataError, match="cannot read .*missing.bin"):
        read_events(tmp_path / "missing.bin")
    (tmp_path / "folder.bin").mkdir()
    with pytest.raises(DataError, match="a folder"):
        read_events(tmp_path / "folder.bin")


@pytest.mark.parametrize("name", ["aedat", "h5py"])
def test_the_extra_is_named(name, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    path, sample = (AEDAT4, None) if name == "aedat" else (tmp_path / "a.h5", 0)
    with pytest.raises(MissingDependencyError, match=r"'events-io' extra: pip install"):
        read_events(path, sample=sample)


def test_memory_is_that_of_a_piece(tmp_path, monkeypatch):
    monkeypatch.setattr(event_file, "PIECE", 1000)
    peaks = []
    for n in (5_000, 50_000):
        raw = np.zeros((n, 5), np.uint8)
        raw[:, 2:4] = np.arange(n)[:, np.newaxis] * 20 >> np.array([16, 8])
        raw[:, 4] = np.arange(n) * 20 & 255
        (tmp_path / f"{n}.bin").write_bytes(raw.tobytes())
        tracemalloc.start()
        total = Binning(5).counts(EventFile(tmp_path / f"{n}.bin")).sum()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert total == n
    assert peaks[1] < 2 * peaks[0]  # of ten times the events


def test_a_file_says_what_a_stream_says(tmp_path):
    events = some_events(900, (34, 34), 5)
    (tmp_path / "0.bin").write_bytes(nmnist_bytes(events))
    for binning in (Binning(7), Binning(7, by="count"), Binning(3, window=(5000, 90_000)),
                    Binning(3, by="count", window=(5000, 90_000))):  # fmt: skip
        np.testing.assert_array_equal(
            binning.counts(EventFile(tmp_path / "0.bin")), binning.counts(Events(events, (34, 34)))
        )
