"""MNIST and Fashion-MNIST from their IDX files (plain or .gz) or Keras's mnist.npz."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np

from ..errors import DataError
from ..support.archives import ArchiveError, open_archive
from .base import Dataset, Split, of_a_known_set
from .sources.fetch import fetch_with_keras
from .sources.files import find_folder, not_found, open_unpacked, search_roots

__all__ = ["load_fashion_mnist", "load_mnist", "read_idx"]

_PARTS = {"train": "train", "test": "t10k"}
_FASHION_CLASSES = (
    "T-shirt/top", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip


def load_mnist(directory: str | os.PathLike[str] | None = None, download: bool = True) -> Dataset:
    """MNIST: 60,000 + 10,000 handwritten digits, 28 x 28 x 1, uint8.

    Parameters
    ----------
    directory : path-like, optional
        Folder with the four IDX files (``train-images-idx3-ubyte`` and so on, plain or ``.gz``)
        or ``mnist.npz``, or a folder with such a folder ``mnist``. Without it the environment
        variable ``NENGO_LIFDEEP_DATA`` and Keras's cache are searched.
    download : bool
        Whether Keras may fetch the set when it is nowhere and no directory was given.

    Raises
    ------
    DataError
        If the set is not found, or a file is damaged; the message names the file.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to document
    recognition. Proceedings of the IEEE 86 (1998).
    """
    return _load("mnist", ("mnist", "MNIST", "MNIST/raw"), _digits(), directory, download)


def load_fashion_mnist(
    directory: str | os.PathLike[str] | None = None, download: bool = True
) -> Dataset:
    """Fashion-MNIST: 60,000 + 10,000 pictures of clothes, 28 x 28 x 1, uint8.

    Parameters and errors are those of `load_mnist`; the folder's name is ``fashion-mnist``, and
    that of Debian's package ``dataset-fashion-mnist`` is searched too.

    Parameters
    ----------
    directory : str or os.PathLike, optional
        Folder to search first.
    download : bool
        Whether the data set may be fetched.

    References
    ----------
    H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST. arXiv 1708.07747 (2017).
    """
    folders = ("fashion-mnist", "fashion_mnist", "FashionMNIST/raw")
    system = ("/usr/share/datasets",)
    return _load("fashion-mnist", folders, _FASHION_CLASSES, directory, download, system)


def read_idx(path: str | os.PathLike[str], ndim: int) -> np.ndarray:
    """Read an IDX file of unsigned bytes (the format is defined on the MNIST web page).

    Parameters
    ----------
    path : path-like
        File, plain or ``.gz``.
    ndim : int
        Number of axes it must have: 3 for images, 1 for labels.

    Returns
    -------
    array of uint8 with ``ndim`` axes

    Raises
    ------
    DataError
        On a wrong magic number, missing or trailing bytes, a wrong checksum of a ``.gz``, or a
        shape that the file cannot hold.
    """
    path = Path(path)
    with open_unpacked(path) as stream:
        shape = _shape(stream.read(4 + 4 * ndim), ndim, path)
        expected = math.prod(shape)
        says = f"its header says shape {shape}, {expected:,} bytes, and"
        if expected > stream.left:  # before memory is fetched for it
            raise DataError(f"{path} is truncated: {says} it cannot hold them. Download it again")
        data = stream.read(expected + 1)
        if len(data) < expected:
            raise DataError(f"{path} is truncated: {says} {len(data):,} follow. Download it again")
        if len(data) > expected:
            raise DataError(f"{path} has trailing bytes: {says} more follow. Download it again")
    return np.frombuffer(data, np.uint8).reshape(shape)


def _shape(header: bytes, ndim: int, path: Path) -> tuple[int, ...]:
    magic = bytes((0, 0, 0x08, ndim))
    if header[:4] != magic:
        raise DataError(
            f"{path} starts with {header[:4].hex(' ') or 'nothing'}; expected the magic number "
            f"{magic.hex(' ')} of an IDX file of bytes with {ndim} axes. It is another file, or "
            "still compressed (then its name must end in .gz)"
        )
    if len(header) < 4 + 4 * ndim:
        raise DataError(f"{path} is truncated inside its header; download it again")
    shape = tuple(np.frombuffer(header, ">u4", ndim, offset=4).tolist())
    if 0 in shape:
        raise DataError(f"{path} has no images or labels, shape {shape}; download it again")
    return shape


def _load(
    name: str,
    folders: tuple[str, ...],
    classes: tuple[str, ...],
    directory: str | os.PathLike[str] | None,
    download: bool,
    system: tuple[str, ...] = (),
) -> Dataset:
    roots = search_roots(directory, system)
    if directory is not None:
        _refuse_namesake(name, roots[0])
        folders = (*folders, ".")
    found = find_folder(roots, folders, _file_names("train-images", 3))
    if found is not None:
        splits = {part: _read_split(found, stem) for part, stem in _PARTS.items()}
    else:
        archive = find_folder(roots, (".", *folders), (f"{name}.npz",))
        if archive is not None:
            splits = _read_npz(archive / f"{name}.npz")
        elif directory is None and download:
            splits = fetch_with_keras(name, name.replace("-", "_"), _wanted(name))
        else:
            raise not_found(name, _wanted(name), roots)
    for split in splits.values():
        split.check(len(classes), (28, 28, 1))
    return of_a_known_set(name, splits, classes)


def _wanted(name: str) -> str:
    return f"the four IDX files ({name}/train-images-idx3-ubyte.gz and so on)"


def _read_split(folder: Path, stem: str) -> Split:
    images = _existing_file(folder, f"{stem}-images", 3)
    labels = _existing_file(folder, f"{stem}-labels", 1)
    source = f"{images} and {labels.name}"
    return Split(read_idx(images, 3)[..., np.newaxis], read_idx(labels, 1), source)


def _existing_file(folder: Path, stem: str, ndim: int) -> Path:
    for file in _file_names(stem, ndim):
        if (folder / file).is_file():
            return folder / file
    raise DataError(
        f"{folder} lacks {_file_names(stem, ndim)[0]} (plain or .gz); put it beside the others"
    )


def _file_names(stem: str, ndim: int) -> tuple[str, ...]:
    names = (f"{stem}-idx{ndim}-ubyte", f"{stem}.idx{ndim}-ubyte")
    return (*names, *(f"{name}.gz" for name in names))


def _read_npz(path: Path) -> dict[str, Split]:
    names = ("x_train", "y_train", "x_test", "y_test")
    try:
        with open_archive(path) as archive:
            arrays = {name: archive.array(f"{name}.npy") for name in names}
    except (ArchiveError, OSError) as error:
        raise DataError(
            f"{path} is damaged or not the file Keras distributes ({error}); expected the arrays "
            "x_train, y_train, x_test, y_test. Delete it, or download it again"
        ) from error
    return {
        part: Split(arrays[f"x_{part}"][..., np.newaxis], arrays[f"y_{part}"], str(path))
        for part in _PARTS
    }


def _refuse_namesake(name: str, directory: Path) -> None:
    """Both sets use the same file names; only the folder tells them apart."""
    is_fashion = "fashion" in directory.resolve().name.lower()
    if is_fashion and name == "mnist":
        raise DataError(
            f"directory {directory} holds Fashion-MNIST by its name, but 'mnist' was asked for; "
            "the files of both are named alike, so give the other folder or the other name"
        )


def _digits() -> tuple[str, ...]:
    return tuple(str(digit) for digit in range(10))
