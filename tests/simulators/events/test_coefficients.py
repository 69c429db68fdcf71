"""The few numbers of a step against Nengo's own synapses and neurons."""

from __future__ import annotations

import nengo
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nengo_lifdeep.errors import ConversionError
from nengo_lifdeep.simulators.events.coefficients import neuron_step
from nengo_lifdeep.simulators.events.readable import neuron_update
from nengo_lifdeep.simulators.events.synapse_steps import synapse_step

DT = 0.001


def _filtered(step, u):
    """What a synapse makes of a signal, from its four numbers."""
    p = q = 0.0
    out = []
    for value in u:
        if step.delayed:
            q = step.decay * (q + step.coupling * p)
            p = step.decay * p
        else:
            p = value
        out.append(p + q)
        if step.delayed:
            p = step.scale * value + (0.0 if step.forgets else p)
    return np.array(out)


@settings(max_examples=40, deadline=None)
@given(st.floats(2e-5, 0.2), st.sampled_from([nengo.Lowpass, nengo.Alpha]), st.floats(2e-4, 5e-3))
def test_synapses_are_nengos(tau, kind, dt):
    u = np.random.default_rng(0).normal(size=60)
    expected = kind(tau).filt(u[:, None], dt=dt, y0=0)[:, 0]
    found = _filtered(synapse_step(kind(tau), dt), u)
    # in a simulation the filtered value is seen one step later
    np.testing.assert_allclose(found[1:], expected[:-1], rtol=1e-7, atol=1e-9)
    assert found[0] == 0


def test_no_synapse_acts_at_once():
    u = np.arange(5.0)
    np.testing.assert_array_equal(_filtered(synapse_step(None, DT), u), u)


@pytest.mark.parametrize("synapse", [nengo.LinearFilter([1], [0.02, 1]), nengo.Triangle(0.01), 0.1])
def test_other_synapses_are_refused(synapse):
    with pytest.raises(ConversionError, match="knows nengo.Lowpass, nengo.Alpha and None"):
        synapse_step(synapse, DT)


@pytest.mark.parametrize(
    "neuron",
    [
        nengo.LIF(),
        nengo.LIF(tau_rc=0.005, tau_ref=0.0),
        nengo.LIF(tau_rc=0.05, tau_ref=0.0037, min_voltage=-0.5),
        nengo.SpikingRectifiedLinear(),
    ],
    ids=repr,
)
def test_neurons_are_nengos(neuron):
    """The same voltages and spikes as `step` of the type itself, under noisy currents."""
    rng = np.random.default_rng(1)
    n, steps = 40, 150
    scale = 3000 if isinstance(neuron, nengo.SpikingRectifiedLinear) else 4
    J = scale * rng.normal(0.5, 1, size=(steps, n))
    state = {"voltage": np.zeros(n), "refractory_time": np.zeros(n)}
    state = {name: state[name] for name in neuron.state}
    numbers = neuron_step(neuron, DT)
    v, rest = np.zeros(n), np.zeros(n)
    total = 0
    for current in J:
        output = np.zeros(n)
        neuron.step(DT, current, output, **state)
        v, rest, counts = neuron_update(numbers, current, v, rest)
        np.testing.assert_array_equal(counts, np.rint(output * DT))
        np.testing.assert_allclose(v, state["voltage"], rtol=1e-12, atol=1e-12)
        total += counts.sum()
    assert total > 100


def test_rate_neurons_are_refused():
    with pytest.raises(ConversionError, match="does not spike"):
        neuron_step(nengo.LIFRate(), DT)
