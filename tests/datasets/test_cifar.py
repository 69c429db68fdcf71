"""CIFAR-10/100 from tiny binary, pickled and archived files."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import tarfile

import numpy as np
import pytest

from nengo_lifdeep.datasets import load
from nengo_lifdeep.errors import DataError

FILES10 = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]


def images_and_labels(n: int, classes: int, seed: int):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, 32, 32, 3), np.uint8), rng.integers(0, classes, n, np.uint8)


def records(images, labels, coarse=None) -> bytes:
    """The binary format from its web page: label(s), 1024 red, 1024 green, 1024 blue bytes."""
    out = b""
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        out += bytes([label] if coarse is None else [coarse[i], label])
        out += b"".join(image[:, :, channel].tobytes() for channel in range(3))
    return out


class Tiny:
    def __init__(self, n_classes: int):
        self.n_classes = n_classes
        names = FILES10 if n_classes == 10 else ["train", "test"]
        self.batches = {
            name: images_and_labels(2 + i, n_classes, i) for i, name in enumerate(names)
        }

    def binary(self) -> dict[str, bytes]:
        return {
            f"{name}.bin": records(*batch, None if self.n_classes == 10 else batch[1] // 5)
            for name, batch in self.batches.items()
        }

    def pickled(self, protocol: int = 2) -> dict[str, bytes]:
        key = b"labels" if self.n_classes == 10 else b"fine_labels"
        return {
            name: pickle.dumps(
                {
                    b"data": images.transpose(0, 3, 1, 2).reshape(len(images), -1),
                    key: labels.tolist(),
                    b"batch_label": b"x",
                },
                protocol,
            )
            for name, (images, labels) in self.batches.items()
        }

    def check(self, dataset) -> None:
        *train, test = self.batches.values()
        for split, batches in ((dataset.train, train), (dataset.test, [test])):
            np.testing.assert_array_equal(split.images, np.concatenate([b[0] for b in batches]))
            np.testing.assert_array_equal(split.labels, np.concatenate([b[1] for b in batches]))
        assert dataset.train.images.dtype == np.uint8
        assert dataset.n_classes == self.n_classes


def write_folder(folder, contents):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return folder


def write_archive(path, inner, contents):
    with tarfile.open(path, "w:gz") as archive:
        for name, data in sorted(contents.items(), reverse=True):  # any order
            info = tarfile.TarInfo(f"{inner}/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("where", ["cifar-10-batches-bin", ".", "cifar-10/cifar-10-batches-bin"])
def test_binary_folder(tmp_path, where):
    tiny = Tiny(10)
    write_folder(tmp_path / where, tiny.binary())
    tiny.check(load("cifar-10", tmp_path))


@pytest.mark.parametrize(
    ("n_classes", "archive", "inner", "kind"),
    [
        (10, "cifar-10-binary.tar.gz", "cifar-10-batches-bin", "binary"),
        (10, "cifar-10-python.tar.gz", "cifar-10-batches-py", "pickled"),
        (100, "cifar-100-binary.tar.gz", "cifar-100-binary", "binary"),
        (100, "cifar-100-python.tar.gz", "cifar-100-python", "pickled"),
    ],
)
def test_archive_is_read_without_extracting(tmp_path, n_classes, archive, inner, kind):
    tiny = Tiny(n_classes)
    write_archive(tmp_path / archive, inner, getattr(tiny, kind)())
    tiny.check(load(f"cifar{n_classes}", tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [archive]


@pytest.mark.parametrize(
    ("n_classes", "folder"),
    [
        (10, "cifar-10-batches-py"),
        (10, "cifar-10-batches-py-target/cifar-10-batches-py"),
        (100, "cifar-100-python"),
    ],
)
def test_keras_cache(empty_machine, n_classes, folder):
    tiny = Tiny(n_classes)
    write_folder(empty_machine / folder, tiny.pickled())
    tiny.check(load(f"cifar-{n_classes}", download=False))


@pytest.mark.parametrize("core", [b"numpy.core.multiarray", b"numpy._core.multiarray"])
def test_pickles_of_old_and_new_numpy(tmp_path, core):
    tiny = Tiny(10)
    current = b"numpy._core.multiarray" if np.__version__ >= "2" else b"numpy.core.multiarray"
    contents = tiny.pickled()
    assert all(current in data for data in contents.values())
    write_folder(tmp_path, {k: v.replace(current, core) for k, v in contents.items()})
    tiny.check(load("cifar-10", tmp_path))


def test_data_folder_of_the_environment(tmp_path, empty_machine, monkeypatch):
    tiny = Tiny(100)
    write_archive(tmp_path / "cifar-100-binary.tar.gz", "cifar-100-binary", tiny.binary())
    monkeypatch.setenv("NENGO_LIFDEEP_DATA", str(tmp_path))
    tiny.check(load("cifar-100"))


class Evil:
    def __reduce__(self):
        return os.system, ("echo hacked",)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (pickle.dumps({b"data": Evil()}), r"asks for posix.system.*not loaded"),
        (pickle.dumps([1, 2]), "damaged or no batch"),
        (pickle.dumps({b"data": np.zeros((2, 3072), np.uint8)}), "damaged or no batch.*labels"),
        (pickle.dumps({b"data": np.zeros((2, 3072), np.int16), b"labels": [0, 1]}), "int16"),
        (pickle.dumps({b"data": np.zeros((2, 30), np.uint8), b"labels": [0, 1]}), r"\(2, 30\)"),
        (pickle.dumps({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0]}), "2 images, but"),
        (pickle.dumps({b"data": np.zeros((1, 3072), np.uint8), b"labels": [0.5]}), "float64"),
        (b"", "truncated, damaged"),
        (b"\x80\x02}q\x00(U", "truncated, damaged"),
    ],
)
def test_broken_pickle_is_named(tmp_path, data, message, capfd):
    contents = Tiny(10).pickled()
    contents["data_batch_3"] = data
    write_folder(tmp_path, contents)
    with pytest.raises(DataError, match=message) as caught:
        load("cifar-10", tmp_path)
    assert "data_batch_3" in str(caught.value)
    assert "hacked" not in capfd.readouterr().out


@pytest.mark.parametrize("change", [lambda d: d[:-1], lambda d: d + b"\n", lambda d: b""])
@pytest.mark.parametrize("archived", [False, True])
def test_wrong_length_is_named(tmp_path, change, archived):
    contents = Tiny(10).binary()
    contents["data_batch_4.bin"] = change(contents["data_batch_4.bin"])
    if archived:
        write_archive(tmp_path / "cifar-10-binary.tar.gz", "cifar-10-batches-bin", contents)
    else:
        write_folder(tmp_path, contents)
    with pytest.raises(DataError, match=r"data_batch_4.bin has \d+ bytes.* records of 3073 bytes"):
        load("cifar-10", tmp_path)


def test_label_out_of_range_is_named(tmp_path):
    contents = Tiny(10).binary()
    contents["test_batch.bin"] = b"\x0a" + contents["test_batch.bin"][1:]
    write_folder(tmp_path, contents)
    with pytest.raises(DataError, match=r"\(test\): label 10 of image 0 is out of range"):
        load("cifar-10", tmp_path)


def test_missing_file_is_named(tmp_path):
    contents = Tiny(10).binary()
    del contents["data_batch_2.bin"]
    write_folder(tmp_path / "folder", contents)
    with pytest.raises(DataError, match=r"data_batch_2.bin is missing"):
        load("cifar-10", tmp_path / "folder")
    write_archive(tmp_path / "cifar-10-binary.tar.gz", "cifar-10-batches-bin", contents)
    with pytest.raises(DataError, match=r"binary.tar.gz lacks data_batch_2.bin"):
        load("cifar-10", tmp_path)


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.9])
def test_truncated_archive(tmp_path, keep):
    path = write_archive(tmp_path / "cifar-10-binary.tar.gz", "x", Tiny(10).binary())
    raw = path.read_bytes()
    path.write_bytes(raw[: int(keep * len(raw))])
    with pytest.raises(DataError, match=r"cifar-10-binary.tar.gz (is truncated|lacks)"):
        load("cifar-10", tmp_path)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 1.0])
def test_a_flipped_bit_of_an_archive(tmp_path, share):
    """Pixels hardly pack: a flipped bit of them is seen by the checksum alone."""
    path = tmp_path / "cifar-10-binary.tar.gz"
    with gzip.open(path, "wb", compresslevel=0) as packed:
        write_archive(tmp_path / "plain", "x", Tiny(10).binary())
        packed.write(gzip.decompress((tmp_path / "plain").read_bytes()))
    data = bytearray(path.read_bytes())
    data[int(share * (len(data) - 8))] ^= 16
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"cifar-10-binary.tar.gz is truncated or damaged"):
        load("cifar-10", tmp_path)


def test_archive_with_a_file_twice(tmp_path):
    path = tmp_path / "cifar-10-binary.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for _ in range(2):
            archive.addfile(tarfile.TarInfo("x/test_batch.bin"))
    with pytest.raises(DataError, match="holds test_batch.bin twice"):
        load("cifar-10", tmp_path)


def test_archive_that_grows(tmp_path):
    path = tmp_path / "cifar-10-binary.tar.gz"
    info = tarfile.TarInfo("x/test_batch.bin")
    info.size = 2**30
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(info.tobuf())
        for _ in range(2**10):
            file.write(bytes(2**20))
    with pytest.raises(DataError, match="test_batch.bin has 1,073,741,824 bytes; expected at most"):
        load("cifar-10", tmp_path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x80\2]r\0\0\0\x30.", "remembers a value as number 805,306,368"),
        (pickle.dumps({b"data": [[0] * 9] * 9, b"labels": [0]}), "an array or a list of numbers"),
    ],
)
def test_pickles_that_fill_the_memory(tmp_path, data, message):
    contents = Tiny(10).pickled()
    contents["test_batch"] = data
    write_folder(tmp_path, contents)
    with pytest.raises(DataError, match=message):
        load("cifar-10", tmp_path)


def test_not_found(empty_machine, tmp_path):
    with pytest.raises(DataError, match=r"'cifar-100' was not found.*cifar-100-binary.tar.gz"):
        load("cifar-100", download=False)


@pytest.mark.skipif(
    not os.path.isfile(
        os.path.join(os.environ.get("NENGO_LIFDEEP_DATA", "-"), "cifar-10-binary.tar.gz")
    ),
    reason="NENGO_LIFDEEP_DATA names no folder with cifar-10-binary.tar.gz",
)
def test_real_cifar10():
    cifar = load("cifar-10")
    assert np.bincount(cifar.train.labels).tolist() == [5000] * 10
    assert np.bincount(cifar.test.labels).tolist() == [1000] * 10
    # the mean colour that everybody normalises with; three digits, because an archive whose
    # pictures went through lossy compression is in circulation too (it has 0.49125, 0.48209)
    mean = cifar.train.images.mean(axis=(0, 1, 2), dtype=np.float64) / 255
    np.testing.assert_allclose(mean, [0.4914, 0.4822, 0.4465], rtol=0, atol=5e-4)
