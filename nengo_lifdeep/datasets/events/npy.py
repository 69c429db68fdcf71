"""Structured arrays of events in NumPy's format (``.npy``), as ``numpy.save`` writes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ...errors import DataError
from ...support.plain_files import file_size, open_plain
from .value import Events

__all__ = ["pieces"]


def pieces(path: Path, size: tuple[int, int] | None, most: int) -> Iterator[np.ndarray]:
    """The events of a file, some at a time.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    size : (rows, columns) or None
        Pixels of the sensor, where they are known.
    most : int
        Events at a time.

    Yields
    ------
    (k,) structured array
        As `Events` keep them.

    Raises
    ------
    DataError
        If it holds anything else, or is shorter or longer than its header says; the message names
        the byte.
    OSError
        If it cannot be read.
    """
    with open_plain(path) as file:
        n, dtype = _header(file, path)
        start = at = file.tell()
        there, expected = file_size(file) - start, n * dtype.itemsize
        if there != expected:
            raise DataError(
                f"{path} is damaged: its header names {n:,} events of {dtype.itemsize} bytes, "
                f"{expected:,} bytes from byte {start} on, and there are {there:,}"
            )
        latest = 0
        while at < start + expected:
            raw = file.read(min(most * dtype.itemsize, start + expected - at))
            if not raw or len(raw) % dtype.itemsize:
                raise DataError(f"{path} became shorter while it was read, at byte {at}")
            source = f"{path}, from byte {at} on ({dtype.itemsize} bytes an event)"
            data = Events(np.frombuffer(raw, dtype), size, source).data  # type: ignore[arg-type]
            if len(data) and data["t"][0] < latest:
                raise DataError(
                    f"{source}: an event at {data['t'][0]} us after one at {latest} us; expected "
                    "events in the order of their times"
                )
            yield data
            latest, at = int(data["t"][-1]), at + len(raw)


def _header(file: BinaryIO, path: Path) -> tuple[int, np.dtype]:
    """Number of events, and their type."""
    try:
        version = np.lib.format.read_magic(file)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, _, dtype = read(file)
    except Exception as error:  # NumPy evaluates what is there as text, and raises many kinds
        raise DataError(
            f"{path} is damaged, or no file of NumPy's: its header, from byte 0 on, cannot be read "
            f"({type(error).__name__}: {str(error)[:200]})"
        ) from error
    if len(shape) != 1 or dtype.names is None or dtype.hasobject or not dtype.itemsize:
        raise DataError(
            f"{path} holds an array {shape} of {str(dtype)[:200]}; expected (n,) events with the "
            "fields t, x, y and p"
        )
    return int(shape[0]), dtype
