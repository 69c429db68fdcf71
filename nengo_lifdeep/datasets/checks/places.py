"""Whether names of classes or values stand at the same places, where answers go by numbers."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import DataError, LifdeepError

__all__ = ["require_same_places"]


def require_same_places(
    names: Sequence[str],
    others: Sequence[str],
    what: str,
    other: str,
    error: type[LifdeepError] = DataError,
) -> None:
    """Refuse answers whose numbers mean one thing here and another there.

    Names that only one side has are passed over: the same class may be written in two ways. So are
    numbers in order, which stand where there are no names, unless the other side has the same ones.

    Parameters
    ----------
    names, others : sequence of str
        Names by number; empty where they are not known.
    what, other : str
        Whose they are, for the message.
    error : type
        What is raised.

    Raises
    ------
    DataError
        Or ``error``, if a name stands at another place.

    Examples
    --------
    >>> require_same_places(("cat", "dog"), ("cat", "hound"), "the data", "the network")
    >>> require_same_places(("cat", "dog"), ("dog", "cat"), "the data", "the network")
    Traceback (most recent call last):
        ...
    nengo_lifdeep.errors.DataError: 'cat' is number 0 of the data and number 1 of the network; \
answers are compared by number, so that others would be taken for it. Give both the same order of \
names
    """
    known = {name: place for place, name in enumerate(others)}
    unnamed = any(tuple(each) == tuple(map(str, range(len(each)))) for each in (names, others))
    if unnamed and set(names) != set(others):
        return
    for place, name in enumerate(names):
        if known.get(name, place) != place:
            raise error(
                f"{name!r} is number {place} of {what} and number {known[name]} of {other}; "
                "answers are compared by number, so that others would be taken for it. Give both "
                "the same order of names"
            )
