"""How a value is refused: what was given, in short, and what was expected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ...errors import LifdeepError, ValidationError

__all__ = ["Check", "raised_as", "refused", "shown"]

#: Takes a value and its name for messages; returns the value as it is used, or raises.
Check = Callable[[Any, str], Any]

#: most characters of a value that messages repeat
_MOST = 80


def shown(value: Any) -> str:
    """A value in a message: as Python writes it if that is short, otherwise its type.

    Parameters
    ----------
    value : object
        What was given.

    Examples
    --------
    >>> import numpy as np
    >>> shown("two"), shown(np.zeros((100, 3)))
    ("'two'", 'an array of float64 of shape (100, 3)')
    """
    if isinstance(value, type):
        return f"the class {value.__name__} itself"
    if hasattr(value, "dtype") and getattr(value, "size", 0) > 4:
        return f"an array of {value.dtype} of shape {value.shape}"
    name = type(value).__name__
    if hasattr(value, "__dataclass_fields__"):
        return f"a {name}"
    written = repr(value)
    return written if len(written) <= _MOST and "\n" not in written else f"a {name}"


def refused(value: Any, what: str, expected: str) -> ValidationError:
    """The error that says so.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.
    expected : str
        What it should have been.
    """
    return ValidationError(f"{what} is {shown(value)}; expected {expected}")


@contextmanager
def raised_as(error: type[LifdeepError]) -> Iterator[None]:
    """What a check raises, as an error of another type.

    Parameters
    ----------
    error : type of LifdeepError
        That type.
    """
    try:
        yield
    except ValidationError as found:
        if type(found) is not ValidationError or error is ValidationError:
            raise
        raise error(str(found)) from None
