"""The format of SHD and SSC (``.h5``): spikes of a cochlea's 700 channels, and labels.

HDF5 with the arrays ``spikes/times`` (seconds) and ``spikes/units`` (channels), each an array of
numbers per recording, and ``labels`` (Cramer, Stradmann, Schemmel & Zenke 2020, IEEE Transactions
on Neural Networks and Learning Systems). The spikes of a recording need not be in order.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ...compat.requirements import import_optional, install_command
from ...errors import DataError, LifdeepError, MissingDependencyError
from ...support.plain_files import open_plain
from ...support.words.counted import counted
from .value import packed

__all__ = ["SIZE", "labels_of", "pieces"]

#: one row of 700 channels
SIZE = (1, 700)

_TIMES, _UNITS, _LABELS = "spikes/times", "spikes/units", "labels"

#: latest spike, in seconds
_LATEST = 1e6


def labels_of(path: Path) -> np.ndarray:
    """Classes of the recordings in a file, ``(n,)`` whole numbers.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Raises
    ------
    DataError
        If it is damaged or holds anything else.
    MissingDependencyError
        If ``h5py`` is not installed (extra ``events-io``).
    """
    with _opened(path) as (file, n):
        labels = _array(file, _LABELS, path)
        if labels.shape != (n,) or labels.dtype.kind not in "iu":
            raise DataError(
                f"{path}: {_LABELS} is an array {labels.shape} of {labels.dtype}; expected "
                f"whole numbers, one for each of {n} recordings"
            )
        found: np.ndarray = labels[()].astype(np.int64)
    if n and found.min() < 0:
        at = int(np.argmin(found))
        raise DataError(f"{path}: {_LABELS}[{at}] is {found[at]}; expected classes from 0 on")
    return found


def pieces(path: Path, size: tuple[int, int], most: int, sample: int) -> Iterator[np.ndarray]:
    """The spikes of a recording, in the order of their times.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    size : (1, channels)
        Channels that there are.
    most : int
        Spikes at a time.
    sample : int
        Which recording, counted from 0.

    Yields
    ------
    (k,) structured array
        As `Events` keep them, all of them on.

    Raises
    ------
    DataError
        If it is damaged or holds anything else; the message names the array and the place in it.
    MissingDependencyError
        If ``h5py`` is not installed (extra ``events-io``).
    """
    with _opened(path) as (file, n):
        if sample >= n:
            raise DataError(
                f"{path} holds {counted(n, 'recording')}; sample {sample} was asked for"
            )
        times, units = (np.asarray(file[name][sample]) for name in (_TIMES, _UNITS))
    if times.shape != units.shape or times.ndim != 1:
        raise DataError(
            f"{path}: {_TIMES}[{sample}] holds {times.shape} numbers, {_UNITS}[{sample}] "
            f"{units.shape}; expected as many"
        )
    seconds = times.astype(np.float64)
    _refuse(path, f"{_TIMES}[{sample}]", seconds, (seconds >= 0) & (seconds <= _LATEST), "seconds")
    channels = f"channels from 0 to {size[1] - 1}"
    _refuse(path, f"{_UNITS}[{sample}]", units, (units >= 0) & (units < size[1]), channels)
    order = np.argsort(seconds, kind="stable")
    data = packed(np.rint(1e6 * seconds[order]), units[order], 0, True)
    for start in range(0, len(data), most):
        yield data[start : start + most]


def _refuse(path: Path, what: str, values: np.ndarray, right: np.ndarray, expected: str) -> None:
    if not right.all():
        at = int(np.argmin(right))
        raise DataError(f"{path}: {what}[{at}] is {values[at]}; expected {expected}")


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, int]]:
    """The file with its arrays looked at, and the number of recordings."""
    h5py = _h5py()
    with open_plain(path):  # no pipe, no folder
        pass
    try:
        with h5py.File(path, "r") as file:
            times, units = (_array(file, name, path) for name in (_TIMES, _UNITS))
            for name, array, kinds in ((_TIMES, times, "f"), (_UNITS, units, "iu")):
                kind = h5py.check_vlen_dtype(array.dtype)
                if array.ndim != 1 or kind is None or np.dtype(kind).kind not in kinds:
                    raise DataError(
                        f"{path}: {name} is an array {array.shape} of {array.dtype}; expected "
                        "arrays of numbers of any length, one per recording"
                    )
            if len(times) != len(units):
                raise DataError(
                    f"{path}: {_TIMES} are of {len(times)} recordings, {_UNITS} of {len(units)}"
                )
            yield file, len(times)
    except LifdeepError:
        raise
    except Exception as error:  # HDF5 raises many kinds for damaged files
        raise DataError(
            f"{path} is damaged, or no HDF5 file ({type(error).__name__}: {str(error)[:200]})"
        ) from error


def _h5py() -> Any:
    """The package; it comes with another extra too, and this one is meant."""
    try:
        return import_optional("h5py")
    except MissingDependencyError as error:
        raise MissingDependencyError(
            "h5py is needed here but not installed. It comes with the 'events-io' extra: "
            + install_command("h5py", "events-io"),
            name="h5py",
        ) from error


def _array(file: Any, name: str, path: Path) -> Any:
    """An array of the file itself, no link to another file, and not larger than the file."""
    h5py = _h5py()
    where = file
    for part in name.split("/"):
        if part not in where:
            raise DataError(
                f"{path} has no array {name!r}; expected {_TIMES}, {_UNITS} and {_LABELS}, as SHD "
                "and SSC have"
            )
        if not isinstance(where.get(part, getlink=True), h5py.HardLink):
            raise DataError(f"{path}: {name} is a link to somewhere else; expected an array")
        where = where[part]
    if not isinstance(where, h5py.Dataset):
        raise DataError(f"{path}: {name} is no array")
    if where.external or where.is_virtual or where.size is None:
        raise DataError(f"{path}: {name} is kept outside of the file; expected an array in it")
    if where.size * where.dtype.itemsize > 16 * path.stat().st_size:
        raise DataError(f"{path}: {name} declares {where.size:,} numbers, more than the file holds")
    return where
