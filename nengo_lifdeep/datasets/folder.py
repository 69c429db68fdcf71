"""A folder of pictures with one subfolder per class."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError
from ..support.words.counted import counted
from .base import Dataset, Split
from .picture import IMAGE_SUFFIXES, open_picture, pillow, upright
from .stratify import stratified_mask

__all__ = ["list_by_class", "list_pictures", "load_folder"]

_MODES = {1: "L", 3: "RGB"}


def load_folder(
    directory: str | os.PathLike[str],
    size: int | tuple[int, int],
    channels: int = 3,
    test_share: float = 0.2,
    seed: int = 0,
) -> Dataset:
    """Pictures sorted into one subfolder per class.

    Parameters
    ----------
    directory : path-like
        Either with the folders ``train`` and ``test``, each with one folder per class, or
        directly with one folder per class. Classes are counted in the order of their names.
    size : int or (rows, columns)
        Every picture is resampled to this size (bilinear, without keeping its proportions).
    channels : {1, 3}
        Grey or colour. Pictures are turned upright as their EXIF says; those with transparent
        pixels, with several pictures in a file or more than 8 bits per value are refused.
    test_share : float
        Without ``train`` and ``test`` folders: the share of every class that is for testing.
    seed : int
        Chooses the test pictures; the same seed chooses the same ones.

    Returns
    -------
    Dataset
        Images (n, rows, columns, channels), uint8; its name is the folder's.

    Raises
    ------
    DataError
        If there are no classes or no pictures, the two parts have different classes, or a
        picture cannot be read; the message names the folder or file.
    MissingDependencyError
        If Pillow is not installed.
    """
    root = Path(directory).expanduser()
    size = _checked_size(size)
    if channels not in _MODES:
        raise DataError(f"channels is {channels!r}; expected 1 (grey) or 3 (colour)")
    if not root.is_dir():
        raise DataError(f"directory is {str(directory)!r}, which is not a folder; correct it")
    parts = [root / "train", root / "test"]
    if all(part.is_dir() for part in parts):
        return _load_parts(root.name, parts, size, channels)
    classes, files, labels = list_pictures(root)
    if not 0 < test_share < 1:
        raise DataError(f"test_share is {test_share!r}; expected a share between 0 and 1")
    test = stratified_mask(labels, test_share, seed)
    if not test.any() or test.all():
        raise DataError(
            f"{root}: test_share = {test_share} of {counted(len(labels), 'picture')} leaves one "
            "part empty; choose another share, or sort the pictures into folders train and test"
        )
    images = _read_all(files, size, channels)
    train = Split(images[~test], labels[~test], str(root))
    return Dataset(root.name, train, Split(images[test], labels[test], str(root)), classes)


def _load_parts(name: str, parts: list[Path], size: tuple[int, int], channels: int) -> Dataset:
    listings = [list_pictures(part) for part in parts]
    if listings[0][0] != listings[1][0]:
        odd = sorted(set(listings[0][0]) ^ set(listings[1][0]))
        raise DataError(
            f"{parts[0]} and {parts[1]} have different classes: {', '.join(odd)} is in one of "
            "them only. Give both the same folders"
        )
    train, test = (
        Split(_read_all(files, size, channels), labels, str(part))
        for part, (_, files, labels) in zip(parts, listings, strict=True)
    )
    return Dataset(name, train, test, listings[0][0])


def list_pictures(root: Path) -> tuple[tuple[str, ...], list[str], np.ndarray]:
    """Classes, files and labels of a folder with one folder of pictures per class.

    Only names are read, a folder at a time: a million of them take seconds.

    Parameters
    ----------
    root : pathlib.Path
        Folder with one folder per class.
    """
    return list_by_class(root, IMAGE_SUFFIXES, "pictures")


def list_by_class(
    root: Path, suffixes: tuple[str, ...], things: str
) -> tuple[tuple[str, ...], list[str], np.ndarray]:
    """Classes, files and labels of a folder with one folder of files per class.

    Parameters
    ----------
    root : pathlib.Path
        Folder with one folder per class.
    suffixes : tuple of str
        What the files' names end in, in small letters.
    things : str
        What the files are, for messages.

    Raises
    ------
    DataError
        If there are no folders, or one without such a file.
    """
    folders = sorted(f.name for f in os.scandir(root) if f.is_dir() and f.name[0] != ".")
    if not folders:
        raise DataError(f"{root} has no subfolders; expected one per class, with its {things}")
    files: list[str] = []
    counts = []
    for folder in folders:
        place = os.path.join(root, folder)
        names = sorted(name for name in os.listdir(place) if name.lower().endswith(suffixes))
        if not names:
            raise DataError(
                f"{place} has no {things} ({' '.join(suffixes)}); add some or remove the folder"
            )
        files += [os.path.join(place, name) for name in names]
        counts.append(len(names))
    return tuple(folders), files, np.repeat(np.arange(len(folders), dtype=np.int64), counts)


def _read_all(files: list[str], size: tuple[int, int], channels: int) -> np.ndarray:
    bilinear = pillow().Resampling.BILINEAR
    try:
        images = np.empty((len(files), *size, channels), dtype=np.uint8)
    except (MemoryError, ValueError) as error:  # more than the memory, or than any array, holds
        raise DataError(
            f"{len(files):,} pictures of {size[0]:,} x {size[1]:,} pixels do not fit into the "
            "memory; choose a smaller size, or show fewer pictures"
        ) from error
    for image, path in zip(images, files, strict=True):
        with open_picture(path) as picture:
            turned = upright(picture).convert(_MODES[channels])
            resized = turned.resize(size[::-1], bilinear)
            image[...] = np.asarray(resized, dtype=np.uint8).reshape(image.shape)
    return images


def _checked_size(size: Any) -> tuple[int, int]:
    pair = (size, size) if isinstance(size, int) else size
    if (
        not isinstance(pair, tuple | list)
        or len(pair) != 2
        or any(not isinstance(n, int) or n < 1 for n in pair)
    ):
        raise DataError(f"size is {size!r}; expected pixels: an integer or (rows, columns)")
    return pair[0], pair[1]
