"""Jobs done by an executor, each one's outcome as it comes."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import pickle
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from typing import Any

from ..errors import NoWorkersError, ValidationError, WorkerError
from ..support.cores import LIMIT
from . import dask
from .executors import client_of, n_at_a_time
from .job import Job
from .processes import bound_threads
from .sharing import OnDisk

__all__ = ["outcomes", "result_of"]


def outcomes(jobs: Iterable[Job], pool: Any) -> Iterator[tuple[int, Job, Future[Any]]]:
    """Every job with its place, and a future that has ended, in the order in which they end.

    Few jobs wait at any time, so that the arguments of all of them need not fit into memory. What
    Dask gives up, since four workers have died at it, is given to it once more: something else may
    have ended them.

    Parameters
    ----------
    jobs : iterable of Job
        Independent of one another.
    pool : Executor or None
        What `workers` gave; None does them here, one after the other.

    Yields
    ------
    int, Job, Future
        What it gave, or why it failed, `result_of` says.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C; jobs that have not begun are cancelled.
    """
    if pool is None:
        for i, job in enumerate(jobs):
            yield i, job, _done_here(job)
        return
    most = 2 * n_at_a_time(pool)
    numbered = iter(enumerate(jobs))
    waiting: dict[Future[Any], tuple[int, Job]] = {}
    again: set[int] = set()
    try:
        while True:
            for i, job in itertools.islice(numbered, most - len(waiting)):
                waiting[_submitted(job, pool)] = (i, job)
            if not waiting:
                return
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                i, job = waiting.pop(future)
                if i not in again and not future.cancelled() and _killed(future.exception()):
                    again.add(i)
                    waiting[_submitted(job, pool)] = (i, job)
                else:
                    yield i, job, future
    finally:
        for future in waiting:
            future.cancel()


def result_of(job: Job, future: Future[Any]) -> Any:
    """What a job gave.

    Parameters
    ----------
    job : Job
        The job.
    future : Future
        Of `outcomes`.

    Raises
    ------
    WorkerError
        If whoever did it has died, and so often that it was not tried again; the job is named.
    NoWorkersError
        If nobody is left to do it.
    Exception
        What the job itself raised.
    """
    try:
        return future.result()
    except WorkerError as error:
        raise type(error)(f"{job.name}: {error}") from error
    except (BrokenExecutor, CancelledError) as error:
        raise NoWorkersError(f"{job.name}: {_gone(error)}") from error
    except Exception as error:
        if _of_dask(error):
            kind = WorkerError if _killed(error) else NoWorkersError
            raise kind(f"{job.name}: {error} ({type(error).__name__})") from error
        raise


def _of_dask(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] == "distributed"


def _killed(error: BaseException | None) -> bool:
    """Whether Dask has given a job up, since its workers died."""
    return error is not None and _of_dask(error) and type(error).__name__ == "KilledWorker"


def _gone(error: BaseException) -> str:
    if isinstance(error, BrokenExecutor):
        return (
            f"a process of the executor has died ({error}), and with it all that it was given; "
            "expected it to live. Give a number of processes instead, which does such jobs again"
        )
    return "it was cancelled: the scheduler or its last worker is gone; start them again"


def _done_here(job: Job) -> Future[Any]:
    future: Future[Any] = Future()
    try:
        future.set_result(job.run())
    except (Exception, SystemExit) as error:  # as an executor would keep it
        future.set_exception(_as_sent(error))
    return future


def _submitted(job: Job, pool: Any) -> Future[Any]:
    try:
        with warnings.catch_warnings():  # Dask's, of images that are sent
            warnings.filterwarnings("ignore", "Sending large graph")
            if client_of(pool) is None:
                future = pool.submit(_call, job.function, *job.arguments)
            else:
                future = dask.submitted(pool, _call, job.function, *job.arguments)
    except Exception as error:  # it is broken, or was shut down
        found: Future[Any] = Future()
        found.set_exception(
            NoWorkersError(f"the executor takes no more jobs ({error}); give an open one")
        )
        return found
    if not isinstance(future, Future):
        raise ValidationError(
            f"executor {pool!r} gave a {type(future).__module__}.{type(future).__name__}; expected "
            "a future of concurrent.futures"
        )
    return future


def _call(function: Callable[..., Any], *arguments: Any) -> Any:
    """A job where it is done; a process that was started for jobs uses one thread unless told."""
    if multiprocessing.parent_process() is not None and LIMIT not in os.environ:
        bound_threads(1)
    try:
        return function(*(each.value if isinstance(each, OnDisk) else each for each in arguments))
    except (Exception, SystemExit) as error:
        sent = _as_sent(error)
        if sent is error:
            raise
        raise sent from error


def _as_sent(error: Exception | SystemExit) -> Exception:
    """The error as whoever asked can read it: a job that calls ``sys.exit`` ends itself alone.

    An exception that cannot be read back from its pickle, as one whose ``__init__`` takes other
    arguments than it keeps, would break a ``ProcessPoolExecutor`` as if its process had died.
    """
    if isinstance(error, SystemExit):
        return WorkerError(f"it called sys.exit({error.code!r}); expected it to return or raise")
    if multiprocessing.parent_process() is not None:
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:
            return WorkerError(f"{type(error).__name__}: {error}")
    return error
