"""`Events`: when and where pixels became brighter or darker."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...errors import DataError
from ...support.arrays.owned_arrays import adopted, owned
from ...support.checks import checked, pair, shown, whole
from ...support.short_repr import short_repr

__all__ = ["EVENT_TYPE", "MOST_PIXELS", "Events"]

#: an event as it is kept: microseconds, column, row, whether it became brighter; 13 bytes
EVENT_TYPE = np.dtype([("t", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "?")])

#: rows or columns of a sensor
MOST_PIXELS = 2**16

#: latest time, in microseconds: 285 years
_LATEST = 2**53

#: how the fields are called by those who write such arrays
_FIELDS = {"t": ("t", "timestamp"), "x": ("x",), "y": ("y",), "p": ("p", "on", "polarity")}


@dataclasses.dataclass(frozen=True, eq=False)
class Events:
    """A stream of events, in the order of their times.

    Arrays of ``aedat``, ``faery`` and Tonic are taken as they are: the order of fields and their
    types do not matter. A field ``y`` that is missing is 0 (channels in one row, as of a cochlea),
    a polarity that is missing is on.

    Parameters
    ----------
    data : (n,) structured array
        Fields ``t`` (or ``timestamp``) in whole microseconds, ``x`` and ``y`` in pixels from the
        left and from the top, ``p`` (or ``on``, ``polarity``): true or 1 where it became brighter,
        false, 0 or -1 where darker.
    size : (rows, columns), optional
        Pixels of the sensor; by default up to the last that has an event.
    source : str
        Where they are from; error messages name it.

    Raises
    ------
    DataError
        If a field is missing or of another type, an event lies outside the sensor, or times are
        negative, later than 285 years, or run backwards.

    Examples
    --------
    >>> given = np.array([(5, 1, True, 0), (9, 2, False, 3)],
    ...                  [("t", "<u8"), ("x", "<u2"), ("on", "?"), ("y", "<u2")])
    >>> events = Events(given, size=(4, 4))
    >>> len(events), events.t, events.signs
    (2, array([5, 9]), array([ 1, -1], dtype=int8))
    """

    data: np.ndarray
    size: tuple[int, int] = None  # type: ignore[assignment]
    source: str = "events"

    __repr__ = short_repr

    def __post_init__(self) -> None:
        if not isinstance(self.source, str):
            raise DataError(f"source is {self.source!r}; expected a text, where they are from")
        data = _checked(self.data, self.source)
        object.__setattr__(self, "data", owned(data))
        size: Any = self.size
        if size is None:
            rows, columns = (int(data[name].max(initial=0)) + 1 for name in "yx")
            size = rows, columns
        object.__setattr__(self, "size", sensor_size(size))
        for name, length in (("y", self.size[0]), ("x", self.size[1])):
            outside = data[name] >= length
            if outside.any():
                at = int(np.argmax(outside))
                raise DataError(
                    f"{self.source}: {name} of event {at} is {data[name][at]}; expected 0 to "
                    f"{length - 1} on a sensor of {self.size[0]} x {self.size[1]} pixels (rows, "
                    "columns)"
                )

    def __len__(self) -> int:
        return len(self.data)

    @property
    def t(self) -> np.ndarray:
        """Times in microseconds, ``(n,)`` int64."""
        return self.data["t"]

    @property
    def x(self) -> np.ndarray:
        """Columns, ``(n,)`` uint16."""
        return self.data["x"]

    @property
    def y(self) -> np.ndarray:
        """Rows, ``(n,)`` uint16."""
        return self.data["y"]

    @property
    def p(self) -> np.ndarray:
        """Whether it became brighter, ``(n,)`` bool."""
        return self.data["p"]

    @property
    def signs(self) -> np.ndarray:
        """1 where it became brighter, -1 where darker, ``(n,)`` int8."""
        return np.where(self.p, 1, -1).astype(np.int8)

    @property
    def duration(self) -> float:
        """From the first event to the last, in seconds; 0 where there are none."""
        return 1e-6 * int(self.t[-1] - self.t[0]) if len(self) else 0.0

    @checked(DataError, start=whole(0), stop=whole(0))
    def between(self, start: int, stop: int) -> Events:
        """The events with ``start <= t < stop``.

        Parameters
        ----------
        start, stop : int
            Microseconds.
        """
        first, last = np.searchsorted(self.t, [start, stop])
        return Events(self.data[first : max(first, last)], self.size, self.source)

    @checked(DataError, rows=whole(1), columns=whole(1))
    def cropped(self, rows: int, columns: int) -> Events:
        """The events in the centre of the sensor, counted from its corner.

        Parameters
        ----------
        rows, columns : int
            Pixels of the centre.

        Raises
        ------
        DataError
            If the sensor is smaller.

        Examples
        --------
        >>> stream = Events(np.array([(0, 0), (7, 5)], [("t", int), ("x", int)]), (1, 8))
        >>> stream.cropped(1, 4).x
        array([3], dtype=uint16)
        """
        if rows > self.size[0] or columns > self.size[1]:
            raise DataError(
                f"{self.source}: the centre of {rows} x {columns} pixels was asked for; the sensor "
                f"has {self.size[0]} x {self.size[1]}"
            )
        top, left = (self.size[0] - rows) // 2, (self.size[1] - columns) // 2
        # uint16 wraps around below 0, to more than any sensor has
        y, x = self.y - np.uint16(top), self.x - np.uint16(left)
        inside = (y < rows) & (x < columns)
        data = self.data[inside].copy()
        data["y"], data["x"] = y[inside], x[inside]
        return Events(adopted(data), (rows, columns), self.source)

    @checked(DataError, factor=whole(1))
    def downsampled(self, factor: int) -> Events:
        """All events, on a sensor whose pixels are squares of ``factor`` by ``factor`` of them.

        Parameters
        ----------
        factor : int
            Rows and columns that become one; what is left over at the end is one more.

        Examples
        --------
        >>> stream = Events(np.array([(0, 0), (7, 5)], [("t", int), ("x", int)]), (1, 8))
        >>> stream.downsampled(4).x, stream.downsampled(4).size
        (array([0, 1], dtype=uint16), (1, 2))
        """
        if factor == 1:
            return self
        data = self.data.copy()
        data["y"] //= min(factor, MOST_PIXELS - 1)
        data["x"] //= min(factor, MOST_PIXELS - 1)
        rows, columns = (-(-length // factor) for length in self.size)
        return Events(adopted(data), (rows, columns), self.source)


def sensor_size(size: Any) -> tuple[int, int]:
    """Rows and columns of a sensor.

    Parameters
    ----------
    size : (int, int) or int
        What was given.

    Raises
    ------
    DataError
        If it is anything else, or more than 65,536.
    """
    try:
        rows, columns = pair(size, "size")
    except ValueError as error:
        raise DataError(str(error)) from error
    if max(rows, columns) > MOST_PIXELS:
        raise DataError(
            f"size is {(rows, columns)}; expected rows and columns of a sensor, up to {MOST_PIXELS}"
        )
    return rows, columns


def packed(t: Any, x: Any, y: Any, p: Any) -> np.ndarray:
    """Arrays of numbers that are known to be right, as an array of events.

    Parameters
    ----------
    t, x, y, p : (n,) arrays or numbers
        Microseconds, columns, rows, whether it became brighter.
    """
    data = np.empty(len(t), EVENT_TYPE)
    data["t"], data["x"], data["y"], data["p"] = t, x, y, p
    return adopted(data)


def _checked(given: Any, source: str) -> np.ndarray:
    """The events as they are kept."""
    names = getattr(getattr(given, "dtype", None), "fields", None)
    if not isinstance(given, np.ndarray) or names is None or given.ndim != 1:
        raise DataError(
            f"{source}: data is {shown(given)}; expected a structured array (n,) of events, with "
            "the fields t, x, y and p, as aedat, faery and Tonic give it"
        )
    if isinstance(given, np.ma.MaskedArray):
        raise DataError(f"{source}: data is a masked array; give the events without those masked")
    if given.dtype == EVENT_TYPE:
        data = given
    else:
        data = packed(*(_field(given, name, source) for name in ("t", "x", "y", "p")))
    _check_times(data["t"], source)
    return data


def _field(given: np.ndarray, name: str, source: str) -> np.ndarray:
    fields: Any = given.dtype.fields or ()
    found = [field for field in _FIELDS[name] if field in fields]
    if not found:
        if name == "y":
            return np.zeros(len(given), np.uint16)
        if name == "p":
            return np.ones(len(given), np.bool_)
        raise DataError(
            f"{source}: events have the fields {', '.join(given.dtype.names or ())}; expected "
            f"{' or '.join(_FIELDS[name])} too, and t, x, y and p in all"
        )
    values = given[found[0]]
    if values.dtype.kind not in "biu" or values.ndim != 1:
        advice = ". Seconds become microseconds with (1e6 * t).round().astype(int)"
        raise DataError(
            f"{source}: {found[0]} is of type {values.dtype}; expected whole numbers"
            + (advice if name == "t" else "")
        )
    low, high = {"t": (0, _LATEST), "p": (-1, 1)}.get(name, (0, MOST_PIXELS - 1))
    wrong = (values < low) | (values > high)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise DataError(
            f"{source}: {found[0]} of event {at} is {values[at]}; expected {low} to {high}"
        )
    if name != "p":
        return values
    if (values == 0).any() and (values < 0).any():
        raise DataError(
            f"{source}: {found[0]} is -1, 0 and 1; expected two of them, off and on: -1 and 1, or "
            "0 and 1"
        )
    return values > 0


def _check_times(t: np.ndarray, source: str) -> None:
    if not len(t):
        return
    if t[0] < 0 or t.max() > _LATEST:
        raise DataError(
            f"{source}: times lie between {t.min()} and {t.max()} us; expected 0 to {_LATEST}"
        )
    back = t[1:] < t[:-1]
    if back.any():
        at = int(np.argmax(back)) + 1
        raise DataError(
            f"{source}: event {at} is at {t[at]} us, after one at {t[at - 1]} us; expected events "
            "in the order of their times: data[np.argsort(data['t'], kind='stable')]"
        )
