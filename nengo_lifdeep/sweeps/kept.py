"""Files of finished jobs: one for each point of a sweep, complete or not there."""

from __future__ import annotations

import hashlib
import inspect
import json
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import ModelFileError
from ..support.writing import write_text

__all__ = ["keep", "kept", "source_of", "warn_of_change"]


def keep(
    path: Path, function: str, source: str | None, point: Mapping[str, Any],
    results: Mapping[str, Any], seconds: float,
) -> None:  # fmt: skip
    """Write one result.

    Parameters
    ----------
    path : Path
        The file.
    function : str
        Name of what was called.
    source : str or None
        What `source_of` gave.
    point : dict
        The parameters, as `plain_value` writes them.
    results : dict
        What it gave.
    seconds : float
        How long it took.
    """
    content = {
        "function": function,
        "source": source,
        "parameters": {**point},
        "results": results,
        "seconds": round(seconds, 4),
    }
    write_text(path, json.dumps(content, indent=2) + "\n")


def kept(path: Path) -> dict[str, Any]:
    """What a file holds, with ``parameters`` and ``results``.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    ModelFileError
        If it is damaged.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {
            **content,
            "parameters": {**content["parameters"]},
            "results": {**content["results"]},
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelFileError(
            f"{path} is damaged ({error}); expected the result of a job. Remove it, and the job is "
            "done again"
        ) from error


def source_of(function: Callable[..., Any]) -> str | None:
    """A hash of a function's lines, by which a change is seen; None of what has none.

    Parameters
    ----------
    function : callable
        The function.

    Examples
    --------
    >>> source_of(keep) == source_of(keep), source_of(keep) == source_of(kept), source_of(abs)
    (True, False, None)
    """
    try:
        lines = inspect.getsource(inspect.unwrap(function))
    except (OSError, TypeError):  # compiled, typed by hand, or an object
        return None
    return hashlib.sha256(lines.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def warn_of_change(function: str, source: str | None, paths: Iterable[Path]) -> None:
    """Say that results were computed by other lines of the function than it has now.

    Parameters
    ----------
    function : str
        Its name.
    source : str or None
        What `source_of` gives now.
    paths : iterable of Path
        Files of the results.
    """
    folders, others = set(), 0
    for path in paths:
        folders.add(path.parent)
        others += source is not None and kept(path).get("source") not in (source, None)
    if others:
        (folder,) = folders
        warnings.warn(
            f"{function} has changed since {others} of the results in {folder} were computed; they "
            "are kept. Take another folder, or remove them, and they are computed again",
            stacklevel=4,
        )
