"""The Keras 3 layer against the NumPy truth, with every backend that is installed."""

import pytest

CHECK = """
import numpy as np, keras, tempfile, os
from nengo_lifdeep.keras3 import SoftLIF, neuron_of
from nengo_lifdeep.neurons.rates import softlif_rate, softlif_slope
from nengo_lifdeep.noise import AlphaRCNoise, GaussianNoise, LowpassRCNoise

assert keras.backend.backend() == "{backend}"
layer = SoftLIF(tau_rc=0.02, tau_ref=0.002, sigma=0.02, amplitude=0.05, gain=1.0, bias=0.0)
J = np.concatenate([np.linspace(-5, 10, 301), [-1e3, 1e4]]).astype(np.float32)
found = keras.ops.convert_to_numpy(layer(J[None]))[0]
truth = 0.05 * softlif_rate(J.astype(float), 0.02, 0.002, 0.02)
np.testing.assert_allclose(found, truth, rtol=2e-5, atol=1e-6)

inner = SoftLIF(0.02, 0.002, 0.02, 1.0, 1.0, 0.0)
points = np.linspace(-0.5, 5, 23).astype(np.float32)
if "{backend}" == "tensorflow":
    import tensorflow as tf
    x = tf.constant(points[None])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(inner(x))
    slope = tape.gradient(y, x).numpy()[0]
elif "{backend}" == "torch":
    import torch
    x = torch.tensor(points[None], requires_grad=True)
    inner(x).sum().backward()
    slope = x.grad.numpy()[0]
else:
    import jax
    slope = np.asarray(jax.grad(lambda x: inner(x).sum())(points[None]))[0]
np.testing.assert_allclose(slope, softlif_slope(points.astype(float), 0.02, 0.002, 0.02),
                           rtol=1e-3, atol=1e-3)

for noise in (GaussianNoise(10.0), LowpassRCNoise(0.005), AlphaRCNoise(0.003)):
    for current in (1.2, 2.0, 5.0):
        noisy = SoftLIF(0.02, 0.002, 0.02, 1.0, 1.0, 0.0, noise=noise, seed=3)
        many = np.full((400, 500), current, np.float32)
        values = keras.ops.convert_to_numpy(noisy(many, training=True))
        rate = float(softlif_rate(current, 0.02, 0.002, 0.02))
        spread = float(np.sqrt(noise.variance(rate, 0.02)))
        assert abs(values.mean() - rate) < 6 * spread / np.sqrt(values.size) + 2e-3 * rate
        assert abs(values.std() / spread - 1) < 0.02, (noise, current, values.std(), spread)
        quiet = keras.ops.convert_to_numpy(noisy(many[:1]))
        np.testing.assert_allclose(quiet, rate, rtol=1e-4)
    low = np.full((2, 3), 0.5, np.float32)
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(noisy(low, training=True)),
        keras.ops.convert_to_numpy(noisy(low)),
    )

model = keras.Sequential([
    keras.Input((6,)), keras.layers.Dense(8),
    SoftLIF(noise=AlphaRCNoise(0.003), rate_target=(5, 40, 1e-3), seed=1), keras.layers.Dense(2),
])
model.compile(keras.optimizers.Adam(1e-2),
              keras.losses.SparseCategoricalCrossentropy(from_logits=True))
x = np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32)
y = (x[:, 0] > 0).astype(int)
history = model.fit(x, y, epochs=15, verbose=0).history["loss"]
assert history[-1] < 0.6 * history[0]
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "net.keras")
    model.save(path)
    again = keras.models.load_model(path)
np.testing.assert_allclose(again.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5)
assert neuron_of(again.layers[1]) == neuron_of(model.layers[1])
assert again.layers[1].rate_target == model.layers[1].rate_target
"""


@pytest.mark.parametrize("backend", ["tensorflow", "torch", "jax"])
def test_equal_to_the_truth(backend, in_backend):
    in_backend(CHECK, backend)
