"""Checks of what may be missing, and of several values: in a row or by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...errors import LifdeepError, ValidationError
from .refusal import Check, refused, shown

__all__ = ["by_name", "checked_names", "each", "optional"]

if TYPE_CHECKING:
    import numpy as np


def optional(check: Check) -> Check:
    """A check that lets None pass.

    Parameters
    ----------
    check : Check
        What is asked of values that are not None.

    Examples
    --------
    >>> from nengo_lifdeep.support.checks import flag
    >>> optional(flag)(None, "grid") is None
    True
    """

    def check_or_none(value: Any, what: str) -> Any:
        return None if value is None else check(value, what)

    return check_or_none


def each(check: Check, expected: str, *, least: int = 0) -> Check:
    """Several values, each checked, as a tuple; one text alone is refused.

    Parameters
    ----------
    check : Check
        Of one of them.
    expected : str
        What they are, for messages.
    least : int
        Fewest of them.

    Examples
    --------
    >>> import numpy as np
    >>> from nengo_lifdeep.support.checks import real
    >>> each(real(0), "numbers")(np.array([1.0, 2.0]), "rates")
    (1.0, 2.0)
    """

    def check_each(value: Any, what: str) -> tuple[Any, ...]:
        if not hasattr(value, "__iter__") and hasattr(value, "__array__"):
            value = _of_numpy(value, what, expected)
        alone = isinstance(value, str | bytes | Mapping | set | frozenset | type)
        if alone or not hasattr(value, "__iter__") or getattr(value, "ndim", 1) != 1:
            raise refused(value, what, expected)
        found = tuple(check(item, f"{what}[{i}]") for i, item in enumerate(value))
        if len(found) < least:
            raise ValidationError(
                f"{what} holds {len(found)}; expected {expected}, {least} or more"
            )
        return found

    return check_each


def by_name(check: Check, expected: str = "values by name, as a dict") -> Check:
    """Values by name, each checked, as a dict.

    Parameters
    ----------
    check : Check
        Of each value.
    expected : str
        What is expected, for messages.

    Examples
    --------
    >>> from nengo_lifdeep.support.checks import real
    >>> by_name(real(0))({"a": 1.5}, "rates")
    {'a': 1.5}
    """

    def check_all(value: Any, what: str) -> dict[str, Any]:
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise refused(value, what, expected)
        return {key: check(item, f"{what}[{key!r}]") for key, item in value.items()}

    return check_all


def checked_names(
    value: Any, what: str, error: type[LifdeepError] = ValidationError
) -> tuple[str, ...]:
    """Several texts as a tuple; one text alone would become its letters, and is refused.

    Parameters
    ----------
    value : sequence of str
        The texts.
    what : str
        Name of the value in the error message.
    error : type of LifdeepError
        Type of the error to raise.
    """
    if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__iter__"):
        raise error(f"{what} is {shown(value)}; expected several names, such as ('cat', 'dog')")
    found = tuple(value) if getattr(value, "ndim", 1) == 1 else (value,)
    if not all(isinstance(name, str) for name in found):
        raise error(f"{what} is {shown(value)}; expected several names, such as ('cat', 'dog')")
    return tuple(map(str, found))


def _of_numpy(value: Any, what: str, expected: str) -> np.ndarray:
    """An array of another library as one of NumPy."""
    try:
        import numpy as np  # here, so that the command's help appears at once

        return np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise refused(value, what, f"{expected} ({error})") from error
