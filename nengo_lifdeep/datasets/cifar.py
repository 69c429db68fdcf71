"""CIFAR-10 and CIFAR-100 as distributed: binary or Python version, folder or .tar.gz.

An archive is read in one pass and never extracted to disk.
"""

from __future__ import annotations

import dataclasses
import os
import tarfile
from pathlib import Path, PurePosixPath
from typing import IO, cast

import numpy as np

from ..errors import DataError, LifdeepError
from .base import Dataset, Split, of_a_known_set
from .formats.cifar_batches import read_binary, read_pickled
from .sources.fetch import fetch_with_keras
from .sources.files import find_folder, not_found, open_unpacked, read_bytes, search_roots

__all__ = ["load_cifar10", "load_cifar100"]

#: bytes of one file of a set; the largest, CIFAR-100's training images, has 154 million
_LARGEST = 2**28


@dataclasses.dataclass(frozen=True)
class _Version:
    """Names inside one distribution of one set."""

    folders: tuple[str, ...]
    archives: tuple[str, ...]
    train: tuple[str, ...]
    test: tuple[str, ...]
    pickled: bool = False
    label_bytes: int = 1
    label_key: bytes = b"labels"

    def read(self, data: bytes, source: str) -> tuple[np.ndarray, np.ndarray]:
        if self.pickled:
            return read_pickled(data, source, self.label_key)
        return read_binary(data, source, self.label_bytes)


_CIFAR10 = (
    _Version(
        folders=("cifar-10-batches-bin",),
        archives=("cifar-10-binary.tar.gz",),
        train=tuple(f"data_batch_{i}.bin" for i in range(1, 6)),
        test=("test_batch.bin",),
    ),
    _Version(
        folders=("cifar-10-batches-py", "cifar-10-batches-py-target/cifar-10-batches-py"),
        archives=("cifar-10-python.tar.gz", "cifar-10-batches-py.tar.gz"),
        train=tuple(f"data_batch_{i}" for i in range(1, 6)),
        test=("test_batch",),
        pickled=True,
    ),
)
_CIFAR100 = (
    _Version(
        folders=("cifar-100-binary",),
        archives=("cifar-100-binary.tar.gz",),
        train=("train.bin",),
        test=("test.bin",),
        label_bytes=2,
    ),
    _Version(
        folders=("cifar-100-python", "cifar-100-python-target/cifar-100-python"),
        archives=("cifar-100-python.tar.gz",),
        train=("train",),
        test=("test",),
        pickled=True,
        label_key=b"fine_labels",
    ),
)
_CIFAR10_CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
_CIFAR100_CLASSES = tuple(
    """apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus
    butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab
    crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard
    lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom
    oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
    possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake
    spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor
    train trout tulip turtle wardrobe whale willow_tree wolf woman worm""".split()
)


def load_cifar10(directory: str | os.PathLike[str] | None = None, download: bool = True) -> Dataset:
    """CIFAR-10: 50,000 + 10,000 photographs in 10 classes, 32 x 32 x 3, uint8.

    Parameters
    ----------
    directory : path-like, optional
        Folder with ``cifar-10-binary.tar.gz`` or ``cifar-10-python.tar.gz`` as distributed, or
        with what is inside them. Without it the environment variable ``NENGO_LIFDEEP_DATA`` and
        Keras's cache are searched.
    download : bool
        Whether Keras may fetch the set when it is nowhere and no directory was given.

    Raises
    ------
    DataError
        If the set is not found, or a file is damaged; the message names the file.

    References
    ----------
    A. Krizhevsky: Learning multiple layers of features from tiny images. Toronto (2009).
    """
    return _load("cifar-10", _CIFAR10, _CIFAR10_CLASSES, directory, download)


def load_cifar100(
    directory: str | os.PathLike[str] | None = None, download: bool = True
) -> Dataset:
    """CIFAR-100 with its 100 fine classes: 50,000 + 10,000 photographs, 32 x 32 x 3, uint8.

    Parameters, errors and reference are those of `load_cifar10`; the archives are
    ``cifar-100-binary.tar.gz`` and ``cifar-100-python.tar.gz``.

    Parameters
    ----------
    directory : str or os.PathLike, optional
        Folder to search first.
    download : bool
        Whether the data set may be fetched.
    """
    return _load("cifar-100", _CIFAR100, _CIFAR100_CLASSES, directory, download)


def _load(
    name: str,
    versions: tuple[_Version, ...],
    classes: tuple[str, ...],
    directory: str | os.PathLike[str] | None,
    download: bool,
) -> Dataset:
    roots = search_roots(directory)
    for version in versions:
        splits = _find(version, name, roots)
        if splits is not None:
            return of_a_known_set(name, splits, classes)
    wanted = f"{versions[0].archives[0]} (or its folder {versions[0].folders[0]})"
    if directory is not None or not download:
        raise not_found(name, wanted, roots)
    splits = fetch_with_keras(name, name.replace("-", ""), wanted)
    return of_a_known_set(name, splits, classes)


def _find(version: _Version, name: str, roots: list[Path]) -> dict[str, Split] | None:
    around = (".", name, name.replace("-", ""))
    inside = [f"{outer}/{folder}" for outer in around for folder in version.folders]
    folder = find_folder(roots, (*inside, *around), version.test)
    if folder is not None:
        wanted = (*version.train, *version.test)
        return _splits(version, {file: _read_file(folder / file) for file in wanted}, folder)
    folder = find_folder(roots, around, version.archives)
    if folder is None:
        return None
    archive = next(folder / a for a in version.archives if (folder / a).is_file())
    return _splits(version, _read_archive(archive, version), archive)


def _read_file(path: Path) -> bytes:
    if not path.is_file():
        raise DataError(f"{path} is missing; put it beside the other files of the set")
    return read_bytes(path, _LARGEST)


def _read_archive(path: Path, version: _Version) -> dict[str, bytes]:
    """The wanted files, after the checksum at the end of the archive was compared."""
    wanted = (*version.train, *version.test)
    contents: dict[str, bytes] = {}
    try:
        with (
            open_unpacked(path) as stream,
            tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|", bufsize=2**20) as archive,
        ):
            for member in archive:
                file = PurePosixPath(member.name).name
                if member.isfile() and file in wanted:
                    if file in contents:
                        raise DataError(f"{path} holds {file} twice; download it again")
                    contents[file] = _member(archive, member, path)
    except (LifdeepError, OSError):
        raise
    except Exception as error:  # tarfile raises what its numbers and names run into
        raise DataError(f"{path} is truncated or damaged ({error}); download it again") from error
    missing = [file for file in wanted if file not in contents]
    if missing:
        raise DataError(
            f"{path} lacks {', '.join(missing)}; it is another archive or was cut short"
        )
    return contents


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> bytes:
    if member.size > _LARGEST or member.issparse():
        raise DataError(
            f"{path}: {member.name} has {member.size:,} bytes; expected at most {_LARGEST:,}"
        )
    return archive.extractfile(member).read()  # type: ignore[union-attr]


def _splits(version: _Version, contents: dict[str, bytes], where: Path) -> dict[str, Split]:
    splits = {}
    for part, files in (("train", version.train), ("test", version.test)):
        batches = [version.read(contents.pop(file), f"{where}/{file}") for file in files]
        images, labels = (np.concatenate(arrays) for arrays in zip(*batches, strict=True))
        splits[part] = Split(images, labels, f"{where} ({part})")
    return splits
