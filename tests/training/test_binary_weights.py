"""Relaxed signs and natural gradients through NengoDL: the same numbers as in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep import Architecture, SoftLIF, convert, datasets, evaluate, run, train
from nengo_lifdeep.errors import TrainingError, ValidationError
from nengo_lifdeep.layers import Conv2D, Conv2DTranspose, Dense, Flatten
from nengo_lifdeep.models.held import drawn_weights
from nengo_lifdeep.neurons import StepLIF
from nengo_lifdeep.training.settings.spike_based import SpikeBased
from nengo_lifdeep.weights import Binary
from nengo_lifdeep.weights.draws import bayes_step, natural_factor, relaxed

KIND = Binary(scale=1.2, draw="relaxed", temperature=0.7)


@pytest.mark.tf
def test_weights_gradient_and_step_are_those_of_numpy():
    from nengo_lifdeep.compat import import_tensorflow
    from nengo_lifdeep.training.tensorflow.bayes import BayesBinary
    from nengo_lifdeep.training.tensorflow.held import _noise, _relaxed

    tf = import_tensorflow()
    rng = np.random.default_rng(0)
    latent = rng.normal(0, 1.5, (6, 5)).astype(np.float32)
    latent[0, :3] = -30, 30, 6
    upstream = rng.normal(size=(6, 5)).astype(np.float32)
    noise = _noise(tf.constant(latent), tf.Variable(3, dtype=tf.int64), 7)
    again = _noise(tf.constant(latent), tf.Variable(4, dtype=tf.int64), 7)
    assert np.abs(noise - again).max() > 0.5 and np.isfinite(noise).all()
    kernel, bias = tf.Variable(latent), tf.Variable([1.0])
    optimizer = BayesBinary(0.01, natural_rate=50.0, strength=0.2, prior=0.7)
    optimizer.build([kernel, bias])
    optimizer.natural_of([kernel])
    with tf.GradientTape() as tape:
        weights = _relaxed(kernel, KIND, noise)
        loss = tf.reduce_sum(weights * upstream) + bias[0]
    size = 1.2 / np.sqrt(6)
    np.testing.assert_allclose(weights, size * relaxed(latent, noise.numpy(), 0.7), atol=1e-5)
    optimizer.apply_gradients(zip(tape.gradient(loss, [kernel, bias]), [kernel, bias], strict=True))
    natural = size * upstream * natural_factor(latent, noise.numpy(), 0.7, most=20)
    expected = bayes_step(latent, natural, 0.01 * 50, 0.2, 0.7)
    assert np.abs(expected - latent).max() > 0.3
    np.testing.assert_allclose(kernel, expected, rtol=2e-4, atol=2e-5)
    np.testing.assert_allclose(bias, [0.99], rtol=1e-5)  # Adam's first step is its rate


@pytest.mark.tf
def test_it_learns_and_keeps_probabilities(tmp_path):
    blobs = datasets.load("blobs")
    layers = (Conv2D(8, 3), Conv2D(12, 3), Flatten(), Dense(len(blobs.classes)))
    net = Architecture(blobs.train.image_shape, layers, "by chance")
    options = {
        "neuron": SoftLIF(0.05, 0.001, amplitude=0.063), "gain": 0.825,
        "weights": Binary(scale=1.2, draw="relaxed"),
        "optimizer": {"class_name": "bayes-binary", "config": {"natural_rate": 3000.0}},
        "learning_rate": 0.003, "batch_size": 20, "seed": 1, "progress": False,
    }  # fmt: skip
    trained = train(net, blobs, epochs=4, checkpoint=tmp_path / "checkpoint", **options)
    assert trained.history["loss"][-1] < 0.8 * trained.history["loss"][0]
    train(net, blobs, epochs=2, checkpoint=tmp_path / "other", **options)
    again = train(net, blobs, epochs=4, checkpoint=tmp_path / "other", **options)
    latent = trained.weights["conv2"]["kernel"]
    np.testing.assert_array_equal(again.weights["conv2"]["kernel"], latent)
    assert len(np.unique(latent)) > 100
    assert trained.provenance["options"]["optimizer"]["config"]["natural_rate"] == 3000.0
    size = 1.2 / np.sqrt(np.prod(latent.shape[:-1]))
    kernels = [drawn_weights(trained, seed).weights["conv2"]["kernel"] for seed in (0, 1)]
    for kernel in kernels:
        np.testing.assert_allclose(np.unique(kernel), [-size, size], rtol=1e-6)
    assert (kernels[0] != kernels[1]).any()
    member = drawn_weights(trained, 0)
    assert member.architecture.weight_kinds["conv2"].draw == "sign"
    assert evaluate(trained, blobs, progress=False).error < 30
    spiking = convert(trained)  # of the likelier weights
    assert spiking.provenance["weights"]["conv2"]["draw"] == "relaxed"
    with pytest.raises(ValidationError, match="no weights by chance"):
        drawn_weights(member)


@pytest.mark.tf
def test_neurons_behind_weights_by_chance_go_on_firing():
    """Weights of great size drawn anew in every step are noise, which silence makes less."""
    digits = datasets.load("digits")
    neuron = SoftLIF(0.05, 0.001, amplitude=0.063)
    options = {
        "neuron": neuron, "gain": 0.825, "learning_rate": 0.003, "batch_size": 50, "epochs": 1,
        "optimizer": {"class_name": "bayes-binary", "config": {"natural_rate": 3000.0}},
        "progress": False,
    }  # fmt: skip
    silent = {}
    for scale in (1.2, 4.0):
        kind = Binary(scale, "relaxed", temperature=0.3)
        trained = train("digits-compact", digits, weights=kind, **options)
        rates = run(convert(trained), digits.test, simulator="rate").layer_rates["neurons2"]
        silent[scale] = float((rates == 0).mean())
    assert silent[1.2] < 0.35 and silent[4.0] > silent[1.2] + 0.2


def test_what_does_not_go_together_is_refused():
    with pytest.raises(ValidationError, match="scale is None"):
        Binary(draw="relaxed")
    for wrong in ({"draw": "soft"}, {"temperature": 0.0}):
        with pytest.raises(ValidationError, match="weights Binary"):
            Binary(1.0, **wrong)
    with pytest.raises(ValidationError, match="Dense and Conv2D only"):
        Conv2DTranspose(3, 2, weights=KIND)


@pytest.mark.tf
def test_optimiser_and_weights_go_together():
    blobs = datasets.load("blobs")
    layers = (Conv2D(4, 3), Conv2D(6, 3), Flatten(), Dense(len(blobs.classes)))
    net = Architecture(blobs.train.image_shape, layers, "by chance")
    with pytest.raises(TrainingError, match="no layer has weights of relaxed signs"):
        train(net, blobs, neuron=SoftLIF(), optimizer="bayes-binary", progress=False)
    with pytest.raises(TrainingError, match="trained in rates only"):
        train(
            net.with_weights(KIND), blobs, neuron=StepLIF.of_leak(0.9), progress=False,
            method=SpikeBased(n_steps=4),
        )  # fmt: skip
