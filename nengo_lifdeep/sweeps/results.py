"""`Sweep`: what a function gave at the points of a grid, as a table."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import MissingDependencyError, ValidationError, WorkerError
from ..report.plots.sweeps import plot_rows
from ..report.tables.grid import Column, Grid
from ..support.checks import checked, checked_names, file_name, optional, text
from ..support.short_repr import short_repr
from ..support.words.counted import counted
from ..support.writing import write_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Sweep"]


@dataclasses.dataclass(frozen=True, eq=False)
class Sweep:
    """Results of a sweep.

    Parameters
    ----------
    function : str
        Name of what was called.
    parameters : tuple of str
        Names of what was varied.
    rows : tuple of dict
        For every point that is finished its parameters and results, in the order of the grid:
        numbers, text, booleans or None by name.
    failures : tuple of (str, str)
        Points that failed, in words, and why.

    Raises
    ------
    ValidationError
        If a row lacks a parameter.

    Examples
    --------
    >>> rows = [{"t": 1, "seed": s, "error": 2.0 + s} for s in (0, 1)]
    >>> found = Sweep("mine.measure", ("t", "seed"), rows)
    >>> found.over("seed").rows[0]["error"], round(found.over("seed").rows[0]["error_std"], 3)
    (2.5, 0.707)
    >>> print(found.table().csv().splitlines()[1])
    1,0,2.0
    """

    function: str
    parameters: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    failures: tuple[tuple[str, str], ...] = ()

    __repr__ = short_repr

    def __post_init__(self) -> None:
        object.__setattr__(self, "function", text(self.function, "Sweep.function"))
        names = checked_names(self.parameters, "Sweep.parameters")
        object.__setattr__(self, "parameters", names)
        for name in ("rows", "failures"):
            given = getattr(self, name)
            if isinstance(given, str | bytes | Mapping) or not hasattr(given, "__iter__"):
                raise ValidationError(f"Sweep.{name} is {type(given).__name__}; expected several")
            object.__setattr__(self, name, tuple(given))
        for row in self.rows:
            if not isinstance(row, Mapping) or not all(isinstance(key, str) for key in row):
                raise ValidationError(f"Sweep.rows hold {row!r}; expected dicts of text to values")
            missing = [each for each in names if each not in row]
            if missing:
                raise ValidationError(f"a row of Sweep.rows lacks {', '.join(missing)}")
        for failure in self.failures:
            pair = isinstance(failure, tuple | list) and len(failure) == 2
            if not pair or not all(isinstance(word, str) for word in failure):
                raise ValidationError(
                    f"Sweep.failures hold {failure!r}; expected (point, reason), two texts"
                )

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of parameters and results, in the order in which they came."""
        return tuple(dict.fromkeys((*self.parameters, *(key for row in self.rows for key in row))))

    def require(self) -> Sweep:
        """The sweep itself, if no point has failed.

        Raises
        ------
        WorkerError
            If some have; they are named.
        """
        if self.failures:
            lines = "\n".join(f"  - {point}: {reason}" for point, reason in self.failures)
            n = len(self.failures)
            many = f"{counted(n, 'job')} of the sweep {'has' if n == 1 else 'have'}"
            raise WorkerError(f"{many} failed:\n{lines}")
        return self

    @checked(fixed=checked_names)
    def table(self, fixed: Sequence[str] = ()) -> Grid:
        """All rows as a table; what failed stands below.

        Parameters
        ----------
        fixed : sequence of str
            Parameters that are the same in all rows: they stand below, once.
        """
        kept = [name for name in self.columns if name not in fixed]
        columns = tuple(Column(name, name.replace("_", " "), self._style(name)) for name in kept)
        rows = tuple({name: _cell(row.get(name)) for name in kept} for row in self.rows)
        notes = tuple(f"failed: {point}: {reason}" for point, reason in self.failures)
        same = {name: self.rows[0].get(name) for name in fixed if self.rows}
        if same:
            notes = (", ".join(f"{name} = {value}" for name, value in same.items()), *notes)
        return Grid(f"{self.function}, {counted(len(self.rows), 'point')}", columns, rows, notes)

    def _style(self, name: str) -> str:
        values = [row[name] for row in self.rows if row.get(name) is not None]
        numbers = values and all(_is_number(value) for value in values)
        return ".6g" if numbers else ""

    def to_pandas(self) -> Any:
        """All rows as a ``pandas.DataFrame``.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        try:
            import pandas  # type: ignore[import-untyped]
        except ImportError as error:
            raise MissingDependencyError(
                "pandas is needed for data frames but not installed: pip install pandas. table() "
                "needs it not",
                name="pandas",
            ) from error
        return pandas.DataFrame([dict(row) for row in self.rows], columns=list(self.columns))

    @checked(name=text)
    def over(self, name: str = "seed") -> Sweep:
        """Means over one parameter: for every number also its standard deviation, and how many.

        Where some rows have no number (None) the mean is that of the others, and a column ``_n``
        says of how many. Of text and booleans that differ all values are listed.

        Parameters
        ----------
        name : str
            The parameter.

        Raises
        ------
        ValidationError
            If there is no such parameter.
        """
        if name not in self.parameters:
            raise ValidationError(
                f"there is no parameter {name!r}; this sweep has {', '.join(self.parameters)}"
            )
        left = tuple(each for each in self.parameters if each != name)
        groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
        for row in self.rows:
            groups.setdefault(tuple(repr(row[each]) for each in left), []).append(row)
        return Sweep(
            self.function, left, tuple(_mean(rows, left, name) for rows in groups.values()),
            self.failures,
        )  # fmt: skip

    @checked(x=text, y=text, by=optional(text))
    def plot(self, x: str, y: str, by: str | None = None, ax: Axes | None = None) -> Axes:
        """One result against one parameter; points of equal ``x`` as their mean and spread.

        Parameters
        ----------
        x, y : str
            Names of columns of numbers.
        by : str, optional
            A parameter: one line for each of its values.
        ax : matplotlib.axes.Axes, optional
            Where to draw; new axes by default.

        Raises
        ------
        ValidationError
            If there is no such column, or it holds no numbers.
        MissingDependencyError
            If Matplotlib is not installed.
        """
        for name in (x, y, by):
            if name is not None and name not in self.columns:
                raise ValidationError(
                    f"there is no column {name!r}; this sweep has {', '.join(self.columns)}"
                )
        for name in (x, y):
            if not self._style(name):
                raise ValidationError(f"column {name!r} holds no numbers that could be drawn")
        return plot_rows(self.rows, x, y, by, ax)

    @checked(folder=file_name)
    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write ``table.csv``, ``table.json`` and ``table.md``, each completely or not at all.

        Parameters
        ----------
        folder : str or os.PathLike
            Where.

        Raises
        ------
        ModelFileError
            If it cannot be written there.
        """
        grid, place = self.table(), Path(folder)
        write_text(place / "table.json", grid.json() + "\n")
        write_text(place / "table.md", grid.markdown() + "\n")
        return write_text(place / "table.csv", grid.csv())


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(value: Any) -> Any:
    """A value as a table holds it: numbers, text and None; no NaN, which JSON has not."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _mean(
    rows: list[Mapping[str, Any]], left: tuple[str, ...], name: str
) -> dict[str, float | int | str | None]:
    """One row of several that differ in one parameter; no column of theirs is left out."""
    found: dict[str, Any] = {each: rows[0][each] for each in left}
    keys = dict.fromkeys(key for row in rows for key in row if key not in left and key != name)
    for key in keys:
        values = [row.get(key) for row in rows]
        there = [value for value in values if value is not None]
        if there and all(map(_is_number, there)):
            numbers = np.array(there, float)
            found[key] = float(numbers.mean())
            found[_free(f"{key}_std", name, keys)] = (
                float(numbers.std(ddof=1)) if len(there) > 1 else None
            )
            if len(there) < len(values):  # of how many: not of as many as `n_NAME` says
                found[_free(f"{key}_n", name, keys)] = len(there)
        elif all(value == values[0] for value in values):
            found[key] = values[0]
        else:
            found[key] = " | ".join(dict.fromkeys(str(_cell(value)) for value in values))
    return found | {_free(f"n_{name}", name, keys): len(rows)}


def _free(column: str, name: str, keys: Mapping[str, None]) -> str:
    """A name for a column that no result has: with the parameter's name where one has it."""
    return f"{column}_{name}" if column in keys else column
