"""SVHN from tiny MATLAB files."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from nengo_lifdeep.datasets import load
from nengo_lifdeep.errors import DataError


def arrays(n: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "X": rng.integers(0, 256, (32, 32, 3, n), np.uint8),
        "y": rng.integers(1, 11, (n, 1), np.uint8),
    }


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "svhn").mkdir()
    for seed, part in enumerate(("train", "test")):
        savemat(tmp_path / "svhn" / f"{part}_32x32.mat", arrays(20, seed), do_compression=True)
    return tmp_path


@pytest.mark.parametrize("inside", [False, True])
def test_images_and_labels(folder, inside):
    svhn = load("svhn", folder / "svhn" if inside else folder)
    for seed, split in enumerate((svhn.train, svhn.test)):
        given = arrays(20, seed)
        assert (given["y"] == 10).any()
        np.testing.assert_array_equal(split.labels, np.where(given["y"] == 10, 0, given["y"])[:, 0])
        for i in range(20):
            np.testing.assert_array_equal(split.images[i], given["X"][:, :, :, i])


def test_found_through_the_environment(folder, empty_machine, monkeypatch):
    with pytest.raises(DataError, match="'svhn' was not found.*train_32x32.mat"):
        load("svhn")
    monkeypatch.setenv("NENGO_LIFDEEP_DATA", str(folder))
    assert len(load("svhn").train) == 20


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.zeros((32, 32, 1, 20), np.uint8)}, r"X has shape \(32, 32, 1, 20\)"),
        ({"X": np.zeros((32, 32, 3, 20))}, "type float64"),
        ({"y": np.zeros((20, 1), np.uint8)}, "y holds 0; expected whole numbers from 1 to 10"),
        ({"y": np.full((20, 1), 11)}, "y holds 11"),
        ({"y": np.full((20, 1), 1.5)}, "y holds 1.5"),
        ({"y": np.full((20, 1), np.nan)}, "y holds nan"),
        ({"y": np.ones((19, 1), np.uint8)}, "19 labels for 20 images"),
        ({"X": None}, "no MATLAB file with X and y"),
    ],
)
def test_broken_content_is_named(folder, change, message):
    content = {k: v for k, v in {**arrays(20, 0), **change}.items() if v is not None}
    savemat(folder / "svhn" / "train_32x32.mat", content)
    with pytest.raises(DataError, match=message) as caught:
        load("svhn", folder)
    assert "train_32x32.mat" in str(caught.value)


@pytest.mark.parametrize("keep", [0.0, 0.01, 0.6, 0.99])
def test_truncated_file(folder, keep):
    path = folder / "svhn" / "test_32x32.mat"
    raw = path.read_bytes()
    path.write_bytes(raw[: int(keep * len(raw))])
    with pytest.raises(DataError, match=r"test_32x32.mat is truncated"):
        load("svhn", folder)


def test_missing_partner(folder):
    (folder / "svhn" / "test_32x32.mat").unlink()
    with pytest.raises(DataError, match=r"test_32x32.mat is missing"):
        load("svhn", folder)


def test_big_endian_and_plain_files_are_read_as_scipy_reads_them(tmp_path):
    from nengo_lifdeep.datasets.formats.mat import read_mat

    content = {**arrays(3, 0), "half": np.array([[0.5, -2.0]]), "other": "text"}
    for packed in (False, True):
        savemat(tmp_path / "a.mat", content, do_compression=packed)
        found, expected = (
            read_mat(tmp_path / "a.mat", ("X", "y", "half")),
            loadmat(tmp_path / "a.mat"),
        )
        for name, array in found.items():
            np.testing.assert_array_equal(array, expected[name])
            assert array.dtype == expected[name].dtype


def packed_element(content):
    data = zlib.compress(content)
    return bytes(124) + b"\0\1IM" + struct.pack("<II", 15, len(data)) + data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (bytes(128), "version 5"),
        (bytes(124) + b"\0\1IM" + struct.pack("<II", 14, 2**32 - 1), "an element of 4,294,967,295"),
        (packed_element(struct.pack("<II", 14, 2**31)), "an element of 2,147,483,648 bytes"),
        (packed_element(bytes(2**29)), "unpacks to more than"),
        (packed_element(struct.pack("<II", 14, 0)), "without a shape or name"),
    ],
)
def test_sizes_are_not_believed(folder, data, message):
    (folder / "svhn" / "test_32x32.mat").write_bytes(data)
    with pytest.raises(DataError, match=f"test_32x32.mat is truncated.*{message}"):
        load("svhn", folder)


def test_flipped_bits_of_packed_pictures(folder):
    path = folder / "svhn" / "test_32x32.mat"
    raw = path.read_bytes()
    for at in range(140, len(raw), len(raw) // 40):
        data = bytearray(raw)
        data[at] ^= 1
        path.write_bytes(data)
        with pytest.raises(DataError, match=r"test_32x32.mat is truncated"):
            load("svhn", folder)
