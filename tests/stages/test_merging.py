"""Stages that are merged compute what they did in a row, and cost no more."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nengo_lifdeep.stages.merging import merged, summed, times
from nengo_lifdeep.stages.sparse import product_up_to
from nengo_lifdeep.stages.types import (
    AveragePool,
    Convolution,
    DenseMatrix,
    Elementwise,
    LocalWindows,
    Placement,
    Upsample,
    apply_stages,
)

RNG = np.random.default_rng(3)
IMAGE = (8, 8, 4)


def normal(*shape):
    return RNG.normal(size=shape).astype(np.float32)


#: each for an image of any size and channels
MAKE = {
    "factors": lambda s: Elementwise(s, normal(s[2])),
    "factor": lambda s: Elementwise(s, normal(1)),
    "pool": lambda s: AveragePool(s, (2, 2), "valid", (2, 2)),
    "overlapping pool": lambda s: AveragePool(s, (1, 1), "same", (2, 2)),
    "channels": lambda s: Placement(s, (*s[:2], s[2] + 3), (0, 0, 1), (1, 1, 1)),
    "padding": lambda s: Placement(s, (s[0] + 2, s[1] + 2, s[2]), (1, 1, 0), (1, 1, 1)),
    "even padding": lambda s: Placement(s, (s[0] + 1, s[1] + 1, s[2]), (1, 1, 0), (1, 1, 1)),
    "spread": lambda s: Placement(s, (2 * s[0], 2 * s[1], s[2]), (0, 1, 0), (2, 2, 1)),
    "larger": lambda s: Upsample(s, (2, 1), "bilinear"),
    "pixel": lambda s: Convolution(s, (1, 1), "valid", 1, normal(1, 1, s[2], 6)),
    "kernel": lambda s: Convolution(s, (1, 1), "valid", 1, normal(3, 3, s[2], 3)),
    "padded kernel": lambda s: Convolution(s, (2, 1), "same", 1, normal(3, 2, s[2], 3)),
    "strided kernel": lambda s: Convolution(s, (2, 2), "valid", 1, normal(3, 3, s[2], 3)),
    "groups": lambda s: Convolution(s, (1, 1), "same", s[2], normal(3, 3, 1, 2 * s[2])),
    "local": lambda s: LocalWindows(s, (1, 1), "valid", (2, 2),
                                    normal(s[0] - 1, s[1] - 1, 4 * s[2], 2)),
    "dense": lambda s: DenseMatrix(s, normal(int(np.prod(s)), 3)),
}  # fmt: skip


@pytest.mark.parametrize(("first", "last"), itertools.product(MAKE, MAKE))
def test_two_and_three_in_a_row(first, last):
    for middle in (None, "pixel", "factors", "pool"):
        stages = []
        for name in (first, middle, last):
            shape = stages[-1].output_shape if stages else IMAGE
            if name is not None and len(shape) == 3 and min(shape[:2]) > 2:
                stages.append(MAKE[name](shape))
        found = merged(tuple(stages))
        assert len(found) <= len(stages)
        x = RNG.normal(size=(2, *IMAGE))
        expected = apply_stages(tuple(stages), x).reshape(2, -1)
        np.testing.assert_allclose(
            apply_stages(found, x).reshape(2, -1), expected, rtol=1e-4, atol=1e-4
        )
        product = product_up_to(tuple(stages), 2**22)
        np.testing.assert_allclose(x.reshape(2, -1) @ product, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        (("factors", "kernel"), ["Convolution"]),
        (("factors", "pool", "kernel"), ["Convolution"]),
        (("channels", "overlapping pool", "pixel"), ["AveragePool", "Convolution"]),
        (("channels", "dense"), ["DenseMatrix"]),
        (("padding", "kernel"), ["Convolution"]),
        (("padding", "strided kernel"), ["Convolution"]),
        (("even padding", "kernel"), ["Placement", "Convolution"]),
        (("pixel", "kernel"), ["Convolution"]),
        (("groups", "pixel"), ["Convolution", "Convolution"]),
        (("kernel", "factors"), ["Convolution", "Elementwise"]),
        (("larger", "factor", "dense"), ["Upsample", "DenseMatrix"]),
    ],
)
def test_what_becomes_one(stages, expected):
    made = []
    for name in stages:
        made.append(MAKE[name](made[-1].output_shape if made else IMAGE))
    assert [type(stage).__name__ for stage in merged(tuple(made))] == expected


@pytest.mark.parametrize("names", [("kernel", "pool"), ("kernel", "larger"), ("pool",), ("dense",),
                                   ("kernel", "channels"), ("pool", "spread"), ()])  # fmt: skip
def test_times(names):
    stages = ()
    for name in names:
        stages += (MAKE[name](stages[-1].output_shape if stages else IMAGE),)
    shape = stages[-1].output_shape if stages else IMAGE
    x = RNG.normal(size=(2, *IMAGE))
    for factor in (2.5, normal(shape[-1])):
        found = apply_stages(times(stages, shape, factor), x)
        np.testing.assert_allclose(found, apply_stages(stages, x) * factor, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", MAKE)
def test_sums(name):
    first, second = ((MAKE[name](IMAGE),) for _ in range(2))
    found = summed(first, second)
    assert (found is None) == (name in ("pool", "overlapping pool", "channels", "padding", "larger",
                                        "even padding", "spread", "local"))  # fmt: skip
    if found is not None:
        x = RNG.normal(size=(2, *IMAGE))
        expected = apply_stages(first, x) + apply_stages(second, x)
        np.testing.assert_allclose(apply_stages(found, x), expected, rtol=1e-4, atol=1e-4)
    assert summed(first, (MAKE["pixel"](IMAGE), MAKE["pixel"]((8, 8, 6)))) is None
