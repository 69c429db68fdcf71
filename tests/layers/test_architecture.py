"""Architecture: naming, the papers' rule for neurons, counts, shapes and names that fail."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nengo_lifdeep.errors import ModelFileError, ValidationError
from nengo_lifdeep.layers import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    LocallyConnected2D,
    Neurons,
    Shortcut,
)
from nengo_lifdeep.layers.architecture import Architecture, Counts


def small() -> Architecture:
    return Architecture(
        (8, 8, 1),
        [
            Conv2D(4, 3),
            BatchNormalization(),
            AveragePooling2D(2),
            Dropout(0.1),
            LocallyConnected2D(2, 2),
            Flatten(),
            Dense(6),
            Dense(3),
        ],
        "small",
    )


def test_neurons_are_placed_by_the_papers_rule():
    assert [layer.name for layer in small().layers] == [
        "conv1", "norm1", "neurons1", "pool1", "dropout1", "local1", "neurons2", "flatten1",
        "dense1", "neurons3", "dense2",
    ]  # fmt: skip


def test_given_neurons_are_kept_where_they_are():
    net = Architecture((4, 4, 1), (Conv2D(2, 3), Flatten(), Neurons(), Dense(3)))
    assert [layer.name for layer in net.layers] == ["conv1", "flatten1", "neurons1", "dense1"]


def test_given_names_are_kept():
    net = Architecture((4,), (Dense(3, name="hidden"), Dense(2)))
    assert [layer.name for layer in net.layers] == ["flatten1", "hidden", "neurons1", "dense2"]


def test_shapes_and_output():
    net = small()
    assert net.shapes() == [
        (8, 8, 1), (6, 6, 4), (6, 6, 4), (6, 6, 4), (3, 3, 4), (3, 3, 4), (2, 2, 2), (2, 2, 2),
        (8,), (6,), (6,), (3,),
    ]  # fmt: skip
    assert net.output_shape == (3,)


def test_counts_by_hand():
    by_layer = small().layer_counts()
    assert by_layer["conv1"] == Counts(weights=36, synapses=36 * 36)
    assert by_layer["neurons1"] == Counts(neurons=144)
    assert by_layer["pool1"] == Counts(pooled=144)
    assert by_layer["local1"] == Counts(weights=16 * 8, synapses=16 * 8)
    assert by_layer["dense2"] == Counts(weights=18, synapses=18)
    total = small().counts()
    assert total == Counts(144 + 8 + 6, 36 + 128 + 48 + 18, 1296 + 128 + 48 + 18, 144)
    assert total.flops == 2 * 1490 + 158 + 144


def test_round_trip_through_json():
    net = small()
    assert Architecture.from_dict(json.loads(json.dumps(net.to_dict()))) == net


@given(
    st.tuples(st.integers(4, 9), st.integers(4, 9), st.integers(1, 2)),
    st.lists(
        st.sampled_from(
            [
                Conv2D(2, 2, padding="same"),
                Conv2D(3, 3, 2, "same", use_bias=False),
                LocallyConnected2D(2, 1),
                Dropout(0.3),
                AveragePooling2D(2, 1, "same"),
            ]
        ),
        max_size=4,
    ),
)
def test_any_chain_round_trips_and_places_one_group_of_neurons_per_hidden_layer(shape, layers):
    net = Architecture(shape, (*layers, Flatten(), Dense(2)))
    assert Architecture.from_dict(net.to_dict()) == net
    hidden = sum(layer.has_weights for layer in net.layers) - 1
    assert sum(isinstance(layer, Neurons) for layer in net.layers) == hidden
    assert len(net.shapes()) == len(net.layers) + 1
    assert sum(net.layer_counts().values(), Counts()) == net.counts()


def test_shortcuts_shapes_and_sizes():
    net = Architecture((8, 8, 3), [
        Conv2D(4, 3, padding="same"), BatchNormalization(), Conv2D(4, 3, padding="same"),
        BatchNormalization(), Shortcut("neurons1"), Conv2D(6, 3, 2, "same"),
        Shortcut("neurons2", 6, 2), Flatten(), Dense(2),
    ])  # fmt: skip
    assert [layer.name for layer in net.layers] == [
        "conv1", "norm1", "neurons1", "conv2", "norm2", "shortcut1", "neurons2", "conv3",
        "shortcut2", "neurons3", "flatten1", "dense1",
    ]  # fmt: skip
    counts = net.layer_counts()
    assert counts["shortcut1"] == Counts(synapses=8 * 8 * 4)
    assert counts["shortcut2"] == Counts(weights=4 * 6, synapses=4 * 4 * 4 * 6)
    assert Architecture.from_dict(net.to_dict()) == net


IMAGE = (6, 6, 1)


@pytest.mark.parametrize(
    ("shape", "layers", "message"),
    [
        ((), [Dense(2)], r"input_shape is \(\); expected sizes such as"),
        ((0,), [Dense(2)], r"input_shape is \(0,\)"),
        ((6.0,), [Dense(2)], r"input_shape is \(6.0,\)"),
        ((6,), [], "no layer with weights; nothing to train"),
        (IMAGE, [Flatten()], "no layer with weights"),
        ((6,), [Dense(2), "Dense"], r"layers\[1\] is 'Dense'; expected a Layer"),
        ((6,), [Dense], "is the class Dense itself; expected a Layer"),
        (IMAGE, [Dense(2)], "put a Flatten layer before Dense"),
        (IMAGE, [Conv2D(2, 7), Flatten(), Dense(2)], r"window \(7, 7\) does not fit"),
        (
            IMAGE,
            [Conv2D(2, 3), Conv2D(2, 1), Shortcut("nobody"), Flatten(), Dense(2)],
            r"'shortcut1': there is no layer 'nobody' before it; there are input, conv1, neurons1",
        ),
        (
            IMAGE,
            [Conv2D(2, 3), Conv2D(2, 3), Shortcut("neurons1"), Flatten(), Dense(2)],
            r"adds \(4, 4, 2\) from 'neurons1' to \(2, 2, 2\); shapes must agree",
        ),
        (
            IMAGE,
            [Conv2D(2, 3), Conv2D(3, 1), Shortcut("neurons1", 2), Flatten(), Dense(2)],
            r"adds \(4, 4, 2\) from 'neurons1' to \(4, 4, 3\)",
        ),
        (
            (6,),
            [Dense(3, name="a"), Dense(2, name="a")],
            r"names must be unique; used more than once: \['a'\]",
        ),
    ],
)
def test_shapes_and_names_that_make_no_sense(shape, layers, message):
    with pytest.raises(ValidationError, match=message):
        Architecture(shape, layers)


def change(**entries):
    return {**small().to_dict(), **entries}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {k: v for k, v in change().items() if k != "name"},
        change(layers=[{"units": 3}]),
        change(layers=[{"type": "Lambda"}]),
        change(layers=[{"type": "Dense", "units": 3, "sparsity": 0.5}]),
        change(layers=None),
        change(input_shape=None),
    ],
)
def test_damaged_description(data):
    with pytest.raises(ModelFileError, match="the architecture's description is damaged"):
        Architecture.from_dict(data)
