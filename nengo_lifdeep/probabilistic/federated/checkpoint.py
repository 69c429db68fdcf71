"""The state of a federated training in a folder."""

from __future__ import annotations

import contextlib
import os
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import ModelFileError, TrainingError
from ...jobs.keys import key_of
from ...support.files import read_record, write_record
from ...support.interrupts import uninterrupted
from .device import Device
from .exchange import Exchange

__all__ = ["Checkpoint"]

_FILE = "federation.lifdeep"


class Checkpoint:
    """Files of a training: one of each device, and one that says which of these belong together.

    Parameters
    ----------
    folder : Path, optional
        Nothing is written without one.
    key : str
        Of the training; a state of another one is refused.
    films : list of str
        Fingerprints of each device's films, empty where it has none; a state of other films is
        refused.
    """

    def __init__(self, folder: Path | None, key: str, films: Sequence[str] = ()) -> None:
        self.folder, self.key, self.films = folder, key, list(films)
        self._saved = -1
        self._at = time.monotonic()

    @classmethod
    def of(
        cls, folder: str | os.PathLike[str] | None, devices: list[Device], period: int,
        rate: float | None,
    ) -> Checkpoint:  # fmt: skip
        """The checkpoint of a training.

        Parameters
        ----------
        folder : path-like, optional
            Where it is.
        devices : list of Device
            As they were given.
        period : int
            Changes of weights between two exchanges.
        rate : float, optional
            Filters that are sent per change of weights.
        """
        if folder is None:
            return cls(None, "")
        keys = [device.key for device in devices]
        films = [str(getattr(device, "films_key", "")) for device in devices]
        key = key_of(keys, int(period), None if rate is None else float(rate))
        return cls(Path(folder), key, films)

    def found(self, devices: list[Device]) -> tuple[list[Device], list[Exchange]]:
        """Devices in the state of the folder, and what happened before; as given without one.

        Parameters
        ----------
        devices : list of Device
            As they were given.

        Raises
        ------
        TrainingError
            If the state is of other devices or films, or another period or rate.
        ModelFileError
            If files are missing or damaged.
        """
        if self.folder is None or not (self.folder / _FILE).exists():
            return list(devices), []
        path = self.folder / _FILE
        header, arrays = read_record(path, "Federation")
        try:
            key, names, reasons = header["key"], header["names"], header["reasons"]
            rows = arrays["exchanges"].tolist()
            exchanges = [_exchange(names, r, row) for r, row in zip(reasons, rows, strict=True)]
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise ModelFileError(f"{path} is damaged ({error}); begin again without it") from error
        if key != self.key:
            raise TrainingError(
                f"the checkpoint in {os.fspath(self.folder)!r} is of other devices, or another "
                "period or rate. Continue with the old ones, or give another folder"
            )
        self._compare(devices, header.get("films", []))
        n = self._saved = len(exchanges)
        return [d.restored(self._file(i, n)) for i, d in enumerate(devices)], exchanges

    def _compare(self, devices: list[Device], films: Any) -> None:
        """Refuse other films than those of the state, where it knows them."""
        if not films:  # written before they were noted
            if any(self.films):
                warnings.warn(
                    f"the checkpoint in {os.fspath(self.folder or '')!r} does not say which films "
                    "its devices have seen; goes on, as all else fits",
                    stacklevel=5,
                )
            self.films = []  # what is written goes on not to know them
        elif films != self.films:
            pairs = zip(devices, films, self.films, strict=False)
            names = ", ".join(repr(device.name) for device, was, now in pairs if was != now)
            raise TrainingError(
                f"the checkpoint in {os.fspath(self.folder or '')!r} is of other films of "
                f"{names}. Continue with those, or give another folder"
            )

    def save_if_due(self, devices: list[Device], exchanges: list[Exchange], every: float) -> None:
        """Write the state unless that was done a short while ago.

        Parameters
        ----------
        devices : list of Device
            As they are.
        exchanges : list of Exchange
            All until now.
        every : float
            Seconds.
        """
        if time.monotonic() - self._at >= every:
            self.save(devices, exchanges)

    def save(self, devices: list[Device], exchanges: list[Exchange]) -> None:
        """Write the state, as of after the last exchange.

        Parameters
        ----------
        devices : list of Device
            As they are.
        exchanges : list of Exchange
            All until now.
        """
        n, before = len(exchanges), self._saved
        if self.folder is None or n in (0, before):
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        names = [device.name for device in devices]
        rows = [_row(names, exchange) for exchange in exchanges]
        reasons = [dict(e.left_out) for e in exchanges]
        header = {"key": self.key, "names": names, "reasons": reasons, "films": self.films}
        with uninterrupted():
            for i, device in enumerate(devices):
                device.save(self._file(i, n))
            table = np.array(rows, np.int64).reshape(n, 3 + len(names))
            write_record(self.folder / _FILE, "Federation", header, {"exchanges": table})
            self._saved, self._at = n, time.monotonic()
            for i in range(len(devices) if before >= 0 else 0):
                with contextlib.suppress(OSError):
                    self._file(i, before).unlink()

    def _file(self, device: int, n: int) -> Path:
        assert self.folder is not None
        return self.folder / f"device{device}-after{n}.lifdeep"


def _row(names: list[str], exchange: Exchange) -> list[int]:
    there = [int(name in exchange.devices) for name in names]
    return [exchange.n_updates, exchange.bytes_sent, exchange.bytes_received, *there]


def _exchange(names: list[str], reasons: Any, row: list[int]) -> Exchange:
    n_updates, sent, received, *there = row
    present = tuple(name for name, is_there in zip(names, there, strict=True) if is_there)
    return Exchange(n_updates, present, reasons, sent, received)
