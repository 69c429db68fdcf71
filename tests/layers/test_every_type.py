"""Every type of layer keeps what it promises: its arrays, its counts, its record in a file.

A new type is tried by being in `LAYER_TYPES` and having an example here.
"""

from __future__ import annotations

import dataclasses
import json
import math

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.layer_stages import layer_stages
from nengo_lifdeep.layers import (
    LAYER_TYPES,
    AveragePooling2D,
    BatchNormalization,
    Branch,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Cropping2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LocallyConnected2D,
    LocalResponseNormalization,
    MaxPooling2D,
    Neurons,
    Scale,
    Shortcut,
    UpSampling2D,
    ZeroPadding2D,
)
from nengo_lifdeep.layers.architecture import Architecture

IMAGE = (8, 7, 4)
ROW = (6,)

#: by type: (layer, shape of its input, its arrays as Keras lays them out)
EXAMPLES = {
    "Conv2D": [
        (Conv2D(6, (3, 2), 2, "same"), IMAGE, {"kernel": (3, 2, 4, 6), "bias": (6,)}),
        (Conv2D(6, 3, use_bias=False, groups=2), IMAGE, {"kernel": (3, 3, 2, 6)}),
        (Conv2D(6, 3, dilation_rate=(2, 3)), IMAGE, {"kernel": (3, 3, 4, 6), "bias": (6,)}),
    ],
    "Conv2DTranspose": [
        (Conv2DTranspose(6, (3, 2), 2), IMAGE, {"kernel": (3, 2, 4, 6), "bias": (6,)}),
        (Conv2DTranspose(6, 2, 3, "same", False), IMAGE, {"kernel": (2, 2, 4, 6)}),
    ],
    "ZeroPadding2D": [(ZeroPadding2D(), IMAGE, {}), (ZeroPadding2D(((0, 1), (2, 3))), IMAGE, {})],
    "Cropping2D": [(Cropping2D(2), IMAGE, {}), (Cropping2D(((0, 1), (2, 3))), IMAGE, {})],
    "UpSampling2D": [(UpSampling2D((2, 3), "bilinear"), IMAGE, {})],
    "Scale": [(Scale(2.0, -1.0), IMAGE, {}), (Scale((1, 2, 3, 4), 0.5), IMAGE, {})],
    "Branch": [(Branch("neurons1"), IMAGE, {})],
    "Concatenate": [(Concatenate("neurons1"), IMAGE, {})],
    "LocallyConnected2D": [
        (LocallyConnected2D(5, (3, 2)), IMAGE, {"kernel": (6, 6, 24, 5), "bias": (6, 6, 5)}),
        (LocallyConnected2D(5, 3, 3, use_bias=False), IMAGE, {"kernel": (2, 2, 36, 5)}),
    ],
    "AveragePooling2D": [(AveragePooling2D(3, 2, "same"), IMAGE, {})],
    "MaxPooling2D": [(MaxPooling2D(2), IMAGE, {})],
    "LocalResponseNormalization": [(LocalResponseNormalization(2, alpha=0.5), IMAGE, {})],
    "Dense": [
        (Dense(3), ROW, {"kernel": (6, 3), "bias": (3,)}),
        (Dense(3, use_bias=False), ROW, {"kernel": (6, 3)}),
    ],
    "Flatten": [(Flatten(), IMAGE, {}), (Flatten(), ROW, {})],
    "Dropout": [(Dropout(0.25), IMAGE, {}), (Dropout(), ROW, {})],
    "BatchNormalization": [
        (layer, shape, dict.fromkeys(("gamma", "beta", "moving_mean", "moving_variance"), n))
        for layer, shape, n in (
            (BatchNormalization(0.9, 0.01), IMAGE, (4,)),
            (BatchNormalization(), ROW, (6,)),
        )
    ],
    "Shortcut": [
        (Shortcut("neurons1"), IMAGE, {}),
        (Shortcut("neurons1", 5, 2), IMAGE, {"kernel": (1, 1, 4, 5)}),
    ],
    "Neurons": [
        (Neurons(), IMAGE, {}),
        (Neurons(nengo.RectifiedLinear(amplitude=0.5), name="mine"), ROW, {}),
    ],
}
CASES = [case for cases in EXAMPLES.values() for case in cases]
each = pytest.mark.parametrize(
    ("layer", "shape", "arrays"), CASES, ids=[type(case[0]).__name__ for case in CASES]
)


def test_every_type_has_an_example():
    assert EXAMPLES.keys() == LAYER_TYPES.keys()
    for name, cases in EXAMPLES.items():
        assert cases and all(type(layer) is LAYER_TYPES[name] for layer, _, _ in cases)


@each
def test_arrays(layer, shape, arrays):
    assert layer.arrays(shape) == arrays
    weights = sum(math.prod(size) for name, size in arrays.items() if name == "kernel")
    assert layer.n_weights(shape) == weights
    assert layer.reads == getattr(layer, "source", "")
    if layer.has_weights:
        assert weights and ("bias" in arrays) == layer.use_bias
        assert arrays["kernel"][-1] == layer.output_shape(shape)[-1]
        if layer.use_bias:
            np.broadcast_shapes(arrays["bias"], layer.output_shape(shape))


@each
def test_counts(layer, shape, arrays):
    """Each size counts in one way only."""
    size = math.prod(shape)
    assert layer.n_neurons(shape) == (size if isinstance(layer, Neurons) else 0)
    pools = isinstance(layer, AveragePooling2D | MaxPooling2D)
    assert layer.n_pooled(shape) == (size if pools else 0)
    assert layer.fires == isinstance(layer, Neurons)
    assert layer.adds == ("neurons1" if isinstance(layer, Shortcut) else "")
    assert (layer.n_synapses(shape) > 0) == (layer.has_weights or bool(layer.adds))


@each
def test_what_it_says_of_itself(layer, shape, arrays):
    """A constant for each channel or output where it adds one; a remedy where it is not linear."""
    biases = {"bias": arrays.get("bias", ()), "beta": arrays.get("beta", ())}
    most = max(map(len, biases.values()))  # axes of what it adds
    if isinstance(layer, Scale):
        most = int(layer.shift != 0)
    assert layer.constant == min(most, 2)
    weights = {name: np.ones(size, np.float32) for name, size in arrays.items()}
    stages = layer_stages(layer, shape, weights)
    assert bool(layer.instead) == any(not stage.linear for stage in stages)


@each
def test_round_trip(layer, shape, arrays):
    """Through JSON, within an architecture that holds it somewhere."""
    net = Architecture(IMAGE, _around(layer))
    again = Architecture.from_dict(json.loads(json.dumps(net.to_dict())))
    assert again == net
    kept = [la for la in again.layers if type(la) is type(layer)]
    assert any(dataclasses.replace(la, name=layer.name) == layer for la in kept)


@each
def test_names_by_number(layer, shape, arrays):
    """Names tell kinds apart, and do not change: files and dicts of weights hold them."""
    net = Architecture(IMAGE, _around(dataclasses.replace(layer, name="")))
    names = {type(la).__name__: la.name for la in net.layers}
    stems = {"Conv2D": "conv", "LocallyConnected2D": "local", "AveragePooling2D": "pool",
             "MaxPooling2D": "pool", "LocalResponseNormalization": "response", "Dense": "dense",
             "Flatten": "flatten", "Dropout": "dropout", "BatchNormalization": "norm",
             "Shortcut": "shortcut", "Neurons": "neurons", "Branch": "branch",
             "Concatenate": "concatenate", "Scale": "scale", "UpSampling2D": "upsampling",
             "ZeroPadding2D": "padding", "Cropping2D": "cropping",
             "Conv2DTranspose": "transposed"}  # fmt: skip
    kind = type(layer).__name__
    assert names[kind].rstrip("0123456789") == stems[kind]


def _around(layer: Layer) -> tuple[Layer, ...]:
    """Layers that are a network with it, and for a Shortcut what it adds to."""
    before: list[Layer] = [Conv2D(4, 1), Neurons(name="neurons1")]
    if isinstance(layer, Shortcut):
        filters, strides = layer.filters or 4, layer.strides
        before.append(Conv2D(filters, 1, strides))
    if isinstance(layer, Dense):
        before.append(Flatten())
    return (*before, layer, Flatten(), Dense(2))
