"""Stages that are not linear, against their definitions written as loops."""

import numpy as np
import pytest

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.stages.nonlinear import MaxPool, ResponseNormalization


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(("size", "strides"), [((2, 2), (2, 2)), ((3, 2), (2, 1))])
def test_max_pool_takes_the_largest_pixel_inside_the_image(padding, size, strides):
    x = (
        np.random.default_rng(0).normal(size=(2, 5, 6, 3)).astype(np.float32) - 5
    )  # below padding's 0
    stage = MaxPool((5, 6, 3), strides, padding, size)
    found = stage.apply(x)
    assert found.shape == (2, *stage.output_shape) and found.dtype == np.float32
    (rows, top), (cols, left) = stage.geometry()
    for r in range(rows):
        for c in range(cols):
            i, j = r * strides[0] - top, c * strides[1] - left
            window = x[:, max(i, 0) : i + size[0], max(j, 0) : j + size[1]]
            np.testing.assert_array_equal(found[:, r, c], window.max(axis=(1, 2)))


def test_response_normalisation_is_krizhevskys():
    x = np.random.default_rng(0).normal(size=(2, 1, 2, 20)).astype(np.float32) * 30
    found = ResponseNormalization((1, 2, 20), 4, 1.0, 0.001 / 9, 0.75).apply(x)
    for place, value in np.ndenumerate(x):
        *pixel, i = place
        near = x[(*pixel, slice(max(0, i - 4), i + 5))].astype(float)
        expected = value / (1 + 0.001 / 9 * (near**2).sum()) ** 0.75
        assert found[place] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("change", [{"bias": 0.0}, {"alpha": -1.0}, {"beta": np.inf},
                                    {"depth_radius": 1.5}])  # fmt: skip
def test_response_normalisation_that_could_not_run_is_refused(change):
    given = {"depth_radius": 4, "bias": 1.0, "alpha": 0.1, "beta": 0.75, **change}
    with pytest.raises(ValidationError, match=next(iter(change))):
        ResponseNormalization((1, 1, 3), **given)
