"""Images written as JPEG by Pillow and read again: quality is found, and only where it is so."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.datasets import load
from nengo_lifdeep.datasets.formats.jpeg_traces import jpeg_quality

from .photographs import photographs, through_jpeg

pytest.importorskip("PIL.Image")


@pytest.mark.parametrize("subsampling", [0, 2], ids=["whole colours", "half colours"])
def test_every_quality_that_pillow_was_given(subsampling):
    images = photographs()
    decoded = {quality: through_jpeg(images, quality, subsampling) for quality in range(3, 93)}
    found = {quality: jpeg_quality(each) for quality, each in decoded.items()}
    assert found == {quality: quality for quality in decoded}
    assert jpeg_quality(decoded[75][:, :, ::-1]) == 75, "mirrored: blocks stay blocks"


def test_grey_images_of_another_size():
    images = photographs(side=28)[..., :1]
    assert jpeg_quality(images) is None
    assert jpeg_quality(through_jpeg(images, 75)) == 75


@pytest.mark.parametrize("rows, columns", [(1, 0), (0, 4), (3, 5)])
def test_moved_images_are_not_told(rows, columns):
    images = through_jpeg(photographs(side=40), 75)
    assert jpeg_quality(images[:, rows : rows + 32, columns : columns + 32]) is None


def test_images_that_saw_no_jpeg():
    images = photographs()
    for others in (
        images,
        images // 32 * 32,  # few levels
        (images > 128).astype(np.uint8) * 255,
        np.full((20, 32, 32, 3), 7, np.uint8),
        load("digits").test.images,
    ):
        assert jpeg_quality(others) is None


@pytest.mark.parametrize("quality", [93, 98])
def test_steps_as_small_as_rounding_are_not_told(quality):
    assert jpeg_quality(through_jpeg(photographs(), quality)) is None


def test_what_is_no_picture():
    rng = np.random.default_rng(0)
    for images in (
        rng.random((5, 32, 32, 3), np.float32),
        rng.integers(0, 256, (5, 32, 32, 2), np.uint8),
        rng.integers(0, 256, (5, 1, 1, 3), np.uint8),
        rng.integers(0, 256, (5, 4, 32, 32, 3), np.uint8),
        rng.integers(0, 256, (1, 32, 32, 3), np.uint8),
    ):
        assert jpeg_quality(images) is None
