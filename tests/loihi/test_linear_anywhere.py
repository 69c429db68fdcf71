"""Stages that are not folded, in the chip's stages: the same network, one stage a connection."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.loihi.lowering import lowered
from nengo_lifdeep.loihi.plan import make_plan
from tests.conversion.networks import NETWORKS, images, network


@pytest.mark.parametrize("name", NETWORKS)
def test_lowered_is_the_same_network(name):
    model = convert(network(name, nengo.RectifiedLinear()), scale_firing_rates=200.0)
    chip, changes = lowered(model)
    for connection in chip.connections:
        assert len(connection.stages) == 1 or connection.pre == "input"
    expected, found = (forward(each, images())["output"] for each in (model, chip))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    if any(len(c.stages) > 1 for c in model.connections if c.pre != "input"):
        assert changes


@pytest.mark.parametrize(
    "name", ["padded pool", "upsampled", "beside each other", "the same twice"]
)
def test_planned(name):
    model = convert(network(name, nengo.RectifiedLinear()), synapse=nengo.Lowpass(0.005))
    plan = make_plan(model).require()
    assert plan.n_cores >= len(model.populations) - 1
