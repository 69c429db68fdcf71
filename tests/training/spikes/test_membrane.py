"""Membranes over a window, against sums over spikes that are written spike by spike."""

import math

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from nengo_lifdeep.training.spikes.membrane import (  # noqa: E402
    _kernels,
    accumulated,
    fire,
)
from nengo_lifdeep.training.spikes.rule import (  # noqa: E402
    MembraneRule,
    sensitivity,
    surrogate,
)

pytestmark = pytest.mark.tf

N = 40


def by_hand(charge, leak, threshold, reaches=False):
    """Spikes and voltages of one unit, in Python's numbers."""
    left, spikes, voltages = 0.0, [], []
    for c in charge:
        voltage = leak * left + c
        fired = voltage >= threshold if reaches else voltage > threshold
        spikes.append(int(fired))
        voltages.append(voltage)
        left = 0.0 if fired else voltage
    return spikes, voltages


def charges(seed=0, units=30, n=N, spread=0.35):
    """Charges that bring no voltage near the threshold, so that rounding decides nothing."""
    rng = np.random.default_rng(seed)
    found = []
    while len(found) < units:
        charge = rng.normal(0.12, spread, n).astype(np.float32)
        if all(abs(v - 1) > 1e-3 for v in by_hand(charge, 0.9, 1.0)[1]):
            found.append(charge)
    return np.array(found).T.copy()


def gradient(charge, upstream, rule):
    charge = tf.constant(charge)
    with tf.GradientTape() as tape:
        tape.watch(charge)
        spikes = fire(charge, rule)
        total = tf.reduce_sum(spikes * upstream)
    return spikes.numpy(), tape.gradient(total, charge).numpy()


def spike_by_spike(spikes, upstream, factor):
    """Every spike gives its error to all input since the spike before it: a sum over spikes."""
    found = np.zeros(len(spikes))
    before = -1
    for t in np.flatnonzero(spikes):
        for earlier in range(before + 1, t + 1):
            found[earlier] += factor * upstream[t]
        before = t
    return found


def correction(spikes, leak):
    times = np.flatnonzero(spikes)
    if not len(times):
        return 0.0
    n = len(spikes)
    return 1 + math.log(leak) * sum(leak ** (n - 1 - t) for t in times) / len(times)


@pytest.mark.parametrize(("leak", "threshold"), [(1.0, 1.0), (0.9, 1.0), (0.99, 0.75)])
def test_the_recursion_is_the_sum_over_spikes(leak, threshold):
    charge = charges()
    upstream = np.random.default_rng(1).normal(size=charge.shape).astype(np.float32)
    rule = MembraneRule(N, leak, threshold, slope=1 / threshold)
    spikes, found = gradient(charge, upstream, rule)
    assert (spikes.sum(axis=0) > 0).sum() > 20
    for unit in range(charge.shape[1]):
        expected_spikes, _ = by_hand(charge[:, unit], leak, threshold)
        assert spikes[:, unit].astype(int).tolist() == expected_spikes
        factor = correction(expected_spikes, leak) / threshold
        expected = spike_by_spike(expected_spikes, upstream[:, unit], factor)
        np.testing.assert_allclose(found[:, unit], expected, rtol=1e-5, atol=1e-6)


def test_one_step_without_leak_is_straight_through():
    charge = np.array([[0.5, 1.5, 3.0, -1.0]], np.float32)
    spikes, found = gradient(charge, np.ones_like(charge), MembraneRule(1, slope=1 / 1.0))
    assert spikes[0].tolist() == [0, 1, 1, 0]
    assert found[0].tolist() == [0, 1, 1, 0]
    _, half = gradient(charge, np.ones_like(charge), MembraneRule(1, threshold=2.0, slope=0.5))
    assert half[0].tolist() == [0, 0, 0.5, 0]


def test_input_after_the_last_spike_has_no_gradient():
    charge = np.array([[0.6], [0.6], [0.3], [0.3]], np.float32)
    spikes, found = gradient(charge, np.ones_like(charge), MembraneRule(4))
    assert spikes[:, 0].tolist() == [0, 1, 0, 0]
    assert found[:, 0].tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize("gate", ["trace", "count"])
def test_size_of_the_correction(gate):
    """With a leak of 0.99 and 100 steps between 0.98995 and 0.99628; silent units have none."""
    n, rng = 100, np.random.default_rng(0)
    spikes = (rng.uniform(size=(n, 500)) < rng.uniform(0, 0.3, 500)).astype(np.float32)
    spikes[:, 0], spikes[:, 1], spikes[:, 2] = 0, 0, 0
    spikes[0, 1], spikes[-1, 2] = 1, 1
    weights = 0.99 ** np.arange(n - 1, -1, -1)
    trace = tf.constant((weights @ spikes).astype(np.float32))
    count = tf.constant(spikes.sum(axis=0))
    found = sensitivity(trace, count, MembraneRule(n, 0.99, gate=gate)).numpy()
    fired = spikes.any(axis=0)
    assert (found[~fired] == 0).all() and (~fired).any()
    assert 0.98995 - 1e-5 <= found[fired].min() and found[fired].max() <= 0.99628 + 1e-5
    assert found[1] == pytest.approx(0.99628, abs=1e-5)
    assert found[2] == pytest.approx(0.98995, abs=1e-5)
    whole = sensitivity(trace, count, MembraneRule(n, 1.0, gate=gate)).numpy()
    assert (whole[fired] == 1).all()
    without = MembraneRule(n, 0.99, gate=gate, leak_correction=False)
    assert (sensitivity(trace, count, without).numpy()[fired] == 1).all()


def test_the_published_gate_silences_old_spikes_and_the_count_does_not():
    n, leak = 100, 0.9
    charge = np.zeros((n, 1), np.float32)
    charge[10] = 2.0
    up = np.ones_like(charge)
    for gate, sign in (("trace", 0), ("count", 1)):
        _, found = gradient(charge, up, MembraneRule(n, leak, gate=gate))
        assert np.sign(found[10, 0]) == sign


def test_pooling_units_compare_strictly_or_not():
    quarters = np.full((12, 1), 0.25, np.float32)
    for reaches, needed in ((False, 4), (True, 3)):
        spikes = fire(tf.constant(quarters), MembraneRule(12, threshold=0.75, reaches=reaches))
        assert np.flatnonzero(spikes[:, 0]).tolist() == list(range(needed - 1, 12, needed))


def test_constant_charge_has_the_sum_of_all_steps():
    charge = np.array([[0.4, 0.07, -0.2]], np.float32)
    rule = MembraneRule(N, 0.95)
    upstream = np.random.default_rng(0).normal(size=(N, 3)).astype(np.float32)
    spikes, found = gradient(charge, upstream, rule)
    repeated, every = gradient(np.repeat(charge, N, axis=0), upstream, rule)
    np.testing.assert_array_equal(spikes, repeated)
    np.testing.assert_allclose(found[0], every.sum(axis=0), rtol=1e-5)


@pytest.mark.parametrize("leak", [1.0, 0.9])
def test_the_read_out_adds_up_with_the_leak(leak):
    """It never fires: ``(1/n) sum_t leak^(n - t + 1) c(t)``; its gradient leaves the leak out."""
    charge = np.random.default_rng(0).normal(3.0, 1.0, (N, 4)).astype(np.float32)
    held = np.zeros(4)
    for row in charge:
        held = leak * (held + row)
    for derivative in ("lee2020", "arctan"):
        rule = MembraneRule(N, leak, derivative=derivative)
        with tf.GradientTape() as tape:
            given = tf.constant(charge)
            tape.watch(given)
            value = accumulated(given, rule, 1 / N)
            total = tf.reduce_sum(value)
        np.testing.assert_allclose(value, held / N, rtol=1e-5)
        found = tape.gradient(total, given).numpy()
        straight = derivative == "lee2020"
        expected = np.ones(N) if straight else leak ** np.arange(N, 0, -1)
        np.testing.assert_allclose(found, np.tile(expected[:, None] / N, 4), rtol=1e-5)


def smoothed(charge, rule):
    """The same membrane with a sigmoid for a spike: fractions of spikes, and voltages; float64."""
    left, spikes, voltages = np.zeros(charge.shape[1:]), [], []
    for c in charge:
        voltages.append(rule.leak * left + c)
        spikes.append(1 / (1 + np.exp(-(voltages[-1] - rule.threshold) * rule.alpha)))
        left = voltages[-1] * (1 - spikes[-1])
    return np.array(spikes), np.array(voltages)


def test_the_backward_pass_is_the_derivative_of_a_smoothed_network():
    """Finite differences, through threshold, reset and leak, where spikes are sigmoids.

    The backward pass is given the smooth network's own spikes and voltages, for which it is exact.
    """
    n, rng = 12, np.random.default_rng(3)
    rule = MembraneRule(n, 0.8, 0.9, derivative="sigmoid", alpha=5.0, through_reset=True)
    charge = rng.normal(0.3, 0.5, (n, 6))
    weights = rng.normal(size=charge.shape)
    spikes, voltages = smoothed(charge, rule)
    backward = _kernels(rule)[1]
    given = (tf.constant(each) for each in (weights, spikes, voltages))
    found = backward(*given, constant=False).numpy()
    step = 1e-6
    for place in np.ndindex(charge.shape):
        ends = []
        for sign in (1, -1):
            moved = charge.copy()
            moved[place] += sign * step
            ends.append((weights * smoothed(moved, rule)[0]).sum())
        slope = (ends[0] - ends[1]) / (2 * step)
        assert found[place] == pytest.approx(slope, rel=1e-4, abs=1e-6)
    assert np.abs(found).max() > 0.5


@pytest.mark.parametrize("name", ["triangle", "arctan", "sigmoid"])
def test_surrogates_are_derivatives_of_steps_from_0_to_1(name):
    alpha = {"triangle": 1.0, "arctan": 2.0, "sigmoid": 4.0}[name]
    rule = MembraneRule(1, derivative=name, alpha=alpha)
    x = np.linspace(-200, 200, 400_001)
    values = surrogate(tf.constant(x), rule).numpy()
    area = ((values[1:] + values[:-1]) / 2 * np.diff(x)).sum()
    assert area == pytest.approx(1.0, abs=2e-3)
    assert values.argmax() == 200_000
    assert values[200_000] == pytest.approx(1.0)


def test_a_surrogate_goes_back_through_the_leak():
    """One unit, two steps, no spike: the second step sees the first one's input times the leak."""
    rule = MembraneRule(2, 0.5, derivative="arctan", alpha=2.0)
    charge = np.array([[0.2], [0.3]], np.float32)
    _, found = gradient(charge, np.array([[0.0], [1.0]], np.float32), rule)
    slope = 1 / (1 + (math.pi * (0.4 - 1)) ** 2)
    np.testing.assert_allclose(found[:, 0], [0.5 * slope, slope], rtol=1e-5)
