"""AEDAT 4 (``.aedat4``), what cameras of iniVation record: through the package ``aedat``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...compat.requirements import import_optional
from ...errors import DataError, LifdeepError
from .aedat4_header import check_header, packet_place
from .value import Events

__all__ = ["pieces", "size_of"]


def size_of(path: Path) -> tuple[int, int]:
    """Rows and columns of the sensor.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Raises
    ------
    DataError
        If it cannot be read, or holds no stream of events.
    MissingDependencyError
        If ``aedat`` is not installed (extra ``events-io``).
    """
    _, streams = _decoder(path)
    sizes = [(s["height"], s["width"]) for s in streams.values() if s.get("type") == "events"]
    if len(sizes) != 1:
        raise DataError(
            f"{path} holds {len(sizes)} streams of events; expected one. Take it apart with faery"
        )
    rows, columns = sizes[0]
    return int(rows), int(columns)


def pieces(path: Path, size: tuple[int, int], most: int) -> Iterator[np.ndarray]:
    """The events of a file, packet by packet.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    size : (rows, columns)
        Pixels of the sensor.
    most : int
        Events at a time; packets are as long as they were written.

    Yields
    ------
    (k,) structured array
        As `Events` keep them.

    Raises
    ------
    DataError
        If it is damaged; the message names the byte where the packet begins.
    MissingDependencyError
        If ``aedat`` is not installed (extra ``events-io``).
    """
    decoder, _ = _decoder(path)
    latest = number = 0
    while True:
        packet = _next(decoder, path, number)
        if packet is None:
            return
        events = packet.get("events")
        if events is not None and len(events):
            try:
                data = Events(events, size, f"packet {number}").data
            except DataError as error:
                raise DataError(f"{path}: {error}{_place(path, number)}") from error
            if data["t"][0] < latest:
                raise DataError(
                    f"{path}: packet {number} begins at {data['t'][0]} us, after an event at "
                    f"{latest} us{_place(path, number)}; expected packets in the order of times"
                )
            latest = int(data["t"][-1])
            for start in range(0, len(data), most):
                yield data[start : start + most]
        number += 1


def _decoder(path: Path) -> tuple[Any, dict[int, dict[str, Any]]]:
    """A decoder at the first packet, and what the streams are."""
    aedat = import_optional("aedat")
    check_header(path)
    try:
        decoder = aedat.Decoder(path)
        return decoder, decoder.id_to_stream()
    except BaseException as error:
        raise _damaged(error, f"{path} is damaged in its header, from byte 18 on") from error


def _next(decoder: Any, path: Path, number: int) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = next(decoder)
    except StopIteration:
        return None
    except BaseException as error:
        raise _damaged(error, f"{path} is damaged in packet {number}{_place(path, number)}") from (
            error
        )
    return found


def _damaged(error: BaseException, what: str) -> BaseException:
    """What the decoder met; a panic of its Rust is no Exception."""
    if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError | LifdeepError):
        return error
    return DataError(f"{what} ({type(error).__name__}: {str(error)[:200]})")


def _place(path: Path, number: int) -> str:
    at = packet_place(path, number)
    return "" if at is None else f", which begins at byte {at}"
