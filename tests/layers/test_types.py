"""Layers: shapes against brute force (and tf_keras), every bad option, descriptions."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.layers import (
    LAYER_TYPES,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    LocallyConnected2D,
    LocalResponseNormalization,
    MaxPooling2D,
    Neurons,
)

SIZES = st.integers(1, 12)
WINDOWS = st.integers(1, 6)
STRIDES = st.integers(1, 4)
PADDINGS = st.sampled_from(["valid", "same"])


@given(st.tuples(SIZES, SIZES), st.tuples(WINDOWS, WINDOWS), st.tuples(STRIDES, STRIDES), PADDINGS)
def test_window_layers_agree_on_shapes(image, window, strides, padding):
    conv = Conv2D(3, window, strides, padding)
    local = LocallyConnected2D(3, window, strides, padding)
    pool = AveragePooling2D(window, strides, padding)
    shape = (*image, 2)
    if padding == "valid" and (image[0] < window[0] or image[1] < window[1]):
        for layer in (conv, local, pool):
            with pytest.raises(ValidationError, match=r"does not fit into input .* pool less"):
                layer.output_shape(shape)
        return
    rows, cols, _ = conv.output_shape(shape)
    assert local.output_shape(shape) == (rows, cols, 3)
    assert pool.output_shape(shape) == (rows, cols, 2)
    assert rows >= 1 and cols >= 1
    assert local.n_synapses(shape) == conv.n_synapses(shape) == rows * cols * conv.n_weights(shape)


@pytest.mark.tf
@settings(max_examples=40, deadline=None)
@given(st.tuples(SIZES, SIZES), st.tuples(WINDOWS, WINDOWS), STRIDES, PADDINGS)
def test_shapes_are_those_of_tf_keras(image, window, stride, padding):
    pytest.importorskip("tf_keras")
    from nengo_lifdeep.compat import import_tf_keras

    theirs = import_tf_keras().layers
    if padding == "valid" and (image[0] < window[0] or image[1] < window[1]):
        return
    batch = (None, *image, 2)
    conv = theirs.Conv2D(3, window, stride, padding).compute_output_shape(batch)
    assert (None, *Conv2D(3, window, stride, padding).output_shape(batch[1:])) == tuple(conv)
    pool = theirs.AveragePooling2D(window, stride, padding).compute_output_shape(batch)
    assert (None, *AveragePooling2D(window, stride, padding).output_shape(batch[1:])) == tuple(pool)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=3))
def test_layers_that_keep_the_shape(shape):
    shape = tuple(shape)
    for layer in (Dropout(), BatchNormalization(), Neurons()):
        assert layer.output_shape(shape) == shape
        assert layer.n_weights(shape) == layer.n_synapses(shape) == 0
    assert Flatten().output_shape(shape) == (math.prod(shape),)


def test_integers_stand_for_squares_and_pools_step_by_their_size():
    assert Conv2D(1, 3, 2) == Conv2D(1, (3, 3), (2, 2))
    assert Conv2D(1, [3, 2]).kernel_size == (3, 2)
    assert AveragePooling2D(3).strides == (3, 3)
    assert AveragePooling2D((2, 3)).strides == (2, 3)
    assert AveragePooling2D(3, 2).strides == (2, 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv2D(0, 3), "'Conv2D': filters is 0; expected a whole number, at least 1"),
        (lambda: Conv2D(2.0, 3), r"filters is 2.0"),
        (lambda: Conv2D(2, 0), r"kernel_size is 0; expected .* pair of them \(rows, columns\)"),
        (lambda: Conv2D(2, (3, -1)), r"kernel_size is \(3, -1\)"),
        (lambda: Conv2D(2, (3, 3, 3)), r"kernel_size is \(3, 3, 3\)"),
        (lambda: Conv2D(2, (3.0, 3)), r"kernel_size is \(3.0, 3\)"),
        (lambda: Conv2D(2, 3, strides=0), "strides is 0"),
        (lambda: Conv2D(2, 3, padding="full"), "padding is 'full'; expected 'valid' or 'same'"),
        (lambda: LocallyConnected2D(-1, 3), "'LocallyConnected2D': filters is -1"),
        (lambda: AveragePooling2D(0), "pool_size is 0"),
        (lambda: AveragePooling2D(2, -1), "strides is -1"),
        (lambda: AveragePooling2D(2, padding="SAME"), "'AveragePooling2D': padding is 'SAME'"),
        (lambda: Dense(0), "'Dense': units is 0; expected a whole number, at least 1"),
        (lambda: Dense(1.5), "units is 1.5"),
        (lambda: Conv2D(2, 1, groups=0), "groups is 0; expected a whole number, at least 1"),
        (lambda: Dropout(1), "'Dropout': rate is 1; expected a finite number below 1, at least 0"),
        (lambda: Dropout(-0.1), "rate is -0.1"),
        (lambda: Dropout(float("nan")), "rate is nan"),
        (lambda: Dropout(2, name="mine"), "layer 'mine': rate is 2"),
    ],
)
def test_bad_option(make, message):
    with pytest.raises(ValidationError, match=message):
        make()


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (Conv2D(2, 3), (8, 8), r"shape \(8, 8\); expected an image \(row, column, channel\)"),
        (AveragePooling2D(2), (16,), r"shape \(16,\); expected an image"),
        (Conv2D(2, 5), (8, 4, 1), r"window \(5, 5\) does not fit into input \(8, 4, 1\)"),
        (Conv2D(2, 1, groups=2), (4, 4, 3), "groups is 2; it must divide both the 3 input"),
        (Conv2D(3, 1, groups=2), (4, 4, 2), "and the 3 filters"),
        (Dense(2), (4, 4, 1), r"shape \(4, 4, 1\); put a Flatten layer before Dense"),
    ],
)
def test_input_that_does_not_fit(layer, shape, message):
    with pytest.raises(ValidationError, match=message):
        layer.output_shape(shape)


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (Conv2D(64, 5, padding="same"), "Conv2D 64 5x5 same"),
        (Conv2D(8, (3, 2), 2), "Conv2D 8 3x2/2 valid"),
        (LocallyConnected2D(4, 3), "LocallyConnected2D 4 3x3 valid"),
        (AveragePooling2D(3, 2, "same"), "AveragePooling2D 3/2 same"),
        (MaxPooling2D(3, 2, "same"), "MaxPooling2D 3/2 same"),
        (LocalResponseNormalization(), "LocalResponseNormalization 9"),
        (Dense(10), "Dense 10"),
        (Dropout(0.25), "Dropout 0.25"),
        (Flatten(), "Flatten"),
        (Neurons(), "Neurons"),
    ],
)
def test_describe(layer, text):
    assert layer.describe() == text


def test_layers_are_frozen():
    for cls in LAYER_TYPES.values():
        assert cls.__dataclass_params__.frozen
    with pytest.raises(dataclasses.FrozenInstanceError):
        Dense(3).units = 4


def test_which_layers_have_weights():
    assert {name for name, cls in LAYER_TYPES.items() if cls.has_weights} == {
        "Conv2D", "Conv2DTranspose", "LocallyConnected2D", "Dense",
    }  # fmt: skip
