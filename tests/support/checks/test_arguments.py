"""Checks of arguments: what they let pass, what they make of it, and what they say."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from nengo_lifdeep.errors import TrainingError, ValidationError
from nengo_lifdeep.support.checks import (
    by_name,
    check_fields,
    checked,
    each,
    file_name,
    flag,
    image_shape,
    instance,
    optional,
    pair,
    real,
    shown,
    sizes,
    whole,
    word,
)


@checked(TrainingError, n=whole(1), share=real(0, below=1), seed=whole())
def draw(n, *, share=0.5, **options):
    """Give back what came in."""
    return n, share, options


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: draw(0), "n is 0; expected a whole number, at least 1"),
        (lambda: draw(n="3"), "n is '3'; expected a whole number"),
        (lambda: draw(3, share=1), "share is 1; expected a finite number below 1, at least 0"),
        (lambda: draw(3, seed=-1), "seed is -1; expected a whole number, at least 0"),
        (lambda: draw(3, share=np.timedelta64(1, "s")), r"share is (np|numpy)\.timedelta64"),
    ],
)
def test_arguments_are_refused_in_the_functions_own_kind(call, message):
    with pytest.raises(TrainingError, match=message):
        call()


def test_arguments_arrive_as_pythons_own():
    found = draw(np.int8(3), share=np.float32(0.25), seed=np.uint16(7))
    assert found == (3, 0.25, {"seed": 7})
    assert [type(x) for x in (found[0], found[1], found[2]["seed"])] == [int, float, int]


def test_python_names_the_function_when_the_call_itself_is_wrong():
    with pytest.raises(TypeError, match=r"draw\(\) missing 1 required") as raised:
        draw()
    assert raised.value.__context__ is None  # one traceback, not two


def test_a_check_of_no_argument_is_a_mistake():
    with pytest.raises(TypeError, match=r"has no arguments \['m'\]"):
        checked(m=flag)(lambda n: n)


@pytest.mark.parametrize("value", [0, -1, (1, 0), (1, 2, 3), (1.5, 2), (), True, "33", None])
def test_no_pair(value):
    with pytest.raises(ValidationError, match=r"strides is .*; expected a positive integer or"):
        pair(value, "strides")


def test_an_integer_is_a_pair_of_itself():
    assert pair(np.int64(3), "strides") == (3, 3)
    assert pair([2, 5], "strides") == pair(np.array([2, 5]), "strides") == (2, 5)


def test_sizes_of_arrays():
    assert image_shape(np.array([8, 8, 1]), "shape") == (8, 8, 1)
    with pytest.raises(ValidationError, match=r"shape is \[8, 8\]; expected three sizes"):
        image_shape([8, 8], "shape")
    with pytest.raises(ValidationError, match=r"shape is \[8, 0\]; expected sizes such as"):
        sizes([8, 0], "shape")


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [
        (each(real(0), "rates"), "12", "x is '12'; expected rates"),
        (each(real(0), "rates"), [1, -2], r"x\[1\] is -2; expected a finite number, at least 0"),
        (each(real(0), "rates", least=1), [], "x holds 0; expected rates, 1 or more"),
        (each(real(0), "rates"), [[1.0]], r"x\[0\] is \[1.0\]"),
        (by_name(real(0)), {"a": None}, r"x\['a'\] is None"),
        (by_name(real(0)), [1], "expected values by name, as a dict"),
        (real(0, 1, unit="seconds"), math.nan, "finite number from 0 to 1, in seconds"),
        (instance(dict), dict, "x is the class dict itself; expected a dict"),
        (instance(int, advice={str: "count it"}), "a", "x is 'a'; expected a int: count it"),
        (word("a", "b"), np.array(["a", "b"]), "expected 'a' or 'b'"),
        (optional(flag), 1, "x is 1; expected True or False"),
        (file_name, "a\0b", "expected the name of a file or folder"),
        (file_name, 3, "x is 3; expected the name of a file or folder"),
    ],
)
def test_what_they_say(check, value, message):
    with pytest.raises(ValidationError, match=message):
        check(value, "x")


def test_long_values_are_told_by_their_type():
    assert shown(np.zeros((100, 3))) == "an array of float64 of shape (100, 3)"
    assert shown(list(range(100))) == "a list"


def test_fields_are_kept_as_they_are_used():
    @dataclasses.dataclass(frozen=True)
    class Timing:
        dt: float
        steps: tuple[int, ...]

        def __post_init__(self):
            check_fields(self, dt=real(above=0), steps=each(whole(), "steps"))

    made = Timing(np.float32(0.5), np.array([1, 2]))
    assert made == Timing(0.5, (1, 2)) and type(made.dt) is float
    with pytest.raises(ValidationError, match="Timing.dt is 0; expected a finite number above 0"):
        Timing(0, (1,))
