"""What users give in place of each kind of argument, and what should become of it.

A kind is a function of a good value. It returns trials, ``(label, value, expected)``:

``"refuse"``
    the call must end in an error of ours;
``"same"``
    an equal value in another form: the call must give what the good value gives;
``"either"``
    refused, or the same result; nothing else.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

Trial = tuple[str, Any, str]
Kind = Callable[[Any], Iterable[Trial]]


class Foreign:
    """An object that knows nothing of arrays and whose text would be long."""

    def __repr__(self) -> str:
        return "Foreign" + 500 * "."


class Tensor:
    """As arrays of other libraries are: they become NumPy arrays when asked, not to be written."""

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        array = np.array(self.values, dtype=dtype)
        array.flags.writeable = False
        return array

    def __len__(self) -> int:
        return len(self.values)


class Graph(Tensor):
    """As PyTorch's tensors that need a gradient, and TensorFlow's symbolic ones."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")


class Subclass(np.ndarray):
    """An array of another type that is one all the same."""


def letters() -> Iterator[int]:
    """A generator, used up when read once."""
    yield from (1, 2)


def no_numbers() -> dict[str, Any]:
    """What is neither a number nor text, whatever was asked for."""
    return {
        "dict": {"a": 1}, "generator": letters(), "object": Foreign(), "class": int,
        "function": len, "complex": 1j, "date": datetime.date(2020, 1, 1),
        "array of text": np.array(["a", "b"]), "array of objects": np.array([None, "a"], object),
        "duration": np.timedelta64(3, "s"), "list of text": ["a", "b"], "tensor of a graph":
        Graph([1.0]), "missing": pd.NA, "range of dates": pd.date_range("2020", periods=2),
    }  # fmt: skip


def _refused(values: dict[str, Any]) -> list[Trial]:
    return [(label, value, "refuse") for label, value in values.items()]


def optional(kind: Kind) -> Kind:
    """As a kind, but None means something."""
    return lambda good: [trial for trial in kind(good) if trial[0] != "None"]


def but(kind: Kind, *labels: str) -> Kind:
    """As a kind, without the trials that are right here."""
    return lambda good: [trial for trial in kind(good) if trial[0] not in labels]


def whole(low: int | None = 0, high: int | None = None) -> Kind:
    """A whole number."""

    def trials(good: int) -> list[Trial]:
        wrong = {
            **no_numbers(), "None": None, "text": str(good), "bytes": b"3", "fraction": good + 0.5,
            "NaN": math.nan, "infinity": math.inf, "-infinity": -math.inf, "True": True,
            "NumPy's True": np.True_, "list": [good], "array": np.array([good, good]),
            "empty": [],
        }  # fmt: skip
        if low is not None:
            wrong |= {"too small": low - 1, "very small": -(10**30), "NumPy's": np.int64(low - 1)}
        if high is not None:
            wrong |= {"too large": high + 1, "very large": 10**30}
        return [
            *_refused(wrong), ("int64", np.int64(good), "same"),
            ("uint32", np.uint32(good), "same"),
            ("0-d array", np.array(good), "either"), ("float", float(good), "either"),
            ("decimal", decimal.Decimal(good), "either"),
        ]  # fmt: skip

    return trials


def real(low: float = -math.inf, high: float = math.inf, *, infinite: bool = False,
         zero: bool = True) -> Kind:  # fmt: skip
    """A real number within bounds."""

    def trials(good: float) -> list[Trial]:
        wrong = {
            **no_numbers(), "None": None, "text": str(good), "bytes": b"0.1", "NaN": math.nan,
            "NumPy's NaN": np.float32("nan"), "True": True, "NumPy's True": np.True_,
            "list": [good], "array": np.array([good, good]), "empty": [],
        }  # fmt: skip
        if not infinite:
            wrong |= {"infinity": math.inf}
        if low > -math.inf:
            wrong |= {"too small": low - 1e-3, "-infinity": -math.inf, "far too small": -1e30}
        if high < math.inf:
            wrong |= {"too large": high + 1e-3, "far too large": 1e30}
        if not zero:
            wrong |= {"zero": 0, "NumPy's zero": np.float32(0)}
        return [
            *_refused(wrong), ("float64", np.float64(good), "same"),
            ("0-d array", np.array(good), "either"),
            ("fraction", fractions.Fraction(good), "either"),
            ("decimal", decimal.Decimal(good), "either"),
        ]  # fmt: skip

    return trials


def flag(good: bool) -> list[Trial]:
    """Yes or no."""
    wrong = {**no_numbers(), "None": None, "text": "yes", "no": "False", "two": 2, "NaN": math.nan,
             "half": 0.5, "list": [True], "empty": [],
             "array": np.array([True, False])}  # fmt: skip
    return [*_refused(wrong), ("NumPy's", np.bool_(good), "same"), ("int", int(good), "either")]


def text(good: str) -> list[Trial]:
    """Any text."""
    wrong = {**no_numbers(), "None": None, "number": 3, "fraction": 2.5, "NaN": math.nan,
             "True": True, "bytes": good.encode(), "list": [good], "tuple": (good,)}  # fmt: skip
    return [*_refused(wrong), ("NumPy's", np.str_(good), "same")]


def choice(good: str) -> list[Trial]:
    """One of a few words."""
    other = {"other word": "other", "empty": "", "upper case": good.upper() + "_"}
    return [*text(good), *_refused(other)]


def place(good: Any) -> list[Trial]:
    """Where a file is, or shall be."""
    wrong = {**no_numbers(), "None": None, "number": 3, "fraction": 2.5, "True": True,
             "empty": "", "list": [str(good)], "zero byte": "a\0b"}  # fmt: skip
    return [*_refused(wrong), ("text", str(good), "same")]


def value(*others: Any) -> Kind:
    """A value of one of our types; ``others`` are ones of other types."""

    def trials(good: Any) -> list[Trial]:
        wrong = {**no_numbers(), "None": None, "text": "digits", "number": 3, "fraction": 2.5,
                 "True": True, "array": np.zeros((2, 8, 8, 1)), "list": [good], "tuple": (good,),
                 "type itself": type(good)}  # fmt: skip
        wrong |= {f"another: {type(other).__name__}": other for other in others}
        return _refused(wrong)

    return trials


def function(good: Any) -> list[Trial]:
    """Something to be called."""
    wrong = no_numbers() | {"None": None, "text": "f", "number": 3, "array": np.zeros(2)}
    return _refused({k: v for k, v in wrong.items() if not callable(v)})


def array(n_axes: int, *, whole: bool = False, low: float | None = 0.0, high: float | None = None,
          finite: bool = True, length: bool = True) -> Kind:  # fmt: skip
    """Numbers of a certain shape; a wrong length along the first axis is refused."""

    def trials(good: Any) -> list[Trial]:
        good = np.asarray(good)
        wrong = {
            **no_numbers(), "None": None, "text": "abc", "number": 3, "True": True, "bytes": b"ab",
            "set": {1, 2}, "rows of unequal length": [[1], [1, 2]], "empty list": [],
            "complex numbers": good.astype(complex), "numbers as text": good.astype(str),
            "structured": np.zeros(good.shape, [("a", "f4")]), "frame of text":
            pd.DataFrame({"a": ["x", "y"]}), "masked": np.ma.masked_array(good, good == good),
            "one axis more": good[np.newaxis], "no axis": np.float32(0), "dates":
            np.zeros(good.shape, "datetime64[s]"), "objects in it": np.full(good.shape, None),
        }  # fmt: skip
        if length and len(good):
            wrong |= {"none of them": good[:0]}
        if whole:
            wrong |= {"fractions": good + 0.5, "booleans": good.astype(bool)}
        if finite:
            nan = good.astype(float)
            nan.flat[-1] = math.nan
            wrong |= {"NaN in it": nan, "infinity in it": np.where(np.isnan(nan), np.inf, nan)}
        for bound, sign in ((low, -1), (high, 1)):
            if bound is not None:
                beyond = good.astype(np.float64 if not whole else np.int64)
                beyond.flat[-1] = bound + sign
                wrong |= {f"number beyond {bound:g}": beyond}
        return [*_refused(wrong), *forms(good)]

    return trials


def forms(good: np.ndarray) -> list[Trial]:
    """The same numbers in other forms."""
    read_only = good.copy()
    read_only.flags.writeable = False
    backwards = np.ascontiguousarray(good[::-1])[::-1]
    sparse = np.repeat(good, 2, axis=0)[::2]
    same = {
        "list": good.tolist(), "tuple": tuple(good.tolist()), "Fortran order":
        np.asfortranarray(good), "negative strides": backwards, "every second": sparse,
        "read-only": read_only, "tensor": Tensor(good), "subclass": good.copy().view(Subclass),
        "other byte order": good.astype(good.dtype.newbyteorder()), "masked nowhere":
        np.ma.masked_array(good, False),
    }  # fmt: skip
    if good.ndim == 1:
        same |= {"series": pd.Series(good), "series, indexed otherwise":
                 pd.Series(good, index=np.arange(len(good))[::-1])}  # fmt: skip
    if good.ndim == 2:
        same |= {"frame": pd.DataFrame(good)}
    found = [(label, form, "same") for label, form in same.items()]
    if good.dtype.kind in "iu":
        found += [(t, good.astype(t), "same") for t in ("int8", "int32", "uint16", "uint64")]
        found += [("as floats", good.astype(float), "either")]
    return [*found, ("objects", good.astype(object), "either")]


def numbers(low: float = -math.inf, *, infinite: bool = False, zero: bool = True) -> Kind:
    """Several real numbers."""

    def trials(good: Any) -> list[Trial]:
        one = list(good)[:1]
        wrong = {
            "None": None, "text": "12", "empty": [], "of None": [None], "of text": ["a"],
            "of NaN": [math.nan], "of booleans": [True], "nested": [[0.5, 0.6]], "dict": {"a": 1},
            "object": Foreign(), "complex": [1j], "one more, of text": [*one, "0.5"], "bytes":
            b"12", "array of text": np.array(["a", "b"]), "class": int, "mixed": [*one, None],
            "number": one[0], "True": True, "NaN": math.nan,
        }  # fmt: skip
        if low > -math.inf:
            wrong |= {"too small": [*one, low - 1], "-infinity": [-math.inf]}
        if not infinite:
            wrong |= {"infinity": [*one, math.inf]}
        if not zero:
            wrong |= {"zero": [0.0]}
        return [
            *_refused(wrong), ("tuple", tuple(good), "same"), ("array", np.array(good), "same"),
            ("series", pd.Series(list(good)), "same"), ("tensor", Tensor(list(good)), "either"),
            ("generator", (x for x in list(good)), "either"),
        ]  # fmt: skip

    return trials


def names(good: Any) -> list[Trial]:
    """Several texts."""
    wrong = {"None": None, "text": "abc", "number": 3, "bytes": b"ab", "object": Foreign(),
             "class": int, "of numbers": list(range(len(good))), "of None": [None] * len(good),
             "dict": {"a": 1}, "nested": [list(good)], "NaN": math.nan, "True": True}  # fmt: skip
    return [*_refused(wrong), ("list", list(good), "same"), ("tuple", tuple(good), "same"),
            ("array", np.array(good), "same"), ("series", pd.Series(list(good)), "same"),
            ("generator", iter(list(good)), "either")]  # fmt: skip


def mapping(*inside: Any) -> Kind:
    """Values by name; ``inside`` are wrong values of one of them."""

    def trials(good: Any) -> list[Trial]:
        wrong = {"None": None, "text": "abc", "number": 3, "list": [1, 2], "object": Foreign(),
                 "set": {1}, "True": True, "class": dict, "array": np.zeros(2)}  # fmt: skip
        first = next(iter(good or {}), "a")
        wrong |= {
            f"{type(x).__name__} {str(x)[:20]} inside": {**(good or {}), first: x} for x in inside
        }
        return _refused(wrong)

    return trials


def no_sizes() -> dict[str, Any]:
    """As `no_numbers`; what is read once may hold sizes."""
    return {label: value for label, value in no_numbers().items() if label != "generator"}


def border(good: Any) -> list[Trial]:
    """Pixels on all sides, by rows and columns, or at both ends of each; none is right too."""
    mine = ("zero", "of fractions", "with zero", "two")
    wrong = {"three ends": ((1, 2, 3), 1), "negative end": ((1, 2), (0, -1)), "one end": ((1,), 1),
             "of fractions": ((1.5, 2), 1)}  # fmt: skip
    (top, bottom), (left, right) = good
    same = [("lists", [[top, bottom], [left, right]], "same")]
    even = [t for t in pair(1) if t[0] not in mine and t[2] == "refuse"]
    return [*even, *_refused(wrong), *same]


def pair(good: Any) -> list[Trial]:
    """Rows and columns: one whole number from 1 up, or two."""
    wrong = {**no_sizes(), "text": "33", "number of text": "3", "fraction": 2.5, "zero": 0,
             "negative": -1, "three": (1, 2, 3), "one": (1,), "of fractions": (1.5, 2), "NaN":
             math.nan, "True": True, "of booleans": (True, True), "with zero": (1, 0), "None": None,
             "with None": (1, None), "empty": ()}  # fmt: skip
    n = good if isinstance(good, int) else good[0]
    return [*_refused(wrong), ("two", (n, n), "same"), ("list", [n, n], "same"),
            ("NumPy's", np.int64(n), "same"), ("array", np.array([n, n]), "either")]  # fmt: skip


def shape(good: Any) -> list[Trial]:
    """Sizes of an array."""
    wrong = {**no_sizes(), "text": "881", "number": 3, "fractions": (8.5, 8, 1), "zero":
             (8, 0, 1), "negative": (8, -8, 1), "None": None, "with None": (None, 8, 1), "empty":
             (), "booleans": (True, True, True), "nested": ((8, 8, 1),), "NaN":
             (math.nan, 8, 1), "two axes": (8, 8)}  # fmt: skip
    return [*_refused(wrong), ("list", list(good), "same"), ("array", np.array(good), "same"),
            ("NumPy's", tuple(map(np.int64, good)), "same")]  # fmt: skip
