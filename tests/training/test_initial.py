"""Weights before training: variances, thresholds, and what the seed decides."""

from __future__ import annotations

import math

import nengo
import numpy as np
import pytest

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.layers import BatchNormalization, Conv2D, Dense, Flatten, LocallyConnected2D
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.neurons import SoftLIF, neuron_rate
from nengo_lifdeep.training.initial import initial_weights
from nengo_lifdeep.weights import Binary

NET = Architecture(
    (9, 9, 8),
    (
        Conv2D(64, 3),
        LocallyConnected2D(16, 3),
        Conv2D(32, 3, groups=2),
        BatchNormalization(),
        Flatten(),
        Dense(300),
        Dense(200),
    ),
)
FAN = {"conv1": (72, 576), "local1": (576, 144), "conv2": (72, 288), "dense1": (288, 300),
       "dense2": (300, 200)}  # fmt: skip


@pytest.mark.parametrize("rule", ["he", "glorot"])
def test_variance_of_kernels(rule):
    weights = initial_weights(NET, SoftLIF(), gain=0.5, seed=1, kernel_initializer=rule)
    for name, (fan_in, fan_out) in FAN.items():
        kernel = weights[name]["kernel"]
        # before BatchNormalization, and of the output, gain stays out of the kernel
        gain = 0.5 if name in ("conv1", "local1", "dense1") else 1
        expected = gain**2 * (2 / fan_in if rule == "he" else 2 / (fan_in + fan_out))
        # the variance of n normal numbers has the relative standard deviation sqrt(2/n)
        assert abs(kernel.var() / expected - 1) < 5 * math.sqrt(2 / kernel.size)
        assert kernel.dtype == np.float32


def test_response_keeps_the_mean_square_of_currents():
    neuron = SoftLIF(tau_rc=0.022, tau_ref=0.002, amplitude=0.063)
    net = Architecture((400,), [Dense(400) for _ in range(4)])
    weights = initial_weights(net, neuron, seed=2)
    x = np.random.default_rng(0).normal(size=(500, 400))
    for name in ("dense1", "dense2", "dense3"):
        current = x @ weights[name]["kernel"]
        # He's rule on standard normal pixels gives 2, from then on what neurons give: 1
        assert abs(np.mean(current**2) / (2 if name == "dense1" else 1) - 1) < 0.6
        x = neuron_rate(neuron, current + weights[name]["bias"])
    assert np.mean((x @ initial_weights(net, neuron, kernel_initializer="he")["dense4"]["kernel"])
                   ** 2) > 5  # fmt: skip


def test_response_is_he_for_rectifiers():
    given = initial_weights(NET, nengo.RectifiedLinear())
    he = initial_weights(NET, nengo.RectifiedLinear(), kernel_initializer="he")
    for name in FAN:
        np.testing.assert_allclose(given[name]["kernel"], he[name]["kernel"], rtol=1e-6)


@pytest.mark.parametrize(
    ("neuron", "threshold"), [(SoftLIF(), 1), (nengo.LIFRate(), 1), (nengo.RectifiedLinear(), 0)]
)
def test_biases_start_at_the_threshold(neuron, threshold):
    weights = initial_weights(NET, neuron, gain=0.7)
    for name in ("conv1", "local1", "dense1"):
        assert (weights[name]["bias"] == threshold).all()
    assert (weights["conv2"]["bias"] == 0).all()  # its BatchNormalization has the threshold
    norm = weights["norm1"]
    assert (norm["beta"] == threshold).all() and np.allclose(norm["gamma"], 0.7)
    assert (norm["moving_mean"] == 0).all() and (norm["moving_variance"] == 1).all()
    assert (weights["dense2"]["bias"] == 0).all()


def test_the_seed_decides():
    one, same, other = (initial_weights(NET, SoftLIF(), seed=seed) for seed in (1, 1, 2))
    for name in FAN:
        np.testing.assert_array_equal(one[name]["kernel"], same[name]["kernel"])
        assert (one[name]["kernel"] != other[name]["kernel"]).all()


def test_unknown_rule():
    with pytest.raises(ValidationError, match="kernel_initializer is 'lecun'"):
        initial_weights(NET, SoftLIF(), kernel_initializer="lecun")


def test_uniform_weights_and_biases_lie_within_one_over_the_root_of_the_inputs():
    net = Architecture((8, 8, 1), [Conv2D(40, 5), Flatten(), Dense(30), Dense(20)])
    found = initial_weights(net, nengo.Tanh(tau_ref=1.0), seed=1, kernel_initializer="uniform")
    for name, fan_in in (("conv1", 25), ("dense1", 640), ("dense2", 30)):
        bound = 1 / np.sqrt(fan_in)
        for array in found[name].values():
            assert np.abs(array).max() <= bound * (1 + 1e-6)
            error = bound / np.sqrt(3) * 4 / np.sqrt(2 * array.size)
            assert array.std() == pytest.approx(bound / np.sqrt(3), abs=error)
    assert not np.array_equal(found["conv1"]["bias"][:20], found["conv1"]["kernel"][0, 0, 0, :20])
    around = initial_weights(net, nengo.LIFRate(), seed=1, kernel_initializer="uniform")
    np.testing.assert_allclose(around["dense1"]["bias"], 1 + found["dense1"]["bias"], rtol=1e-6)


@pytest.mark.parametrize("rule", ["response", "uniform"])
def test_weights_by_chance_start_as_log_odds_of_one_size(rule):
    kind = Binary(scale=1.2, draw="relaxed")
    layers = [Dense(300, weights=kind), Dense(3)]
    by_chance = initial_weights(Architecture((200,), layers), SoftLIF(), kernel_initializer=rule)
    floats = initial_weights(
        Architecture((200,), [Dense(300), Dense(3)]), SoftLIF(), kernel_initializer=rule
    )
    odds = by_chance["dense1"]["kernel"]
    assert odds.mean() == pytest.approx(0, abs=0.02) and odds.std() == pytest.approx(1, abs=0.02)
    np.testing.assert_array_equal(by_chance["dense1"]["bias"], floats["dense1"]["bias"])
    np.testing.assert_array_equal(by_chance["dense2"]["kernel"], floats["dense2"]["kernel"])
