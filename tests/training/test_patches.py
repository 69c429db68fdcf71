"""Patches and their way back, against TensorFlow's patches and gradients."""

import numpy as np
import pytest
import tensorflow as tf

from nengo_lifdeep.layers.types import Conv2D, Dense
from nengo_lifdeep.training.patches import Patches


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("size", "strides", "dilation"),
    [((3, 2), (1, 1), (1, 1)), ((3, 3), (2, 3), (1, 1)), ((2, 3), (1, 1), (2, 2))],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_rows_and_sums_are_tensorflows(padding, size, strides, dilation, channels):
    shape = (7, 9, channels)
    layer = Conv2D(2, size, strides=strides, padding=padding, dilation_rate=dilation)
    patches = Patches(layer, shape)
    images = tf.constant(np.random.default_rng(0).normal(size=(4, *shape)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(images)
        expected = tf.image.extract_patches(
            images, (1, *size, 1), (1, *strides, 1), (1, *dilation, 1), padding.upper()
        )
        expected = tf.reshape(expected, (-1, size[0] * size[1] * channels))
    rows = patches.rows(images.numpy())
    np.testing.assert_array_equal(rows[:, :-1], expected)
    np.testing.assert_array_equal(rows[:, -1], 1)
    assert len(rows) == 4 * np.prod(layer.output_shape(shape)[:2])
    slopes = np.random.default_rng(1).normal(size=rows.shape).astype(np.float32)
    upstream = tf.constant(np.ascontiguousarray(slopes[:, :-1]))
    gradient = tape.gradient(expected, images, upstream)
    np.testing.assert_allclose(patches.back(slopes), gradient, atol=1e-5)


def test_rows_of_dense_layers_are_the_inputs():
    patches = Patches(Dense(3, use_bias=False), (4,))
    inputs = np.arange(8, dtype=np.float32).reshape(2, 4)
    np.testing.assert_array_equal(patches.rows(inputs), inputs)
    np.testing.assert_array_equal(patches.back(inputs), inputs)
