"""Linear stages against sums written out by hand, and folding against what it replaces."""

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nengo_lifdeep.layers.windows import window_geometry
from nengo_lifdeep.stages.pooling import fold_pool
from nengo_lifdeep.stages.types import (
    AveragePool,
    Convolution,
    DenseMatrix,
    LocalWindows,
    apply_stages,
)

RNG = np.random.default_rng(0)


def brute_force(x, window, strides, padding, at_pixel):
    """Visit every output pixel and every window entry inside the image."""
    (rows, top), (cols, left) = (
        window_geometry(n, k, s, padding)
        for n, k, s in zip(x.shape[:2], window, strides, strict=True)
    )
    result = []
    for r, c in itertools.product(range(rows), range(cols)):
        inside = [
            (i, j, x[r * strides[0] - top + i, c * strides[1] - left + j])
            for i, j in itertools.product(range(window[0]), range(window[1]))
            if 0 <= r * strides[0] - top + i < x.shape[0]
            and 0 <= c * strides[1] - left + j < x.shape[1]
        ]
        result.append(at_pixel(r, c, inside))
    return np.array(result).reshape(rows, cols, -1)


windows = st.tuples(
    st.integers(4, 9), st.integers(4, 9), st.integers(1, 4), st.integers(1, 4),
    st.integers(1, 3), st.integers(1, 3), st.sampled_from(["valid", "same"]),
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(windows)
def test_convolution(geometry):
    rows, cols, kr, kc, sr, sc, padding = geometry
    x, kernel = RNG.normal(size=(rows, cols, 2)), RNG.normal(size=(kr, kc, 2, 3))
    stage = Convolution((rows, cols, 2), (sr, sc), padding, 1, kernel)
    expected = brute_force(
        x, (kr, kc), (sr, sc), padding, lambda r, c, w: sum(v @ kernel[i, j] for i, j, v in w)
    )
    np.testing.assert_allclose(stage.apply(x[None])[0], expected, atol=1e-12)


def test_grouped_convolution_is_two_separate_ones():
    x, kernel = RNG.normal(size=(2, 6, 6, 4)), RNG.normal(size=(3, 3, 2, 6))
    both = Convolution((6, 6, 4), (1, 1), "same", 2, kernel).apply(x)
    halves = [
        Convolution((6, 6, 2), (1, 1), "same", 1, kernel[..., f]).apply(x[..., c])
        for c, f in ((slice(2), slice(3)), (slice(2, 4), slice(3, 6)))
    ]
    np.testing.assert_allclose(both, np.concatenate(halves, axis=-1), atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(windows)
def test_average_pool_counts_only_pixels_inside(geometry):
    rows, cols, kr, kc, sr, sc, padding = geometry
    x = RNG.normal(size=(rows, cols, 2))
    stage = AveragePool((rows, cols, 2), (sr, sc), padding, (kr, kc))
    expected = brute_force(
        x, (kr, kc), (sr, sc), padding, lambda r, c, w: np.mean([v for _, _, v in w], axis=0)
    )
    np.testing.assert_allclose(stage.apply(x[None])[0], expected, atol=1e-12)


def test_local_windows():
    x, kernel = RNG.normal(size=(5, 6, 2)), RNG.normal(size=(3, 3, 3 * 3 * 2, 4))
    stage = LocalWindows((5, 6, 2), (2, 2), "same", (3, 3), kernel)
    by_window = kernel.reshape(3, 3, 3, 3, 2, 4)
    expected = brute_force(
        x, (3, 3), (2, 2), "same",
        lambda r, c, w: sum(v @ by_window[r, c, i, j] for i, j, v in w),
    )  # fmt: skip
    np.testing.assert_allclose(stage.apply(x[None])[0], expected, atol=1e-12)


STAGES = [
    Convolution((7, 6, 4), (2, 1), "same", 2, RNG.normal(size=(3, 5, 2, 6))),
    Convolution((7, 6, 4), (1, 2), "valid", 1, RNG.normal(size=(3, 2, 4, 5))),
    LocalWindows((7, 6, 4), (2, 2), "same", (3, 3), RNG.normal(size=(4, 3, 36, 5))),
    AveragePool((7, 6, 4), (2, 2), "same", (3, 3)),
    DenseMatrix((2, 3, 4), RNG.normal(size=(24, 5))),
]


@pytest.mark.parametrize("stage", STAGES, ids=lambda s: type(s).__name__)
def test_matrix_is_the_same_map(stage):
    x = RNG.normal(size=(3, *stage.input_shape))
    y = stage.apply(x)
    assert y.shape[1:] == stage.output_shape
    np.testing.assert_allclose(x.reshape(3, -1) @ stage.to_matrix(), y.reshape(3, -1), atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 3), st.integers(0, 2), st.integers(4, 6), st.integers(1, 3),
    st.integers(1, 2), st.sampled_from(["valid", "same"]), st.sampled_from(["valid", "same"]),
)  # fmt: skip
@example(2, 1, 5, 2, 2, "valid", "same")  # the pool drops a row that "same" would bring back
def test_folded_pool_is_exact_or_refused(p, rest, n, k, s, pool_padding, padding):
    size = n * p + min(rest, p - 1)
    pool = AveragePool((size, size, 2), (p, p), pool_padding, (p, p))
    kernel = RNG.normal(size=(k, k, 2, 3)).astype(np.float32)
    convolution = Convolution(pool.output_shape, (s, s), padding, 1, kernel)
    folded = fold_pool(pool, convolution)
    if padding == "valid" and (pool_padding == "valid" or size == n * p):
        assert folded is not None
    if folded is not None:
        x = RNG.normal(size=(2, size, size, 2)).astype(np.float32)
        two_steps = apply_stages((pool, convolution), x)
        np.testing.assert_allclose(folded.apply(x), two_steps, atol=1e-5)


def test_overlapping_pool_folds_into_dense_but_not_into_convolution():
    pool = AveragePool((6, 6, 2), (2, 2), "same", (3, 3))
    dense = DenseMatrix((3, 3, 2), RNG.normal(size=(18, 4)).astype(np.float32))
    x = RNG.normal(size=(2, 6, 6, 2)).astype(np.float32)
    folded = fold_pool(pool, dense)
    assert folded is not None
    np.testing.assert_allclose(folded.apply(x), apply_stages((pool, dense), x), atol=1e-5)
    kernel = RNG.normal(size=(2, 2, 2, 3)).astype(np.float32)
    assert fold_pool(pool, Convolution((3, 3, 2), (1, 1), "valid", 1, kernel)) is None
