"""Folders of recordings by class, SHD's two files, and what is said of folders without."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from nengo_lifdeep.datasets import Binning, EventFile, Events, load
from nengo_lifdeep.errors import DataError
from nengo_lifdeep.jobs.keys import key_of

from .written import nmnist_bytes, some_events, write_heidelberg


def fill(root, parts, n=3):
    """Some recordings for two classes in every part."""
    streams = {}
    for part in parts:
        for name in ("one", "two"):
            (root / part / name).mkdir(parents=True)
            for i in range(n):
                stream = some_events(40, (34, 34), len(streams))
                streams[part, name, i] = stream
                (root / part / name / f"{i}.bin").write_bytes(nmnist_bytes(stream))
    return streams


def test_train_and_test_in_either_spelling(tmp_path):
    streams = fill(tmp_path, ("Train", "Test"))
    binning = Binning(4, crop=(28, 28))
    data = load("events-folder", tmp_path, binning=binning)
    assert data.classes == ("one", "two") and data.image_shape == (28, 28, 2)
    assert data.train.is_lazy and len(data.train) == len(data.test) == 6
    expected = binning.frames(Events(streams["Test", "two", 1], (34, 34)))
    np.testing.assert_array_equal(data.test.images[4], expected)
    assert data.test.labels[4] == 1


def test_changed_recordings_are_told_apart_and_copies_are_not(tmp_path):
    fill(tmp_path / "a", ("Train", "Test"))
    shutil.copytree(tmp_path / "a", tmp_path / "b", copy_function=shutil.copyfile)
    data, copy = (load("events-folder", tmp_path / name) for name in ("a", "b"))
    for images, same in ((data.test.images, copy.test.images),
                         (data.test.frames.images, copy.test.frames.images)):  # fmt: skip
        file = Path(data.test.images.recordings[3].path)
        os.utime(file, (0, 0))  # clocks of file systems may stand still for milliseconds
        key, identity = key_of(images), images.identity.tolist()
        assert key == key_of(images.select(slice(None))) != key_of(images.select([0]))
        assert identity == same.identity.tolist()
        file.write_bytes(file.read_bytes()[::-1])
        assert key != key_of(images) and identity == images.identity.tolist()
    one = EventFile(file)
    before = key_of(one)
    file.write_bytes(file.read_bytes()[::-1])
    assert before != key_of(one)


def test_classes_alone(tmp_path):
    fill(tmp_path, ("",), n=10)
    data = load("Events_Folder", tmp_path, test_share=0.3)
    assert (len(data.train), len(data.test)) == (14, 6)
    np.testing.assert_array_equal(np.bincount(data.test.labels), [3, 3])
    stacked = load("events-folder", tmp_path, binning=Binning(5), stacked=True)
    assert stacked.image_shape == (34, 34, 10) and not stacked.train.is_film


def test_arrays_have_the_size_of_the_largest(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for i in range(5):
            np.save(tmp_path / name / f"{i}.npy", some_events(50, (6 + i % 2, 9), i))
    data = load("events-folder", tmp_path)
    assert data.image_shape == (7, 9, 2) and data.train.images[:].shape == (8, 10, 7, 9, 2)


def test_heidelberg(tmp_path):
    pytest.importorskip("h5py")
    write_heidelberg(tmp_path / "shd_train.h5", [([0.1, 0.9], [0, 699])] * 3, [0, 1, 0])
    write_heidelberg(tmp_path / "shd_test.h5", [([0.5], [350])] * 2, [2, 1])
    binning = Binning(10, polarity="summed", window=(0, 1_000_000), factor=7, limit=1)
    data = load("events-folder", tmp_path, binning=binning)
    assert data.classes == ("0", "1", "2") and data.image_shape == (1, 100, 1)
    np.testing.assert_array_equal(data.train.labels, [0, 1, 0])
    film = data.train.images[1][:, 0, :, 0]
    # float16: 0.09998 s and 0.8999 s, just before the frames 1 and 9
    np.testing.assert_array_equal(np.argwhere(film), [[0, 0], [8, 99]])
    assert np.argwhere(data.test.images[0])[0].tolist() == [5, 0, 50, 0]


def test_what_is_no_such_folder(tmp_path):
    with pytest.raises(DataError, match="not a folder"):
        load("events-folder", tmp_path / "missing")
    with pytest.raises(DataError, match="no subfolders; expected one per class"):
        load("events-folder", tmp_path)
    fill(tmp_path, ("train", "test"))
    (tmp_path / "test" / "three").mkdir()
    with pytest.raises(DataError, match=r"three has no recordings \(.bin .aedat4 .npy\)"):
        load("events-folder", tmp_path)
    (tmp_path / "test" / "three" / "a.bin").write_bytes(b"")
    with pytest.raises(DataError, match="different classes: three"):
        load("events-folder", tmp_path)
    (tmp_path / "test" / "three" / "a.bin").unlink()
    (tmp_path / "test" / "three").rmdir()
    (tmp_path / "test" / "two" / "1.bin").write_bytes(b"odd")
    data = load("events-folder", tmp_path)
    with pytest.raises(DataError, match=r"two/1.bin is cut short"):
        data.test.images[:]
