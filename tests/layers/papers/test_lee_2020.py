"""Sizes as a count of the authors' code has them."""

import pytest

from nengo_lifdeep.layers import Dropout, Neurons
from nengo_lifdeep.layers.named import architecture
from nengo_lifdeep.neurons import StepLIF
from nengo_lifdeep.training.spikes.order import spike_trainable

SIZES = {  # weights, multiply-adds per image, units that fire
    "lee2020-lenet": (517_500, 5.784, 32_050),
    "lee2020-vgg9": (5_938_880, 194.7, 275_456),
    "lee2020-resnet11": (17_936_064, 607.9, 336_896),
}


@pytest.mark.parametrize("name", SIZES)
def test_sizes(name):
    net = architecture(name)
    counts, (weights, macs, units) = net.counts(), SIZES[name]
    assert (counts.weights, counts.neurons) == (weights, units)
    assert counts.synapses / 1e6 == pytest.approx(macs, abs=0.05)


def test_sizes_of_the_guess():
    """ResNet11 without its third block; the last one then begins with 256 maps, and projects."""
    whole, less = (architecture(f"lee2020-resnet{n}").counts() for n in (11, 9))
    kernel, projection = 9 * 512 * 512, 256 * 512  # 3 x 3 from 512 to 512 maps; 1 x 1 from 256
    assert whole.weights - less.weights == 2 * kernel
    assert whole.neurons - less.neurons == 2 * 8 * 8 * 512
    every_second = 4 * 4 * 512  # pixels that ResNet11's last shortcut takes
    fewer = 2 * kernel * 8 * 8 + projection * (8 * 8 - 4 * 4) + every_second
    assert whole.synapses - less.synapses == fewer
    assert "ResNet9's layers are a guess" in architecture.__doc__


@pytest.mark.parametrize("name", [*SIZES, "lee2020-resnet9"])
def test_what_they_are_made_of(name):
    net = architecture(name)
    assert spike_trainable(net, StepLIF.of_leak(0.99)) == []
    assert all(not getattr(layer, "use_bias", False) for layer in net.layers)
    assert {n.threshold for n in net.own_neurons.values()} == {0.75}
    dropped = sum(isinstance(layer, Dropout) for layer in net.layers)
    fired = sum(isinstance(layer, Neurons) for layer in net.layers)
    assert dropped == (0 if name == "lee2020-lenet" else fired - len(net.own_neurons))
    assert net.output_shape == (10,)


def test_the_last_block_ends_in_512_maps_of_4_by_4():
    for name in ("lee2020-resnet9", "lee2020-resnet11"):
        net = architecture(name)
        shapes = dict(zip((la.name for la in net.layers), net.shapes()[1:], strict=True))
        assert shapes["flatten1"] == (512 * 4 * 4,)
