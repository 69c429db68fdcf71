"""Run the jobs of an experiment: finished jobs are skipped, the others are timed."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any

from ..support.checks import checked
from .executors import executor_or_none, workers
from .job import Job
from .outcomes import outcomes, result_of

__all__ = ["Job", "TimeLeft", "run_jobs"]


@checked(executor=executor_or_none)
def run_jobs(
    jobs: Sequence[Job],
    say: Callable[[str], None] | None = None,
    executor: int | str | Executor | None = None,
) -> None:
    """Run all jobs whose result is not there yet, in order, and say how long the rest will take.

    Parameters
    ----------
    jobs : sequence of Job
        In an order in which each finds what it needs.
    say : callable, optional
        Called with lines for the reader; by default they go to standard error.
    executor : int, str, Executor or None
        Who does them, as of `workers`: then a job waits only for those whose results it needs.
        Others than local processes must see the same files.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C; what was finished stays.
    WorkerError
        If a process has died at the same job again and again.
    """
    say = say or (lambda line: print(line, file=sys.stderr, flush=True))
    due = [job for job in jobs if job.result is None or not job.result.exists()]
    if len(due) < len(jobs):
        say(f"{len(jobs) - len(due)} of {len(jobs)} parts are there already")
    if executor is not None:
        _run_elsewhere(due, say, executor)
        return
    left = TimeLeft(due)
    for i, job in enumerate(due):
        if job.result is not None and job.result.exists():  # by another process in the meantime
            continue
        say(f"part {i + 1} of {len(due)}: {job.name}{left.words(due[i:])}")
        started = time.perf_counter()
        job.run()
        left.add(job, time.perf_counter() - started)


def _run_elsewhere(due: list[Job], say: Callable[[str], None], executor: Any) -> None:
    """In rounds: first the jobs that need no other's result, then those that need theirs."""
    left, n_done, n = TimeLeft(due), 0, len(due)
    with workers(executor) as pool:
        while due:
            files = {job.result for job in due}
            ready = [job for job in due if files.isdisjoint(job.needed)] or due
            timed = [dataclasses.replace(j, function=_timed, arguments=(j,)) for j in ready]
            for place, job, future in outcomes(timed, pool):
                left.add(job, result_of(job, future))
                n_done += 1
                due = [each for each in due if each is not ready[place]]
                say(f"part {n_done} of {n} is done: {job.name}{left.words(due)}")


def _timed(job: Job) -> float:
    """Do a job where it is sent; how long it took, in seconds."""
    started = time.perf_counter()
    if job.result is None or not job.result.exists():
        job.run()
    return time.perf_counter() - started


class TimeLeft:
    """How long jobs will take, from those of their kinds that were timed.

    Parameters
    ----------
    jobs : sequence of Job
        All of them.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._began = time.perf_counter()
        self._spent = 0.0
        self._seconds: dict[str, float] = defaultdict(float)
        self._done: dict[str, float] = defaultdict(float)

    def add(self, job: Job, seconds: float) -> None:
        """Take the time of a job.

        Parameters
        ----------
        job : Job
            The job.
        seconds : float
            How long it took.
        """
        self._seconds[job.kind] += seconds
        self._done[job.kind] += job.work
        self._spent += seconds

    def words(self, due: Sequence[Job]) -> str:
        """How long the jobs that are due will take, as far as jobs of their kinds were measured.

        Parameters
        ----------
        due : sequence of Job
            What is left.
        """
        known = [job for job in due if self._done[job.kind]]
        if not known:
            return ""
        left = sum(job.work * self._seconds[job.kind] / self._done[job.kind] for job in known)
        passed = time.perf_counter() - self._began
        left *= min(1.0, passed / self._spent) if self._spent else 1.0  # several at a time
        more = (
            "" if len(known) == len(due) else f", and {len(due) - len(known)} parts not timed yet"
        )
        return f" (about {_minutes(left)} left{more})"


def _minutes(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
