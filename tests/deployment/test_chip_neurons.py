"""A network that was trained on its spikes runs on the emulated chip, step by step the same."""

import nengo
import numpy as np
import pytest

pytest.importorskip("nengo_loihi")

from nengo_lifdeep import SpikeBased, convert, deploy, run
from nengo_lifdeep.deployment.chip_neurons import with_chip_neurons
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten, Neurons
from nengo_lifdeep.neurons import StepLIF
from nengo_lifdeep.training.spikes.start import in_spikes

pytestmark = pytest.mark.loihi

LAYERS = [Conv2D(4, 3, padding="same", use_bias=False), Neurons(), AveragePooling2D(2), Neurons(),
          Conv2D(8, 3), Neurons(), Flatten(), Dense(6, use_bias=False), Neurons(),
          Dense(3)]  # fmt: skip
N_STEPS = 20


@pytest.fixture
def spiking(make_network):
    net = make_network((8, 8, 1), LAYERS, neuron=nengo.RectifiedLinear())
    images = np.random.default_rng(0).uniform(size=(30, 8, 8, 1)).astype(np.float32)
    start = in_spikes(net, images, StepLIF.of_leak(0.9), SpikeBased(n_steps=N_STEPS), 1.0)
    return convert(start), images


def test_same_spikes_but_for_delays_and_rounding(spiking):
    """Every connection of the chip takes a step, so layer k is k steps later than in `events`."""
    model, images = spiking
    deployment = deploy(model)
    assert sum("replaced by" in change for change in deployment.changes) == 3
    longer = Presentation(t_c=0.0, t_p=(N_STEPS + 6) * 1e-3)
    shorter = Presentation(t_c=0.0, t_p=N_STEPS * 1e-3)
    exact = deployment.run(images, presentation=longer, rasters=len(images))
    events = run(model, images, presentation=shorter, rasters=len(images))
    for delay, population in enumerate(model.populations):
        name = population.name
        found, expected = (np.zeros((30, 40, np.prod(population.shape)), bool) for _ in range(2))
        for there, record, shift in ((found, exact, delay), (expected, events, 0)):
            image, step, neuron = record.rasters[name].T
            there[image, step - shift, neuron] = step >= shift
        found, expected = found[:, :N_STEPS], expected[:, :N_STEPS]
        assert expected.mean() > 0.02, name
        moved = (found != expected).sum() / 2 / expected.sum()
        assert moved < (1e-9 if delay == 0 else 0.1), (name, moved)


def test_neurons_that_the_chip_has_not_stay(make_network, spiking):
    model, _ = spiking
    replaced, changes = with_chip_neurons(model, 0.001)
    assert [type(p.neuron).__name__ for p in replaced.populations] == [
        "StepLIF", "SpikingRectifiedLinear", "LoihiLIF", "LoihiLIF",
    ]  # fmt: skip
    assert len(changes) == 3
    again, none = with_chip_neurons(replaced, 0.001)
    assert again is replaced and none == []
