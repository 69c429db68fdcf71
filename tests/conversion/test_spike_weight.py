"""Spikes above a threshold: the share that is lost, beside neurons of Nengo; who is told."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep import datasets
from nengo_lifdeep.analysis.diagnosis import diagnose
from nengo_lifdeep.conversion.spike_weight import HEAVY_RULE, heavy_spikes, lost_share
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import Conv2D, Dense, Flatten, Neurons, Shortcut
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.training.random_features import untrained


def residual(amplitude: float):
    """A network whose second layer gets the spikes of the first by a residual sum."""
    net = Architecture(
        (8, 8, 1),
        (Conv2D(4, 3, padding="same"), Neurons(name="first"), Conv2D(4, 3, padding="same"),
         Shortcut("first"), Neurons(name="second"), Flatten(), Dense(10)),
        "sums",
    )  # fmt: skip
    return untrained(net, neuron=SoftLIF(0.02, 0.002, 0.02, amplitude))


@pytest.mark.parametrize("thresholds", [0.5, 1.5, 3.0])
def test_lost_share_of_a_residual_sum(thresholds):
    spiking = convert(residual(0.02 * thresholds), synapse=None)
    direct = [c for c in spiking.connections if (c.pre, c.post) == ("first", "second")][-1]
    share, heaviest = lost_share(spiking, direct)
    assert heaviest == pytest.approx(thresholds, rel=1e-5)
    assert share == pytest.approx(max(thresholds - 1, 0) / thresholds, abs=1e-6)
    found = list(heavy_spikes(spiking))
    assert [f.where for f in found] == (["second"] if thresholds > 1 else [])
    assert not list(heavy_spikes(convert(residual(0.02 * thresholds), synapse=0.003)))
    assert not list(heavy_spikes(spiking, tau_s=0.003))
    smooth = convert(residual(0.02 * thresholds), synapse=0.003)
    assert len(list(heavy_spikes(smooth, tau_s=0.0))) == len(found)


@pytest.mark.parametrize("thresholds", [0.5, 3.0])
def test_nengo_neurons_lose_it(thresholds):
    """50 spikes a second of this weight drive `nengo.LIF` less than as many through a synapse."""
    counts = []
    for synapse in (None, nengo.Alpha(0.003)):
        with nengo.Network() as network:
            spikes = nengo.Node(lambda t: 1000.0 * (round(1000 * t) % 20 == 0))
            post = nengo.Ensemble(
                1, 1, neuron_type=nengo.LIF(0.02, 0.002), gain=[1], bias=[0.95]
            )  # fmt: skip
            nengo.Connection(spikes, post.neurons, transform=[[0.02 * thresholds]],
                             synapse=synapse)  # fmt: skip
            probe = nengo.Probe(post.neurons)
        with nengo.Simulator(network, progress_bar=False) as sim:
            sim.run(2.0)
        counts.append(np.count_nonzero(sim.data[probe]))
    without, with_synapse = counts
    assert with_synapse > 0
    assert (without < 0.8 * with_synapse) == (thresholds > 1)


def test_evaluations_and_diagnoses_tell():
    images = datasets.load("digits").test.take(30)
    trained = residual(0.06)
    timing = Presentation(t_c=0.02, t_p=0.06)
    heavy = convert(trained, synapse=None)
    told = evaluate(heavy, images, presentation=timing)  # nobody knows whether answers are lost
    (finding,) = [f for f in told.findings if f.rule == HEAVY_RULE]
    assert finding.where == "second" and "3 thresholds" in finding.found
    assert "67 % of it" in finding.found and "synapse=0.003" in finding.remedy
    smooth = evaluate(convert(trained, synapse=0.003), images, presentation=timing)
    assert HEAVY_RULE not in {f.rule for f in smooth.findings}
    found = diagnose(heavy, images, presentation=timing).findings
    assert HEAVY_RULE in {f.rule for f in found}
