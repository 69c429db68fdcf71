"""The ReLU fit against the published pair and brute force."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.neurons import PAPER_PARAMETERS, SoftLIF, fit_to_relu, neuron_rate
from nengo_lifdeep.noise import AlphaRCNoise

CIFAR = SoftLIF(tau_rc=0.05, tau_ref=0.001)


def _error(neuron, gain, low=-1, high=10):
    x = np.linspace(low, high, 3001)
    return np.sqrt(np.mean((neuron_rate(neuron, gain * x + 1) - np.maximum(x, 0)) ** 2))


def test_published_amplitude_belongs_to_the_published_gain():
    neuron, gain = fit_to_relu(CIFAR, gain=0.825)
    assert gain == 0.825
    assert neuron.amplitude == pytest.approx(0.063, abs=5e-4)


def test_free_fit_beats_the_published_pair_and_its_neighbours():
    neuron, gain = fit_to_relu(CIFAR)
    best = _error(neuron, gain)
    published = _error(SoftLIF(tau_rc=0.05, tau_ref=0.001, amplitude=0.063), 0.825)
    assert best < published < 1.02 * best
    for a in (0.98, 1.0, 1.02):
        for g in (0.98, 1.0, 1.02):
            other = SoftLIF(tau_rc=0.05, tau_ref=0.001, amplitude=neuron.amplitude * a)
            assert best <= _error(other, gain * g) + 1e-9


def test_fit_keeps_the_neuron():
    noisy = SoftLIF(tau_rc=0.03, tau_ref=0.002, sigma=0.05, noise=AlphaRCNoise())
    neuron, _ = fit_to_relu(noisy)
    assert (neuron.tau_rc, neuron.tau_ref, neuron.sigma) == (0.03, 0.002, 0.05)
    assert neuron.noise == AlphaRCNoise()


@pytest.mark.parametrize("cls", [nengo.RectifiedLinear, nengo.SpikingRectifiedLinear])
def test_a_relu_is_its_own_fit(cls):
    neuron, gain = fit_to_relu(cls(amplitude=3))
    assert gain == 1 and neuron.amplitude == pytest.approx(1)


@pytest.mark.parametrize("low, high", [(3, 2), (-2, -1), (-1, 0), (np.nan, 1), (0, np.inf)])
def test_empty_intervals_are_refused(low, high):
    with pytest.raises(ValidationError, match="interval|expected a finite number"):
        fit_to_relu(CIFAR, low, high)


@pytest.mark.parametrize("gain", [0, -1, np.nan])
def test_bad_gains_are_refused(gain):
    with pytest.raises(ValidationError, match="gain is"):
        fit_to_relu(CIFAR, gain=gain)


def test_presets_are_the_papers_table():
    rows = {
        name: (p.neuron.amplitude, p.neuron.tau_ref, p.neuron.tau_rc, p.gain, p.bias,
               p.neuron.sigma) for name, p in PAPER_PARAMETERS.items()
    }  # fmt: skip
    assert rows["mnist"] == rows["svhn"] == (0.063, 0.002, 0.022, 1.0, 1, 0.02)
    assert rows["cifar10"] == rows["cifar100"] == rows["imagenet"]
    assert rows["imagenet"] == (0.063, 0.001, 0.050, 0.825, 1, 0.02)
    assert PAPER_PARAMETERS["imagenet"].neuron.noise == AlphaRCNoise(0.003)
