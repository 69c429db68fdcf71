"""The published sizes of the five networks, and the counting rule against brute force.

Table: E. Hunsberger, C. Eliasmith, "Training Spiking Deep Networks for Neuromorphic Hardware",
arXiv 1611.05141 (2016): neurons, weights and synapses; FLOPs are those of the ReLU network in
Hunsberger's thesis (Waterloo, 2018).
"""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.layers import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Flatten,
    LocallyConnected2D,
    Shortcut,
)
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.layers.named import NAMES, architecture, with_batch_normalization

TABLE = {  # neurons, weights, synapses, FLOPs per image
    "mnist": (27_088, 6_318_000, 11_623_200, 23_298_576),
    "svhn": (27_088, 6_318_800, 12_250_400, 24_552_976),
    "cifar10": (49_536, 2_109_376, 19_512_576, 39_120_768),
    "cifar100": (49_536, 2_213_056, 19_616_256, 39_328_128),
    "imagenet": (493_184, 61_090_496, 714_188_480, 1_429_246_976),
}


@pytest.mark.parametrize("name", TABLE)
def test_sizes_are_the_published_ones(name):
    counts = architecture(f"hunsberger2016-{name}").counts()
    assert (counts.neurons, counts.weights, counts.synapses, counts.flops) == TABLE[name]


@pytest.mark.parametrize(
    ("name", "classes"), [("mnist", 10), ("cifar100", 100), ("imagenet", 1000)]
)
def test_outputs(name, classes):
    assert architecture(f"hunsberger2016-{name}").output_shape == (classes,)


def test_compact_network_is_the_measured_one():
    """Neurons per layer of the network that was run on the Loihi emulator."""
    counts = architecture("mnist-compact").layer_counts()
    neurons = [c.neurons for c in counts.values() if c.neurons]
    assert neurons == [10816, 4608, 1600, 128]


def test_every_name_builds_and_carries_its_name():
    assert len(NAMES) == 23
    for name in NAMES:
        built = architecture(name)
        assert built.name == name
        assert Architecture.from_dict(built.to_dict()) == built


@pytest.mark.parametrize("name", ["hunsberger2016-cifar10", "mnist-compact", "digits-compact"])
def test_batch_normalisation_folds_to_the_same_network(name, make_network):
    """As many neurons, weights and synapses, and after folding the same shapes of everything."""
    plain = architecture(name)
    normalised = with_batch_normalization(plain)
    hidden = sum(layer.has_weights for layer in plain.layers) - 1
    norms = [layer for layer in normalised.layers if isinstance(layer, BatchNormalization)]
    assert len(norms) == hidden
    assert normalised.counts() == plain.counts()
    ours, theirs = (
        fold(make_network(net.input_shape, list(net.layers))) for net in (plain, normalised)
    )
    for a, b in zip(ours.connections, theirs.connections, strict=True):
        assert (a.pre, a.post) == (b.pre, b.post)
        assert [type(stage) for stage in a.stages] == [type(stage) for stage in b.stages]
    assert [p.shape for p in ours.populations] == [p.shape for p in theirs.populations]


def test_own_residual_network_has_two_sums():
    net = architecture("cifar10-residual")
    assert net.counts().neurons == 81_536
    assert [layer.source for layer in net.layers if isinstance(layer, Shortcut)] == [
        "neurons2", "neurons5",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["lenet", "", None])
def test_unknown_name_lists_the_known(name):
    with pytest.raises(ValidationError, match="expected one of: digits-compact, mnist-compact"):
        architecture(name)


def positions(size, window, stride, padding):
    """Index sets of a sliding window over range(size), padding included, by walking."""
    if padding == "valid":
        return [range(s, s + window) for s in range(0, size - window + 1, stride)]
    return [range(window) for _ in range(0, size, stride)]  # padded edges count like any other


@pytest.mark.parametrize("shape", [(4, 4, 1), (5, 4, 2)])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kind", [Conv2D, LocallyConnected2D])
def test_synapses_and_weights_by_enumeration(shape, padding, stride, kind):
    layer = kind(3, (2, 3), stride, padding)
    rows = positions(shape[0], 2, stride, padding)
    cols = positions(shape[1], 3, stride, padding)
    synapses = [
        (r, c, i, j, channel, filter_)
        for r, window_rows in enumerate(rows)
        for c, window_cols in enumerate(cols)
        for (i, _), (j, _) in itertools.product(enumerate(window_rows), enumerate(window_cols))
        for channel in range(shape[2])
        for filter_ in range(3)
    ]
    shared = slice(2, None) if kind is Conv2D else slice(None)
    assert layer.n_synapses(shape) == len(synapses)
    assert layer.n_weights(shape) == len({synapse[shared] for synapse in synapses})


def test_grouped_convolution_by_enumeration():
    layer = Conv2D(4, 2, groups=2)
    synapses = [
        (r, c, i, j, channel, filter_)
        for r, c, i, j in itertools.product(range(3), range(3), range(2), range(2))
        for channel, filter_ in itertools.product(range(6), range(4))
        if channel // 3 == filter_ // 2
    ]
    assert layer.n_synapses((4, 4, 6)) == len(synapses)
    assert layer.n_weights((4, 4, 6)) == len({s[2:] for s in synapses})


def test_whole_network_by_hand():
    """4 x 4 x 1 - conv 2 3x3 same - pool 2 - dense 3, counted on paper."""
    net = Architecture(
        (4, 4, 1), (Conv2D(2, 3, padding="same"), AveragePooling2D(2), Flatten(), Dense(3))
    )
    counts = net.counts()
    assert dataclasses.astuple(counts) == (32, 18 + 24, 16 * 18 + 24, 32)
    assert counts.flops == 2 * (288 + 24) + 32 + 32
