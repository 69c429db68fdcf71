"""Neuron types: behaviour in Nengo, counterparts, dictionaries, and what is refused."""

from __future__ import annotations

import copy
import json
import pickle

import nengo
import numpy as np
import pytest

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.neurons import (
    SoftLIF,
    SoftLoihiLIF,
    check_neuron,
    firing_threshold,
    hard_counterpart,
    neuron_from_dict,
    neuron_rate,
    neuron_slope,
    neuron_to_dict,
    rate_counterpart,
    rates,
    replaced,
    spiking_counterpart,
)
from nengo_lifdeep.neurons.loihi import loihi_rates
from nengo_lifdeep.noise import ALL_NOISE, AlphaRCNoise, GaussianNoise

PAPER = {"tau_rc": 0.05, "tau_ref": 0.001, "amplitude": 0.063}

# neuron, spiking counterpart, rate counterpart, hard counterpart, threshold
FAMILY = [
    (SoftLIF(**PAPER), nengo.LIF(**PAPER), SoftLIF(**PAPER), nengo.LIFRate(**PAPER), 1),
    (nengo.LIFRate(**PAPER), nengo.LIF(**PAPER), nengo.LIFRate(**PAPER), nengo.LIFRate(**PAPER), 1),
    (nengo.LIF(**PAPER), nengo.LIF(**PAPER), nengo.LIFRate(**PAPER), nengo.LIFRate(**PAPER), 1),
    (nengo.RectifiedLinear(0.5), nengo.SpikingRectifiedLinear(0.5), nengo.RectifiedLinear(0.5),
     nengo.RectifiedLinear(0.5), 0),
    (nengo.SpikingRectifiedLinear(0.5), nengo.SpikingRectifiedLinear(0.5),
     nengo.RectifiedLinear(0.5), nengo.RectifiedLinear(0.5), 0),
]  # fmt: skip
IDS = [type(row[0]).__name__ for row in FAMILY]

REFUSED = [
    nengo.AdaptiveLIFRate(), nengo.Direct(), nengo.Izhikevich(),
    nengo.PoissonSpiking(nengo.AdaptiveLIFRate()), "LIF", None, nengo.LIF,
]  # fmt: skip


@pytest.mark.parametrize("neuron, spiking, rate, hard, threshold", FAMILY, ids=IDS)
def test_counterparts(neuron, spiking, rate, hard, threshold):
    assert spiking_counterpart(neuron) == spiking and spiking_counterpart(neuron).spiking
    assert rate_counterpart(neuron) == rate and not rate_counterpart(neuron).spiking
    assert hard_counterpart(neuron) == hard
    assert firing_threshold(neuron) == threshold


@pytest.mark.parametrize("neuron", [row[0] for row in FAMILY], ids=IDS)
def test_rate_and_slope_of_every_type(neuron):
    J = np.linspace(-1, 5, 601) + 0.003
    h = 1e-6
    expected = rate_counterpart(neuron).rates(J, 1, 0)
    np.testing.assert_allclose(neuron_rate(neuron, J), expected[:, 0], rtol=1e-12)
    difference = (neuron_rate(neuron, J + h) - neuron_rate(neuron, J - h)) / (2 * h)
    np.testing.assert_allclose(neuron_slope(neuron, J), difference, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("neuron", REFUSED, ids=str)
def test_unsupported_types_are_named(neuron):
    for function in (
        check_neuron, spiking_counterpart, rate_counterpart, hard_counterpart,
        firing_threshold, neuron_to_dict, lambda n: neuron_rate(n, 1.0),
    ):  # fmt: skip
        with pytest.raises(ValidationError, match=r"neuron type is .*use "):
            function(neuron)


def test_adaptive_lif_is_told_what_to_use():
    with pytest.raises(ValidationError, match=r"AdaptiveLIFRate.*SoftAdaptiveLIF"):
        spiking_counterpart(nengo.AdaptiveLIFRate())


@pytest.mark.parametrize("name", ["tau_rc", "tau_ref", "amplitude", "sigma"])
@pytest.mark.parametrize("value", [-0.1, np.nan, np.inf, "0.1", True])
def test_softlif_refuses_bad_numbers(name, value):
    with pytest.raises(ValidationError, match=rf"SoftLIF\.{name} is"):
        SoftLIF(**{name: value})


@pytest.mark.parametrize("name", ["tau_rc", "amplitude", "sigma"])
def test_softlif_refuses_zero(name):
    with pytest.raises(ValidationError, match=rf"SoftLIF\.{name} is 0"):
        SoftLIF(**{name: 0})


def test_softlif_refuses_what_is_not_noise():
    with pytest.raises(ValidationError, match=r"SoftLIF\.noise"):
        SoftLIF(noise=10.0)


@pytest.mark.parametrize("cls", [nengo.LIF, nengo.LIFRate])
def test_infinite_time_constants_that_nengo_accepts_are_refused(cls):
    with pytest.raises(ValidationError, match=r"tau_rc is inf"):
        spiking_counterpart(cls(tau_rc=np.inf))
    with pytest.raises(ValidationError, match=r"tau_ref is inf"):
        neuron_rate(cls(tau_ref=np.inf), 2.0)


def test_softlif_in_the_nengo_simulator_is_exact_and_without_noise():
    neuron = SoftLIF(**PAPER, noise=GaussianNoise(20))
    J = np.linspace(-1, 5, 50)
    with nengo.Network() as net:
        ens = nengo.Ensemble(
            J.size, 1, neuron_type=neuron, gain=np.ones(J.size), bias=J,
            encoders=np.ones((J.size, 1)),
        )  # fmt: skip
        probe = nengo.Probe(ens.neurons)
    with nengo.Simulator(net, progress_bar=False) as sim:
        sim.run(0.003)
    expected = 0.063 * rates.softlif_rate(J, 0.05, 0.001, 0.02)
    np.testing.assert_allclose(sim.data[probe][-1], expected, rtol=1e-12)


def test_gain_bias_reaches_the_rates_asked_for():
    neuron = SoftLIF(sigma=0.05)
    max_rates, intercepts = np.array([30.0, 100.0, 400.0]), np.array([-0.9, 0.0, 0.5])
    gain, bias = neuron.gain_bias(max_rates, intercepts)
    np.testing.assert_allclose(gain * intercepts + bias, 1)
    np.testing.assert_allclose(np.diag(neuron.rates(np.ones((1, 3)), gain, bias)[[0] * 3]),
                               max_rates, rtol=1e-10)  # fmt: skip
    back = neuron.max_rates_intercepts(gain, bias)
    np.testing.assert_allclose(back[0], max_rates, rtol=1e-10)
    np.testing.assert_allclose(back[1], intercepts, atol=1e-12)


@pytest.mark.parametrize("max_rate", [5.0, 500.0, 1000.0])
def test_gain_bias_refuses_rates_it_cannot_reach(max_rate):
    with pytest.raises(ValidationError, match="max_rates"):
        SoftLIF().gain_bias(max_rate, 0.0)


def test_default_ensembles_build():
    with nengo.Network(seed=0) as net:
        ens = nengo.Ensemble(30, 1, neuron_type=SoftLIF())
        probe = nengo.Probe(ens)
    with nengo.Simulator(net, progress_bar=False) as sim:
        sim.run(0.01)
    assert abs(float(sim.data[probe][-1, 0])) < 0.1


@pytest.mark.parametrize(
    "neuron",
    [row[0] for row in FAMILY]
    + [SoftLIF(**PAPER, sigma=0.1, noise=cls()) for cls in ALL_NOISE]
    + [SoftLIF(noise=AlphaRCNoise(0.005, 0.02)), nengo.LIF(min_voltage=-1)],
    ids=repr,
)
def test_dictionary_round_trip(neuron):
    record = neuron_to_dict(neuron)
    again = neuron_from_dict(json.loads(json.dumps(record)))
    assert again == neuron and type(again) is type(neuron)
    assert neuron_to_dict(again) == record


def test_initial_state_is_not_stored():
    record = neuron_to_dict(nengo.LIF(initial_state={"voltage": np.zeros(3)}))
    assert set(record) == {"type", "tau_rc", "tau_ref", "min_voltage", "amplitude"}


@pytest.mark.parametrize(
    "record, message",
    [
        ({"type": "AdaptiveLIFRate"}, "SoftAdaptiveLIF"),
        ({"type": "NextYearsNeuron"}, "newer version"),
        ({}, "neuron type is None"),
        ("LIF", "record is 'LIF'"),
        ({"type": "LIF", "sigma": 0.1}, "sigma"),
        ({"type": "LIF", "tau_rc": float("nan")}, "tau_rc is nan"),
        ({"type": "SoftLIF", "noise": {"type": "PinkNoise"}}, "PinkNoise"),
        ({"type": "SoftLIF", "noise": {"type": "AlphaNoise", "tau": 1.0}}, "tau"),
    ],
)
def test_bad_dictionaries_are_refused(record, message):
    with pytest.raises(ValidationError, match=message):
        neuron_from_dict(record)


def test_softlif_is_a_value():
    neuron = SoftLIF(**PAPER, noise=AlphaRCNoise(0.003))
    assert neuron == SoftLIF(**PAPER, noise=AlphaRCNoise(0.003))
    assert hash(neuron) == hash(SoftLIF(**PAPER, noise=AlphaRCNoise(0.003)))
    assert neuron != SoftLIF(**PAPER)
    assert pickle.loads(pickle.dumps(neuron)) == neuron == copy.deepcopy(neuron)
    assert "noise=AlphaRCNoise(tau_s=0.003" in repr(neuron)


@pytest.mark.loihi
def test_nengo_loihis_types():
    from nengo_lifdeep.compat import import_nengo_loihi

    loihi = import_nengo_loihi().neurons
    lif = loihi.LoihiLIF(**PAPER)
    assert spiking_counterpart(lif) is lif and firing_threshold(lif) == 1
    assert rate_counterpart(lif) == hard_counterpart(lif) == nengo.LIFRate(**PAPER)
    assert neuron_from_dict(neuron_to_dict(lif)) == lif
    np.testing.assert_allclose(
        neuron_rate(lif, [0.0, 3.0]), 0.063 * loihi_rates.loihi_lif_rate([0.0, 3.0], 0.05, 0.001)
    )
    linear = loihi.LoihiSpikingRectifiedLinear(0.5)
    assert spiking_counterpart(linear) is linear and firing_threshold(linear) == 0
    assert rate_counterpart(linear) == nengo.RectifiedLinear(0.5)
    assert neuron_from_dict(neuron_to_dict(linear)) == linear
    assert neuron_rate(linear, 300.0) == pytest.approx(125.0)


@pytest.mark.loihi
def test_soft_loihi_is_the_chips_neuron_with_a_soft_slope():
    from nengo_lifdeep.compat import import_nengo_loihi

    loihi = import_nengo_loihi().neurons
    soft, chip = SoftLoihiLIF(**PAPER), loihi.LoihiLIF(**PAPER)
    assert spiking_counterpart(soft) == chip
    assert rate_counterpart(soft) is soft
    assert hard_counterpart(soft) == nengo.LIFRate(**PAPER)
    assert firing_threshold(soft) == 1
    assert neuron_from_dict(json.loads(json.dumps(neuron_to_dict(soft)))) == soft
    J = np.linspace(-1, 9, 1001)
    np.testing.assert_array_equal(neuron_rate(soft, J), neuron_rate(chip, J))
    np.testing.assert_array_equal(neuron_rate(soft, J)[J > 1], soft.rates(J, 1.0, 0.0)[J > 1, 0])
    # far from the threshold the slope is that of the chip's middle curve, at it it is finite
    np.testing.assert_allclose(neuron_slope(soft, 3.0), neuron_slope(chip, 3.0), rtol=1e-3)
    assert neuron_slope(soft, 1.0) > 0 and np.isfinite(neuron_slope(soft, J)).all()


def test_replaced_changes_what_is_named_and_nothing_else():
    neuron = SoftLIF(tau_rc=0.05, tau_ref=0.001, sigma=0.02, amplitude=0.063)
    changed = replaced(neuron, tau_rc=0.03, noise=AlphaRCNoise(0.003))
    assert neuron_to_dict(changed) == {
        **neuron_to_dict(neuron),
        "tau_rc": 0.03,
        "noise": {"type": "AlphaRCNoise", "tau_s": 0.003, "tau_rc": None},
    }
    assert neuron_to_dict(replaced(neuron)) == neuron_to_dict(neuron)
    with pytest.raises(ValidationError, match="LIF has no parameter sigma; expected one of tau_rc"):
        replaced(nengo.LIF(), sigma=0.1)
    with pytest.raises(ValidationError, match="tau_rc is -1"):
        replaced(neuron, tau_rc=-1.0)
