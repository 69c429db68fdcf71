"""Pictures that stay in their files until they are needed: data sets larger than memory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError
from ..support.cores import n_cores
from .base import Dataset, Split
from .folder import list_pictures
from .picture import open_picture, pillow, upright
from .sources.in_files import InFiles, line_of

__all__ = ["PictureFiles", "load_pictures"]


class PictureFiles(InFiles):
    """Looks like an array of images ``(n, crop, crop, 3)`` of uint8, but decodes what is asked for.

    Each picture is turned upright as its EXIF says and scaled so that its shorter side has
    ``side`` pixels, and a square of ``crop`` pixels is taken of it: the one in its centre, or with
    `squares` any other. `Split`, training and the simulators take it in
    place of an array and ask for some images at a time.

    Parameters
    ----------
    files : sequence of path
        One per image.
    side : int
        Length of the shorter side of every picture, in pixels.
    crop : int, optional
        Rows and columns of every image, in pixels; by default ``side``.

    Raises
    ------
    DataError
        If a size is no number of pixels, or when a picture that is asked for cannot be read; the
        message names the file.

    Examples
    --------
    >>> images = PictureFiles(["cat.jpg", "dog.jpg"], side=256, crop=227)
    >>> images.shape, images.wanders, len(images.select([1]))
    ((2, 227, 227, 3), True, 1)
    """

    def __init__(self, files: Any, side: int = 256, crop: int | None = None) -> None:
        self.files = np.asarray([os.fspath(file) for file in files], dtype=object)
        self.side, self.crop = _checked_sizes(side, crop)
        self.dtype = np.dtype(np.uint8)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """``(n, crop, crop, 3)``."""
        return len(self.files), self.crop, self.crop, 3

    @property
    def ndim(self) -> int:
        """4."""
        return 4

    @property
    def size(self) -> int:
        """Number of pixels and channels of all images."""
        return int(np.prod(self.shape))

    @property
    def wanders(self) -> bool:
        """Whether training takes the squares at random: where they are smaller than ``side``."""
        return self.crop < self.side

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: Any) -> np.ndarray:
        """Decode the chosen images, their centres: a slice, or integers, or booleans."""
        files = self.files[index]
        if isinstance(files, str):
            return self._decoded(files, None)
        return self._all_decoded(files, [None] * len(files))

    def squares(self, index: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Decode the chosen images, each at a place of its own in the scaled picture.

        Parameters
        ----------
        index : (k,) array of integers
            Which images.
        places : (k, 2) array in [0, 1)
            Down and across: 0 is the first position of the square, and every position has an
            equal share of the interval.

        Returns
        -------
        (k, crop, crop, 3) array of uint8
        """
        return self._all_decoded(self.files[index], list(places))

    def select(self, index: Any) -> PictureFiles:
        """The chosen images, still in their files.

        Parameters
        ----------
        index : slice, or (k,) array of int or bool
            The chosen images.
        """
        return PictureFiles(self.files[index], self.side, self.crop)

    def _digest(self, times: bool) -> np.ndarray:
        crop = f" {self.crop}" if self.wanders else ""
        digest = hashlib.sha256(f"{self.side}{crop}".encode())
        for file in self.files:
            digest.update(line_of(file, times))
        return np.frombuffer(digest.digest(), np.uint8)

    def _all_decoded(self, files: np.ndarray, places: list[Any]) -> np.ndarray:
        images = np.empty((len(files), *self.shape[1:]), np.uint8)
        with ThreadPoolExecutor(max_workers=n_cores()) as threads:
            decoded = threads.map(self._decoded, files, places)
            for image, values in zip(images, decoded, strict=True):
                image[...] = values
        return images

    def _decoded(self, file: str, place: Sequence[float] | None) -> np.ndarray:
        with open_picture(file) as picture:
            picture.draft("RGB", (self.side, self.side))  # JPEG: decode at half or a quarter
            picture = upright(picture).convert("RGB")
            scale = self.side / min(picture.size)
            size = [max(self.side, round(length * scale)) for length in picture.size]
            picture = picture.resize(size, pillow().Resampling.BILINEAR)
            free = [length - self.crop for length in size]
            if place is None:
                left, top = (n // 2 for n in free)
            else:
                left, top = (int(p * (n + 1)) for p, n in zip(place[::-1], free, strict=True))
            return np.asarray(picture.crop((left, top, left + self.crop, top + self.crop)))


def load_pictures(
    directory: str | os.PathLike[str], side: int = 256, crop: int | None = None
) -> Dataset:
    """A folder of pictures that are decoded when they are needed, as ImageNet's are laid out.

    Parameters
    ----------
    directory : path-like
        With the folders ``train`` and ``val`` (or ``test``), each with one folder per class;
        classes are counted in the order of their names.
    side : int
        The shorter side of every picture is scaled to this number of pixels.
    crop : int, optional
        The images are squares of this number of pixels: centres of the scaled pictures or, in a
        training with an `Augmentation`, squares anywhere in them. By default ``side``, always
        from the centre; random crops of these squares are left to the `Augmentation`.

    Returns
    -------
    Dataset
        Images look like arrays (n, crop, crop, 3) of uint8; its name is the folder's.

    Raises
    ------
    DataError
        If a folder is missing, has no pictures, or the two parts have different classes. A
        picture that cannot be read is reported by name when it is needed.
    MissingDependencyError
        If Pillow is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for place in ("train/cat", "train/dog", "val/cat", "val/dog"):
    ...         (Path(folder) / place).mkdir(parents=True)
    ...         Image.new("RGB", (50, 40)).save(Path(folder) / place / "1.jpg")
    ...     data = load_pictures(folder, side=32, crop=24)
    >>> data.train.images.shape, data.classes
    ((2, 24, 24, 3), ('cat', 'dog'))
    """
    root = Path(directory).expanduser()
    _checked_sizes(side, crop)
    pillow()
    test = next((root / name for name in ("val", "test") if (root / name).is_dir()), None)
    if not (root / "train").is_dir() or test is None:
        raise DataError(
            f"{root} has no folders train and val (or test); expected one folder per class in each"
        )
    parts = [(root / "train", *list_pictures(root / "train")), (test, *list_pictures(test))]
    if parts[0][1] != parts[1][1]:
        odd = sorted(set(parts[0][1]) ^ set(parts[1][1]))
        shown = ", ".join(odd[:10]) + (", ..." if len(odd) > 10 else "")
        raise DataError(
            f"{parts[0][0]} and {parts[1][0]} have different classes: {shown} is in one of them "
            "only. Give both the same folders"
        )
    train, held = (
        _split(part, PictureFiles(files, side, crop), labels) for part, _, files, labels in parts
    )
    return Dataset(root.name, train, held, parts[0][1])


def _split(part: Path, images: Any, labels: np.ndarray) -> Split:
    return Split(images, labels, str(part))


def _checked_sizes(side: Any, crop: Any) -> tuple[int, int]:
    crop = side if crop is None else crop
    for name, value in (("side", side), ("crop", crop)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise DataError(f"{name} is {value!r}; expected a number of pixels, e.g. 256")
    if crop > side:
        raise DataError(
            f"crop is {crop}, more than side, {side}: the square must fit into every scaled "
            "picture. Scale the pictures to a larger side"
        )
    return int(side), int(crop)
