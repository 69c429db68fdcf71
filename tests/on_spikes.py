"""A network as training on spikes leaves it, without the training, and images for it."""

import numpy as np

from nengo_lifdeep.datasets import load
from nengo_lifdeep.inputs.as_trained import coding_record
from nengo_lifdeep.layers import Conv2D, Dense, Flatten, Neurons
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.models import TrainedModel
from nengo_lifdeep.neurons import StepLIF
from nengo_lifdeep.training.settings.spike_based import SpikeBased
from nengo_lifdeep.training.spikes.units import in_seconds

N_STEPS, LEAK = 12, 0.9


def bars(n=4):
    """Some test images of bars."""
    return load("bars").test.subset(np.arange(n))


def trained_on_spikes(coding, hidden=False):
    """A small network for bars, of random weights; with a hidden layer it is one for the chip."""
    shape = load("bars").test.image_shape
    net = Architecture(
        shape,
        [
            Conv2D(4, 3, use_bias=False), Neurons(), Flatten(),
            *([Dense(6, use_bias=False), Neurons()] if hidden else []), Dense(4, use_bias=False),
        ],
        "bars-on-spikes",
    )  # fmt: skip
    rng = np.random.default_rng(0)
    weights = {
        layer.name: {"kernel": rng.normal(0.2, 0.4, layer.arrays(s)["kernel"]).astype("f4")}
        for layer, s in zip(net.layers, net.layer_inputs(), strict=True)
        if layer.has_weights
    }
    neuron, method = StepLIF.of_leak(LEAK), SpikeBased(n_steps=N_STEPS, coding=coding)
    spikes = {**method.to_dict(), "coding": coding_record(coding), "leak": LEAK}
    return TrainedModel(
        net,
        in_seconds(weights, net, neuron, method),
        neuron,
        classes=list(load("bars").classes),
        provenance={"dt": method.dt, "spikes": spikes},
    )
