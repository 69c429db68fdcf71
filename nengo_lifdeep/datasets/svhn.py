"""Street View House Numbers, the cropped digits, from their MATLAB files."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import numpy as np

from ..errors import DataError
from .base import Dataset, Split, of_a_known_set
from .formats.mat import read_mat
from .sources.files import find_folder, not_found, search_roots

__all__ = ["load_svhn"]

_FILES = {"train": "train_32x32.mat", "test": "test_32x32.mat"}


def load_svhn(directory: str | os.PathLike[str] | None = None) -> Dataset:
    """SVHN, cropped: 73,257 + 26,032 digits from house numbers, 32 x 32 x 3, uint8.

    The files write the digit 0 as label 10; here it is class 0.

    Parameters
    ----------
    directory : path-like, optional
        Folder with ``train_32x32.mat`` and ``test_32x32.mat``, or with such a folder ``svhn``.
        Without it the environment variable ``NENGO_LIFDEEP_DATA`` is searched. Keras does not
        distribute this set, so it is never downloaded.

    Raises
    ------
    DataError
        If the set is not found, or a file is damaged; the message names the file.

    References
    ----------
    Y. Netzer et al.: Reading digits in natural images with unsupervised feature learning.
    NIPS workshop (2011).
    """
    roots = search_roots(directory)
    folders = ("svhn", "SVHN", ".")
    folder = find_folder(roots, folders, tuple(_FILES.values()))
    if folder is None:
        raise not_found("svhn", " and ".join(_FILES.values()), roots)
    splits = {part: _read(folder / file) for part, file in _FILES.items()}
    return of_a_known_set("svhn", splits, tuple("0123456789"))


def _read(path: Path) -> Split:
    images, labels = _variables(path)
    if images.ndim != 4 or images.shape[:3] != (32, 32, 3) or images.dtype != np.uint8:
        raise DataError(
            f"{path}: X has shape {images.shape} and type {images.dtype}; expected (32, 32, 3, n) "
            "and uint8, the 'cropped digits' format"
        )
    labels = labels.ravel()
    wrong = (labels < 1) | (labels > 10) | (labels != np.round(labels))
    if wrong.any():
        raise DataError(
            f"{path}: y holds {labels[wrong][0]}; expected whole numbers from 1 to 10 "
            "(10 is the digit 0)"
        )
    images = np.ascontiguousarray(np.moveaxis(images, 3, 0))
    return Split(images, labels.astype(np.int64) % 10, str(path))


def _variables(path: Path) -> tuple[np.ndarray, np.ndarray]:
    if not path.is_file():
        raise DataError(f"{path} is missing; put it beside the other file of the set")
    try:
        content = read_mat(path, ("X", "y"))
    except (ValueError, zlib.error, OSError) as error:
        raise DataError(
            f"{path} is truncated, damaged or no MATLAB file with X and y ({error}); download it "
            "again"
        ) from error
    return content["X"], content["y"]
