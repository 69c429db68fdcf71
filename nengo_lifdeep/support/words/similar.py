"""What somebody probably meant by a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["did_you_mean"]

#: how alike two names must be, 1 being equal
_ALIKE = 0.7


def did_you_mean(given: object, known: Iterable[str]) -> str:
    """The end of an error message: the known name most like the given one, or nothing.

    Parameters
    ----------
    given : object
        What was given as a name.
    known : iterable of str
        The names there are.

    Examples
    --------
    >>> did_you_mean("event", ["rate", "events"])
    "; did you mean 'events'?"
    >>> did_you_mean("brian", ["rate", "events"])
    ''
    """
    if not isinstance(given, str):
        return ""
    plain = {name.lower().replace("_", "-"): name for name in known}
    asked = given.lower().replace("_", "-")
    close = difflib.get_close_matches(asked, plain, 1, _ALIKE)
    return f"; did you mean {plain[close[0]]!r}?" if close else ""
