"""One picture: looked at before it is decoded, and turned upright."""

from __future__ import annotations

import os
import struct
import zlib

import numpy as np
import pytest

from nengo_lifdeep.datasets import load
from nengo_lifdeep.datasets.picture import open_picture, upright
from nengo_lifdeep.datasets.pictures import PictureFiles
from nengo_lifdeep.errors import DataError

Image = pytest.importorskip("PIL.Image")
ImageOps = pytest.importorskip("PIL.ImageOps")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_exif_turns_pictures_upright(tmp_path, orientation, suffix):
    grey = np.kron(np.arange(6, dtype=np.uint8).reshape(2, 3) * 40, np.ones((16, 16), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"p.{suffix}"
    Image.fromarray(grey).convert("RGB").save(path, exif=exif)
    with open_picture(path) as picture:
        found = np.asarray(upright(picture))
    with Image.open(path) as picture:
        np.testing.assert_array_equal(found, np.asarray(ImageOps.exif_transpose(picture)))
    assert found.shape[:2] == ((48, 32) if orientation > 4 else (32, 48))
    lazy = PictureFiles([path], side=16)[0]
    wanted = found[found.shape[0] // 2, found.shape[1] // 2]
    assert abs(int(lazy[8, 8, 0]) - int(wanted[0])) < 45


def test_folder_is_turned_too(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 3
    for part in ("train", "test"):
        (tmp_path / part / "only").mkdir(parents=True)
        picture = Image.new("L", (4, 4))
        picture.putpixel((0, 0), 255)
        picture.save(tmp_path / part / "only" / "p.png", exif=exif)
    image = load("folder", tmp_path, size=4, channels=1).test.images[0, :, :, 0]
    assert image[3, 3] == 255 and image.sum() == 255


def test_flipped_bits_of_a_png(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
    path = tmp_path / "p.png"
    Image.fromarray(pixels).save(path)
    raw = path.read_bytes()
    for at in range(0, len(raw), 7):
        data = bytearray(raw)
        data[at] ^= 1
        path.write_bytes(data)
        with pytest.raises(DataError, match=r"p.png cannot be read as a picture"):
            with open_picture(path) as picture:
                picture.load()


def test_a_bomb(tmp_path):
    path = tmp_path / "p.png"
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 9000, 9000, 8, 0, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    with pytest.raises(DataError, match="9000 x 9000 pixels; at most 67,108,864"):
        with open_picture(path):
            pass


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda p: os.symlink("/dev/zero", p)])
def test_what_is_no_file_is_not_waited_for(tmp_path, make):
    for part in ("train", "test"):
        (tmp_path / part / "only").mkdir(parents=True)
        make(tmp_path / part / "only" / "p.png")
    with pytest.raises(
        DataError, match=r"p.png cannot be read as a picture \(it is no regular file"
    ):
        load("folder", tmp_path, size=4)


def test_other_formats_are_not_tried(tmp_path):
    """Pillow would start Ghostscript for a file that is PostScript within."""
    Image.new("L", (4, 4)).save(tmp_path / "p.eps")
    os.rename(tmp_path / "p.eps", tmp_path / "p.png")
    with pytest.raises(DataError, match="cannot identify"):
        with open_picture(tmp_path / "p.png"):
            pass
