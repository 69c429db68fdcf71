"""How many threads a computation may use where it was not told."""

from __future__ import annotations

import os

__all__ = ["LIMIT", "n_cores"]

#: environment variable that bounds the threads of every computation that was not told how many
LIMIT = "NENGO_LIFDEEP_THREADS"


def n_cores() -> int:
    """Cores that this process may use, at most ``NENGO_LIFDEEP_THREADS``.

    Processes of `jobs.workers` are given their share of the cores in that variable.

    Examples
    --------
    >>> n_cores() >= 1
    True
    """
    able = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if able else os.cpu_count() or 1
    limit = os.environ.get(LIMIT, "")
    return min(cores, max(1, int(limit))) if limit.isdecimal() else cores
