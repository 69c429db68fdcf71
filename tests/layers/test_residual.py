"""Our residual networks: sizes as the documentation has them, and what is added to what."""

from __future__ import annotations

import pytest

from nengo_lifdeep.layers.named import architecture
from nengo_lifdeep.layers.types import BatchNormalization, Conv2D, Shortcut

SIZES = {
    "cifar10-residual": (
        81_536, 462_944, 36_824_192, {"neurons2": "neurons4", "neurons5": "neurons7"},
    ),
    "cifar10-resnet11": (
        118_784, 1_938_784, 71_694_848,
        {"neurons2": "neurons4", "neurons5": "neurons7", "neurons8": "neurons10"},
    ),
    "mnist-resnet7": (
        50_240, 267_608, 15_142_304, {"neurons2": "neurons3", "neurons4": "neurons5"},
    ),
    "mnist-resnet7-wide": (
        67_520, 499_872, 27_452_160, {"neurons2": "neurons3", "neurons4": "neurons5"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SIZES)
def test_sizes_and_sums(name):
    neurons, weights, synapses, sums = SIZES[name]
    net = architecture(name)
    counts = net.counts()
    assert (counts.neurons, counts.weights, counts.synapses) == (neurons, weights, synapses)
    assert net.is_plain and net.output_shape == (10,)
    found = {
        layer.source: following.name
        for layer, following in zip(net.layers, net.layers[1:], strict=False)
        if isinstance(layer, Shortcut)
    }
    assert found == sums
    shapes = dict(zip((layer.name for layer in net.layers), net.shapes()[1:], strict=True))
    assert all(shapes[source] == shapes[target] for source, target in found.items())
    for layer, following in zip(net.layers, net.layers[1:], strict=False):
        if isinstance(layer, Conv2D):  # its bias is the normalisation's
            assert isinstance(following, BatchNormalization) and not layer.use_bias
