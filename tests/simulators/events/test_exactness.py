"""The spikes of `nengo.Simulator`: the same neurons, the same steps."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.inputs.presentation import Presentation

pytest.importorskip("numba")

SYNAPSES = [None, nengo.Lowpass(0.004), nengo.Alpha(0.003)]


@pytest.mark.parametrize("synapse", SYNAPSES, ids=str)
def test_float64_is_exact(network, images, compare, synapse):
    model = convert(network, synapse=synapse)
    found = compare(model, images(model), dtype="float64")
    assert found.moved == 0
    assert found.outputs < 1e-4


@pytest.mark.parametrize("route", ["events", "dense"])
def test_both_ways_are_exact(network, images, compare, route):
    model = convert(network, synapse=nengo.Alpha(0.003))
    assert compare(model, images(model), dtype="float64", route=route).moved == 0


def test_float32_moves_less_than_a_spike_in_a_thousand(network, images, compare):
    model = convert(network, synapse=nengo.Alpha(0.003))
    assert compare(model, images(model, 5)).share < 1e-3


@pytest.mark.parametrize("engine", ["numba", "numpy"])
@pytest.mark.parametrize("synapse", SYNAPSES, ids=str)
def test_stream_without_reset(network, images, compare, engine, synapse):
    model = convert(network, synapse=synapse)
    timing = Presentation(t_p=0.15, reset=False)
    found = compare(model, images(model), timing, dtype="float64", engine=engine)
    assert found.moved == 0


@pytest.mark.parametrize("engine", ["numba", "numpy"])
def test_random_initial_voltages_are_nengos(network, images, compare, engine):
    model = convert(network, synapse=0.003, initial_voltage="uniform")
    assert compare(model, images(model), dtype="float64", seed=5, engine=engine).moved == 0


def test_numpy_engine(network, images, compare):
    model = convert(network, synapse=nengo.Lowpass(0.004))
    assert compare(model, images(model), dtype="float64", engine="numpy").moved == 0


def _loihi(name, **options):
    from nengo_lifdeep.compat import import_nengo_loihi

    return getattr(import_nengo_loihi().neurons, name)(**options)


NEURONS = {
    "integrate and fire": lambda: nengo.SpikingRectifiedLinear(),
    "unclipped LIF": lambda: nengo.LIF(tau_rc=0.05, tau_ref=0.001, min_voltage=-np.inf),
    "negative floor": lambda: nengo.LIF(tau_rc=0.05, tau_ref=0.001, min_voltage=-0.3),
    "no refractory period": lambda: nengo.LIF(tau_rc=0.01, tau_ref=0.0),
    "part of a step": lambda: nengo.LIF(tau_rc=0.01, tau_ref=0.0004),
    "long refractory period": lambda: nengo.LIF(tau_rc=0.02, tau_ref=0.0047),
    "LoihiLIF": lambda: _loihi("LoihiLIF", tau_rc=0.05, tau_ref=0.002),
    "Loihi integrate and fire": lambda: _loihi("LoihiSpikingRectifiedLinear"),
}


@pytest.mark.loihi
@pytest.mark.parametrize("engine", ["numba", "numpy"])
@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize("name", list(NEURONS))
def test_every_neuron_type(pooled, images, compare, name, reset, engine):
    neuron = NEURONS[name]()
    linear = not hasattr(neuron, "tau_rc")
    trained = pooled(nengo.RectifiedLinear() if linear else None)
    model = convert(
        trained, synapse=0.003, neuron=neuron, scale_firing_rates=150.0 if linear else 1.0
    )
    timing = Presentation(t_p=0.1, reset=reset)
    found = compare(model, images(model), timing, dtype="float64", engine=engine)
    assert found.moved == 0


def test_several_spikes_in_one_step(pooled, images, compare):
    """Integrate-and-fire neurons may fire more often than once a millisecond."""
    trained = pooled(nengo.RectifiedLinear())
    model = convert(trained, synapse=None, scale_firing_rates=3000.0)
    for options in ({}, {"engine": "numpy"}, {"route": "dense"}):
        found = compare(model, images(model), Presentation(t_p=0.05), dtype="float64", **options)
        assert found.moved == 0
        assert found.spikes > 50 * 3 * sum(p.n_neurons for p in model.populations)


@pytest.mark.parametrize("voltage", ["zero", "uniform"])
def test_dark_images_are_exact(network, images, compare, voltage):
    """Images of a few bright pixels, which go to the first population pixel by pixel."""
    model = convert(network, synapse=nengo.Alpha(0.003), initial_voltage=voltage)
    x = images(model, 5)
    x[np.random.default_rng(5).random(x.shape) < 0.5] = 0
    assert compare(model, x, dtype="float64", seed=2, route="events").moved == 0
