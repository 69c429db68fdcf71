"""Circuits in Nengo: what the kernel emits, step by step, and the types by themselves."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep.errors import DataError, ValidationError
from nengo_lifdeep.neurons.probabilistic import BernoulliSigmoid, WinnerTakeAll
from nengo_lifdeep.neurons.probabilistic.filters import FiniteResponse
from nengo_lifdeep.probabilistic.learner import OnlineLearner
from nengo_lifdeep.probabilistic.nengo_network import circuit_network


@pytest.mark.parametrize(("n_hidden", "n_values"), [(0, 1), (3, 1), (4, 3)])
def test_the_same_spikes_step_by_step(small, films, n_hidden, n_values):
    topology = "recurrent" if n_hidden else "feedforward"
    model = small(n_hidden, n_values, topology, spread=2.0, dt=0.025)
    shown, _ = films(2, 40, 6, n_values, rate=0.3)
    learner = OnlineLearner(model, dtype="float64")
    said = np.concatenate([s for s, _ in learner.run(shown, seed=7)])
    for position, film in enumerate(shown):
        built = circuit_network(model, film, seed=7, position=position)
        with nengo.Simulator(built.network, dt=model.dt, progress_bar=False) as simulator:
            simulator.run_steps(40)
        fires = simulator.data[built.said].reshape(40, -1, n_values) * model.dt
        expected = said[position][:, :, None] == np.arange(1, n_values + 1)
        np.testing.assert_allclose(fires, expected, atol=1e-12)
    assert 0.1 < (said > 0).mean() < 0.9


def test_probabilities_of_the_types():
    J = np.tile([1.0, -0.5], 4000)
    output = np.zeros(8000)
    neuron = WinnerTakeAll(2, amplitude=0.5)
    neuron.step(0.5, J, output, **neuron.make_state(8000, rng=np.random.RandomState(0)))
    fires = output.reshape(-1, 2)
    assert set(np.unique(fires)) == {0.0, 1.0} and (fires.sum(axis=1) <= 1).all()
    weights = np.exp([1.0, -0.5])
    np.testing.assert_allclose(fires.mean(axis=0), weights / (1 + weights.sum()), atol=0.03)
    with pytest.raises(ValidationError, match="multiple of n_values"):
        neuron.make_state(3)
    with pytest.raises(ValidationError, match="seed"):
        BernoulliSigmoid(seed=-1)


def test_in_a_network_of_its_own():
    with nengo.Network(seed=0) as network:
        neurons = nengo.Ensemble(
            200, 1, neuron_type=BernoulliSigmoid(), gain=np.ones(200), bias=np.full(200, -2.0)
        ).neurons
        probe = nengo.Probe(neurons)
    with nengo.Simulator(network, progress_bar=False) as simulator:
        simulator.run_steps(100)
    p = (simulator.data[probe] > 0).mean()
    assert p == pytest.approx(1 / (1 + np.exp(2)), abs=0.01)


def test_a_finite_response_is_a_convolution():
    rng = np.random.default_rng(0)
    signal, response = rng.random((30, 2)), rng.random(6)
    found = FiniteResponse(response).filt(signal, dt=0.001, y0=0)
    for column in range(2):
        full = np.convolve(signal[:, column], response)
        np.testing.assert_allclose(found[:, column], full[:30], atol=1e-12)


def test_films_that_do_not_fit_are_refused(small):
    with pytest.raises(DataError, match="6 inputs"):
        circuit_network(small(), np.zeros((5, 7), int))
    with pytest.raises(DataError, match="no steps"):
        circuit_network(small(), np.zeros((0, 6), int))
