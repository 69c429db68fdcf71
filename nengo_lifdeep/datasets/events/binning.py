"""`Binning`: from a stream of events to frames."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...errors import DataError
from ...support.checks import check_fields, optional, pair, shown, whole, word
from .event_file import PIECE, EventFile
from .value import Events, sensor_size

__all__ = ["Binning"]

#: numbers of one recording's frames
_MOST = 2**30


@dataclasses.dataclass(frozen=True)
class Binning:
    """How a recording becomes frames: how many, and what a pixel of them holds.

    First the sensor's pixels are put together (``factor``), then the centre is taken (``crop``).
    Streams and files are read some events at a time: memory grows with the frames alone.

    Parameters
    ----------
    n_frames : int
        Frames of a recording.
    by : {"time", "count"}
        Frames of equal duration, or of an equal number of events (of the whole sensor).
    polarity : {"kept", "summed", "signed"}
        Two channels, pixels that became darker (0) and brighter (1); one channel with both; or one
        channel with brighter less darker.
    limit : int
        Events of a pixel in a frame that are full scale, 1; more count as many. Up to 255.
    window : (start, stop), optional
        Microseconds; events outside are left out. By default from the first event to the last.
    crop : (rows, columns), optional
        Pixels of the centre.
    factor : int
        Rows and columns of the sensor that become one pixel.

    Raises
    ------
    DataError
        If it is no such number or word, or a window of no time.

    Examples
    --------
    >>> stream = Events(np.array([(0, 1, 1), (40, 1, 1), (90, 0, 0), (99, 0, 1)],
    ...                          [("t", int), ("x", int), ("p", int)]), size=(1, 2))
    >>> Binning(2, limit=2).counts(stream)[:, 0].tolist()  # frame, column, off and on
    [[[0, 0], [0, 2]], [[1, 1], [0, 0]]]
    >>> Binning(2, polarity="signed").counts(stream)[:, 0, :, 0].tolist()
    [[0, 2], [0, 0]]
    >>> Binning(2, limit=2).frames(stream).dtype, int(Binning(2, limit=2).frames(stream).max())
    (dtype('uint8'), 255)
    """

    n_frames: int = 10
    by: str = "time"
    polarity: str = "kept"
    limit: int = 3
    window: tuple[int, int] | None = None
    crop: tuple[int, int] | None = None
    factor: int = 1

    def __post_init__(self) -> None:
        check_fields(
            self, DataError, n_frames=whole(1), by=word("time", "count"),
            polarity=word("kept", "summed", "signed"), limit=whole(1, 255),
            window=optional(_window), crop=optional(pair), factor=whole(1),
        )  # fmt: skip

    @property
    def channels(self) -> int:
        """Channels of a frame."""
        return 2 if self.polarity == "kept" else 1

    def shape(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Shape of a recording's frames, ``(frame, row, column, channel)``.

        Parameters
        ----------
        size : (rows, columns)
            Pixels of the sensor.

        Raises
        ------
        DataError
            If the crop is larger than what there is, or the frames are more than 2^30 numbers.
        """
        size = sensor_size(size)
        rows, columns = (-(-length // self.factor) for length in size)
        if self.crop is not None:
            if self.crop[0] > rows or self.crop[1] > columns:
                raise DataError(
                    f"crop is {self.crop}; a sensor of {size[0]} x {size[1]} pixels has {rows} x "
                    f"{columns} of {self.factor} x {self.factor}"
                )
            rows, columns = self.crop
        shape = self.n_frames, rows, columns, self.channels
        if np.prod(shape, dtype=float) > _MOST:
            raise DataError(
                f"frames of shape {shape} (frame, row, column, channel) are more than 2^30 "
                "numbers; choose fewer, a crop or a factor"
            )
        return shape

    def counts(self, recording: Events | EventFile) -> np.ndarray:
        """Events in every pixel of every frame.

        Parameters
        ----------
        recording : Events or EventFile
            A file is read some events at a time, twice unless there is a window of time.

        Returns
        -------
        (frame, row, column, channel) array of int32
            Negative only where signed.
        """
        if not isinstance(recording, Events | EventFile):
            raise DataError(f"recording is {shown(recording)}; expected Events, or an EventFile")
        size = recording.size if isinstance(recording, Events) else recording.sensor
        total = np.zeros(self.shape(size), np.int32)
        flat = total.reshape(-1)
        edges = self._edges(recording)
        before = 0
        for piece in self._pieces(recording):
            places = piece.t if self.by == "time" else before + np.arange(len(piece))
            before += len(piece)
            first, last = np.searchsorted(places, [edges[0], edges[-1]])
            if first == last:
                continue
            frames = np.searchsorted(edges, places[first:last], side="right") - 1
            kept, y, x = self._pixels(piece.data[first:last], size)
            p = piece.p[first:last][kept]
            at = ((frames[kept] * total.shape[1] + y) * total.shape[2] + x) * self.channels
            if self.polarity == "signed":
                np.add.at(flat, at, np.where(p, 1, -1).astype(np.int32))
            else:
                np.add.at(flat, at + p if self.polarity == "kept" else at, np.int32(1))
        return total

    def frames(self, recording: Events | EventFile) -> np.ndarray:
        """Frames as a network is shown them.

        Parameters
        ----------
        recording : Events or EventFile
            The events.

        Returns
        -------
        (frame, row, column, channel) array
            uint8, 255 at ``limit`` events and more; signed ones float32 in [-1, 1].
        """
        counts = self.counts(recording)
        if self.polarity == "signed":
            limited = np.clip(counts, -self.limit, self.limit)
            return limited.astype(np.float32) / np.float32(self.limit)
        steps = np.rint(np.arange(self.limit + 1) * (255 / self.limit)).astype(np.uint8)
        return steps[np.minimum(counts, self.limit)]

    def _pieces(self, recording: Events | EventFile) -> Any:
        pieces = recording.pieces() if isinstance(recording, EventFile) else _cut(recording)
        if self.window is None or self.by == "time":
            return pieces
        return (piece.between(*self.window) for piece in pieces)

    def _edges(self, recording: Events | EventFile) -> np.ndarray:
        """Where each frame begins, and the last one ends: in microseconds, or in events."""
        if self.by == "time" and self.window is not None:
            start, stop = self.window
        elif self.by == "time":
            n, first, last = _extent(recording)
            start, stop = first, last + (n > 0)
        elif self.window is not None:
            start, stop = 0, sum(len(piece) for piece in self._pieces(recording))
        else:
            start, stop = 0, _extent(recording)[0]
        length = stop - start
        return np.array([start + -(-i * length // self.n_frames) for i in range(self.n_frames + 1)])

    def _pixels(
        self, data: np.ndarray, size: tuple[int, int]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Which events are in the picture, and their rows and columns there."""
        places = []
        kept = np.ones(len(data), np.bool_)
        shape = self.shape(size)
        for axis, (name, length) in enumerate(zip("yx", size, strict=True)):
            whole_length = -(-length // self.factor)
            offset = (whole_length - shape[1 + axis]) // 2
            place = data[name].astype(np.intp) // self.factor - offset
            kept &= (place >= 0) & (place < shape[1 + axis])
            places.append(place)
        return kept, places[0][kept], places[1][kept]

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready description; ``Binning(**d)`` turns it back."""
        return dataclasses.asdict(self)


def _extent(recording: Events | EventFile) -> tuple[int, int, int]:
    if isinstance(recording, EventFile):
        return recording.extent
    t = recording.t
    return len(t), *((int(t[0]), int(t[-1])) if len(t) else (0, 0))


def _cut(events: Events) -> Any:
    """Some events at a time, so that what is computed for each stays small."""
    for start in range(0, len(events), PIECE):
        yield Events(events.data[start : start + PIECE], events.size, events.source)


def _window(value: Any, what: str) -> tuple[int, int]:
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise DataError(f"{what} is {shown(value)}; expected (start, stop) in microseconds")
    start, stop = (whole(0)(number, what) for number in value)
    if stop <= start:
        raise DataError(f"{what} is {(start, stop)}; expected microseconds, start before stop")
    return start, stop
