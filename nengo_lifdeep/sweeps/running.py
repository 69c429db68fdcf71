"""`sweep`: call a function at every point of a grid; what is finished is not done again."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from types import FunctionType
from typing import Any

from ..errors import LifdeepError, NoWorkersError, ValidationError
from ..jobs.executors import executor_or_none, workers
from ..jobs.job import Job
from ..jobs.keys import key_of
from ..jobs.outcomes import outcomes, result_of
from ..support.checks import checked, file_name, flag, function, optional, shown
from ..support.progress import progress_bar
from ..support.writing import try_folder
from .data_sets import by_content
from .files import read_as_paths, refuse_shared
from .kept import keep, kept, source_of, warn_of_change
from .plain import plain_results, plain_value
from .results import Sweep

__all__ = ["sweep"]


@checked(function=function, out=file_name, executor=executor_or_none, progress=optional(flag))
def sweep(
    function: Callable[..., Any],
    grid: Mapping[str, Sequence[Any]] | Iterable[Mapping[str, Any]],
    *,
    out: str | os.PathLike[str],
    executor: int | str | Executor | None = None,
    progress: bool | None = None,
) -> Sweep:
    """Call a function at every point of a grid, and keep every result as soon as it is there.

    Parameters
    ----------
    function : callable
        A function of a module, called with the parameters by name. It gives a number, a dict of
        numbers, text, booleans or None, or an `Evaluation` or `ValueEvaluation`, of whose summary
        the numbers are kept.
    grid : dict of str to sequence, or iterable of dict
        Values of every parameter, of which all combinations are tried, the last one changing
        fastest; or the points themselves. Random numbers are a parameter, ``"seed"``: results must
        depend on the parameters alone.
    out : path-like
        Folder of the results: ``jobs/KEY.json`` for each, and ``table.csv``, ``.json`` and
        ``.md``. The key is a hash of the function's name and the parameters: arrays, networks and
        functions among them by their content, and so are files: those that a `Path` names, or a
        text of a parameter that the function reads (`sweeps.files.reads`), and data sets whose
        names it loads (`sweeps.data_sets.loads`). A point whose file is
        there is not done again, whoever did it: sweeps that run at the same time share the points.
        Take another folder when the function has changed; a warning says so when its own lines
        have.
    executor : int, str, Executor or None
        Who does the jobs, as of `jobs.workers`. Only this process writes into ``out``.
    progress : bool, optional
        Whether to show progress and the time left; by default in notebooks only.

    Returns
    -------
    Sweep
        Its ``failures`` name the points whose job has failed, which are tried again by the next
        call; `Sweep.require` raises if there are any.

    Raises
    ------
    ValidationError
        If the function cannot be found by its name, the grid is none, or several points would
        write one file (`sweeps.files.writes`).
    ModelFileError
        If the folder cannot be written, or a result in it is damaged.
    WorkerError
        If the executor is gone; what was finished is kept.
    KeyboardInterrupt
        On Ctrl-C; what was finished is kept, and the same call goes on from there.

    Examples
    --------
    >>> import math, tempfile
    >>> points = [{"x": 3.0}, {"x": 4.0}, {"x": -1.0}]
    >>> found = sweep(math.sqrt, [{"x": 4.0}], out=tempfile.mkdtemp())
    >>> found.failures[0][0]
    'x=4.0'
    >>> grid = {"a": [1, 2], "b": [10, 20]}
    >>> [row["value"] for row in sweep(pow_of, grid, out=tempfile.mkdtemp()).rows]
    [1, 1, 1024, 1048576]
    """
    points = _points(grid)
    folder = try_folder(out)
    name = f"{function.__module__}.{getattr(function, '__qualname__', type(function).__name__)}"
    key_of(function)  # refuses one without a name
    written = _as_written(points)
    named = by_content(function, points)
    each = zip(points, named, written, strict=True)
    tasks = [_job(function, name, *point, folder) for point in each]
    rows = {_path(job): row for job, row in zip(tasks, written, strict=True)}
    jobs = list({_path(job): job for job in tasks}.values())
    refuse_shared(function, (job.arguments[1] for job in jobs))
    there = {path for path in map(_path, jobs) if path.exists()}
    due = [job for job in jobs if _path(job) not in there]
    source = source_of(function)
    warn_of_change(name, source, there)
    failures: dict[Path, str] = {}
    with progress_bar("sweep", len(jobs), unit="jobs", enabled=progress) as advance:
        advance(len(jobs) - len(due))
        try:
            with workers(executor if due else None) as pool:
                for _, job, future in outcomes(_still_due(due, advance), pool):
                    try:
                        results, seconds = result_of(job, future)
                    except NoWorkersError:
                        raise
                    except Exception as error:
                        failures[_path(job)] = _reason(job, error)
                    else:
                        keep(_path(job), name, source, rows[_path(job)], results, seconds)
                    advance(1)
        finally:
            found = _found(name, jobs, rows, failures)
            found.save(folder)
    return found


def pow_of(a: int, b: int) -> int:
    """A function for the example above.

    Parameters
    ----------
    a, b : int
        Base and exponent.
    """
    return int(a**b)


def _points(grid: Any) -> list[dict[str, Any]]:
    """Every point once, in order; refused if it is no grid."""
    if isinstance(grid, Mapping):
        for name, values in grid.items():
            if isinstance(values, str | bytes | Mapping) or not hasattr(values, "__iter__"):
                raise ValidationError(
                    f"grid[{name!r}] is {shown(values)}; expected several values, as in "
                    f"{{{name!r}: [{shown(values)}]}}"
                )
        columns = [list(values) for values in grid.values()]
        found = [dict(zip(grid, each, strict=True)) for each in itertools.product(*columns)]
    elif isinstance(grid, str | bytes) or not hasattr(grid, "__iter__"):
        raise ValidationError(
            f"grid is {shown(grid)}; expected values by parameter, {{'seed': [0, 1]}}, or a list "
            "of dicts"
        )
    else:
        found = list(grid)
    wrong = [each for each in found if not isinstance(each, Mapping)]
    if wrong or not found or not all(found):
        raise ValidationError(
            f"grid holds {shown(wrong[0]) if wrong else 'no point'}; expected values by parameter, "
            "or a list of dicts, with one parameter at least"
        )
    for point in found:
        odd = [name for name in point if not isinstance(name, str) or not name.isidentifier()]
        if odd:
            raise ValidationError(f"grid has a parameter {shown(odd[0])}; expected names")
    return [dict(point) for point in found]


def _as_written(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All points in plain values; what stands in several of them is hashed once."""
    known: dict[int, Any] = {}

    def plain(value: Any) -> Any:
        if id(value) not in known:
            known[id(value)] = plain_value(value)
        return known[id(value)]

    return [{name: plain(value) for name, value in point.items()} for point in points]


def _job(
    function: Callable[..., Any], name: str, point: dict[str, Any], named: Mapping[str, Any],
    written: Mapping[str, Any], folder: Path,
) -> Job:  # fmt: skip
    """What is to be done at one point, and the file of its result."""
    # the function by its name, whatever it does now: `warn_of_change` tells of other lines
    own = name if isinstance(function, FunctionType) else function
    key = key_of(own, read_as_paths(function, named))[:32]
    words = ", ".join(f"{each}={value}" for each, value in written.items())
    result = folder / "jobs" / f"{key}.json"
    return Job(words, name, 1.0, result, _measured, (function, point))


def _measured(function: Callable[..., Any], point: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """The results at one point, and how long they took in seconds; done by a worker."""
    started = time.perf_counter()
    results = plain_results(function(**point))
    twice = sorted(set(results) & set(point))
    if twice:
        raise ValidationError(
            f"the function gave {', '.join(twice)}, which are parameters; give other names"
        )
    return results, time.perf_counter() - started


def _path(job: Job) -> Path:
    assert job.result is not None
    return job.result


def _still_due(due: list[Job], advance: Callable[[int], Any]) -> Iterator[Job]:
    """Those that no other sweep into the same folder has done by the time they are asked for."""
    for job in due:
        if _path(job).exists():
            advance(1)
        else:
            yield job


def _found(
    name: str, jobs: list[Job], written: Mapping[Path, dict[str, Any]], failures: dict[Path, str]
) -> Sweep:
    """What is there, in the order of the grid."""
    rows, failed = [], []
    for job in jobs:
        path = _path(job)
        if path.exists():
            rows.append({**written[path], **kept(path)["results"]})
        elif path in failures:
            failed.append((job.name, failures[path]))
    names = tuple(dict.fromkeys(each for point in written.values() for each in point))
    rows = [{each: row.get(each) for each in names} | row for row in rows]
    return Sweep(name, names, tuple(rows), tuple(failed))


def _reason(job: Job, error: Exception) -> str:
    """Why a job failed, in one line."""
    text = " ".join(str(error).split()).removeprefix(f"{job.name}: ")
    return text if isinstance(error, LifdeepError) else f"{type(error).__name__}: {text}"
