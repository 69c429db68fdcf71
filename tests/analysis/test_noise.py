"""Measured variability against the closed forms, where spikes are regular."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep import SoftLIF, calibrate_noise, convert, train
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.models import Connection, Population, SpikingModel
from nengo_lifdeep.noise import AlphaNoise, AlphaRCNoise, MeasuredNoise, noise_to_dict
from nengo_lifdeep.stages.types import DenseMatrix


def bias_driven(rates, tau_rc=0.02, tau_ref=0.002):
    """One population of regular trains: each neuron's current is its bias."""
    overdrive = 1 / np.expm1((1 / np.asarray(rates) - tau_ref) / tau_rc)
    n = len(overdrive)
    bias = (1 + overdrive).astype(np.float32)
    neuron = nengo.LIF(tau_rc=tau_rc, tau_ref=tau_ref)
    zero = DenseMatrix((1, 1, 1), np.zeros((1, n), np.float32))
    out = DenseMatrix((n,), np.zeros((n, 2), np.float32))
    return SpikingModel(
        "regular", (1, 1, 1), (Population("a", (n,), neuron, bias),),
        (Connection("input", "a", (zero,)), Connection("a", "output", (out,), nengo.Alpha(0.003))),
        np.zeros(2, np.float32), initial_voltage="uniform",
    )  # fmt: skip


@pytest.mark.parametrize("membrane", [False, True])
def test_regular_trains_vary_as_the_closed_form_says(membrane):
    rates = np.repeat([21.0, 45.0, 90.0], 200)
    images = np.zeros((3, 1, 1, 1), np.float32)
    found = calibrate_noise(bias_driven(rates), images, membrane=membrane, t_c=0.2, t_p=1.2).layers[
        "a"
    ]
    model = AlphaRCNoise(0.003) if membrane else AlphaNoise(0.003)
    np.testing.assert_allclose(found.rates, [21, 45, 90], rtol=1e-3)
    np.testing.assert_array_equal(found.neurons, [600] * 3)
    expected = np.sqrt(model.variance(found.rates, 0.02))
    # steps of 1 ms round every spike, and Nengo's alpha filter is discrete as well
    np.testing.assert_allclose(found.spreads, expected, rtol=0.06)
    assert np.abs(found.biases).max() < 0.6


def test_layers_are_pooled_by_their_neurons(example):
    trained, images = example
    found = calibrate_noise(convert(trained, synapse=0.003), images.take(20), fewest=20)
    noise = found.noise()
    assert isinstance(noise, MeasuredNoise) and list(noise.rates) == sorted(noise.rates)
    for name, layer in found.layers.items():
        alone = found.noise([name])
        np.testing.assert_allclose(alone.spreads, layer.spreads)
    low = min(layer.spreads.min() for layer in found.layers.values())
    high = max(layer.spreads.max() for layer in found.layers.values())
    assert low - 1e-9 <= min(noise.spreads) <= max(noise.spreads) <= high + 1e-9


def test_nothing_to_measure_is_refused(example):
    trained, images = example
    with pytest.raises(ValidationError, match="fewest="):
        calibrate_noise(convert(trained, synapse=0.003), images.take(2), fewest=10**6)


@pytest.mark.tf
def test_a_network_trains_with_what_was_measured(example):
    trained, images = example
    noise = calibrate_noise(convert(trained, synapse=0.003), images.take(10)).noise()
    again = train(
        trained.architecture, images, neuron=SoftLIF(amplitude=0.05, noise=noise), epochs=1,
        batch_size=20, progress=False,
    )  # fmt: skip
    assert again.provenance["options"]["neuron"]["noise"]["type"] == "MeasuredNoise"
    assert noise_to_dict(again.neuron.noise) == noise_to_dict(noise)
