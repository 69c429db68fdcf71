"""Recordings of an event camera in a folder with one subfolder per class, or in SHD's files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DataError
from ...support.checks import checked, file_name, flag, optional, real, whole
from ...support.words.counted import counted
from ..base import Dataset, Split
from ..folder import list_by_class
from ..stratify import stratified_mask
from .binning import Binning
from .event_file import OF_MANY, SUFFIXES, EventFile
from .films import EventFilms
from .heidelberg import labels_of

__all__ = ["load_events_folder"]


@checked(
    DataError,
    directory=file_name,
    test_share=real(above=0, below=1),
    seed=whole(0),
    stacked=flag,
    binning=optional(lambda value, what: value),
)
def load_events_folder(
    directory: str | os.PathLike[str],
    binning: Binning | None = None,
    size: tuple[int, int] | None = None,
    test_share: float = 0.2,
    seed: int = 0,
    stacked: bool = False,
) -> Dataset:
    """Recordings of events, binned into frames when they are needed.

    Parameters
    ----------
    directory : path-like
        With the folders ``train`` and ``test`` (or ``Train`` and ``Test``), each with one folder of
        ``.bin``, ``.aedat4`` or ``.npy`` files per class; or directly with one folder per class;
        or with two files as SHD's, whose names have ``train`` and ``test`` in them and end in
        ``.h5``.
    binning : Binning, optional
        How a recording becomes frames; ``Binning()`` by default.
    size : (rows, columns), optional
        Pixels of the sensor: by default those of the format, and of ``.npy`` the most that one of
        the recordings has, for which all are read once.
    test_share : float
        Without ``train`` and ``test``: the share of every class that is for testing.
    seed : int
        Chooses the test recordings; the same seed chooses the same ones.
    stacked : bool
        Whether the frames of a recording are the channels of one image, which is read now, instead
        of a film: for simulators that show no changing input.

    Returns
    -------
    Dataset
        Of films ``(n, frame, row, column, channel)``; its name is the folder's.

    Raises
    ------
    DataError
        If there are no classes or no recordings, or the parts have different classes. A file that
        cannot be read is reported by name when it is needed.
    MissingDependencyError
        If ``aedat`` or ``h5py`` is needed and not installed (extra ``events-io``).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for place in ("train/0", "train/1", "test/0", "test/1"):
    ...         (Path(folder) / place).mkdir(parents=True)
    ...         _ = (Path(folder) / place / "1.bin").write_bytes(bytes([3, 7, 0x80, 1, 0]))
    ...     data = load_events_folder(folder, Binning(5))
    ...     data.train.n_frames, data.image_shape, data.classes
    (5, (34, 34, 2), ('0', '1'))
    """
    root = Path(directory).expanduser()
    binning = Binning() if binning is None else binning
    if not root.is_dir():
        raise DataError(f"directory is {str(directory)!r}, which is not a folder; correct it")
    parts = [_part(root, name) for name in ("train", "test")]
    packed = [_packed(root, name) for name in ("train", "test")]
    if all(parts):
        listings = [_listed(part, size) for part in parts if part]
        classes = _same_classes(
            [(str(p), names) for p, (names, _, _) in zip(parts, listings, strict=True)]
        )
        files, labels = [list(x) for x in zip(*((f, k) for _, f, k in listings), strict=True)]
        sources = [str(part) for part in parts]
    elif all(packed):
        labels = [labels_of(path) for path in packed if path]
        files = [
            [EventFile(path, size, i) for i in range(len(of_path))]
            for path, of_path in zip(packed, labels, strict=True)
            if path
        ]
        n = 1 + max(int(of_path.max(initial=0)) for of_path in labels)
        classes, sources = tuple(map(str, range(n))), [str(path) for path in packed]
    else:
        classes, listed, of_all = _listed(root, size)
        test = stratified_mask(of_all, test_share, seed)
        if not test.any() or test.all():
            raise DataError(
                f"{root}: test_share = {test_share} of {counted(len(of_all), 'recording')} "
                "leaves one part empty; choose another share, or sort them into folders train "
                "and test"
            )
        masks = [~test, test]
        files = [[listed[i] for i in np.flatnonzero(mask)] for mask in masks]
        labels, sources = [of_all[mask] for mask in masks], [str(root)] * 2
    if size is None and any(file.kind == ".npy" for part in files for file in part):
        known = [file.sensor for part in files for file in part]
        size = max(r for r, _ in known), max(c for _, c in known)
        files = [[EventFile(file.path, size) for file in part] for part in files]
    train, held = (
        Split(EventFilms(part, binning), of_part, source)  # type: ignore[arg-type]
        for part, of_part, source in zip(files, labels, sources, strict=True)
    )
    if stacked:
        train, held = train.stacked(), held.stacked()
    return Dataset(root.name, train, held, classes)


def _part(root: Path, name: str) -> Path | None:
    """A folder of that name, in small or capital letters."""
    found = [p for p in sorted(root.iterdir()) if p.is_dir() and p.name.lower() == name]
    return found[0] if found else None


def _packed(root: Path, name: str) -> Path | None:
    """A file of many recordings whose name has the part's in it."""
    found = [
        path
        for path in sorted(root.iterdir())
        if path.is_file() and path.suffix.lower() in OF_MANY and name in path.name.lower()
    ]
    if len(found) > 1:
        raise DataError(
            f"{root} has {counted(len(found), 'file')} for {name}: {found[0]}, {found[1]}"
        )
    return found[0] if found else None


def _listed(
    root: Path, size: tuple[int, int] | None
) -> tuple[tuple[str, ...], list[EventFile], np.ndarray]:
    classes, files, labels = list_by_class(root, SUFFIXES, "recordings")
    return classes, [EventFile(file, size) for file in files], labels


def _same_classes(parts: list[tuple[str, Any]]) -> tuple[str, ...]:
    (first, names), (second, others) = parts
    if names != others:
        odd = sorted(set(names) ^ set(others))
        shown = ", ".join(odd[:10]) + (", ..." if len(odd) > 10 else "")
        raise DataError(
            f"{first} and {second} have different classes: {shown} is in one of them only. Give "
            "both the same folders"
        )
    found: tuple[str, ...] = names
    return found
