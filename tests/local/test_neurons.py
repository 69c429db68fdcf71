"""A layer in time, step by step in double precision; its gradient by TensorFlow; one update."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.errors import DataError, TrainingError, ValidationError
from nengo_lifdeep.local import LocalLearner, LocalNetwork, LocalRule
from nengo_lifdeep.local.neurons import LayerInTime
from nengo_lifdeep.weights.draws import logistic_noise

A, B, G = np.exp(-1 / 10), np.exp(-1 / 6), np.exp(-1 / 2)
SIZES = (12, 9, 7)


def _trains(n=5, steps=25, inputs=12, seed=0):
    return (np.random.default_rng(seed).random((n, steps, inputs)) < 0.3).astype(np.int8)


def test_traces_potentials_and_spikes_follow_the_equations():
    network = LocalNetwork.initial(SIZES, 3)
    layer = LayerInTime(5, network.readouts[0], 12, network.decays)
    weights, trains = network.latents[0], _trains()  # of signs, potentials are often just 0
    fired = 0
    for i in range(5):
        x = trains[i].astype(float)
        p, q, r, s = np.zeros(12), np.zeros(12), np.zeros(9), np.zeros(9)
        own = LayerInTime(5, network.readouts[0], 12, network.decays)
        for t in range(25):
            p, q, r = A * p + q, B * q + x[t], G * r + s  # from the values of the step before
            u = weights.T.astype(float) @ p / np.sqrt(12) - r
            s = (u > 0).astype(float)
            own.step(trains[:, t], weights)
            np.testing.assert_allclose(own.u[i], u, atol=1e-5)
            if (np.abs(u) > 1e-4).all():
                np.testing.assert_array_equal(own.s[i], s)
            fired += s.sum()
            expected = network.readouts[0].T @ own.s[i] / np.sqrt(9)
            np.testing.assert_allclose(own.scores[i], expected, atol=1e-6)
    assert fired > 50
    assert not layer.step(trains[:, 0], weights).any()  # input acts one step later


@pytest.mark.tf
def test_the_gradient_is_that_of_tensorflow():
    from nengo_lifdeep.compat import import_tensorflow

    tf = import_tensorflow()
    network = LocalNetwork.initial((12, 30), 4)
    layer = LayerInTime(5, network.readouts[0], 12, network.decays)
    trains, labels = _trains(), np.array([0, 1, 2, 3, 1])
    rng = np.random.default_rng(1)
    for t in range(10):
        weights = rng.uniform(-1, 1, (12, 30)).astype(np.float32)
        layer.step(trains[:, t], weights)

    @tf.custom_gradient
    def spike(u):
        return tf.cast(u > 0, tf.float32), lambda d: d * tf.cast((u > -0.5) & (u <= 0.5), d.dtype)

    kernel = tf.Variable(weights)
    with tf.GradientTape() as tape:
        u = tf.matmul(layer.p, kernel) / np.sqrt(np.float32(12)) - layer.r
        scores = tf.matmul(spike(u), network.readouts[0]) / np.sqrt(np.float32(30))
        loss = tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=scores)
        )
    found, value = layer.gradient(np.eye(4, dtype=np.float32)[labels])
    expected = tape.gradient(loss, kernel).numpy()
    assert np.abs(expected).max() > 1e-3
    np.testing.assert_allclose(found, expected, atol=1e-7)
    assert value == pytest.approx(float(loss), rel=1e-6)


@pytest.mark.parametrize("kind", ["float", "sign", "bayes"])
def test_updates_are_the_rule_layer_by_layer(kind):
    rule = LocalRule(kind, learning_rate=0.4, temperature=0.8, strength=0.01, prior=0.6)
    start = LocalNetwork.initial(SIZES, 3, is_binary=kind != "float", seed=2)
    learner = LocalLearner(start, rule, seed=4, steps_before=3)
    trains, labels = _trains(), np.array([0, 1, 2, 0, 1])
    learner.partial_fit(trains, labels)
    rng = np.random.default_rng((4, 0))
    latents = [latent.astype(np.float64) for latent in start.latents]
    states = [
        LayerInTime(5, v, len(w), start.decays)
        for v, w in zip(start.readouts, latents, strict=True)
    ]
    one_hot, w0 = np.eye(3, dtype=np.float32)[labels], 0.5 * np.log(0.6 / 0.4)
    for t in range(trains.shape[1]):
        value = trains[:, t]
        for i, state in enumerate(states):
            w, eta = latents[i], 0.4
            if kind == "bayes":
                delta = logistic_noise(w.shape, rng, "float32").astype(float)
                b = np.tanh((w + delta) / 0.8)
            else:
                b = w if kind == "float" else np.where(w >= 0, 1.0, -1.0)
            value = state.step(value, b.astype(np.float32))
            if t < 3:
                continue
            g, _ = state.gradient(one_hot)
            if kind == "bayes":
                factor = (1 - b**2) / (0.8 * (1 - np.tanh(w) ** 2))
                latents[i] = (1 - eta * 0.01) * w - eta * (g * np.minimum(factor, 20) - 0.01 * w0)
            else:
                latents[i] = w - eta * g
    for found, expected, before in zip(
        learner.network.latents, latents, start.latents, strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=2e-5)
        assert np.abs(expected - before).max() > 0.01
    assert learner.network.provenance["batches"] == 1


def test_what_does_not_fit_is_refused():
    start = LocalNetwork.initial((4, 5), 2)
    learner = LocalLearner(start, LocalRule("sign"))
    spikes = np.ones((2, 6, 4), np.int8)
    for trains, labels, message in (
        (spikes[:, :, :3], [0, 1], "shape"),
        (spikes * 0.5, [0, 1], "expected spikes, 0 or 1"),
        (spikes * 2, [0, 1], "up to 1"),
        (spikes, [0, 2], "up to 1"),
        (spikes, [0], "shape"),
        (spikes[:0], np.zeros(0, int), "no samples"),
    ):
        with pytest.raises(DataError, match=message):
            learner.partial_fit(trains, labels)
    assert learner.n_batches == 0
    with pytest.raises(TrainingError, match="is_binary=False"):
        LocalLearner(start, LocalRule("float"))
    for wrong in ({"weights": "bits"}, {"learning_rate": 0}, {"prior": 1.0}, {"temperature": -1}):
        with pytest.raises(ValidationError, match="LocalRule"):
            LocalRule(**wrong)
    for rate in (0.0, float("inf"), "1"):
        with pytest.raises(ValidationError, match="learning_rate is"):
            learner.partial_fit(spikes, [0, 1], learning_rate=rate)
    learner._latents[0][0, 0] = np.inf
    with pytest.raises(TrainingError, match="grown beyond"):
        learner.partial_fit(spikes, [0, 1])
