"""Fan-out tables against the sparse matrix of the same stage, input by input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nengo_lifdeep.simulators.events.links import pooling
from nengo_lifdeep.simulators.events.tables import fan_out
from nengo_lifdeep.simulators.vectors.layout import LANES, Layout, aligned
from nengo_lifdeep.stages.types import AveragePool, Convolution, DenseMatrix, LocalWindows

RNG = np.random.default_rng(0)


def _weights(*shape):
    return RNG.normal(size=shape).astype(np.float32)


@st.composite
def stages(draw):
    """Any stage with weights: a few pixels, channels and filters, any window that fits."""
    rows, cols = draw(st.tuples(st.integers(2, 6), st.integers(2, 6)))
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    channels, filters = groups * draw(st.integers(1, 3)), groups * draw(st.integers(1, 20))
    kind = draw(st.sampled_from(["convolution", "local", "dense"]))
    if kind == "dense":
        return DenseMatrix((rows * channels,), _weights(rows * channels, filters))
    window = draw(st.tuples(st.integers(1, min(rows, 4)), st.integers(1, min(cols, 4))))
    strides = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    padding = draw(st.sampled_from(["same", "valid"]))
    kernel = _weights(*window, channels // groups, filters)
    stage = Convolution((rows, cols, channels), strides, padding, groups, kernel)
    if kind == "convolution":
        return stage
    out = stage.output_shape
    kernels = _weights(out[0], out[1], window[0] * window[1] * channels, filters)
    return LocalWindows((rows, cols, channels), strides, padding, window, kernels)


def _row(table, i: int, layout: Layout) -> np.ndarray:
    """Currents that a spike of input ``i`` adds, followed through the table by hand."""
    current = np.zeros(layout.size)
    pixel, channel = divmod(i, table.channels)
    for k in range(table.first[pixel], table.first[pixel + 1]):
        target = table.target[k] + table.channel_target[channel]
        row = table.row[k] + table.channel_row[channel]
        current[target : target + table.length] += table.weights[row : row + table.length]
    return current


@settings(max_examples=60, deadline=None)
@given(stages())
def test_every_input_reaches_what_the_matrix_says(stage):
    layout = Layout.of(stage.output_shape)
    table = fan_out(stage, 0.5, np.float64)
    matrix = stage.to_matrix().toarray()
    inside = layout.pad(np.ones((1, matrix.shape[1])), np.float64)[0] == 1
    for i, expected in enumerate(matrix):
        current = _row(table, i, layout)
        np.testing.assert_allclose(current[inside], 0.5 * expected, rtol=1e-6, atol=1e-7)
        assert (current[~inside] == 0).all()


def test_a_pool_has_no_weights():
    assert fan_out(AveragePool((4, 4, 1), (2, 2), "valid", (2, 2)), 1.0, np.float32) is None


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), (2, 1), (2, 3)])
def test_pools(padding, size, stride):
    stage = AveragePool((7, 6, 3), (stride, stride), padding, (size, size))
    table = pooling(stage, np.float64)
    matrix = stage.to_matrix().toarray()
    assert table.n_cells == matrix.shape[1]
    for i, expected in enumerate(matrix):
        cells = np.zeros(table.n_cells)
        pixel, channel = divmod(i, table.channels)
        for k in range(table.first[pixel], table.first[pixel + 1]):
            cells[table.target[k] + channel] += table.share[k]
        np.testing.assert_allclose(cells, expected, rtol=1e-6)


def test_layout_fills_up_whole_vectors():
    layout = Layout.of((2, 3, 20))
    assert (layout.width, layout.size) == (2 * LANES, 6 * 2 * LANES)
    values = RNG.normal(size=(4, 2 * 3 * 20))
    padded = layout.pad(values, np.float64).reshape(4, 6, 32)
    np.testing.assert_array_equal(padded[..., :20].reshape(4, -1), values)
    assert (padded[..., 20:] == 0).all()


def test_aligned_copies():
    places = []
    for skew in range(4):
        copy = aligned(np.arange(100, dtype=np.float32), skew)
        np.testing.assert_array_equal(copy, np.arange(100))
        places.append(copy.ctypes.data % 4096)
        assert copy.ctypes.data % 64 == 0
    assert len(set(places)) == 4
