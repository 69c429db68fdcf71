"""TensorFlow twins against the NumPy truth: values, slopes, limits, and noise as a function."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.neurons import SoftLIF, SoftLoihiLIF, neuron_rate, neuron_slope
from nengo_lifdeep.noise import ALL_NOISE, AlphaRCNoise, GaussianNoise

pytestmark = pytest.mark.tf

NEURONS = [
    SoftLIF(tau_rc=0.05, tau_ref=0.001, sigma=0.02, amplitude=0.063),
    SoftLIF(tau_rc=0.02, tau_ref=0.002, sigma=0.005),
    SoftLIF(tau_rc=0.02, tau_ref=0.002, sigma=0.1),
    SoftLIF(tau_rc=0.02, tau_ref=0.0, sigma=1.0),
    nengo.LIFRate(tau_rc=0.05, tau_ref=0.001, amplitude=0.063),
    nengo.LIF(),
    nengo.RectifiedLinear(amplitude=0.3),
    nengo.SpikingRectifiedLinear(),
]


@pytest.fixture(scope="module")
def tf():
    from nengo_lifdeep.compat import import_tensorflow

    return import_tensorflow()


def _value_and_slope(tf, neuron, J, **options):
    from nengo_lifdeep.neurons.tensorflow.activation import activation

    with tf.GradientTape() as tape:
        J = tf.constant(J)
        tape.watch(J)
        value = activation(J, neuron, **options)
    return value.numpy(), tape.gradient(value, J).numpy()


@pytest.mark.parametrize("compiled", [True, False], ids=["xla", "plain"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("neuron", NEURONS, ids=repr)
def test_twin_is_the_truth(tf, neuron, dtype, compiled):
    J = np.linspace(-5, 50, 8001).astype(dtype)
    value, slope = _value_and_slope(tf, neuron, J, compiled=compiled)
    exact = J.astype(np.float64)
    tolerance = {"rtol": 1e-5 if dtype == np.float32 else 1e-12, "atol": 1e-30}
    np.testing.assert_allclose(value, neuron_rate(neuron, exact), **tolerance)
    np.testing.assert_allclose(slope, neuron_slope(neuron, exact), **tolerance)
    assert value.dtype == slope.dtype == dtype


@pytest.mark.parametrize("sigma", [0.005, 0.02, 0.1, 1.0])
def test_gradient_matches_finite_differences(tf, sigma):
    neuron, h = SoftLIF(sigma=sigma), 2e-5
    J = np.linspace(-5, 50, 2503)
    slope = _value_and_slope(tf, neuron, J)[1]
    shifted = [_value_and_slope(tf, neuron, J + k * h)[0] for k in (1, -1, 2, -2)]
    difference = (8 * (shifted[0] - shifted[1]) - shifted[2] + shifted[3]) / (12 * h)
    np.testing.assert_allclose(slope, difference, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("noise", [None, *(cls() for cls in ALL_NOISE)], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "neuron", [*NEURONS, SoftLIF(sigma=1e-6), SoftLIF(tau_ref=0, tau_rc=1e-3)], ids=repr
)
def test_finite_everywhere(tf, neuron, dtype, noise):
    _check_finite(tf, neuron, dtype, noise, compiled=False)


@pytest.mark.parametrize("noise", [None, *(cls() for cls in ALL_NOISE)], ids=str)
def test_compiled_is_finite_everywhere(tf, noise):
    _check_finite(tf, NEURONS[1], np.float32, noise, compiled=True)


def _check_finite(tf, neuron, dtype, noise, compiled):
    if noise is not None and noise.uses_tau_rc and not hasattr(neuron, "tau_rc"):
        pytest.skip("a membrane's noise needs a membrane")
    close = 1 + np.array([-1, 1]) * np.finfo(dtype).eps
    J = np.concatenate([[-1e4, 1e4], np.linspace(-1e4, 1e4, 333), np.linspace(-3, 3, 663), close])
    options = {} if noise is None else {"noise": noise, "seed": (1, 2), "step": 3}
    value, slope = _value_and_slope(tf, neuron, J.astype(dtype), compiled=compiled, **options)
    assert np.isfinite(value).all() and np.isfinite(slope).all() and (slope >= 0).all()


def test_gradient_is_multiplied_by_what_comes_from_above(tf):
    from nengo_lifdeep.neurons.tensorflow.activation import softlif

    neuron, J = NEURONS[0], np.linspace(0, 3, 50)
    with tf.GradientTape() as tape:
        x = tf.constant(J)
        tape.watch(x)
        loss = tf.reduce_sum(softlif(x, neuron) ** 2)
    expected = 2 * neuron_rate(neuron, J) * neuron_slope(neuron, J)
    np.testing.assert_allclose(tape.gradient(loss, x), expected, rtol=1e-12)


def test_noise_changes_the_value_and_never_the_slope(tf):
    J = np.linspace(-1, 4, 1001).astype(np.float32)
    clean = _value_and_slope(tf, NEURONS[0], J)
    noisy = _value_and_slope(tf, NEURONS[0], J, noise=AlphaRCNoise(), seed=(1, 2), step=0)
    firing = J > 1
    assert (noisy[0] != clean[0])[firing].mean() > 0.99
    np.testing.assert_array_equal(noisy[0][~firing], clean[0][~firing])
    np.testing.assert_allclose(noisy[1], clean[1], rtol=1e-6)


def test_noise_is_before_the_amplitude(tf):
    J = np.full(200_000, 2.0, np.float32)
    options = {"noise": GaussianNoise(10), "seed": (1, 2), "step": 0}
    value, _ = _value_and_slope(tf, SoftLIF(amplitude=0.063), J, **options)
    assert value.std() == pytest.approx(0.63, rel=0.02)


def test_same_seed_and_step_same_noise_whatever_came_before(tf):
    J = np.full((7, 300), 2.0, np.float32)

    def draw(seed, step):
        return _value_and_slope(tf, NEURONS[0], J, noise=AlphaRCNoise(), seed=seed, step=step)[0]

    first = draw((1, 2), 5)
    other = [draw((1, 2), 6), draw((1, 3), 5), draw((2, 2), 5), draw((1, 2), 5 + 2**32)]
    np.testing.assert_array_equal(draw((1, 2), tf.Variable(5, dtype=tf.int64)), first)
    for value in other:
        assert (value != first).mean() > 0.99
        assert abs(np.corrcoef(value.ravel(), first.ravel())[0, 1]) < 0.1


def test_layers_of_one_seed_differ_within_the_batch(tf):
    J = np.full((50, 40), 2.0, np.float32)
    value, _ = _value_and_slope(tf, NEURONS[0], J, noise=AlphaRCNoise(), seed=(1, 2), step=0)
    assert np.unique(value).size > 1990


@pytest.mark.parametrize("options", [{}, {"seed": (1, 2)}, {"step": 1}, {"seed": (1,), "step": 1}])
def test_noise_needs_seed_and_step(tf, options):
    from nengo_lifdeep.neurons.tensorflow.activation import activation

    with pytest.raises(ValidationError, match="two seed words"):
        activation(tf.constant([1.0]), NEURONS[0], GaussianNoise(), **options)


def test_integer_currents_and_unknown_neurons_are_refused(tf):
    from nengo_lifdeep.neurons.tensorflow.activation import activation

    with pytest.raises(ValidationError, match="float32"):
        activation(tf.constant([1]), NEURONS[0])
    with pytest.raises(ValidationError, match=r"AdaptiveLIF has no twin.*SoftAdaptiveLIF"):
        activation(tf.constant([1.0]), nengo.AdaptiveLIF())


def test_soft_loihi_twin(tf):
    neuron = SoftLoihiLIF(tau_rc=0.05, tau_ref=0.001, amplitude=0.063)
    J = np.linspace(-1.001, 40, 5003)  # float64: stairs' edges agree but for rounding
    value, slope = _value_and_slope(tf, neuron, J)
    assert np.isclose(value, neuron_rate(neuron, J), rtol=1e-12).mean() > 0.999
    np.testing.assert_allclose(slope, neuron_slope(neuron, J), rtol=1e-12)


def test_noise_acts_on_the_rounded_rates(tf):
    neuron = SoftLoihiLIF(tau_rc=0.02, tau_ref=0.002)
    J = np.full(20000, 4.0)
    value, slope = _value_and_slope(tf, neuron, J, noise=GaussianNoise(10), seed=(1, 2), step=3)
    assert value.mean() == pytest.approx(neuron_rate(neuron, 4.0), abs=5 * 10 / np.sqrt(J.size))
    assert value.std() == pytest.approx(10, rel=0.05)
    np.testing.assert_allclose(slope, neuron_slope(neuron, J), rtol=1e-12)


@pytest.mark.loihi
@pytest.mark.parametrize("name", ["LoihiLIF", "LoihiSpikingRectifiedLinear"])
def test_loihi_twins(tf, name):
    from nengo_lifdeep.compat import import_nengo_loihi

    neuron = getattr(import_nengo_loihi().neurons, name)(amplitude=0.5)
    # away from the stairs' edges the float64 twin agrees to rounding
    J = np.linspace(-1.001, 40, 5003) * (1 if name == "LoihiLIF" else 30)
    value, slope = _value_and_slope(tf, neuron, J)
    expected = neuron_rate(neuron, J)
    assert (np.isclose(value, expected, rtol=1e-12)).mean() > 0.999
    np.testing.assert_allclose(slope, neuron_slope(neuron, J), rtol=1e-12)
