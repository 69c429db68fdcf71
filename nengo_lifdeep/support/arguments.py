"""What an argument may be, said once: refused at the door with what was given and expected.

A check takes a value and its name for messages, and returns the value as it is used: NumPy's
numbers become Python's, sequences tuples. `checked` puts checks onto the arguments of a function,
`check_fields` onto the fields of a value that is being built.
"""

from __future__ import annotations

import functools
import inspect
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from ..errors import LifdeepError, ValidationError

__all__ = [
    "MOST_SEED",
    "Check",
    "by_name",
    "check_fields",
    "checked",
    "each",
    "file_name",
    "flag",
    "function",
    "image_shape",
    "instance",
    "is_real",
    "is_whole",
    "optional",
    "pair",
    "real",
    "seed",
    "shown",
    "sizes",
    "text",
    "whole",
    "word",
]

Check = Callable[[Any, str], Any]

if TYPE_CHECKING:
    import numpy as np

P = ParamSpec("P")
R = TypeVar("R")

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
    if hasattr(value, "dtype") and getattr(value, "size", 0) > 4:
        return f"an array of {value.dtype} of shape {value.shape}"
    if isinstance(value, type):
        return f"the class {value.__name__} itself"
    name = type(value).__name__
    if hasattr(value, "__dataclass_fields__"):
        return f"a {name}"
    written = repr(value)
    return written if len(written) <= _MOST and "\n" not in written else f"a {name}"


def refused(value: Any, what: str, expected: str) -> ValidationError:
    """The error that says so."""
    return ValidationError(f"{what} is {shown(value)}; expected {expected}")


def _is_of_numpy(value: Any, *names: str) -> bool:
    return type(value).__module__ == "numpy" and type(value).__name__ in names


def is_whole(value: Any) -> bool:
    """Whether it is an integer of Python or NumPy; booleans and durations are none.

    Parameters
    ----------
    value : object
        What was given.
    """
    if type(value).__module__ == "numpy":  # not imported here; its durations are integers to it
        return isinstance(value, Integral) and type(value).__name__ != "timedelta64"
    return isinstance(value, int) and not isinstance(value, bool)


def is_real(value: Any) -> bool:
    """Whether it is a whole number or a float of Python or NumPy.

    Parameters
    ----------
    value : object
        What was given.
    """
    of_numpy = type(value).__module__ == "numpy" and not isinstance(value, Integral)
    return is_whole(value) or isinstance(value, float) or (of_numpy and isinstance(value, Real))


def whole(low: int | None = 0, high: int | None = None) -> Check:
    """Whole numbers from ``low`` to ``high``.

    Parameters
    ----------
    low : float, optional
        Smallest value that is allowed.
    high : float, optional
        Largest value that is allowed.

    Examples
    --------
    >>> import numpy as np
    >>> whole(1)(np.int64(3), "n")
    3
    >>> whole(1)(True, "n")
    Traceback (most recent call last):
        ...
    nengo_lifdeep.errors.ValidationError: n is True; expected a whole number, at least 1
    """
    bounds = _bounds(low, high)

    def check(value: Any, what: str) -> int:
        if (
            not is_whole(value)
            or not (low is None or low <= value)
            or not (high is None or value <= high)
        ):
            raise refused(value, what, f"a whole number{bounds}")
        return int(value)

    return check


#: largest seed that every generator of random numbers takes
MOST_SEED = 2**32 - 1


def seed(value: Any, what: str) -> int:
    """A seed of random numbers.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.

    Examples
    --------
    >>> seed(0, "seed")
    0
    """
    return int(whole(0, MOST_SEED)(value, what))


def real(
    low: float = -math.inf,
    high: float = math.inf,
    *,
    above: float = -math.inf,
    below: float = math.inf,
    infinite: bool = False,
    unit: str = "",
) -> Check:
    """Numbers within bounds: ``low`` and ``high`` belong to them, ``above`` and ``below`` do not.

    Parameters
    ----------
    low : float, optional
        Smallest value that is allowed.
    high : float, optional
        Largest value that is allowed.
    above : float
        Values are larger than this.
    below : float
        Values are smaller than this.
    infinite : bool
        Whether infinity is allowed.
    unit : str
        Unit, for messages.

    Examples
    --------
    >>> real(above=0, unit="seconds")(-1.0, "dt")
    Traceback (most recent call last):
        ...
    nengo_lifdeep.errors.ValidationError: dt is -1.0; expected a finite number above 0, in seconds
    """
    outer = [f" above {above:g}"] if above > -math.inf else []
    outer += [f" below {below:g}"] if below < math.inf else []
    closed = _bounds(low if low > -math.inf else None, high if high < math.inf else None)
    expected = "a number" if infinite else "a finite number"
    expected += " and".join(outer) + closed + (f", in {unit}" if unit else "")

    def check(value: Any, what: str) -> int | float:
        if not is_real(value):
            raise refused(value, what, expected)
        inside = low <= value <= high and above < value < below
        if math.isinf(value):
            inside = infinite and low <= value <= high
        if not inside:
            raise refused(value, what, expected)
        return value if type(value) in (int, float) else float(value)

    return check


def flag(value: Any, what: str) -> bool:
    """True or False, Python's or NumPy's.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.

    Examples
    --------
    >>> import numpy as np
    >>> flag(np.True_, "grid")
    True
    """
    if not isinstance(value, bool) and not _is_of_numpy(value, "bool", "bool_"):
        raise refused(value, what, "True or False")
    return bool(value)


def text(value: Any, what: str) -> str:
    """Any text.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.

    Examples
    --------
    >>> text("digits", "name")
    'digits'
    """
    if not isinstance(value, str):
        raise refused(value, what, "text")
    return str(value)


def word(*choices: str) -> Check:
    """One of a few words.

    Parameters
    ----------
    *choices : str
        The words.

    Examples
    --------
    >>> word("zero", "uniform")("one", "initial_voltage")
    Traceback (most recent call last):
        ...
    nengo_lifdeep.errors.ValidationError: initial_voltage is 'one'; expected 'zero' or 'uniform'
    """
    expected = " or ".join(map(repr, choices))

    def check(value: Any, what: str) -> str:
        if not isinstance(value, str) or value not in choices:
            raise refused(value, what, expected)
        return str(value)

    return check


def instance(*types: type, advice: Mapping[type, str] | None = None, also: str = "") -> Check:
    """Values of certain types.

    Parameters
    ----------
    *types : type
        Which.
    advice : dict of type to str, optional
        What to do with a value of another type.
    also : str
        What else the argument may be, for the message.

    Examples
    --------
    >>> instance(dict, advice={list: "make it a dict"})([1], "options")
    Traceback (most recent call last):
        ...
    nengo_lifdeep.errors.ValidationError: options is [1]; expected a dict: make it a dict
    """
    expected = " or ".join(
        [*(_with_article(kind.__name__) for kind in types), *filter(None, [also])]
    )

    def check(value: Any, what: str) -> Any:
        if isinstance(value, types):
            return value
        found = [text for kind, text in (advice or {}).items() if isinstance(value, kind)]
        raise refused(value, what, expected + "".join(f": {text}" for text in found))

    return check


def optional(check: Check) -> Check:
    """A check that lets None pass.

    Parameters
    ----------
    check : Check
        What is asked of values that are not None.

    Examples
    --------
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
    >>> each(real(0), "numbers")(np.array([1.0, 2.0]), "rates")
    (1.0, 2.0)
    """

    def check_each(value: Any, what: str) -> tuple[Any, ...]:
        if not hasattr(value, "__iter__") and hasattr(value, "__array__"):
            value = plain(value, what, expected)
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


def plain(value: Any, what: str, expected: str) -> np.ndarray:
    """An array of another library as one of NumPy."""
    try:
        import numpy as np  # here, so that the command's help appears at once

        return np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise refused(value, what, f"{expected} ({error})") from error


def sizes(value: Any, what: str) -> tuple[int, ...]:
    """Sizes of an array, each 1 or more.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.

    Examples
    --------
    >>> sizes([28, 28, 1], "shape")
    (28, 28, 1)
    """
    try:
        return each(whole(1), "sizes", least=1)(value, what)
    except ValidationError:
        raise refused(value, what, "sizes such as (28, 28, 1), each 1 or more") from None


def image_shape(value: Any, what: str) -> tuple[int, ...]:
    """Rows, columns and channels of an image, each 1 or more.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.

    Examples
    --------
    >>> image_shape((28, 28, 1), "shape")
    (28, 28, 1)
    """
    found = sizes(value, what)
    if len(found) != 3:
        raise refused(value, what, "three sizes, (row, column, channel)")
    return found


def pair(value: Any, what: str) -> tuple[int, int]:
    """Rows and columns, given as one whole number or as two.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.

    Examples
    --------
    >>> pair(3, "kernel_size"), pair([3, 5], "kernel_size")
    ((3, 3), (3, 5))
    """
    both = (value, value) if is_whole(value) else value
    try:
        rows, columns = each(whole(1), "two")(both, what)
    except (ValidationError, ValueError):
        expected = "a positive integer or a pair of them (rows, columns)"
        raise refused(value, what, expected) from None
    return rows, columns


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
    >>> by_name(real(0))({"a": 1.5}, "rates")
    {'a': 1.5}
    """

    def check_all(value: Any, what: str) -> dict[str, Any]:
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise refused(value, what, expected)
        return {key: check(item, f"{what}[{key!r}]") for key, item in value.items()}

    return check_all


def function(value: Any, what: str) -> Any:
    """Something that can be called.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.
    """
    if not callable(value):
        raise refused(value, what, "a function")
    return value


def file_name(value: Any, what: str) -> Any:
    """A file's or folder's name.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.

    Examples
    --------
    >>> file_name("", "path")
    Traceback (most recent call last):
        ...
    nengo_lifdeep.errors.ValidationError: path is ''; expected the name of a file or folder
    """
    if not isinstance(value, str | os.PathLike) or "\0" in (name := os.fsdecode(value)) or not name:
        raise refused(value, what, "the name of a file or folder")
    return value


def _bounds(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" from {low:g} to {high:g}"
    if low is not None:
        return f", at least {low:g}"
    return "" if high is None else f", at most {high:g}"


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


@contextmanager
def _as(error: type[LifdeepError]) -> Iterator[None]:
    """What a check raises, as an error of another type."""
    try:
        yield
    except ValidationError as found:
        if type(found) is not ValidationError or error is ValidationError:
            raise
        raise error(str(found)) from None


def checked(
    error: type[LifdeepError] = ValidationError, /, **checks: Check
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator that checks arguments before the function begins.

    Parameters
    ----------
    error : type
        What is raised in the place of `ValidationError`.
    **checks : Check
        By the argument's name. Arguments that are not given are not checked; names that the
        signature does not have are those of its ``**options``.

    Examples
    --------
    >>> import numpy as np
    >>> @checked(n=whole(1))
    ... def shown_twice(n):
    ...     return 2 * n
    >>> shown_twice(n=np.int64(3))
    6
    """

    def decorate(call: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(call)
        rest = [p.name for p in signature.parameters.values() if p.kind is p.VAR_KEYWORD]
        unknown = [] if rest else [name for name in checks if name not in signature.parameters]
        if unknown:
            raise TypeError(f"{call.__qualname__} has no arguments {unknown}")

        @functools.wraps(call)
        def called(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                bound = signature.bind(*args, **kwargs)
            except TypeError:
                return call(*args, **kwargs)  # Python names the function in its own error
            given = bound.arguments
            with _as(error):
                for name, check in checks.items():
                    if name in given:
                        given[name] = check(given[name], name)
                    elif rest and name in given.get(rest[0], {}):
                        given[rest[0]][name] = check(given[rest[0]][name], name)
            return call(*bound.args, **bound.kwargs)

        return called

    return decorate


def check_fields(
    value: Any,
    error: type[LifdeepError] = ValidationError,
    /,
    *,
    where: str | None = None,
    **checks: Check,
) -> None:
    """Check fields of a frozen value in its ``__post_init__``, and keep them as they are used.

    Parameters
    ----------
    value : dataclass
        What is being built.
    error : type
        What is raised in the place of `ValidationError`.
    where : str
        What stands before the fields' names in messages; the type's name by default.
    **checks : Check
        By the field's name.
    """
    prefix = f"{type(value).__name__}." if where is None else where
    with _as(error):
        for name, check in checks.items():
            given = getattr(value, name)
            found = check(given, prefix + name)
            if found is not given:
                object.__setattr__(value, name, found)
