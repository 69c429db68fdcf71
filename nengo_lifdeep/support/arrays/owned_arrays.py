"""Arrays that belong to a value alone: nobody else can write into their memory.

A value checks its arrays when it is built. If their memory were shared with the arrays that a user
gave, a later ``weights[:] = 0`` would change the value past its checks.
"""

from __future__ import annotations

import mmap
import weakref
from typing import Any

import numpy as np

__all__ = ["ReadOnlyDict", "adopted", "owned"]

#: arrays whose memory only values hold, by their identity
_OWNERS: weakref.WeakValueDictionary[int, np.ndarray] = weakref.WeakValueDictionary()


def owned(array: np.ndarray) -> np.ndarray:
    """A read-only array with memory that no user holds: a copy, unless it is that already.

    What `owned` or `adopted` returned, and views of it, are taken as they are; so are bytes and
    files that are mapped read-only, which nobody can write to.

    Parameters
    ----------
    array : array
        Any array, of any shape.

    Returns
    -------
    array
        Of the same type, shape and values.

    Examples
    --------
    >>> given = np.zeros(3)
    >>> kept = owned(given)
    >>> given[:] = 1
    >>> kept, owned(kept[1:]).base is kept.base
    (array([0., 0., 0.]), True)
    """
    if not _is_owned(array):
        return adopted(np.array(array, copy=True, subok=False))
    view = array.view(np.ndarray)
    view.flags.writeable = False
    return view


def adopted(array: np.ndarray) -> np.ndarray:
    """Take an array over without a copy, read-only from now on.

    Parameters
    ----------
    array : array
        Made by the caller, who gives it away: neither it nor a view of it is used otherwise.
    """
    owner = _owner(array)
    if owner.base is not None:  # memory of something else than an array
        return owned(array)
    owner.flags.writeable = False
    _OWNERS[id(owner)] = owner
    view = array.view(np.ndarray)
    view.flags.writeable = False
    return view


def _is_owned(array: np.ndarray) -> bool:
    owner = _owner(array)
    holder: Any = owner.base
    if holder is None:
        return _OWNERS.get(id(owner)) is owner and not owner.flags.writeable
    if isinstance(holder, mmap.mmap):
        return memoryview(holder).readonly
    return type(holder) is bytes


def _owner(array: np.ndarray) -> np.ndarray:
    """The array that the memory belongs to."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


class ReadOnlyDict(dict[str, Any]):
    """A dict that is not changed once it is made; ``dict(it)`` can be.

    Values hold one of these: an entry that is put in later would not have been checked.

    Examples
    --------
    >>> weights = ReadOnlyDict(kernel=1)
    >>> weights["kernel"] = 2
    Traceback (most recent call last):
        ...
    TypeError: this dict belongs to a checked value and cannot be changed; change dict(it), and \
build another value with dataclasses.replace
    """

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse a change.

        Parameters
        ----------
        *args, **kwargs
            As the method of `dict` takes them.

        Raises
        ------
        TypeError
            Always.
        """
        raise TypeError(
            "this dict belongs to a checked value and cannot be changed; change dict(it), and "
            "build another value with dataclasses.replace"
        )

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        """As it is pickled and copied."""
        return type(self), (dict(self),)
