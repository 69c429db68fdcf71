"""Folders of pictures."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from nengo_lifdeep.datasets import load
from nengo_lifdeep.errors import DataError, MissingDependencyError

Image = pytest.importorskip("PIL.Image")

COLOURS = {"blue": (0, 0, 200), "green": (0, 150, 0), "red": (250, 0, 0)}


def write_pictures(root, n=5, classes=COLOURS, size=(9, 6)):
    for name, colour in classes.items():
        (root / name).mkdir(parents=True)
        for i in range(n):
            Image.new("RGB", size, colour).save(root / name / f"{i}.png")
    return root


def test_classes_are_the_sorted_folders(tmp_path):
    root = write_pictures(tmp_path / "paint")
    (root / "red" / "notes.txt").write_text("not a picture")
    (root / ".hidden").mkdir()
    paint = load("folder", root, size=(4, 3))
    assert (paint.name, paint.classes) == ("paint", ("blue", "green", "red"))
    assert (len(paint.train), len(paint.test)) == (12, 3)
    for split in (paint.train, paint.test):
        assert split.images.dtype == np.uint8
        for image, label in zip(split.images, split.labels, strict=True):
            assert image.shape == (4, 3, 3)
            np.testing.assert_array_equal(image, np.broadcast_to(list(COLOURS.values())[label],
                                                                 image.shape))  # fmt: skip


def test_split_is_drawn_by_the_seed(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for i in range(20):
            Image.new("L", (2, 2), 10 * i).save(tmp_path / name / f"{i:02}.png")

    def chosen(seed):
        split = load("folder", tmp_path, size=2, channels=1, test_share=0.5, seed=seed).test
        return split.images[:, 0, 0, 0].tolist()

    assert chosen(0) == chosen(0)
    assert chosen(0) != chosen(1)


def test_grey_has_one_channel_and_rows_come_first(tmp_path):
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    for part in ("train", "test"):
        (tmp_path / part / "only").mkdir(parents=True)
        Image.fromarray(pixels).save(tmp_path / part / "only" / "p.png")
    data = load("folder", tmp_path, size=(3, 4), channels=1)
    np.testing.assert_array_equal(data.test.images[0, :, :, 0], pixels)


def test_train_and_test_folders(tmp_path):
    write_pictures(tmp_path / "train", n=4)
    write_pictures(tmp_path / "test", n=2)
    data = load("folder", tmp_path, size=5)
    assert (len(data.train), len(data.test)) == (12, 6)
    (tmp_path / "test" / "zebra").mkdir()
    Image.new("RGB", (2, 2)).save(tmp_path / "test" / "zebra" / "z.png")
    with pytest.raises(DataError, match="different classes: zebra"):
        load("folder", tmp_path, size=5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size is 0; expected pixels"),
        ({"size": (3, 4, 1)}, r"size is \(3, 4, 1\)"),
        ({"size": 4.5}, "size is 4.5"),
        ({"size": 4, "channels": 4}, r"channels is 4; expected 1 \(grey\) or 3"),
        ({"size": 4, "test_share": 0}, "test_share is 0; expected a share"),
        ({"size": 4, "test_share": 0.01}, "leaves one part empty"),
    ],
)
def test_wrong_options(tmp_path, options, message):
    write_pictures(tmp_path)
    with pytest.raises(DataError, match=message):
        load("folder", tmp_path, **options)


def test_broken_folders_are_named(tmp_path):
    with pytest.raises(DataError, match="gone.* not a folder"):
        load("folder", tmp_path / "gone", size=4)
    with pytest.raises(DataError, match="has no subfolders; expected one per class"):
        load("folder", tmp_path, size=4)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty has no pictures"):
        load("folder", tmp_path, size=4)


@pytest.mark.parametrize("damage", [lambda raw: raw[:40], lambda raw: b"GIF?", lambda raw: b""])
def test_broken_picture_is_named(tmp_path, damage):
    write_pictures(tmp_path)
    path = tmp_path / "green" / "3.png"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"3.png cannot be read as a picture"):
        load("folder", tmp_path, size=4)


def test_sixteen_bits_are_refused(tmp_path):
    write_pictures(tmp_path)
    Image.fromarray(np.full((4, 4), 40000, np.uint16)).save(tmp_path / "red" / "9.png")
    with pytest.raises(DataError, match=r"9.png has more than 8 bits"):
        load("folder", tmp_path, size=4)


def test_without_pillow(tmp_path, monkeypatch):
    write_pictures(tmp_path)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingDependencyError, match=r"'images' extra: pip install"):
        load("folder", tmp_path, size=4)
