"""Operations of several values in Keras models: split, unstack; others are refused by name."""

from __future__ import annotations

import re

import pytest

from nengo_lifdeep import from_keras
from nengo_lifdeep.errors import UnsupportedLayerError
from nengo_lifdeep.importers.keras.structure.graph import KerasLayer
from nengo_lifdeep.importers.keras.structure.parts import part_of

from .conftest import randomise
from .test_keras_brought import ended, functions
from .test_keras_networks import same

pytestmark = pytest.mark.tf


def conv(keras, x, filters=3):
    return keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)


def test_parts_of_channels_side_by_side(keras):
    """All parts, one of them alone, parts of unequal size, and a part that is an output."""
    ops, K = functions(keras), keras.layers
    sizes = [1, 4] if hasattr(keras, "ops") else [1, 3, 2]  # places, or TensorFlow's sizes
    image = keras.Input((6, 5, 3))
    x = conv(keras, image, 6)
    first, second = ops.split(x, 2, axis=-1)
    same(ended(keras, image, K.Concatenate()([conv(keras, second), conv(keras, first)])))
    same(ended(keras, image, conv(keras, second)))
    same(ended(keras, image, conv(keras, ops.split(x, sizes, axis=3)[1])))
    same(ended(keras, image, conv(keras, ops.split(x, 3, axis=1)[2])))
    same(ended(keras, image, first + second))
    outputs = ops.split(K.Dense(6)(K.Flatten()(x)), 2, axis=-1)
    same(randomise(keras.Model(image, outputs[1])))


def test_one_of_the_parts_as_an_output_by_name(keras):
    ops, K = functions(keras), keras.layers
    image = keras.Input((6,))
    x = K.Dense(5, activation="relu")(image)
    both = randomise(keras.Model(image, ops.split(K.Dense(4)(x), 2, axis=-1)))
    with pytest.raises(UnsupportedLayerError, match=r"has 2 outputs \(") as caught:
        from_keras(both)
    name = re.search(r"\(\S+, (\S*split\S*\[1\])\)", str(caught.value))[1]
    found = from_keras(both, output=name)
    alone = same(keras.Model(image, both.outputs[1]))
    assert found.architecture.output_shape == alone.architecture.output_shape == (2,)


def test_parts_of_a_model_in_the_model(keras):
    ops = functions(keras)
    image = keras.Input((6, 5, 4))
    halves = keras.Model(image, list(ops.split(image, 2, axis=-1)))
    outer = keras.Input((6, 5, 4))
    same(ended(keras, outer, conv(keras, halves(outer)[1])))


def test_unstacked_steps_and_channels(keras):
    ops, K = functions(keras), keras.layers
    series = keras.Input((4, 3))
    steps = ops.unstack(K.Conv1D(4, 3, padding="causal", activation="relu")(series), axis=1)
    same(randomise(keras.Model(series, K.Dense(2)(K.Concatenate()([steps[-1], steps[0]])))))
    with pytest.raises(UnsupportedLayerError, match=r"unstack\w*\[1\]'.*takes a part that is no"):
        image = keras.Input((4, 4, 2))
        from_keras(ended(keras, image, ops.unstack(image, axis=1)[1]))


def test_parts_of_unequal_size(keras):
    if not hasattr(keras, "ops"):
        pytest.skip("TensorFlow has no array_split")
    image = keras.Input((7, 5, 2))
    x = conv(keras, image, 7)
    for part in (0, 1, 2):
        same(ended(keras, image, conv(keras, keras.ops.array_split(x, 3, axis=-1)[part])))


def test_other_operations_of_several_values_are_refused_by_name(keras):
    ops, K = functions(keras), keras.layers
    image = keras.Input((6, 6, 2))
    flat = keras.Input((6,))
    top_k = ops.top_k if hasattr(keras, "ops") else ops.math.top_k
    state = K.LSTM(4, return_state=True)(K.Reshape((3, 2))(flat))[1]
    with pytest.raises(UnsupportedLayerError, match=r"Keras layer \d+ 'lstm\w*\[1\]' \(LSTM\)"):
        from_keras(keras.Model(flat, K.Dense(2)(state)))
    for number in (0, 1):
        value = ops.cast(top_k(K.Dense(5)(flat), 3)[number], "float32")
        with pytest.raises(UnsupportedLayerError, match=r"top_k.*(TopK|top_k)\): cannot be impor"):
            from_keras(keras.Model(flat, K.Dense(2)(value)))
    if hasattr(keras, "ops"):
        variance = keras.ops.moments(conv(keras, image), axes=[1, 2])[1]
        with pytest.raises(UnsupportedLayerError, match=r"moments\w*\[1\]' \(Moments\): cannot"):
            from_keras(keras.Model(image, K.Dense(2)(variance)))


@pytest.mark.parametrize(
    ("kind", "config", "text"),
    [
        ("Split", {"indices_or_sections": 2, "axis": 0}, "of which 0 is the batch"),
        ("Split", {"num_or_size_splits": 2}, "of which 0 is the batch"),
        ("Split", {"indices_or_sections": 2, "axis": 4}, "along axis 4 of 3"),
        ("Split", {"indices_or_sections": "two", "axis": 1}, "whole numbers"),
        ("Split", {"axis": 1}, "whole numbers"),
    ],
)
def test_what_is_no_part_of_an_image(kind, config, text):
    layer = KerasLayer(kind, "split", 2, {**config, "number of the value": 1}, None, ("x",))
    with pytest.raises(UnsupportedLayerError, match=f"Keras layer 2 'split'.*{text}"):
        part_of(layer, (6, 4))


def test_sizes_of_tensorflow_with_a_rest():
    config = {"num_or_size_splits": [2, -1, 1], "axis": -1, "number of the value": 1}
    layer = KerasLayer("Split", "split", 2, config, None, ("x",))
    assert part_of(layer, (6, 7)) == (slice(None), slice(None), slice(2, 6))
