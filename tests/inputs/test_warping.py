"""Warping: quarter turns and mirror images by hand, bilinear values, sizes of displacements."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from nengo_lifdeep.inputs.warping import displacements, sampled, turned

RNG = np.random.default_rng


class Fixed:
    """A generator whose uniform draws are the upper bounds."""

    def uniform(self, low, high, size):
        return np.full(size, high, float)


def test_a_quarter_turn_is_numpys():
    images = RNG(0).random((1, 5, 5, 2))
    out = sampled(images, turned((5, 5), 1, Fixed(), rotation=90))
    expected = np.rot90(images[0])
    assert np.allclose(out[0], expected, atol=1e-5) or np.allclose(
        out[0], np.rot90(images[0], -1), atol=1e-5
    )


def test_nothing_asked_for_changes_nothing():
    images = RNG(0).random((3, 6, 5, 2), np.float32)
    np.testing.assert_array_equal(sampled(images, turned((6, 5), 3, RNG(1))), images)


def test_zoom_and_shear_move_pixels_by_their_distance_from_the_centre():
    grid = np.indices((5, 5))
    larger = turned((5, 5), 1, Fixed(), zoom=0.25)[0]
    np.testing.assert_allclose(larger, 2 + (grid - 2) / 1.25, atol=1e-6)
    slanted = turned((5, 5), 1, Fixed(), shear=0.5)[0]
    np.testing.assert_allclose(slanted[0], grid[0], atol=1e-6)
    np.testing.assert_allclose(slanted[1], grid[1] + 0.5 * (grid[0] - 2), atol=1e-6)


def test_values_are_scipys():
    images = RNG(0).random((4, 7, 6, 2))
    places = RNG(1).uniform(-3, 9, (4, 2, 7, 6)).astype(np.float32)
    out = sampled(images, places)
    for image, where, made in zip(images, places, out, strict=True):
        for channel in range(2):
            framed = np.pad(image[..., channel], 1)  # as zeros around it fade in bilinearly
            expected = ndimage.map_coordinates(framed, where + 1.0, order=1, cval=0)
            np.testing.assert_allclose(made[..., channel], expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(28, 28), (8, 20), (1, 3)])
def test_displacements_are_smooth_and_of_the_size_asked_for(shape):
    field = displacements(shape, 4000, RNG(0), 2.0)
    assert field.shape == (4000, 2, *shape) and field.dtype == np.float32
    found = np.sqrt(np.mean(field**2))
    # one random vector per 36 pixels and image: a standard error below 2 %
    assert found == pytest.approx(2.0, rel=0.06)
    assert abs(field.mean()) < 0.1
    if shape[1] > 5:  # neighbours move almost alike
        assert np.sqrt(np.mean(np.diff(field, axis=3) ** 2)) < 0.35 * found
