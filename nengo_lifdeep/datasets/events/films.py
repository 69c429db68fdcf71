"""`EventFilms`: recordings that are binned into frames when they are asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import DataError
from ...support.checks import shown
from ..sources.in_files import InFiles, line_of
from .binning import Binning
from .event_file import EventFile
from .value import Events

__all__ = ["EventFilms"]


class EventFilms(InFiles):
    """Looks like an array of films ``(n, frame, row, column, channel)``; read when asked for.

    `Split` takes it in place of an array: recordings stay in their files, and streams in memory
    stay streams, until some of them are shown.

    Parameters
    ----------
    recordings : sequence of Events or EventFile
        All of one sensor's size.
    binning : Binning
        How they become frames.

    Raises
    ------
    DataError
        If there are none, they are anything else, or of different sizes.

    Examples
    --------
    >>> stream = Events(np.array([(0, 1), (9, 1)], [("t", int), ("x", int)]), size=(1, 2))
    >>> films = EventFilms([stream, stream, stream], Binning(5, polarity="summed", limit=1))
    >>> films.shape, films[:1].ravel().tolist()
    ((3, 5, 1, 2, 1), [0, 255, 0, 0, 0, 0, 0, 0, 0, 255])
    """

    #: as of pictures in files: no squares at random places
    wanders = False

    def __init__(self, recordings: Sequence[Events | EventFile], binning: Binning) -> None:
        if not isinstance(binning, Binning):
            raise DataError(f"binning is {shown(binning)}; expected a Binning(...)")
        if isinstance(recordings, Events | EventFile | str | dict) or not _is_sized(recordings):
            raise DataError(
                f"recordings is {shown(recordings)}; expected a sequence of Events or EventFile"
            )
        given = list(recordings)
        wrong = [r for r in given if not isinstance(r, Events | EventFile)]
        if wrong or not given:
            raise DataError(
                f"recordings hold {shown(wrong[0]) if wrong else 'nothing'}; expected Events or "
                "EventFile, at least one"
            )
        self.recordings = np.empty(len(given), dtype=object)
        self.recordings[:] = given
        self.binning = binning
        sizes = {_size(r) for r in given if not isinstance(r, EventFile) or r.size is not None}
        size = sizes.pop() if sizes else _size(given[0])
        if sizes:
            raise DataError(
                f"recordings are of sensors of {size} and {sizes.pop()} pixels; expected one "
                "size, e.g. Events(data, size=...)"
            )
        self.sensor = size
        self._shape = binning.shape(size)
        self.dtype = np.dtype(np.float32 if binning.polarity == "signed" else np.uint8)

    @property
    def shape(self) -> tuple[int, ...]:
        """``(n, frame, row, column, channel)``."""
        return (len(self.recordings), *self._shape)

    @property
    def ndim(self) -> int:
        """5."""
        return 5

    @property
    def size(self) -> int:
        """Numbers in all frames of all recordings."""
        return int(np.prod(self.shape))

    def __len__(self) -> int:
        return len(self.recordings)

    def __getitem__(self, index: Any) -> np.ndarray:
        """Read and bin the chosen recordings: a slice, or integers, or booleans."""
        chosen = self.recordings[index]
        if not isinstance(chosen, np.ndarray):
            return self._film(chosen)
        films = np.empty((len(chosen), *self._shape), self.dtype)
        for film, recording in zip(films, chosen, strict=True):
            film[...] = self._film(recording)
        return films

    def select(self, index: Any) -> EventFilms:
        """The chosen recordings, still unread.

        Parameters
        ----------
        index : slice, or (k,) array of int or bool
            The chosen recordings.
        """
        return EventFilms(list(self.recordings[index]), self.binning)

    def _digest(self, times: bool) -> np.ndarray:
        digest = hashlib.sha256(repr(self.binning).encode())
        for recording in self.recordings:
            if isinstance(recording, Events):
                digest.update(recording.data.tobytes())
                continue
            digest.update(line_of(recording.path, times, f" {recording.sample}"))
        return np.frombuffer(digest.digest(), np.uint8)

    def _film(self, recording: Events | EventFile) -> np.ndarray:
        if _size(recording) != self.sensor:
            raise DataError(
                f"{_source(recording)} is of a sensor of {_size(recording)} pixels; the others are "
                f"of {self.sensor}"
            )
        return self.binning.frames(recording)


def _size(recording: Events | EventFile) -> tuple[int, int]:
    return recording.size if isinstance(recording, Events) else recording.sensor


def _source(recording: Events | EventFile) -> str:
    return recording.source if isinstance(recording, Events) else str(recording.path)


def _is_sized(value: Any) -> bool:
    return hasattr(value, "__len__") and hasattr(value, "__getitem__")
