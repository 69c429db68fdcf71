"""Potentials that are currents minus what spikes leave: periods in closed form, and bounds."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.neurons.stepping.spike_response import SpikeResponse


@pytest.mark.parametrize("kept", [0.3, np.exp(-0.5), 0.8])
def test_bands_of_current_with_one_period(kept):
    """A spike every n steps leaves r = kept^(n-1) / (1 - kept^n) before it, r / kept a step ago."""
    neuron = SpikeResponse(kept, amplitude=2.0)
    for n in (1, 2, 3, 5):
        least = kept ** (n - 1) / (1 - kept**n)
        most = least / kept if n > 1 else 10.0
        J = np.linspace(least * 1.001, most * 0.999, 7)
        found = neuron.rates(J, np.ones(1), np.zeros(1)).ravel()
        np.testing.assert_allclose(found, 2000 / n, atol=2.0)  # one spike in 1,000 steps


def test_states_and_limits():
    with nengo.Network() as net:
        neurons = nengo.Ensemble(
            3, 1, gain=np.ones(3), bias=[-0.1, 0.0, 0.4], neuron_type=SpikeResponse(0.5)
        ).neurons
        spikes, u, r = (nengo.Probe(neurons, k) for k in ("output", "voltage", "refractory"))
    with nengo.Simulator(net, progress_bar=False) as run:
        run.run_steps(4)
    assert not run.data[spikes][:, :2].any()  # at 0 nothing fires
    np.testing.assert_allclose(run.data[u][:, 2], [0.4, -0.6, -0.1, 0.15])
    np.testing.assert_allclose(run.data[r][:, 2], [1, 0.5, 0.25, 1.125])
    np.testing.assert_allclose(run.data[spikes][:, 2], [1000, 0, 0, 1000])
    never = SpikeResponse(1.0).rates([5.0], np.ones(1), np.zeros(1))
    assert never.tolist() == [[0.0]]  # every spike counts for ever: five, and no more
    rates, intercepts = SpikeResponse().max_rates_intercepts([2.0, 9.0], [-1.0, 0.0])
    assert intercepts.tolist() == [0.5, 0.0] and rates[1] == 1000 > rates[0] > 0


@pytest.mark.parametrize(
    "wrong", [{"kept": -0.1}, {"kept": 1.5}, {"kept": "x"}, {"amplitude": 0}, {"amplitude": np.nan}]
)
def test_bounds(wrong):
    with pytest.raises(ValidationError, match=f"SpikeResponse.{next(iter(wrong))}"):
        SpikeResponse(**wrong)
