"""Window geometry against windows placed one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nengo_lifdeep.layers.windows import window_geometry


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
