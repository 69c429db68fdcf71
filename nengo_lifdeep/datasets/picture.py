"""Read one picture file, checked before it is decoded, and turned upright."""

from __future__ import annotations

import io
import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..compat.requirements import install_command
from ..errors import DataError, LifdeepError, MissingDependencyError
from ..support.plain_files import read_plain

__all__ = ["IMAGE_SUFFIXES", "open_picture", "pillow", "png_content", "upright"]

#: Files with these endings are read; all others in a class's folder are left alone.
IMAGE_SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".bmp", ".gif", ".ppm", ".pgm", ".tif", ".tiff", ".webp",
)  # fmt: skip

#: Pillow's names of those formats; others, which may start programs, are not tried
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "PPM", "TIFF", "WEBP")

#: bytes of a file, and pixels of a picture: what the largest cameras make
_MOST_BYTES, _MOST_PIXELS = 2**28, 2**26

#: EXIF's field for how the camera was held, and what Pillow calls the way back
_ORIENTATION = 0x0112
_TURNS = (
    "FLIP_LEFT_RIGHT", "ROTATE_180", "FLIP_TOP_BOTTOM", "TRANSPOSE", "ROTATE_270", "TRANSVERSE",
    "ROTATE_90",
)  # fmt: skip

#: formats with several pictures in a file; what else a camera's JPEG holds is the same, smaller
_OF_SEVERAL = ("GIF", "PNG", "TIFF", "WEBP")

#: Pillow's modes that have a channel of how opaque a pixel is
_WITH_ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")

#: TIFF's field of the bits per value
_BITS_OF_TIFF = 258

_PNG = b"\x89PNG\r\n\x1a\n"


def pillow() -> Any:
    """Pillow's module ``Image``; `MissingDependencyError` names the extra that brings it."""
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingDependencyError(
            "pictures are read with Pillow, which is not installed. It comes with the 'images' "
            f"extra: {install_command('PIL')}"
        ) from error
    return Image


@contextmanager
def open_picture(path: str | os.PathLike[str]) -> Iterator[Any]:
    """Open a picture.

    Parameters
    ----------
    path : path-like
        A regular file of one of the formats of `IMAGE_SUFFIXES`.

    Raises
    ------
    DataError
        With the file's name, if it is broken (a PNG's checksums are compared), no regular file,
        has more than 8 bits per value, more than 67 million pixels, several pictures in it, or
        pixels that are transparent: nothing says which colour they have.
    MissingDependencyError
        If Pillow is not installed.
    """
    image = pillow()
    try:
        data = read_plain(path, _MOST_BYTES)
        if data.startswith(_PNG):
            _check_png(data)
        with warnings.catch_warnings():
            # the limit below is lower than the one that Pillow warns at
            warnings.simplefilter("ignore", image.DecompressionBombWarning)
            picture = image.open(io.BytesIO(data), formats=_FORMATS)
        with picture:
            _check(picture, path, data)
            yield picture
    except LifdeepError:
        raise
    except Exception as error:  # Pillow raises whatever its reader of that format runs into
        raise DataError(
            f"{path} cannot be read as a picture ({error}); replace or remove it"
        ) from error


def png_content(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a PNG file, whose checksums have been compared; nothing is decoded.

    Parameters
    ----------
    path : path-like
        A regular file.

    Raises
    ------
    DataError
        With the file's name, if it is damaged, no PNG or no regular file.
    """
    try:
        data = read_plain(path, _MOST_BYTES)
        if not data.startswith(_PNG):
            raise ValueError("it is no PNG")
        _check_png(data)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} cannot be read as a picture ({error}); replace or remove it"
        ) from error
    return data


def upright(picture: Any) -> Any:
    """The picture as it was seen: turned back by what its EXIF says of the camera.

    Parameters
    ----------
    picture : PIL.Image.Image
        The picture.

    Examples
    --------
    >>> image = pillow()
    >>> lying = image.new("L", (4, 2))
    >>> lying.getexif()[0x0112] = 6
    >>> upright(lying).size
    (2, 4)
    """
    turn = picture.getexif().get(_ORIENTATION, 1)
    if turn not in range(2, 9):
        return picture
    return picture.transpose(getattr(pillow().Transpose, _TURNS[int(turn) - 2]))


def _check(picture: Any, path: str | os.PathLike[str], data: bytes) -> None:
    if picture.mode.startswith(("I", "F")) or _bits(picture, data) > 8:
        raise DataError(
            f"{path} has more than 8 bits per pixel (mode {picture.mode}, {_bits(picture, data)} "
            "bits per value); convert it to 8 bits, so that it is clear which value is white"
        )
    columns, rows = picture.size
    if columns * rows > _MOST_PIXELS:
        raise DataError(
            f"{path} has {columns} x {rows} pixels; at most {_MOST_PIXELS:,} are read. Make it "
            "smaller, or remove it"
        )
    pages = getattr(picture, "n_frames", 1) if picture.format in _OF_SEVERAL else 1
    if pages > 1:
        raise DataError(
            f"{path} holds {pages} pictures; expected one in a file. Save those that are meant as "
            "files of their own"
        )
    if picture.mode in _WITH_ALPHA or "transparency" in picture.info:
        least = picture.convert("RGBA").getchannel("A").getextrema()[0]
        if least < 255:
            raise DataError(
                f"{path} has transparent pixels, and nothing says what is behind them; put it on a "
                "background of your choice: picture = picture.convert('RGBA'); "
                "Image.alpha_composite(Image.new('RGBA', picture.size, 'white'), picture)"
                ".convert('RGB').save(...)"
            )


def _bits(picture: Any, data: bytes) -> int:
    """Bits per value in the file: of colours Pillow keeps the upper 8 and says nothing."""
    if data.startswith(_PNG):
        return data[len(_PNG) + 16]
    if picture.format == "TIFF":
        return int(max(np.ravel(picture.tag_v2.get(_BITS_OF_TIFF, 8))))
    if picture.mode.startswith(("I;16", "I;12")):
        return 16
    return 32 if picture.mode in ("I", "F") else 8


def _check_png(data: bytes) -> None:
    """Compare the checksum of each of a PNG's parts, which Pillow does not do for pixels."""
    at, kind = len(_PNG), b""
    while kind != b"IEND":
        if at + 12 > len(data):
            raise ValueError("it is cut short")
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 8 + length
        if end + 4 > len(data):
            raise ValueError("it is cut short")
        if zlib.crc32(memoryview(data)[at + 4 : end]) != struct.unpack_from(">I", data, end)[0]:
            raise ValueError(f"the checksum of its part {kind.decode('latin1')!r} is wrong")
        at = end + 4
