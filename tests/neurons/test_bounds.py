"""Bounds of a neuron's numbers stand in its kind."""

import dataclasses
from unittest import mock

import nengo
import pytest

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.neurons import check_neuron, neuron_from_dict, replaced
from nengo_lifdeep.neurons import kinds as table
from nengo_lifdeep.neurons.bounds import BOUNDS, Bound
from nengo_lifdeep.neurons.kinds import kind_of, kinds
from nengo_lifdeep.neurons.parameters import retyped

#: parameters that are no numbers, have Nengo's own bound, or may be arrays (checked by `StepLIF`)
OTHERS = {"noise", "base_type", "min_voltage"}
OTHERS |= {"exact", "reset", "several", "reaches", "tau_mem", "tau_syn", "decay_input"}


def test_every_number_of_every_kind_has_a_bound():
    assert len(kinds()) > 15
    for name, kind in kinds().items():
        assert set(kind.parameters) - set(kind.bounds) <= OTHERS, name
        assert set(kind.bounds) <= set(kind.parameters)


def test_a_kind_may_have_a_bound_of_its_own():
    kind = dataclasses.replace(kind_of(nengo.LIF()), bounds={"tau_rc": Bound(0.01, unit=" s")})
    assert kind.bounds["tau_ref"] is BOUNDS["tau_ref"]
    check_neuron(nengo.LIF(tau_rc=0.005))
    with mock.patch.dict(table._KINDS, LIF=kind):
        check_neuron(nengo.LIF(tau_rc=0.02))
        for make in (
            lambda: check_neuron(nengo.LIF(tau_rc=0.01)),
            lambda: replaced(nengo.LIF(), tau_rc=0.01),
            lambda: neuron_from_dict({"type": "LIF", "tau_rc": 0.01}),
            lambda: retyped(nengo.LIFRate(tau_rc=0.01), "LIF"),
        ):
            with pytest.raises(ValidationError, match=r"LIF\.tau_rc is 0\.01 s; .* above 0\.01 s"):
                make()


def test_retyped():
    assert retyped(nengo.LIFRate(0.03, 0.001), "LIF") == nengo.LIF(0.03, 0.001)
    with pytest.raises(
        ValidationError, match=r"no neuron type 'LIF2' .* expected one of .*LIFRate"
    ):
        retyped(nengo.LIFRate(), "LIF2")
    with pytest.raises(ValidationError, match="no neuron type 'RectifiedLinear'"):
        retyped(nengo.LIFRate(), "RectifiedLinear")
