"""Files of evaluations: figures in a header, answers and what they were over time as arrays."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...inputs.presentation import Presentation
from ...support.files import grouped, write_record
from ..finding import Finding
from ..value_judge import ErrorInTime
from ..windows import Windows

__all__ = ["class_fields", "fact_fields", "value_fields", "write_classes", "write_values"]

#: additions and comparisons that saving may spend on counting every window
_WORTH_SAVING = 2.5e9

#: fields that are arrays
_OF_CLASSES = ("labels", "predictions", "indices", "margins", "groups")
_OF_VALUES = ("targets", "values", "rate_values", "indices", "groups")


def write_classes(evaluation: Any, path: str | os.PathLike[str]) -> Path:
    """Write answers that are classes.

    Parameters
    ----------
    evaluation : Evaluation
        The evaluation.
    path : str or os.PathLike
        The file.
    """
    arrays, windows = _arrays(evaluation, _OF_CLASSES), evaluation.windows
    if windows is not None and _saves_grid(evaluation, windows):
        arrays["run/accuracy_grid"] = windows.grid()
    elif windows is not None:
        arrays["run/window_starts"] = windows.starts
        arrays["run/window_accuracy"] = windows.accuracy
    header = _header(evaluation, (*_OF_CLASSES, "windows"))
    return write_record(path, "Evaluation", header, arrays)


def write_values(evaluation: Any, path: str | os.PathLike[str]) -> Path:
    """Write answers that are values.

    Parameters
    ----------
    evaluation : ValueEvaluation
        The evaluation.
    path : str or os.PathLike
        The file.
    """
    arrays = _arrays(evaluation, _OF_VALUES)
    if evaluation.in_time is not None:
        for name in ("starts", "absolute", "squared"):
            arrays[f"time/{name}"] = getattr(evaluation.in_time, name)
    header = _header(evaluation, (*_OF_VALUES, "in_time"))
    return write_record(path, "ValueEvaluation", header, arrays)


def class_fields(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """The fields that `write_classes` wrote as arrays.

    Parameters
    ----------
    arrays : dict of str to array
        Of the file.

    Raises
    ------
    KeyError, TypeError
        If one is missing, or there are others.
    """
    run = grouped(arrays)["run"]
    read: dict[str, Any] = {name: run[name] for name in _OF_CLASSES[:2]}
    read |= {name: run.get(name) for name in _OF_CLASSES[2:]}
    return {**read, "windows": _windows_in(run)}


def value_fields(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """The fields that `write_values` wrote as arrays.

    Parameters
    ----------
    arrays : dict of str to array
        Of the file.

    Raises
    ------
    KeyError, TypeError
        If one is missing, or there are others.
    """
    found: dict[str, Any] = grouped(arrays)
    in_time = ErrorInTime(**found["time"]) if "time" in found else None
    return dict(in_time=in_time, **found["run"])


def fact_fields(header: Mapping[str, Any]) -> dict[str, Any]:
    """All other fields, which stand in the header.

    Parameters
    ----------
    header : mapping
        Of the file.
    """
    fields = {k: tuple(v) if isinstance(v, list) else v for k, v in header.items()}
    timing = header["presentation"]
    fields["presentation"] = None if timing is None else Presentation(**timing)
    fields["findings"] = tuple(Finding(**each) for each in header.get("findings", ()))
    return fields


def _arrays(evaluation: Any, names: Iterable[str]) -> dict[str, np.ndarray]:
    found = {name: getattr(evaluation, name) for name in names}
    return {f"run/{name}": array for name, array in found.items() if array is not None}


def _header(evaluation: Any, apart: Iterable[str]) -> dict[str, Any]:
    """All fields but those held apart, JSON-ready."""
    fields = {f.name for f in dataclasses.fields(evaluation)} - set(apart)
    header = {name: getattr(evaluation, name) for name in sorted(fields)}
    timing = evaluation.presentation
    header["presentation"] = None if timing is None else timing.to_dict()
    header["findings"] = [finding.to_dict() for finding in evaluation.findings]
    return header


def _saves_grid(evaluation: Any, windows: Windows) -> bool:
    """Whether a file gets all windows: where they are counted, or that takes a moment."""
    work = evaluation.n_images * len(evaluation.classes) * windows.n_steps**2
    return windows.is_whole or (windows.is_able and work < _WORTH_SAVING)


def _windows_in(run: Mapping[str, np.ndarray]) -> Windows | None:
    """Windows as a file holds them: all, or those that were counted."""
    if "accuracy_grid" in run:
        return Windows(np.arange(len(run["accuracy_grid"])), run["accuracy_grid"])
    if "window_starts" in run:
        return Windows(run["window_starts"], run["window_accuracy"])
    return None
