"""The rule against exact gradients, by differences and by enumerating what circuits emit."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nengo_lifdeep.models.probabilistic import ProbabilisticModel
from nengo_lifdeep.models.raised_cosines import RaisedCosines
from nengo_lifdeep.neurons.probabilistic.distribution import (
    emitted,
    log_probabilities,
    probabilities,
)
from nengo_lifdeep.probabilistic.compiled.arrays import Shown, Written
from nengo_lifdeep.probabilistic.learner import OnlineLearner
from nengo_lifdeep.probabilistic.readable import ReadableNetwork
from nengo_lifdeep.probabilistic.rule import LocalVariationalRule
from nengo_lifdeep.probabilistic.trains import Trains, as_films


def test_probabilities_sum_to_one_and_do_not_overflow():
    u = np.array([[0.3, -2.0, 1.0], [800.0, 801.0, -900.0], [-800.0, -1e5, -1e300]])
    logs, silence = log_probabilities(u)
    total = np.exp(logs).sum(axis=1) + np.exp(silence)
    np.testing.assert_allclose(total, 1, rtol=1e-14)
    np.testing.assert_allclose(probabilities(u), np.exp(logs), rtol=1e-12)
    assert silence[2] == 0 and silence[1] == pytest.approx(-801 - np.log1p(np.exp(-1)))


def test_the_error_is_the_gradient_of_the_log_probability():
    u, eps = np.array([0.4, -1.2, 0.9]), 1e-6
    for value in range(4):
        error = (np.arange(1, 4) == value) - probabilities(u)
        for c in range(3):
            ends = []
            for sign in (1, -1):
                logs, silence = log_probabilities(u + sign * eps * np.eye(3)[c])
                ends.append(logs[value - 1] if value else silence)
            assert (ends[0] - ends[1]) / (2 * eps) == pytest.approx(error[c], abs=1e-8)


def test_one_value_is_the_bernoulli_neuron_bit_for_bit():
    u = np.random.default_rng(0).normal(0, 5, 5000)
    draws = np.random.default_rng(1).random(5000)
    z = np.exp(-np.abs(u))
    sigmoid = np.where(u >= 0, 1 / (1 + z), z / (1 + z))
    np.testing.assert_array_equal(probabilities(u[:, None])[:, 0], sigmoid)
    free = np.full(5000, -1)
    said = emitted(probabilities(u[:, None]), free, draws)
    np.testing.assert_array_equal(said, draws < sigmoid)
    logs, silence = log_probabilities(u[:, None])
    np.testing.assert_array_equal(logs[:, 0], np.minimum(u, 0) - np.log1p(z))
    np.testing.assert_array_equal(silence, -np.maximum(u, 0) - np.log1p(z))


def tiny(n_hidden, n_values, seed=0, spread=0.8):
    return ProbabilisticModel.initial(
        (2,), 1, n_hidden, n_values, topology="recurrent", seed=seed, spread=spread,
        basis=RaisedCosines(2, 3, 1.0), feedback_basis=RaisedCosines(1, 3),
    )  # fmt: skip


def arrays_of(model):
    return {name: getattr(model, name) for name in ("weights", "feedback", "bias")}


def clamped_run(model, films, clamped, rule, learning=True):
    """A run in which every circuit is clamped: its network, and log-probability and log-ratio."""
    network = ReadableNetwork(model, "float64", learning)
    trains = Trains.of(as_films(films, model.n_inputs, model.n_values), model.n_values)
    n = len(clamped)
    written = Written(np.zeros((n, model.n_circuits), np.int8), np.zeros(n), np.zeros(n),
                      np.zeros(0))  # fmt: skip
    shown = Shown(trains.first, trains.blocks, clamped, np.zeros((n, 0)), n)
    assert network.run(shown, written, rule.numbers(model.n_values, "float64")) == n
    return network, written.visible.sum(), written.ratio.sum()


def replaced(model, name, index, by):
    import dataclasses

    array = getattr(model, name).copy()
    array[index] += by
    return dataclasses.replace(model, **{name: array})


def test_a_visible_circuit_learns_the_gradient_of_its_log_likelihood(films):
    """Sums over all steps: ``kappa=0``, one change of weights at the end."""
    shown, _ = films(1, 6, 2, 2, rate=0.5)
    model, n = tiny(0, 2), 6
    clamped = np.random.default_rng(1).integers(0, 3, (n, 1)).astype(np.int8)
    rule = LocalVariationalRule(1.0, kappa=0.0, update_every=n)
    network, *_ = clamped_run(model, shown, clamped, rule)
    found = dict(zip(("weights", "feedback", "bias"), network.weights(), strict=True))
    eps, seen = 1e-6, 0
    for name, array in arrays_of(model).items():
        for index in np.argwhere(np.ones(array.shape)):
            at = tuple(index)
            if name == "weights" and not model.topology[at[0], at[1]]:
                continue
            ends = [
                clamped_run(replaced(model, name, at, s * eps), shown, clamped, rule, False)[1]
                for s in (1, -1)
            ]
            slope = (ends[0] - ends[1]) / (2 * eps)
            assert found[name][at] - array[at] == pytest.approx(slope, abs=1e-6)
            seen += abs(slope) > 1e-3
    assert seen > 10


def paths(n_steps, n_hidden, n_values):
    """All that hidden circuits can emit."""
    each = itertools.product(range(n_values + 1), repeat=n_steps * n_hidden)
    return [np.array(path, np.int8).reshape(n_steps, n_hidden) for path in each]


@pytest.mark.parametrize("gamma", [0.0, 1.0])
def test_averaged_over_all_hidden_paths_the_rule_is_the_gradient_of_the_bound(films, gamma):
    """27 paths of one hidden circuit with two values and three steps; a baseline on top."""
    model, n = tiny(1, 2), 3
    shown, _ = films(1, n, 2, 2, rate=0.7)
    visible = np.array([[1], [0], [2]], np.int8)
    rule = LocalVariationalRule(1.0, kappa=0.0, gamma=gamma, update_every=n, baseline=False)
    log_reference = np.where(np.arange(3) > 0, np.log((1 - rule.silence) / 2), np.log(rule.silence))

    def bound(model):
        total = 0.0
        for path in paths(n, 1, 2):
            _, log_p, ratio = clamped_run(model, shown, np.hstack([path, visible]), rule, False)
            p = np.exp(ratio + log_reference[path].sum())
            total += p * (log_p - gamma * ratio)
        return total

    found, probability = {}, []
    samples = {name: [] for name in arrays_of(model)}
    rewards, scores = [], []
    for path in paths(n, 1, 2):
        network, log_p, ratio = clamped_run(model, shown, np.hstack([path, visible]), rule)
        probability.append(np.exp(ratio + log_reference[path].sum()))
        rewards.append(log_p - gamma * ratio)
        scores.append(network.kept["weights"][0][0].copy())  # eligibilities of the hidden circuit
        for name, array in zip(samples, network.weights(), strict=True):
            samples[name].append(array - getattr(model, name))
    p = np.array(probability)
    assert p.sum() == pytest.approx(1, abs=1e-12)
    found = {name: np.tensordot(p, np.array(each), 1) for name, each in samples.items()}
    eps, seen = 1e-5, 0
    for name, array in arrays_of(model).items():
        for index in np.argwhere(np.ones(array.shape)):
            at = tuple(index)
            if name == "weights" and (sum(at) % 3 or not model.topology[at[0], at[1]]):
                continue  # a third of the weights
            up, down = (bound(replaced(model, name, at, s * eps)) for s in (1, -1))
            assert found[name][at] == pytest.approx((up - down) / (2 * eps), abs=1e-6)
            seen += abs(found[name][at]) > 1e-3
    assert seen > 10
    # the baseline of every weight: the same mean, less variance
    rewards, scores = np.array(rewards), np.array(scores)
    b = (np.tensordot(p, scores**2 * rewards[:, None, None, None, None], 1)
         / np.maximum(np.tensordot(p, scores**2, 1), 1e-12))  # fmt: skip
    plain = scores * rewards[:, None, None, None, None]
    less = scores * (rewards[:, None, None, None, None] - b)
    np.testing.assert_allclose(np.tensordot(p, plain, 1), np.tensordot(p, less, 1), atol=1e-12)
    constant = scores * (rewards - p @ rewards)[:, None, None, None, None]
    np.testing.assert_allclose(np.tensordot(p, plain, 1), np.tensordot(p, constant, 1), atol=1e-12)
    second = [np.tensordot(p, x**2, 1).sum() for x in (plain, less, constant)]
    assert second[1] <= second[2] < 0.28 * second[0]


def test_a_strong_regulariser_brings_silence_to_the_reference(films):
    """gamma = 0 does not."""
    shown, labels = films(60, 40, 6, 1, rate=0.2)
    model = ProbabilisticModel.initial((6,), 3, 4, seed=3)
    silent = {}
    for gamma in (0.0, 20.0):
        rule = LocalVariationalRule(0.05 / max(1, gamma), gamma=gamma, silence=0.9)
        learner = OnlineLearner(model, rule, dtype="float64")
        for _ in range(6):
            learner.partial_fit(shown, labels)
        said = np.concatenate([s for s, _ in learner.run(shown)])
        silent[gamma] = (said[:, :, :4] == 0).mean()
    assert silent[20.0] == pytest.approx(0.9, abs=0.04)
    assert silent[0.0] < 0.8


def test_devices_that_average_after_every_step_are_one(films):
    """Any kappa: the rule is linear in eligibilities (no hidden circuits)."""
    model = ProbabilisticModel.initial((6,), 3, seed=2, spread=0.3)
    rule = LocalVariationalRule(0.1, kappa=0.7)
    (one, label), (two, other) = films(1, 25, seed=1), films(1, 25, seed=2)
    devices = [OnlineLearner(model, rule, dtype="float64", engine="readable") for _ in range(2)]
    kept = {n: np.zeros_like(a) for n, a in arrays_of(model).items()}
    current = {n: a.copy() for n, a in arrays_of(model).items()}
    for step in range(25):
        for device, film, y in zip(devices, (one, two), (label, other), strict=True):
            device.partial_fit(film[:, step : step + 1], y, restart=step == 0)
        new = [np.mean(arrays, axis=0) for arrays in
               zip(*(device.weights for device in devices), strict=True)]  # fmt: skip
        for device in devices:
            device.set_weights(new)
        # by hand: the mean of the gradients at the common weights, smoothed
        gradients = []
        for film, y in zip((one, two), (label, other), strict=True):
            clamped = np.eye(3, dtype=np.int8)[y].repeat(step + 1, axis=0)
            here = ProbabilisticModel("m", (6,), 0, *current.values(), model.topology, model.basis,
                                      model.feedback_basis)  # fmt: skip
            network, *_ = clamped_run(here, film[:, : step + 1], clamped,
                                      LocalVariationalRule(0.0, kappa=0.0))  # fmt: skip
            gradients.append({n: network.kept[n][0] for n in kept})
        for n in kept:
            kept[n] = 0.7 * kept[n] + 0.3 * np.mean([g[n] for g in gradients], axis=0)
            current[n] = current[n] + 0.1 * kept[n]
    for name, array in zip(kept, new, strict=True):
        np.testing.assert_allclose(array, current[name], rtol=0, atol=1e-14)
    assert np.abs(new[0] - model.weights).max() > 0.05
