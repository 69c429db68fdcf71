"""The whole network against Nengo, closed forms, and its mean field."""

from __future__ import annotations

import nengo
import numpy as np
import pytest
from scipy import sparse

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.theta import (
    MeanField,
    angles,
    configuration_model,
    degree_classes,
    degree_sequence,
    lorentzian,
    nengo_network,
    simulate,
    uncoupled_rate,
)


def small(n=100):
    k = degree_sequence(n, 5, 20)
    return configuration_model(k, k), lorentzian(n, -0.3, 0.05, seed=1)


@pytest.mark.parametrize("kappa", [1.5, -2.0])
def test_nengo_is_the_same_network(kappa):
    """float64 eps, which a thousand steps do not let grow beyond 1e-9."""
    A, eta = small()
    theta = np.random.default_rng(0).uniform(-np.pi, np.pi, len(eta))
    ours = simulate(A, eta, kappa, 40.0, theta=theta, watch=range(len(eta)))
    network = nengo_network(A, eta, kappa, tau=0.02, theta=theta)
    with network:
        probes = [nengo.Probe(network.neurons.neurons, name) for name in ("theta", "fired")]
    with nengo.Simulator(network, dt=0.02 * 0.05, progress_bar=False) as sim:
        sim.run_steps(800, progress_bar=False)
    found, fired = (sim.data[probe] for probe in probes)
    np.testing.assert_allclose(np.exp(1j * found), np.exp(1j * ours.traces), atol=1e-9)
    np.testing.assert_allclose(fired.sum(axis=0), ours.rates * 40, atol=1e-9)
    assert fired.sum() > 50


def test_one_neuron():
    for J in (0.25, 1.0, 4.0, 2000.0):
        found = simulate([[0]], [J], 0.0, 200.0, dt=0.05).mean_rate
        assert found == pytest.approx(np.sqrt(J) / np.pi, rel=0.01)
    assert simulate([[0]], [-0.5], 0.0, 50.0, theta=[0.0]).mean_rate == 0


@pytest.mark.parametrize("eta0", [-0.5, 0.0, 0.5])
def test_uncoupled_population(eta0):
    n = 5_000
    unconnected = sparse.csr_array((n, n))
    found = simulate(unconnected, lorentzian(n, eta0, 0.05), 0.0, 100.0, dt=0.1, skip=20.0)
    spread = 4 * found.rates.std() / np.sqrt(n)  # of the mean over random currents
    expected = float(uncoupled_rate(eta0, 0.05))
    assert abs(found.mean_rate - expected) < 0.03 * expected + spread


def test_stratified_currents():
    """One in each of equally likely intervals, in random order."""
    eta = lorentzian(1_000, -0.3, 0.05, seed=2, stratified=True)
    shares = np.sort(np.arctan((eta + 0.3) / 0.05) / np.pi + 0.5)
    assert (np.floor(shares * 1_000) == np.arange(1_000)).all()
    assert abs(np.corrcoef(eta.argsort().argsort(), np.arange(1_000))[0, 1]) < 0.15


def test_the_mean_field_is_the_median_of_five_draws(wiring):
    classes = degree_classes(wiring)
    field = MeanField.of(classes, -0.3, 1.5, 0.05)
    z, n = field.fixed_point("active"), wiring.shape[0]
    runs = [
        simulate(
            wiring, lorentzian(n, -0.3, 0.05, seed=s), 1.5, 60.0, dt=0.1, skip=20.0,
            theta=angles(z, classes.members, seed=s),
        )
        for s in range(5)
    ]  # fmt: skip
    assert np.median([r.mean_rate for r in runs]) == pytest.approx(field.rate(z), rel=0.01)
    by_class = np.median([classes.means(r.rates) for r in runs], axis=0)
    large = classes.weights > 0.008
    assert np.corrcoef(by_class[large], field.rates(z)[large])[0, 1] > 0.97


def test_records():
    A, eta = small()
    run = simulate(A, eta, 1.5, 10.0, dt=0.1, skip=2.0, watch=[3, 7], seed=4)
    assert run.traces.shape == (100, 2) and run.times[-1] == 10.0 and len(run.rate) == 10
    np.testing.assert_allclose(run.traces[-1], run.theta[[3, 7]], rtol=1e-14)  # two arctan2
    whole = simulate(A, eta, 1.5, 10.0, dt=0.1, seed=4)
    assert whole.rate.mean() == pytest.approx(whole.mean_rate)
    assert run.rate[2:].mean() == pytest.approx(run.mean_rate)
    np.testing.assert_array_equal(whole.theta, run.theta)
    assert np.any(simulate(A, eta, 1.5, 10.0, dt=0.1, seed=5).theta != run.theta)
    assert "array" in repr(run)


def test_many_senders_take_wider_numbers():
    """Beyond 65,536 neurons senders are of 32 bits."""
    n = 66_000
    A = sparse.csr_array(([1, 1], ([0, 1], [n - 1, n - 2])), shape=(n, n))
    eta = np.full(n, -10.0)
    eta[-2:] = -0.01, 25.0  # the last but one rests where it sends next to nothing
    rates = simulate(A, eta, kappa=20 / n * 2, duration=5.0, theta=np.full(n, -0.2)).rates
    assert rates[-1] > 1 and rates[0] > 0.5 and rates[1:-1].sum() == 0


def test_several_edges_between_two_neurons():
    A = np.random.default_rng(0).integers(0, 4, (25, 25))
    eta, theta = lorentzian(25, 0.0, 0.05), np.linspace(-3, 3, 25)
    ours = simulate(A, eta, 1.5, 10.0, theta=theta, watch=range(25))
    network = nengo_network(A, eta, 1.5, theta=theta)
    with network:
        probe = nengo.Probe(network.neurons.neurons, "theta")
    with nengo.Simulator(network, dt=0.05, progress_bar=False) as sim:
        sim.run_steps(200, progress_bar=False)
    np.testing.assert_allclose(np.exp(1j * sim.data[probe]), np.exp(1j * ours.traces), atol=1e-9)


def test_drawn_angles_have_their_mean():
    members = np.repeat([0, 1], 100_000)
    found = np.exp(1j * angles([0.3 - 0.6j, -0.9], members, seed=2))
    np.testing.assert_allclose(found[:100_000].mean(), 0.3 - 0.6j, atol=0.01)
    np.testing.assert_allclose(found[100_000:].mean(), -0.9, atol=0.01)


def test_refusals():
    A, eta = small()
    for bad, message in (
        ({"eta": eta[:-1]}, "eta has shape"),
        ({"eta": eta * np.nan}, "eta: element"),
        ({"kappa": "x"}, "kappa"),
        ({"duration": 0.0}, "duration"),
        ({"dt": 0.0}, "dt"),
        ({"dt": 100.0}, "expected some time"),
        ({"skip": 10.0}, "expected some time"),
        ({"theta": [0.0]}, "theta has shape"),
        ({"watch": [100]}, "watch"),
        ({"watch": [0.5]}, "watch"),
    ):
        with pytest.raises(ValidationError, match=message):
            simulate(**{"graph": A, "eta": eta, "kappa": 1.0, "duration": 10.0, **bad})
    with pytest.raises(ValidationError, match="unit circle"):
        angles([2.0], [0])
    with pytest.raises(ValidationError, match="eta has shape"):
        nengo_network(A, eta[:3], 1.0)
