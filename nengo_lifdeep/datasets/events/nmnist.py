"""N-MNIST's format: 5 bytes an event, without a header (``.bin``; N-Caltech101 has it too).

A byte each of column and row; then a bit, 1 where it became brighter, and 23 bits of
microseconds, the highest first. A row of 240 marks an overflow of the clock: 2^13 us more from
there on (Orchard, Jayawant, Cohen & Thakor 2015, Frontiers in Neuroscience 9:437).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...errors import DataError
from ...support.plain_files import file_size, open_plain
from .value import packed

__all__ = ["SIZE", "pieces"]

#: pixels of N-MNIST's recordings
SIZE = (34, 34)

#: bytes of an event; the row that marks an overflow, and the microseconds it stands for
_BYTES, _MARK, _OVERFLOW = 5, 240, 2**13


def pieces(path: Path, size: tuple[int, int], most: int) -> Iterator[np.ndarray]:
    """The events of a file, some at a time.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    size : (rows, columns)
        Pixels of the sensor, up to 240 rows.
    most : int
        Events at a time.

    Yields
    ------
    (k,) structured array
        As `Events` keep them.

    Raises
    ------
    DataError
        If the file ends within an event, an event lies outside the sensor, or times run backwards;
        the message names the byte.
    OSError
        If it cannot be read.
    """
    if size[0] > _MARK or size[1] > 256:
        raise DataError(
            f"{path}: a sensor of {size[0]} x {size[1]} pixels; this format has up to {_MARK} x 256"
        )
    at, latest, overflows = 0, 0, 0
    with open_plain(path) as file:
        length = file_size(file)
        if length % _BYTES:
            begin = length - length % _BYTES
            raise DataError(
                f"{path} is cut short, or no file of N-MNIST: it ends after byte {length - 1}, "
                f"within the event that begins at byte {begin} (each has {_BYTES} bytes)"
            )
        while at < length:
            raw = file.read(min(_BYTES * most, length - at))
            if not raw or len(raw) % _BYTES:
                raise DataError(f"{path} became shorter while it was read, at byte {at}")
            x, y, high, middle, low = np.frombuffer(raw, np.uint8).reshape(-1, _BYTES).T
            marks = y == _MARK
            past = overflows + np.cumsum(marks)
            t = (high & 127).astype(np.int64) << 16 | middle.astype(np.int64) << 8 | low
            t += _OVERFLOW * past
            kept = ~marks
            _refuse(path, at, kept & (x >= size[1]), 0, f"column {{x}} of {size[1]}", x)
            _refuse(path, at, kept & (y >= size[0]), 1, f"row {{x}} of {size[0]}", y)
            places = np.flatnonzero(kept)
            times = t[places]
            back = np.diff(times, prepend=latest) < 0
            if back.any():
                first = int(np.argmax(back))
                before = latest if first == 0 else times[first - 1]
                raise DataError(
                    f"{path}: byte {at + _BYTES * int(places[first]) + 2}: an event at "
                    f"{times[first]} us after one at {before} us; the file is damaged"
                )
            yield packed(times, x[kept], y[kept], high[kept] >> 7)
            latest = int(times[-1]) if len(times) else latest
            overflows, at = int(past[-1]), at + len(raw)


def _refuse(
    path: Path, at: int, wrong: np.ndarray, byte: int, what: str, values: np.ndarray
) -> None:
    if wrong.any():
        first = int(np.argmax(wrong))
        raise DataError(
            f"{path}: byte {at + _BYTES * first + byte} names {what.format(x=values[first])} "
            "pixels, counted from 0; the file is damaged, or its sensor has another size"
        )
