"""Pictures that stay in their files until they are needed: data sets larger than memory."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError
from .base import Dataset, Split
from .folder import list_pictures, open_picture, pillow

__all__ = ["PictureFiles", "load_pictures"]


class PictureFiles:
    """Looks like an array of images ``(n, side, side, 3)`` of uint8, but decodes what is asked for.

    Each picture is scaled so that its shorter side has ``side`` pixels, and its centre is taken.
    `Split`, training and the simulators take it in place of an array and ask for some images at
    a time.

    Parameters
    ----------
    files : sequence of path
        One per image.
    side : int
        Rows and columns of every image.

    Raises
    ------
    DataError
        When a picture that is asked for cannot be read; the message names the file.
    """

    #: for `Split`: slices are decoded, so nothing may touch all of it at once
    is_lazy = True

    def __init__(self, files: Any, side: int = 256) -> None:
        self.files = np.asarray([os.fspath(file) for file in files], dtype=object)
        self.side = int(side)
        self.dtype = np.dtype(np.uint8)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """``(n, side, side, 3)``."""
        return len(self.files), self.side, self.side, 3

    @property
    def ndim(self) -> int:
        """4."""
        return 4

    @property
    def size(self) -> int:
        """Number of pixels and channels of all images."""
        return int(np.prod(self.shape))

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: Any) -> np.ndarray:
        """Decode the chosen images: a slice, or integers, or booleans."""
        files = self.files[index]
        if isinstance(files, str):
            return self._decoded(files)
        images = np.empty((len(files), *self.shape[1:]), np.uint8)
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as threads:
            for image, decoded in zip(images, threads.map(self._decoded, files), strict=True):
                image[...] = decoded
        return images

    def select(self, index: Any) -> PictureFiles:
        """The chosen images, still in their files."""
        return PictureFiles(self.files[index], self.side)

    @property
    def identity(self) -> np.ndarray:
        """A digest of the files' names and sizes, which tells data sets apart unread."""
        digest = hashlib.sha256(str(self.side).encode())
        for file in self.files:
            folder, name = os.path.split(file)
            what = f"{os.path.basename(folder)}/{name} {os.stat(file).st_size}\n"
            digest.update(what.encode())
        return np.frombuffer(digest.digest(), np.uint8)

    def _decoded(self, file: str) -> np.ndarray:
        with open_picture(Path(file)) as picture:
            picture.draft("RGB", (self.side, self.side))  # JPEG: decode at half or a quarter
            picture = picture.convert("RGB")
            scale = self.side / min(picture.size)
            size = [max(self.side, round(length * scale)) for length in picture.size]
            picture = picture.resize(size, pillow().Resampling.BILINEAR)
            left, top = ((length - self.side) // 2 for length in size)
            return np.asarray(picture.crop((left, top, left + self.side, top + self.side)))


def load_pictures(directory: str | os.PathLike[str], side: int = 256) -> Dataset:
    """A folder of pictures that are decoded when they are needed, as ImageNet's are laid out.

    Parameters
    ----------
    directory : path-like
        With the folders ``train`` and ``val`` (or ``test``), each with one folder per class;
        classes are counted in the order of their names.
    side : int
        The shorter side of every picture is scaled to this, and the centre square taken. Random
        crops of it are the business of `Augmentation`, the centre crop of `Preprocessing`.

    Returns
    -------
    Dataset
        Images look like arrays (n, side, side, 3) of uint8; its name is the folder's.

    Raises
    ------
    DataError
        If a folder is missing, has no pictures, or the two parts have different classes. A
        picture that cannot be read is reported by name when it is needed.
    MissingDependencyError
        If Pillow is not installed.
    """
    root = Path(directory).expanduser()
    if not isinstance(side, int) or isinstance(side, bool) or side < 1:
        raise DataError(f"side is {side!r}; expected a number of pixels, e.g. 256")
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
    train, held = (_split(part, files, labels, side) for part, _, files, labels in parts)
    return Dataset(root.name, train, held, parts[0][1])


def _split(part: Path, files: list[Path], labels: np.ndarray, side: int) -> Split:
    images: Any = PictureFiles(files, side)
    return Split(images, labels, str(part))
