"""The form of a rule: a function of a `Draft` that yields what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..draft import Draft

__all__ = ["Rule", "Told", "ends"]

#: severity, where, what was found, remedy
Told = Iterator[tuple[str, str, str, str]]
Rule = Callable[[Draft], Told]


def ends(connection: Any) -> str:
    """A connection's name for a finding.

    Parameters
    ----------
    connection : Connection
        The connection.
    """
    return f"{connection.pre} -> {connection.post}"
