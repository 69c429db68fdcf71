"""The parallel update: mean and variance by their formulas, both twins, bounds."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.weights import Device, Pulses
from nengo_lifdeep.weights.crosspoint import pulses
from nengo_lifdeep.weights.crosspoint.pulses import probabilities, pulsed

IDEAL = Device(0.001, 0, 0, 0, None)
X = np.array([[0.9, -0.5, 0.0, 0.2]], np.float32)
D = np.array([[0.3, -0.7, 0.0]], np.float32)
RATE = 0.01


def changes(device, how, n=2000, x=X, d=D, rate=RATE, n_devices=1):
    """Changes of n arrays: as many devices of each weight, which draw for themselves."""
    shape = (n_devices, x.shape[1], d.shape[1])
    tables, rng = device.tables(shape, 0), np.random.default_rng(5)
    zero = np.zeros(shape, np.float32)
    return np.array([pulsed(zero, tables, x, d, rate, device, how, rng) for _ in range(n)])


@pytest.mark.parametrize("how", [Pulses(10), Pulses(10, management=True), Pulses(31)])
@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_mean_and_variance_of_the_pulsed_update(how, spread):
    device = Device(0.001, 0, spread, 0, None)
    n = 2000
    found = changes(device, how, n)[:, 0]
    expected = RATE * X.T @ D
    p = np.outer(*(q[0] for q in probabilities(X, D, RATE, device.step, how)))
    variance = how.length * device.step**2 * (p * (1 - p) + spread**2 * p)
    assert (p < 1).all() and (variance[expected != 0] > 0).all()
    error = np.sqrt(variance / n)
    assert (np.abs(found.mean(axis=0) - expected) <= 4 * error).all()
    live = expected != 0
    ratio = found.var(axis=0)[live] / variance[live]
    np.testing.assert_allclose(ratio, 1, atol=5 * np.sqrt(2 / n) + 0.1)
    assert (found[:, ~live] == 0).all()


def test_as_aihwkit_on_average():
    """Its mean change was 0.95 to 1.05 of -rate * d * x over 600 draws, with 10 slots."""
    found = changes(Device(step_spread=0, imbalance_spread=0), Pulses(10), 600)[:, 0].mean(axis=0)
    ratio = found[X[0] != 0][:, D[0] != 0] / (RATE * X.T @ D)[X[0] != 0][:, D[0] != 0]
    assert ratio.mean() == pytest.approx(1, abs=0.05)


def test_products_fall_short_where_a_side_would_pulse_more_than_always():
    x, d = np.array([[2.0, 0.5]]), np.array([[0.5, 1.5]])  # C is 1
    found = changes(IDEAL, Pulses(10), 2000, x, d)[:, 0].mean(axis=0)
    exact = RATE * x.T @ d
    capped = RATE * np.minimum(x, 1).T @ np.minimum(d, 1)
    np.testing.assert_allclose(found, capped, rtol=0.03)
    short = found < 0.9 * exact
    np.testing.assert_array_equal(short, [[True, True], [False, True]])


def test_update_management_pulses_both_sides_alike():
    x, d, rate = np.array([[1.0, 0.3]]), np.array([[0.001, -0.0005]]), 0.0009
    one, other = probabilities(x, d, rate, 0.001, Pulses(1, management=True))
    assert one.max() == pytest.approx(other.max())
    plain = probabilities(x, d, rate, 0.001, Pulses(1))
    assert plain[0].max() < 1 and plain[0].max() > 100 * plain[1].max()
    np.testing.assert_allclose(one.T @ other, plain[0].T @ plain[1], rtol=1e-12)
    still = probabilities(0 * x, d, rate, 0.001, Pulses(1, management=True))
    assert (still[0] == 0).all() and np.isfinite(still[1]).all()


def test_the_bound_holds_and_tables_say_the_steps():
    device = Device(0.05, 0.3, 0.3, 0.02, 0.2)
    shape = (1, 4, 3)
    tables, rng = device.tables(shape, 1), np.random.default_rng(0)
    weights = np.zeros(shape, np.float32)
    for _ in range(200):
        weights = pulsed(weights, tables, X, D, 0.3, device, Pulses(10), rng)
        assert (weights >= tables.low).all() and (weights <= tables.high).all()
    pushed = X.T @ D != 0
    at_bound = (weights[0] == tables.low[0]) | (weights[0] == tables.high[0])
    assert at_bound[pushed].mean() > 0.7
    assert (weights[0][~pushed] == 0).all()
    one = Device(0.001, 0.3, 0, 0.3, None)  # each device has steps of its own, up and down
    steps = one.tables(shape, 0)
    found = changes(one, Pulses(10), 2000)[:, 0].mean(axis=0)
    expected = np.where(X.T @ D > 0, steps.up[0], -steps.down[0]) * np.abs(X.T @ D) * 10
    np.testing.assert_allclose(found[pushed], expected[pushed], rtol=0.08)


def test_the_spread_falls_with_the_devices_of_a_weight():
    """All slots coincide, so that what differs between weights are their devices."""
    ones, spread = np.ones((1, 60), np.float32), []
    for n_devices in (1, 16):
        device = Device(bound=None)
        found = changes(device, Pulses(10), 1, ones, ones, n_devices=n_devices)[0].mean(axis=0)
        assert found.mean() == pytest.approx(10 * device.step, rel=0.02)
        spread.append(found.std())
    # 30 % of 10 steps from device to device, 30 % of a step from one to the next
    alone = 0.001 * np.hypot(10 * 0.3, np.sqrt(10) * 0.3)
    assert spread[0] == pytest.approx(alone, rel=5 / np.sqrt(2 * 3600))
    assert spread[1] == pytest.approx(alone / 4, rel=5 / np.sqrt(2 * 3600))


def test_devices_of_a_weight_get_the_same_pulses():
    found = changes(IDEAL, Pulses(10), 50, n_devices=3)
    assert (found != 0).any() and (found == 0).any()
    np.testing.assert_array_equal(found[:, 1], found[:, 0])
    np.testing.assert_array_equal(found[:, 2], found[:, 0])
    assert (found[0] != found[1]).any()


def test_an_ideal_update_is_the_product():
    rows, errors = np.float32(np.tile(X, (3, 1))), np.float32(np.tile(D, (3, 1)))
    weights = np.full((1, 4, 3), 0.1, np.float32)
    tables = Device(bound=None).tables(weights.shape, 0)
    found = pulsed(weights, tables, rows, errors, RATE, Device(), Pulses(None), None)
    np.testing.assert_allclose(found[0], 0.1 + 3 * RATE * X.T @ D, rtol=1e-6)


@pytest.mark.parametrize("n_devices", [1, 3])
@pytest.mark.parametrize("how", [Pulses(10), Pulses(1, management=True)])
def test_the_compiled_twin_gives_the_same_numbers(how, n_devices, monkeypatch):
    compiled = pytest.importorskip("nengo_lifdeep.weights.crosspoint.compiled")
    monkeypatch.setattr(compiled, "_DRAWS", 12 * 7)  # some slots at a time, not all in one
    rng = np.random.default_rng(2)
    x = np.tanh(rng.normal(size=(30, 12))).astype(np.float32)
    x[:, 3] = 0
    d = (0.2 * rng.normal(size=(30, 7)) * (rng.random((30, 7)) < 0.5)).astype(np.float32)
    device = Device()
    weights = rng.normal(size=(n_devices, 12, 7)).astype(np.float32) * 0.1
    tables = device.tables(weights.shape, 0)
    one, two = np.random.default_rng(7), np.random.default_rng(7)
    for _ in range(3):
        found = pulsed(weights, tables, x, d, RATE, device, how, one, compiled)
        weights = pulsed(weights, tables, x, d, RATE, device, how, two)
        np.testing.assert_allclose(found, weights, rtol=0, atol=1e-7)
    assert one.bit_generator.state == two.bit_generator.state
    assert pulses.coincidences is not compiled.coincidences


@pytest.mark.parametrize("fields", [{"length": 0}, {"length": 2.5}, {"management": None}])
def test_what_no_pulses_are_is_refused(fields):
    with pytest.raises(ValidationError, match="Pulses: "):
        Pulses(**fields)
