"""Activations of two populations: their formulas, in rates, and in spikes as Nengo's."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep import convert, run
from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import Conv2D, Dense, Flatten
from nengo_lifdeep.layers.activations import clipped_relu, hard_sigmoid, leaky_relu
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.models import TrainedModel

SLOPES = (0.3, -0.2, 1.5)
FORMULAS = {
    "relu6": (clipped_relu("front", "it"), lambda x: np.clip(x, 0, 6)),
    "clipped": (clipped_relu("front", "it", high=0.5), lambda x: np.clip(x, 0, 0.5)),
    "leaky": (leaky_relu("front", "it", slope=0.1), lambda x: np.where(x > 0, x, 0.1 * x)),
    "prelu": (leaky_relu("front", "it", slope=SLOPES), lambda x: np.where(x > 0, x, SLOPES * x)),
    "hard sigmoid": (hard_sigmoid("it"), lambda x: np.clip(x / 6 + 0.5, 0, 1)),
}


def example(layers):
    net = Architecture(
        (4, 4, 2), [Conv2D(3, 1, name="front"), *layers, Flatten(), Dense(4, name="end")]
    )
    rng = np.random.default_rng(0)
    weights = {
        "front": {"kernel": rng.normal(0, 20, (1, 1, 2, 3)), "bias": rng.normal(0, 1, 3)},
        "end": {"kernel": rng.normal(0, 1, (48, 4)), "bias": np.zeros(4)},
    }
    images = rng.uniform(size=(3, 4, 4, 2)).astype(np.float32)
    return TrainedModel(net, weights, nengo.RectifiedLinear()), images


@pytest.mark.parametrize("name", FORMULAS)
def test_formula(name):
    layers, formula = FORMULAS[name]
    model, images = example(layers)
    front, end = model.weights["front"], model.weights["end"]
    x = images.astype(float) @ front["kernel"][0, 0] + front["bias"]
    assert (x < -3).any() and (x > 6).any() and (abs(x) < 3).any()
    folded = fold(model)
    expected = formula(x).reshape(3, -1) @ end["kernel"]
    np.testing.assert_allclose(forward(folded, images)["output"], expected, rtol=1e-4, atol=1e-4)
    assert len(folded.populations) == 2 and [len(c.stages) for c in folded.connections] == [1] * 4


@pytest.mark.parametrize("name", ["relu6", "prelu"])
def test_spikes(name):
    model, images = example(FORMULAS[name][0])
    spiking = convert(model, synapse=0.002, scale_firing_rates=30.0)
    timing = Presentation(t_c=0.0, t_p=0.05)
    found, truth = (
        run(spiking, images[:1], simulator=s, presentation=timing) for s in ("events", "nengo")
    )
    for layer, spikes in truth.image_spikes.items():
        assert spikes.sum() > 0
        np.testing.assert_array_equal(found.image_spikes[layer], spikes)
    np.testing.assert_allclose(found.outputs, truth.outputs, rtol=1e-3, atol=1e-2)


def test_others_are_refused():
    with pytest.raises(ValidationError, match="high"):
        clipped_relu("front", "it", high=0.0)
    with pytest.raises(ValidationError, match="slope"):
        leaky_relu("front", "it", slope="little")
    with pytest.raises(ValidationError, match="there is no layer 'elsewhere' before it"):
        example(clipped_relu("elsewhere", "it"))
