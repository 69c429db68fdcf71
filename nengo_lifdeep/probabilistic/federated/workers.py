"""Who runs the devices: any executors, and what happens when they fail or are late."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, wait
from types import TracebackType
from typing import Any

from ...errors import TrainingError
from ...jobs import dask
from ...jobs.executors import client_of
from .device import Device

__all__ = ["Workers"]


class Workers:
    """Executors of devices.

    Parameters
    ----------
    given : Executor, callable, sequence of these, or None
        As of `train_federated`.
    names : list of str
        Of the devices.

    Raises
    ------
    TrainingError
        If it is none of these.
    """

    def __init__(self, given: Any, names: list[str]) -> None:
        several = isinstance(given, Sequence) and not isinstance(given, str)
        if several and len(given) != len(names):
            raise TrainingError(
                f"executor is a list of {len(given)}; expected one for each of {len(names)} devices"
            )
        self._sources = list(given) if several else [given]
        for source in self._sources:
            if not (
                source is None or callable(source) or callable(getattr(source, "submit", None))
            ):
                raise TrainingError(
                    f"executor is {source!r}; expected one of concurrent.futures, such as "
                    "ProcessPoolExecutor(), a callable that makes one, or a list with one for each "
                    "device"
                )
        self._made: dict[int, Executor] = {}
        self._running: dict[int, tuple[Future[Device], Any]] = {}

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for future, _ in self._running.values():
            future.cancel()
        late = any(not future.done() for future, _ in self._running.values())
        for executor in self._made.values():
            executor.shutdown(wait=not late, cancel_futures=True)

    def run(
        self, devices: list[Device], n_updates: int, timeout: float | None
    ) -> tuple[dict[int, Device], dict[int, str]]:
        """Let all devices learn that are not still at it.

        Parameters
        ----------
        devices : list of Device
            As they are.
        n_updates : int
            Changes of their weights.
        timeout : float, optional
            Seconds to wait.

        Returns
        -------
        arrived : dict of int to Device
            As they are now, by their place.
        left_out : dict of int to str
            Why the others have not arrived.
        """
        began = time.monotonic()
        for i, device in enumerate(devices):
            if i not in self._running:
                self._running[i] = self._submitted(i, device, n_updates)
        left = None if timeout is None else max(0.0, timeout - (time.monotonic() - began))
        wait([future for future, _ in self._running.values()], left)
        arrived: dict[int, Device] = {}
        left_out: dict[int, str] = {}
        for i, (future, executor) in list(self._running.items()):
            if not future.done():
                left_out[i] = f"it has not come within {timeout:g} s"
                continue
            del self._running[i]
            try:
                arrived[i] = future.result()
            except (Exception, CancelledError) as error:  # whatever a device may raise
                left_out[i] = _reason(error)
                self._forget(self._place(i), executor, error)
        return arrived, left_out

    def _place(self, device: int) -> int:
        return device if len(self._sources) > 1 else 0

    def _submitted(self, i: int, device: Device, n_updates: int) -> tuple[Future[Device], Any]:
        place = self._place(i)
        source = self._sources[place]
        if source is None:
            return _done(lambda: _stepped(device, n_updates)), None
        if isinstance(source, type) or not hasattr(source, "submit"):
            if place not in self._made:
                self._made[place] = _executor(source)
            source = self._made[place]
        try:
            # Dask remembers what equal calls gave, also that they failed: no two are equal
            given = (_stepped, device, n_updates, uuid.uuid4().hex)
            of_dask = client_of(source) is not None
            future = dask.submitted(source, *given) if of_dask else source.submit(*given)
        except Exception as error:  # it is broken, or was shut down
            return _failed(error), source
        if not isinstance(future, Future):
            raise TrainingError(
                f"executor {source!r} gave a {type(future).__module__}.{type(future).__name__}; "
                "expected a future of concurrent.futures. Of Dask, give client.get_executor()"
            )
        return future, source

    def _forget(self, place: int, executor: Any, error: BaseException) -> None:
        """A broken executor of our own is made anew before the next period."""
        if isinstance(error, BrokenExecutor) and self._made.get(place) is executor is not None:
            del self._made[place]
            with contextlib.suppress(Exception):
                executor.shutdown(wait=False)


def _done(call: Callable[[], Device]) -> Future[Device]:
    future: Future[Device] = Future()
    try:
        future.set_result(call())
    except Exception as error:  # as an executor would keep it
        return _failed(error)
    return future


def _failed(error: Exception) -> Future[Device]:
    future: Future[Device] = Future()
    future.set_exception(error)
    return future


def _executor(make: Callable[[], Any]) -> Any:
    executor = make()
    if not hasattr(executor, "submit"):
        raise TrainingError(f"{make!r} made {executor!r}; expected an executor")
    return executor


def _stepped(device: Device, n_updates: int, call: str = "") -> Device:
    return device.stepped(n_updates)


def _reason(error: BaseException) -> str:
    if isinstance(error, BrokenExecutor):
        return f"the process that ran it, or one beside it, has died ({type(error).__name__})"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
