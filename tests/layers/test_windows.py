"""Window geometry against windows placed one by one, and sizes written as pairs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.layers.windows import pair, window_geometry


@given(st.integers(1, 12), st.integers(1, 6), st.integers(1, 4), st.sampled_from(["valid", "same"]))
def test_geometry_by_walking(size, window, stride, padding):
    """Place windows one by one until they have covered (or left) the row of pixels."""
    length, before = window_geometry(size, window, stride, padding)
    if padding == "valid":
        starts = [s for s in range(0, size, stride) if s + window <= size]
        assert before == 0
        assert max(length, 0) == len(starts)
        return
    starts = list(range(0, size, stride))
    assert length == len(starts)
    overhang = max(starts[-1] + window - size, 0)  # padding that makes the last window fit
    assert before == overhang // 2


def test_an_integer_is_a_pair_of_itself():
    assert pair(3, "strides") == (3, 3)
    assert pair([2, 5], "strides") == (2, 5)


@pytest.mark.parametrize("value", [0, -1, (1, 0), (1, 2, 3), (1.5, 2), ()])
def test_no_pair(value):
    with pytest.raises(ValidationError, match=r"strides is .*; expected a positive integer or"):
        pair(value, "strides")
