"""`Processes`: local processes as an executor that survives the death of one of them."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import (
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from ..errors import WorkerError
from ..support.cores import LIMIT, n_cores

__all__ = ["Processes", "bound_threads"]

T = TypeVar("T")

#: how often a job whose process has died is done again
_AGAIN = 2

#: what libraries read that are loaded later than this process begins
_THREADS = (
    LIMIT, "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS",
)  # fmt: skip


class Processes(Executor):
    """An executor of `concurrent.futures` whose every process has a job of its own.

    A process that dies takes no job of another with it, as in ``ProcessPoolExecutor``: its own job
    is done again in a new one, twice at most. Processes are spawned, so nothing of this one is
    inherited; they bound their threads, leave Ctrl-C to this process, and end when it ends.

    Parameters
    ----------
    n : int
        How many at a time.
    threads : int, optional
        Threads of each; by default their share of the cores.

    Examples
    --------
    >>> with Processes(2) as pool:
    ...     print(list(pool.map(abs, [-1, 2, -3])))
    [1, 2, 3]
    """

    def __init__(self, n: int, threads: int | None = None) -> None:
        self.n = n
        self.threads = max(1, n_cores() // n) if threads is None else threads
        self._waiting = ThreadPoolExecutor(n)
        self._own = threading.local()
        self._pools: dict[ProcessPoolExecutor, int] = {}
        self._stopped = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Have a function done by one of the processes.

        Parameters
        ----------
        fn : callable
            A function of a module.
        *args, **kwargs : object
            What it is called with; they are pickled.
        """
        return self._waiting.submit(self._done_elsewhere, fn, args, kwargs)

    def _done_elsewhere(
        self, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> T:
        for lost in itertools.count(1):
            try:
                return self._pool().submit(fn, *args, **kwargs).result()
            except BrokenProcessPool as error:
                self._forget()
                if self._stopped:
                    raise CancelledError from error
                if lost > _AGAIN:
                    raise WorkerError(
                        f"the process that did it has died {lost} times, the last time without a "
                        "message of Python's; expected it to live. It may need more memory than "
                        "there is: give it less at a time, or use fewer workers"
                    ) from error
        raise AssertionError("never")

    def _pool(self) -> ProcessPoolExecutor:
        """The process of this thread, started now if there is none."""
        if getattr(self._own, "pool", None) is None:
            if hasattr(signal, "pthread_sigmask"):  # inherited: Ctrl-C is for this process alone
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            pool = ProcessPoolExecutor(
                1, multiprocessing.get_context("spawn"), _begin, (self.threads,)
            )
            try:
                self._pools[pool] = pool.submit(os.getpid).result()
            except BrokenProcessPool as error:
                raise WorkerError(
                    "a process for the work could not be started; its message is above. Expected "
                    "that this program can be imported: put what it does below `if __name__ == "
                    "'__main__':` in a file of its own"
                ) from error
            self._own.pool = pool
        if self._stopped:
            self._kill(self._pools.get(self._own.pool, 0))
        return self._own.pool

    def _forget(self) -> None:
        pool = self._own.pool
        self._own.pool = None
        self._pools.pop(pool, None)
        pool.shutdown(wait=False)

    def stop(self) -> None:
        """End all processes where they are; what has not ended is cancelled."""
        self._stopped = True
        for number in list(self._pools.values()):
            self._kill(number)

    def _kill(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if number:
                os.kill(number, signal.SIGTERM)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more jobs, and end the processes once the jobs they have are done.

        Parameters
        ----------
        wait : bool
            Whether to wait for that.
        cancel_futures : bool
            Whether jobs that have not begun are left out.
        """
        self._waiting.shutdown(wait=wait, cancel_futures=cancel_futures)
        for pool in list(self._pools):
            pool.shutdown(wait=wait)


def bound_threads(threads: int) -> None:
    """Let this process use so many threads at a time, in libraries that are loaded and in later.

    Parameters
    ----------
    threads : int
        How many.
    """
    from threadpoolctl import threadpool_limits

    os.environ.update(dict.fromkeys(_THREADS, str(threads)))
    threadpool_limits(threads)


def _begin(threads: int) -> None:
    """What a new process does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    bound_threads(threads)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that was killed cannot end its processes: they see that it is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
