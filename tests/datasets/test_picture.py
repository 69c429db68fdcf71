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


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB", "L"])
def test_transparent_pixels_are_refused(tmp_path, mode):
    """A black drawing on a transparent ground, whose colour is black too, was a black picture."""
    path, black = tmp_path / "p.png", {"RGBA": (0, 0, 0, 255), "LA": (0, 255)}
    clear = {"RGBA": (0, 0, 0, 0), "LA": (0, 0), "RGB": (0, 0, 0)}.get(mode, 0)
    picture = Image.new(mode, (8, 8), clear)
    if mode == "P":
        picture.putpalette([0, 0, 0, 0, 0, 0])
    drawn = black.get(mode, (0, 0, 1) if mode == "RGB" else 1)
    picture.paste(drawn, (2, 2, 6, 6))
    options = {} if mode in black else {"transparency": clear}
    picture.save(path, **options)
    with pytest.raises(DataError, match=r"p\.png has transparent pixels.*alpha_composite"):
        PictureFiles([path], side=8)[0]
    with pytest.raises(DataError, match="transparent"), open_picture(path):
        pass
    seen = picture.convert("RGBA") if mode in black else Image.open(path).convert("RGBA")
    Image.alpha_composite(Image.new("RGBA", (8, 8), "white"), seen).convert("RGB").save(path)
    found = PictureFiles([path], side=8)[0]  # as the message says
    assert found[0, 0].tolist() == [255] * 3 and found[4, 4].max() < 2


def test_opaque_pictures_with_alpha_are_read(tmp_path):
    path = tmp_path / "p.png"
    for mode in ("RGBA", "LA"):
        Image.new("L", (8, 8), 51).convert(mode).save(path)
        assert (PictureFiles([path], side=8)[0] == 51).all()


@pytest.mark.parametrize("suffix", ["gif", "png", "tif", "webp"])
def test_several_pictures_in_a_file_are_refused(tmp_path, suffix):
    path = tmp_path / f"p.{suffix}"
    first, second = (Image.new("L", (8, 8), grey) for grey in (0, 255))
    first.save(path, save_all=True, append_images=[second])
    with pytest.raises(DataError, match=rf"p\.{suffix} holds 2 pictures"):
        PictureFiles([path], side=8)[0]
    first.save(path, save_all=True)
    assert (PictureFiles([path], side=8)[0] == 0).all()


@pytest.mark.parametrize(("colours", "kind"), [(3, 2), (2, 4), (4, 6), (1, 0)])
def test_16_bits_are_refused_in_every_colour(tmp_path, colours, kind):
    """Pillow keeps the upper 8 bits of colours: 12 bits in 16 would be nearly black."""
    path = tmp_path / "deep.png"
    row = b"\0" + struct.pack(">H", 4000) * (8 * colours)
    header = struct.pack(">IIBBBBB", 8, 8, 16, kind, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(row * 8)), chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    with pytest.raises(DataError, match=r"deep\.png has more than 8 bits .*16 bits per value"):
        PictureFiles([path], side=8)[0]


def test_16_bits_of_a_colour_tiff_are_refused(tmp_path):
    path, pixels = tmp_path / "deep.tif", struct.pack("<H", 4000) * (8 * 8 * 3)
    tags = [
        (256, 3, 1, 8), (257, 3, 1, 8), (258, 3, 3, 0), (259, 3, 1, 1), (262, 3, 1, 2),
        (273, 4, 1, 0), (277, 3, 1, 3), (278, 3, 1, 8), (279, 4, 1, len(pixels)),
    ]  # fmt: skip
    after = 8 + 2 + 12 * len(tags) + 4
    places = {258: after, 273: after + 6}
    entries = b"".join(
        struct.pack("<HHII", tag, type_, n, places.get(tag, value)) for tag, type_, n, value in tags
    )
    head = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags))
    path.write_bytes(head + entries + bytes(4) + struct.pack("<HHH", 16, 16, 16) + pixels)
    with pytest.raises(DataError, match=r"more than 8 bits"):
        PictureFiles([path], side=8)[0]
