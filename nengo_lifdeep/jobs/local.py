"""Run the jobs of an experiment: finished jobs are skipped, the others are timed."""

from __future__ import annotations

import dataclasses
import pickle
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..errors import ValidationError
from .keys import key_of

__all__ = ["Job", "run_jobs"]


@dataclasses.dataclass(frozen=True)
class Job:
    """One training or one evaluation: a function and what it is called with.

    A job can be pickled, and so be run by another process, as long as its arguments can.

    Parameters
    ----------
    name : str
        For the reader.
    kind : str
        Jobs of one kind take time in proportion to their work, e.g. ``"train mnist"``.
    work : float
        How much there is to do, in units of the kind.
    result : Path or None
        The file that is there once the job is done; None where the result is what ``function``
        returns.
    function : callable
        Does it: a function of a module or a method of a class, which other processes find by its
        name.
    arguments : tuple
        What ``function`` is called with.

    Raises
    ------
    ValidationError
        If the function is a lambda, or stands inside another function.

    Examples
    --------
    >>> import pickle, tempfile
    >>> file = Path(tempfile.mkdtemp()) / "done"
    >>> job = Job("touch a file", "touch", 1.0, file, Path.touch, (file,))
    >>> pickle.loads(pickle.dumps(job)).run()
    >>> file.exists()
    True
    """

    name: str
    kind: str
    work: float
    result: Path | None
    function: Callable[..., object]
    arguments: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        try:
            pickle.dumps(self.function)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise ValidationError(
                f"job {self.name!r}: function is {self.function!r}, which another process could "
                f"not find ({error}); give a function of a module, and what it is called with as "
                "arguments"
            ) from error

    @property
    def key(self) -> str:
        """A hash of the function's name and its arguments: equal inputs have equal keys."""
        return key_of(self.function, self.arguments)

    def run(self) -> Any:
        """Do it; returns what the function returns."""
        return self.function(*self.arguments)


def run_jobs(jobs: Sequence[Job], say: Callable[[str], None] | None = None) -> None:
    """Run all jobs whose result is not there yet, in order, and say how long the rest will take.

    Parameters
    ----------
    jobs : sequence of Job
        In an order in which each finds what it needs.
    say : callable, optional
        Called with lines for the reader; by default they go to standard error.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C; what was finished stays.
    """
    say = say or (lambda line: print(line, file=sys.stderr, flush=True))
    due = [job for job in jobs if job.result is None or not job.result.exists()]
    if len(due) < len(jobs):
        say(f"{len(jobs) - len(due)} of {len(jobs)} parts are there already")
    seconds: dict[str, float] = defaultdict(float)
    done: dict[str, float] = defaultdict(float)
    for i, job in enumerate(due):
        if job.result is not None and job.result.exists():  # by another process in the meantime
            continue
        say(f"part {i + 1} of {len(due)}: {job.name}{_rest(due[i:], seconds, done)}")
        started = time.perf_counter()
        job.run()
        seconds[job.kind] += time.perf_counter() - started
        done[job.kind] += job.work


def _rest(due: Sequence[Job], seconds: dict[str, float], done: dict[str, float]) -> str:
    """How long the jobs that are due will take, as far as jobs of their kinds were measured."""
    known = [job for job in due if done[job.kind]]
    if not known:
        return ""
    left = sum(job.work * seconds[job.kind] / done[job.kind] for job in known)
    more = "" if len(known) == len(due) else f", and {len(due) - len(known)} parts not timed yet"
    return f" (about {_minutes(left)} left{more})"


def _minutes(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
