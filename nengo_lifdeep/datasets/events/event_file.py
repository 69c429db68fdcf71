"""`EventFile`: a recording that stays in its file, read some events at a time."""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ...errors import DataError
from ...support.arrays.owned_arrays import adopted
from ...support.checks import check_fields, checked, file_name, optional, whole
from ...support.short_repr import short_repr
from . import aedat4, heidelberg, nmnist, npy
from .value import EVENT_TYPE, Events, sensor_size

__all__ = ["SUFFIXES", "EventFile", "read_events"]

#: events in memory at a time
PIECE = 2**16

#: files of one recording each, and files of many
SUFFIXES, OF_MANY = (".bin", ".aedat4", ".npy"), (".h5", ".hdf5")


@dataclasses.dataclass(frozen=True, eq=False)
class EventFile:
    """A recording in a file; opened when its events are asked for.

    Parameters
    ----------
    path : path-like
        ``.bin`` as N-MNIST's, ``.aedat4``, ``.npy`` with a structured array (`Events` says which),
        or ``.h5`` as SHD's, with ``sample``.
    size : (rows, columns), optional
        Pixels of the sensor: by default 34 x 34 in ``.bin``, 1 x 700 in ``.h5``, what the file
        says in ``.aedat4``, and in ``.npy`` up to the last that has an event.
    sample : int, optional
        Which recording of a ``.h5``, counted from 0.

    Raises
    ------
    DataError
        If the name ends in anything else, or ``sample`` is missing; when it is read, if it is
        damaged: the message names the file and the byte.
    MissingDependencyError
        When it is read, if ``aedat`` or ``h5py`` is not installed (extra ``events-io``).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "0.bin")
    ...     _ = Path(path).write_bytes(bytes([3, 7, 0x80, 0x01, 0x00]))
    ...     events = EventFile(path).read()
    >>> events.data
    array([(256, 3, 7,  True)],
          dtype=[('t', '<i8'), ('x', '<u2'), ('y', '<u2'), ('p', '?')])
    """

    path: str | os.PathLike[str]
    size: tuple[int, int] | None = None
    sample: int | None = None

    __repr__ = short_repr

    def __post_init__(self) -> None:
        check_fields(self, DataError, path=file_name, sample=optional(whole(0)))
        path = Path(os.fsdecode(self.path)).expanduser()
        object.__setattr__(self, "path", path)
        if self.size is not None:
            object.__setattr__(self, "size", sensor_size(self.size))
        if self.kind not in (*SUFFIXES, *OF_MANY):
            raise DataError(
                f"{path}: expected a name that ends in {', '.join((*SUFFIXES, *OF_MANY))}; other "
                "formats are converted by faery, or saved as a structured array with numpy.save"
            )
        if (self.sample is None) == (self.kind in OF_MANY):
            raise DataError(
                f"{path}: sample is {self.sample!r}; expected "
                + ("the number of a recording" if self.sample is None else "none: it holds one")
            )

    @property
    def kind(self) -> str:
        """What the name ends in, in small letters."""
        return Path(self.path).suffix.lower()

    @functools.cached_property
    def sensor(self) -> tuple[int, int]:
        """Rows and columns of the sensor."""
        if self.size is not None:
            return self.size
        if self.kind == ".npy":
            sizes = [Events(data).size for data in self._arrays()]
            return max(s[0] for s in sizes or [(1, 1)]), max(s[1] for s in sizes or [(1, 1)])
        if self.kind == ".aedat4":
            with _readable(self.path):
                return aedat4.size_of(Path(self.path))
        return nmnist.SIZE if self.kind == ".bin" else heidelberg.SIZE

    @functools.cached_property
    def extent(self) -> tuple[int, int, int]:
        """Number of events, and the first and the last time in microseconds (0 without events).

        Reads the file once.
        """
        n, first, last = 0, 0, 0
        for data in self._arrays():
            first = int(data["t"][0]) if not n else first
            n, last = n + len(data), int(data["t"][-1])
        return n, first, last

    def pieces(self) -> Iterator[Events]:
        """Its events, at most 65,536 at a time.

        Yields
        ------
        Events
            In order.
        """
        for data in self._arrays():
            yield Events(data, self.sensor, str(self.path))

    def read(self) -> Events:
        """All of its events."""
        arrays = list(self._arrays())
        data = adopted(np.concatenate(arrays)) if arrays else np.zeros(0, EVENT_TYPE)
        return Events(data, self.sensor, str(self.path))

    def _arrays(self) -> Iterator[np.ndarray]:
        path = Path(self.path)
        readers: dict[str, Callable[[], Iterator[np.ndarray]]] = {
            ".bin": lambda: nmnist.pieces(path, self.sensor, PIECE),
            ".aedat4": lambda: aedat4.pieces(path, self.sensor, PIECE),
            ".npy": lambda: npy.pieces(path, self.size, PIECE),
        }
        of_many = lambda: heidelberg.pieces(path, self.sensor, PIECE, self.sample or 0)  # noqa: E731
        with _readable(path):
            for data in readers.get(self.kind, of_many)():
                if len(data):
                    yield data


@contextmanager
def _readable(path: str | os.PathLike[str]) -> Iterator[None]:
    """What the operating system refuses, as a `DataError`."""
    try:
        yield
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


@checked(DataError, path=file_name)
def read_events(
    path: str | os.PathLike[str], size: tuple[int, int] | None = None, sample: int | None = None
) -> Events:
    """The events in a file; `EventFile` reads some at a time.

    Parameters
    ----------
    path : path-like
        ``.bin``, ``.aedat4``, ``.npy`` or ``.h5``.
    size : (rows, columns), optional
        Pixels of the sensor, as for `EventFile`.
    sample : int, optional
        Which recording of a ``.h5``, counted from 0.

    Raises
    ------
    DataError
        If it is damaged, or none of these; the message names the file and the byte.
    MissingDependencyError
        If ``aedat`` or ``h5py`` is not installed (extra ``events-io``).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "0.npy")
    ...     np.save(path, Events(np.array([(5, 1)], [("t", int), ("x", int)])).data)
    ...     len(read_events(path))
    1
    """
    return EventFile(path, size, sample).read()
