"""Jobs given to Dask, whose futures end whatever becomes of the scheduler."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import Any

__all__ = ["submitted"]


def submitted(pool: Any, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
    """As ``pool.submit``; the future ends too where a result is lost on its way here.

    Dask's executor waits until a job is done and then asks the scheduler for its result. If the
    scheduler goes in between, the error is logged, and the executor's future never ends.

    Parameters
    ----------
    pool : ClientExecutor
        Of a client of Dask.
    function : callable
        The job.
    *arguments : object
        What it is called with.

    Returns
    -------
    Future
        Of what the function gave or raised; with a `CancelledError` where that cannot be known.
    """
    asked = pool._client.submit(function, *arguments, **pool._kwargs)
    future: Future[Any] = Future()

    async def hand_on() -> None:
        result, failure = None, None
        try:
            result = await asked
        except BaseException as error:
            failure = error
        if not future.set_running_or_notify_cancel():  # nobody waits for it any more
            return
        if failure is None:
            future.set_result(result)
        elif asked.status == "error":  # the job's own
            future.set_exception(failure)
        else:
            future.set_exception(CancelledError(str(failure)))

    def give_up(ended: Future[Any]) -> None:
        if ended.cancelled() and asked.status != "cancelled":
            asked.cancel()

    future.add_done_callback(give_up)
    pool._client.loop.add_callback(hand_on)
    return future
