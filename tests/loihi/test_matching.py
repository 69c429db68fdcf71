"""A plan runs the network for which it was made, and no other."""

from __future__ import annotations

import dataclasses

import nengo
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.layers import Conv2D, Dense, Flatten
from nengo_lifdeep.loihi.matching import require_same_network
from nengo_lifdeep.loihi.plan import make_plan
from nengo_lifdeep.models import SpikingModel

LOWPASS = nengo.Lowpass(0.005)


@pytest.fixture
def model(make_network):
    layers = [Conv2D(4, 2), Conv2D(3, 3, strides=4), Flatten(), Dense(2)]
    return convert(make_network((10, 10, 1), layers), synapse=LOWPASS)


def with_stage(model, **options):
    """The network with other options of its second layer's convolution."""
    connections = list(model.connections)
    (stage,) = connections[1].stages
    changed = dataclasses.replace(stage, **options)
    assert changed.output_shape == stage.output_shape
    connections[1] = dataclasses.replace(connections[1], stages=(changed,))
    return dataclasses.replace(model, connections=tuple(connections))


def test_its_own_networks_pass(model, tmp_path):
    plan = make_plan(model)
    for same in (model, plan.model):
        require_same_network(plan, same, 0.001)
        again = SpikingModel.load(same.save(tmp_path / "model.lifdeep"))
        require_same_network(plan, again, 0.001)


@pytest.mark.parametrize("options", [{"strides": (5, 5)}, {"strides": (6, 4)}], ids=str)
def test_other_strides_are_refused(model, options):
    """Arrays and shapes are the same: windows begin at other pixels."""
    with pytest.raises(ValidationError, match="other numbers in 'neurons2'"):
        require_same_network(make_plan(model), with_stage(model, **options), 0.001)


def test_a_synapse_after_the_input_counts(model):
    connections = tuple(
        dataclasses.replace(c, synapse=nengo.Lowpass(0.01)) if c.pre == "input" else c
        for c in model.connections
    )
    other = dataclasses.replace(model, connections=connections)
    with pytest.raises(ValidationError, match="the plan has synapses"):
        require_same_network(make_plan(model), other, 0.001)


def test_another_start_of_membranes_is_refused(model):
    other = dataclasses.replace(model, initial_voltage="half")
    with pytest.raises(ValidationError, match="other numbers in 'input'"):
        require_same_network(make_plan(model), other, 0.001)
