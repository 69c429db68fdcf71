"""Who does the jobs: this process, local processes, any executor, or a cluster of Dask."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from concurrent.futures import Executor
from typing import Any

from ..errors import ValidationError, WorkerError
from ..support.checks import checked, is_whole, shown
from .processes import Processes

__all__ = ["client_of", "executor_or_none", "n_at_a_time", "workers"]

#: beginnings of the addresses that a Dask scheduler may have
_ADDRESSES = ("tcp://", "tls://", "ws://", "wss://", "ucx://", "inproc://")

#: seconds to wait for a scheduler to answer, and for its first worker
_PATIENCE = 10

#: most processes that are started here
_MOST = 1024


def executor_or_none(given: Any, name: str) -> Any:
    """A check: whoever can do jobs, as `workers` takes it.

    Parameters
    ----------
    given : None, int, str or Executor
        What was given.
    name : str
        Of the argument, for messages.

    Raises
    ------
    ValidationError
        If it is none of these.

    Examples
    --------
    >>> executor_or_none(2, "executor")
    2
    >>> executor_or_none("head:8786", "executor")
    Traceback (most recent call last):
        ...
    nengo_lifdeep.errors.ValidationError: executor is 'head:8786'; expected the address of a Dask \
scheduler, such as 'tcp://host:8786'
    """
    if given is None:
        return None
    if isinstance(given, str):
        if not given.startswith(_ADDRESSES) or given.endswith("://"):
            raise ValidationError(
                f"{name} is {given!r}; expected the address of a Dask scheduler, such as "
                "'tcp://host:8786'"
            )
        return given
    if is_whole(given):
        if not 1 <= given <= _MOST:
            raise ValidationError(
                f"{name} is {given}; expected from 1 to {_MOST} processes, or None for this one"
            )
        return int(given)
    if not isinstance(given, type) and callable(getattr(given, "get_executor", None)):
        raise ValidationError(
            f"{name} is {shown(given)}, a client of Dask; expected client.get_executor(), or the "
            "scheduler's address"
        )
    if isinstance(given, type) or not callable(getattr(given, "submit", None)):
        raise ValidationError(
            f"{name} is {shown(given)}; expected None for this process, a number of processes, an "
            "executor of concurrent.futures, or the address of a Dask scheduler"
        )
    return given


@contextlib.contextmanager
@checked(executor=executor_or_none)
def workers(executor: int | str | Executor | None) -> Iterator[Executor | None]:
    """Those who do jobs, for several calls: starting processes takes a second or two.

    Parameters
    ----------
    executor : int, str, Executor or None
        A number of processes of this machine; the address of a Dask scheduler, such as
        ``"tcp://host:8786"`` (extra ``cluster``); any executor of `concurrent.futures`, which is
        left open; None for this process alone.

    Yields
    ------
    Executor or None
        To be given as ``executor=`` to `evaluate`, `operating_points`, `calibrate_noise` and
        `sweep`. What it has begun when an error or Ctrl-C leaves the block is ended.

    Raises
    ------
    ValidationError
        If it is none of these.
    MissingDependencyError
        If an address is given and Dask is not installed.
    WorkerError
        If no scheduler answers at the address.

    Examples
    --------
    >>> with workers(2) as pool:
    ...     pool.submit(abs, -3).result()
    3
    """
    if isinstance(executor, str):
        with _client(executor) as client:
            yield client.get_executor(pure=False)  # no hash of images
        return
    if not isinstance(executor, int):
        yield executor
        return
    pool = Processes(executor)
    try:
        yield pool
    except BaseException:
        pool.stop()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


@contextlib.contextmanager
def _client(address: str) -> Iterator[Any]:
    from ..compat.requirements import import_optional  # compat imports Nengo

    distributed = import_optional("distributed")
    try:
        client = distributed.Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise WorkerError(
            f"no Dask scheduler answers at {address} ({error}); start one with `dask scheduler` "
            "and workers with `dask worker ADDRESS --nworkers N --nthreads 1`"
        ) from error
    with _errors_said_once(), client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError as error:
            raise WorkerError(
                f"the Dask scheduler at {address} has no workers; start some with `dask worker "
                f"{address} --nworkers N --nthreads 1`"
            ) from error
        yield client


@contextlib.contextmanager
def _errors_said_once() -> Iterator[None]:
    """Dask logs the traceback of a lost scheduler; it is raised as an error of ours."""
    logger = logging.getLogger("distributed.client")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def client_of(pool: Any) -> Any:
    """The client behind an executor of Dask; None of others.

    Parameters
    ----------
    pool : Executor or None
        What `workers` gave.
    """
    return getattr(pool, "_client", None) if type(pool).__name__ == "ClientExecutor" else None


def n_at_a_time(pool: Any) -> int:
    """How many jobs an executor does at a time, as far as it says.

    Parameters
    ----------
    pool : Executor or None
        What `workers` gave.
    """
    if pool is None:
        return 1
    if isinstance(pool, Processes):
        return pool.n
    client = client_of(pool)
    if client is not None:
        return max(1, sum(client.nthreads().values()))
    return int(getattr(pool, "_max_workers", 8))
