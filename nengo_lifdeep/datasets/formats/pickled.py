"""Pickled arrays of numbers, built by this package alone.

A pickle may ask for any function, for memory of any size, and for arrays that do not fit their
bytes. Here nothing of NumPy's is called while it is read: stand-ins keep what the pickle says, and
an array is made of it only after it was checked.
"""

from __future__ import annotations

import math
import pickle
import pickletools
from typing import Any

import numpy as np

from ...errors import DataError

__all__ = ["ArraysOnly", "PickledArray", "check_pickle"]

#: largest number under which a pickle may remember a value; memory is fetched for all below it
_MOST_REMEMBERED = 2**20

#: what a number stands for in a pickled type, e.g. ``u1``
_KINDS = frozenset("biuf")


class PickledArray:
    """What a pickle says of one array; filled by the unpickler."""

    def __init__(self) -> None:
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def array(self) -> np.ndarray:
        """The array; `ValueError` if its parts do not fit together or it holds no numbers."""
        _, shape, kind, is_fortran, data = self.state
        if not isinstance(kind, _Type) or not isinstance(data, bytes):
            raise ValueError("an array without numbers")
        dtype = kind.dtype()
        if not all(type(n) is int and n >= 0 for n in shape):
            raise ValueError(f"an array of shape {shape}")
        if math.prod(shape) * dtype.itemsize != len(data):
            raise ValueError(f"an array of shape {shape} with {len(data):,} bytes")
        return np.frombuffer(data, dtype).reshape(shape, order="F" if is_fortran else "C")


class ArraysOnly(pickle.Unpickler):
    """Builds dictionaries, lists, numbers and `PickledArray`, and refuses everything else.

    Parameters
    ----------
    file : binary file
        The pickle.
    """

    def find_class(self, module: str, name: str) -> Any:
        """The stand-in for one of the five names that pickled arrays need.

        Parameters
        ----------
        module : str
            Module that the pickle names.
        name : str
            Name in that module.
        """
        core = module.replace("numpy._core", "numpy.core")
        stand_in = _STAND_INS.get((core, name))
        if stand_in is None:
            raise DataError(
                f"the pickle asks for {module}.{name}, which no batch of images needs; it was not "
                "loaded. Get the file from its original source"
            )
        return stand_in


def check_pickle(data: bytes) -> None:
    """Refuse a pickle that would make the unpickler fetch memory; `ValueError` says what for.

    Parameters
    ----------
    data : bytes
        The pickle.
    """
    for opcode, argument, _ in pickletools.genops(data):
        if (
            opcode.name in ("PUT", "BINPUT", "LONG_BINPUT")
            and int(argument or 0) > _MOST_REMEMBERED
        ):
            raise ValueError(f"it remembers a value as number {argument:,}")


class _Type:
    """What a pickle says of the type of an array's numbers."""

    def __init__(self, code: Any = "", *options: Any) -> None:
        self.code, self.order = _text(code), "|"

    def __setstate__(self, state: Any) -> None:
        self.order = _text(state[1])

    def dtype(self) -> np.dtype:
        if self.order not in ("<", ">", "|", "=") or self.code[:1] not in _KINDS:
            raise ValueError(f"numbers of type {self.order}{self.code}")
        return np.dtype(self.order + self.code)


class _Class:
    """Stands for ``numpy.ndarray``; it is only passed on."""


def _reconstruct(*arguments: Any) -> PickledArray:
    return PickledArray()


def _encode(text: Any, encoding: Any = "latin1", *options: Any) -> bytes:
    if _text(encoding) not in ("latin1", "latin-1"):
        raise ValueError(f"bytes as {encoding!r}")
    return str(text).encode("latin1")


def _text(value: Any) -> str:
    return value.decode("ascii") if isinstance(value, bytes) else str(value)


_STAND_INS = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy", "ndarray"): _Class,
    ("numpy", "dtype"): _Type,
    ("_codecs", "encode"): _encode,
}
