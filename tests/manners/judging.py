"""One entry of the table, its calls, and what each of them came to."""

from __future__ import annotations

import dataclasses
import inspect
import math
import os
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from nengo_lifdeep.errors import LifdeepError

from .kinds import Kind

#: measured, or about the process; no part of a result
_LEFT_OUT = {
    "seconds",
    "build_seconds",
    "provenance",
    "command",
    "history",
    "data",
    "source",
    "indices",
}

#: fewest words that can say what was given and what was expected
_FEWEST_WORDS = 5


@dataclasses.dataclass
class Entry:
    """A public callable with a good call, and the kind of every argument.

    Parameters
    ----------
    call : callable
        Takes every argument by name.
    arguments : dict of str to (Kind, value)
        A good value for each. A kind of None: nothing but the good value is tried.
    runs : bool
        Whether the good call is made; of trainings only what is refused is tried.
    others : int
        Values of one argument that are tried against another's good value.
    """

    call: Callable[..., Any]
    arguments: Mapping[str, tuple[Kind | None, Any]]
    runs: bool = True

    def calls(self) -> Iterator[tuple[str, dict[str, Any], str]]:
        """Label, arguments and what is expected, of every call but the good one."""
        good = {name: given for name, (_, given) in self.arguments.items()}
        for name, (kind, given) in self.arguments.items():
            for label, value, expected in kind(given) if kind else ():
                if self.runs or expected == "refuse":
                    yield f"{name}={label}", {**good, name: value}, expected
        yield "an unknown keyword", {**good, "no_such_argument": 1}, "refuse"

    def failures(self) -> Iterator[tuple[str, str, str]]:
        """Label, kind (raw, ignored, other result, refused, no help) and what happened."""
        good = {name: given for name, (_, given) in self.arguments.items()}
        truth = digest(self.call(**good)) if self.runs else None
        for label, arguments, expected in self.calls():
            found = _outcome(self.call, arguments)
            if isinstance(found, LifdeepError):
                if expected == "same":
                    yield label, "refused", str(found)
                elif len(str(found).split()) < _FEWEST_WORDS:
                    yield label, "no help", str(found)
                elif len(str(found)) > 1500 or not isinstance(
                    found, ValueError | TypeError | OSError | RuntimeError | ImportError
                ):
                    yield label, "no help", f"{type(found)} {len(str(found))} characters"
            elif isinstance(found, BaseException):
                if not _of_python(found, label):
                    where = traceback.extract_tb(found.__traceback__)[-1]
                    place = f"{os.path.basename(where.filename)}:{where.lineno}"
                    yield label, "raw", f"{type(found).__name__}: {str(found)[:90]} at {place}"
            elif expected == "refuse":
                yield label, "ignored", f"gave {type(found).__name__}"
            elif not equal(digest(found), truth):
                yield label, "other result", f"{str(digest(found))[:60]} {str(truth)[:60]}"


def _outcome(call: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """What a call returns or raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call(**arguments)
    except Exception as error:
        return error


def _of_python(error: BaseException, label: str) -> bool:
    """Whether Python itself refused an argument's name."""
    return (
        label == "an unknown keyword"
        and isinstance(error, TypeError)
        and "unexpected keyword argument" in str(error)
    )


def digest(found: Any) -> Any:
    """The numbers of a result, in a form that can be compared."""
    if isinstance(found, np.ndarray | np.generic) or hasattr(found, "__array__"):
        values = np.asarray(found)
        return values.astype(float) if values.dtype.kind in "biuf" else values.tolist()
    if dataclasses.is_dataclass(found) and not isinstance(found, type):
        fields = [f.name for f in dataclasses.fields(found) if f.name not in _LEFT_OUT]
        return {name: digest(getattr(found, name)) for name in fields}
    if isinstance(found, Mapping):
        return {str(key): digest(value) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [digest(value) for value in found]
    if isinstance(found, bool | int | float):
        return float(found)
    if found is None or isinstance(found, str):
        return found
    if inspect.isroutine(found) or isinstance(found, os.PathLike):
        return type(found).__name__
    text = repr(found)
    return type(found).__name__ if " at 0x" in text else text


def equal(one: Any, other: Any) -> bool:
    """Whether two digests are the same to the last digit."""
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.array_equal(np.asarray(one), np.asarray(other), equal_nan=True)
    if isinstance(one, dict):
        return (
            isinstance(other, dict)
            and one.keys() == other.keys()
            and all(equal(value, other[key]) for key, value in one.items())
        )
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return bool(one == other)
