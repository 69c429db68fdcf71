"""What simulators count besides spikes: name of the counter -> population -> count."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import ValidationError
from ..support.arrays.owned_arrays import ReadOnlyDict
from ..support.checks import checked_whole

__all__ = ["checked_counters", "counters_line"]


def checked_counters(
    counters: Mapping[str, Mapping[str, int]], name: str
) -> dict[str, dict[str, int]]:
    """Counters as plain integers, in dicts that refuse changes.

    Parameters
    ----------
    counters : dict of str to dict of str to int
        Name of the counter -> population -> count.
    name : str
        Of the value's field, for messages.

    Raises
    ------
    ValidationError
        If it is no such dict, or a count is not a whole number, 0 or more.

    Examples
    --------
    >>> checked_counters({"current wrapped around": {"dense1": 3}}, "counters")
    {'current wrapped around': {'dense1': 3}}
    """
    if not isinstance(counters, Mapping) or not all(
        isinstance(counts, Mapping) for counts in counters.values()
    ):
        raise ValidationError(
            f"{name} is {counters!r}; expected counts by counter and population, as dicts"
        )
    checked = {
        counter: {
            population: checked_whole(count, f"{name}[{counter!r}][{population!r}]")
            for population, count in counts.items()
        }
        for counter, counts in counters.items()
    }
    return ReadOnlyDict({counter: ReadOnlyDict(counts) for counter, counts in checked.items()})


def counters_line(counters: Mapping[str, Mapping[str, int]]) -> str | None:
    """Sums of the counters over populations in one line; None where there are none.

    Parameters
    ----------
    counters : dict
        Name of the counter -> population -> count.

    Examples
    --------
    >>> counters_line({"current wrapped around": {"dense1": 3, "dense2": 1200}})
    'current wrapped around 1,203'
    """
    sums = {name: sum(counts.values()) for name, counts in counters.items()}
    return "; ".join(f"{name} {total:,}" for name, total in sums.items()) or None
