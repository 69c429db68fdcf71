"""MNIST and Fashion-MNIST: tiny files in the true format, found, read, and refused when broken."""

from __future__ import annotations

import gzip
import os
import sys
import types
import zipfile

import numpy as np
import pytest

from nengo_lifdeep.datasets import load
from nengo_lifdeep.datasets.idx import read_idx
from nengo_lifdeep.errors import DataError, MissingDependencyError

from .conftest import TinyMnist, idx_bytes

DEBIAN = "/usr/share/datasets/fashion-mnist"


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_explicit_directory(tmp_path, empty_machine, suffix):
    tiny = TinyMnist(suffix)
    folder = tiny.write(tmp_path / "anywhere")
    tiny.check(load("mnist", folder))
    tiny.check(load("mnist", directory=str(folder)))


def test_folder_inside_the_directory_comes_first(tmp_path, empty_machine, tiny_mnist):
    tiny_mnist.write(tmp_path / "mnist")
    TinyMnist().write(tmp_path / "fashion-mnist")
    tiny_mnist.check(load("mnist", tmp_path))
    assert load("Fashion_MNIST", tmp_path).classes[9] == "ankle boot"


def test_order_of_places(tmp_path, empty_machine, monkeypatch, tiny_mnist):
    tiny_mnist.write(empty_machine / "mnist")
    assert "keras-home" in load("mnist").train.source
    tiny_mnist.write(tmp_path / "data" / "mnist")
    monkeypatch.setenv("NENGO_LIFDEEP_DATA", str(tmp_path / "data"))
    assert "data/mnist" in load("mnist").train.source.replace(os.sep, "/")
    tiny_mnist.write(tmp_path / "own")
    assert "own" in load("mnist", tmp_path / "own").train.source


def test_given_directory_is_the_only_place(tmp_path, empty_machine, tiny_mnist):
    tiny_mnist.write(empty_machine / "mnist")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"'mnist' was not found .*empty.*train-images-idx3"):
        load("mnist", tmp_path / "empty")


def test_missing_folders_are_named(tmp_path, empty_machine, monkeypatch):
    with pytest.raises(DataError, match="directory is .*gone.* not a folder"):
        load("mnist", tmp_path / "gone")
    monkeypatch.setenv("NENGO_LIFDEEP_DATA", str(tmp_path / "gone"))
    with pytest.raises(DataError, match="NENGO_LIFDEEP_DATA is .*gone"):
        load("mnist")


def test_without_download_the_places_are_listed(empty_machine):
    with pytest.raises(DataError, match=r"looked in: .*keras-home.*set NENGO_LIFDEEP_DATA"):
        load("mnist", download=False)


def test_fashion_in_the_folder_of_the_other_name(tmp_path, empty_machine, tiny_mnist):
    folder = tiny_mnist.write(tmp_path / "fashion-mnist")
    with pytest.raises(DataError, match="holds Fashion-MNIST by its name"):
        load("mnist", folder)


def test_keras_npz(empty_machine, tiny_mnist):
    names = ("x_train", "y_train", "x_test", "y_test")
    arrays = dict(zip(names, tiny_mnist.arrays.values(), strict=True))
    path = empty_machine / "mnist.npz"
    np.savez(path, **arrays)
    tiny_mnist.check(load("mnist"))
    np.savez(path, x_train=arrays["x_train"])
    with pytest.raises(DataError, match=r"mnist.npz is damaged or not the file Keras"):
        load("mnist")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match=r"mnist.npz is damaged"):
        load("mnist")


IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


def _replace(tiny, folder, name, change):
    tiny.write(folder)
    raw = idx_bytes(tiny.arrays[name])
    (folder / f"{name}.gz").write_bytes(gzip.compress(change(raw)))


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (IMAGES, lambda raw: b"\x00\x00\x08\x01" + raw[4:], "starts with 00 00 08 01.*00 00 08 03"),
        (IMAGES, lambda raw: gzip.compress(raw), "starts with 1f 8b .*still compressed"),
        (LABELS, lambda raw: b"", "starts with nothing"),
        (IMAGES, lambda raw: raw[:9], "truncated inside its header"),
        (IMAGES, lambda raw: raw[:-1], r"truncated: its header says shape \(11, 28, 28\)"),
        (LABELS, lambda raw: raw + b"\n", "trailing bytes.* 11 bytes, and more follow"),
        (LABELS, lambda raw: raw[:-1] + b"\x0a", "label 10 of image 10 is out of range"),
        (LABELS, lambda raw: idx_bytes(np.zeros(10, np.uint8)), "10 labels for 11 images"),
        (IMAGES, lambda raw: idx_bytes(np.zeros((11, 27, 28), np.uint8)), r"\(27, 28, 1\)"),
        (IMAGES, lambda raw: idx_bytes(np.zeros((0, 28, 28), np.uint8)), "no images"),
    ],
)
def test_broken_file_is_named(tmp_path, tiny_mnist, name, change, message):
    _replace(tiny_mnist, tmp_path, name, change)
    with pytest.raises(DataError, match=message) as caught:
        load("mnist", tmp_path)
    assert name in str(caught.value)


@pytest.mark.parametrize("keep", [0.5, 0.999])
def test_truncated_gzip(tmp_path, tiny_mnist, keep):
    tiny_mnist.write(tmp_path)
    path = tmp_path / f"{IMAGES}.gz"
    raw = path.read_bytes()
    path.write_bytes(raw[: int(keep * len(raw))])
    with pytest.raises(DataError, match=f"{IMAGES}.gz is truncated or damaged.*download it again"):
        load("mnist", tmp_path)


def test_gz_that_is_none(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(DataError, match=r"a.gz is truncated or damaged"):
        read_idx(path, 3)


def test_missing_partner_is_named(tmp_path, tiny_mnist):
    tiny_mnist.write(tmp_path)
    (tmp_path / f"{LABELS}.gz").unlink()
    with pytest.raises(DataError, match=f"lacks {LABELS}"):
        load("mnist", tmp_path)


@pytest.fixture
def fake_keras(monkeypatch):
    """A tf_keras that is already imported, with datasets.mnist of our choice."""
    module = types.ModuleType("tf_keras")
    module.datasets = types.SimpleNamespace(mnist=types.SimpleNamespace())
    monkeypatch.setitem(sys.modules, "tf_keras", module)
    return module.datasets.mnist


def test_fetched_by_keras(empty_machine, fake_keras, tiny_mnist):
    x, y, x_test, y_test = tiny_mnist.arrays.values()
    fake_keras.load_data = lambda: ((x, y), (x_test, y_test))
    dataset = load("mnist")
    tiny_mnist.check(dataset)
    assert dataset.train.source.endswith("images, from keras.datasets.mnist")


def test_failed_fetch_says_where_to_put_the_files(empty_machine, fake_keras):
    def fail():
        raise OSError("no route to host")

    fake_keras.load_data = fail
    with pytest.raises(
        DataError, match=r"'mnist'.*failed: no route to host.*train-images.*directory=..., or set"
    ):
        load("mnist")


def test_without_keras_the_message_still_says_where_to_put_the_files(empty_machine, monkeypatch):
    def fail():
        raise MissingDependencyError("tf_keras is not installed")

    monkeypatch.setitem(sys.modules, "tf_keras", None)
    monkeypatch.setitem(sys.modules, "keras", None)
    monkeypatch.setattr("nengo_lifdeep.compat.import_tf_keras", fail)
    with pytest.raises(DataError, match="cannot be imported .tf_keras is not.*set NENGO_LIFDEEP"):
        load("mnist")


@pytest.mark.skipif(
    not os.path.isdir(os.path.join(os.environ.get("NENGO_LIFDEEP_DATA", "-"), "mnist")),
    reason="NENGO_LIFDEEP_DATA names no folder with mnist",
)
def test_real_mnist():
    mnist = load("mnist")
    # counts per digit from the data set's own description
    assert np.bincount(mnist.train.labels).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert mnist.test.images.shape == (10000, 28, 28, 1)
    # the usual normalisation constant
    assert mnist.train.images.mean(dtype=np.float64) / 255 == pytest.approx(0.1307, abs=5e-5)


@pytest.mark.skipif(not os.path.isdir(DEBIAN), reason="Debian's dataset-fashion-mnist is missing")
def test_debian_fashion_mnist(empty_machine):
    fashion = load("fashion-mnist", download=False)
    assert fashion.train.source.startswith(f"fashion-mnist's training images, from {DEBIAN}")
    assert np.bincount(fashion.train.labels).tolist() == [6000] * 10
    assert np.bincount(fashion.test.labels).tolist() == [1000] * 10


def test_a_declared_shape_is_not_believed(tmp_path):
    path = tmp_path / "images"
    path.write_bytes(b"\0\0\x08\3" + 3 * b"\xff\xff\xff\xff" + bytes(100))
    with pytest.raises(DataError, match="truncated: .* it cannot hold them"):
        read_idx(path, 3)


def test_gz_that_grows(tmp_path):
    path = tmp_path / "images.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b"\0\0\x08\3" + 3 * b"\0\0\4\0")
        for _ in range(2**10):
            file.write(bytes(2**20))
    with pytest.raises(DataError, match="truncated: .* it cannot hold them"):
        read_idx(path, 3)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_pipe(tmp_path, tiny_mnist, suffix):
    tiny_mnist.write(tmp_path)
    path = tmp_path / f"pipe{suffix}"
    os.mkfifo(path)
    with pytest.raises(DataError, match="no regular file, but a pipe"):
        read_idx(path, 3)


def test_npz_that_declares_more_than_it_holds(empty_machine):
    head = b"{'descr': '|u1', 'fortran_order': False, 'shape': (60000, 65536), }"
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    with zipfile.ZipFile(empty_machine / "mnist.npz", "w") as archive:
        archive.writestr("x_train.npy", b"\x93NUMPY\1\0" + bytes([len(head), 0]) + head)
    with pytest.raises(DataError, match=r"mnist.npz is damaged.*declares the shape \(60000, 65536"):
        load("mnist", download=False)
