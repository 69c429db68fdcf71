"""The TensorFlow noise against the NumPy models, and its random generator against statistics."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.noise import ALL_NOISE, GaussianNoise, MeasuredNoise, NoiseModel

pytestmark = pytest.mark.tf

TAUS = [(0.003, 0.05), (0.003, 0.02), (0.005, 0.02), (0.01, 0.0101), (0.02, 0.02), (0.05, 0.003)]


@pytest.fixture(scope="module")
def twin():
    import nengo_lifdeep.noise.tf as twin

    return twin


@pytest.fixture(scope="module")
def tf():
    from nengo_lifdeep.compat import import_tensorflow

    return import_tensorflow()


def _draw(twin, tf, seed, step, n=200_000):
    return twin.uniform([n], twin.random_keys(seed, step), tf.float32).numpy()


@pytest.mark.parametrize("cls", [c for c in ALL_NOISE if c not in (GaussianNoise, MeasuredNoise)])
@pytest.mark.parametrize("tau_s, tau_rc", TAUS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_twin_is_the_model_at_the_same_phase(twin, tf, cls, tau_s, tau_rc, dtype):
    rate = np.geomspace(0.1, 990, 4001).astype(dtype)
    u = twin.uniform(rate.shape, twin.random_keys((3, 4), 5), rate.dtype)
    value = twin.noisy_rate(
        cls(tau_s), tf.constant(1 / rate), tf.constant(rate > 0), u, tau_rc, shortest_period=0.001
    )
    u = u.numpy()
    expected = cls(tau_s).waveform(u.astype(np.float64) / rate, 1 / rate.astype(np.float64), tau_rc)
    tolerance = 1e-4 if dtype == np.float32 else 1e-9
    # against the mean: between spikes far apart the value is a difference far below it
    np.testing.assert_allclose(value / rate, expected / rate, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("cls", ALL_NOISE)
@pytest.mark.parametrize("rate", [20.0, 200.0])
def test_samples_have_the_mean_and_variance(twin, tf, cls, rate):
    n = 400_000
    periods = tf.fill([n], np.float32(1 / rate))
    u = _draw(twin, tf, (5, 6), 7, n)
    value = twin.noisy_rate(cls(), periods, periods > 0, u, 0.02, 0.001).numpy()
    variance = float(cls().variance(rate, 0.02))
    assert value.mean(dtype=float) == pytest.approx(rate, abs=5 * np.sqrt(variance / n))
    assert value.var(dtype=float) == pytest.approx(variance, rel=0.03)


@pytest.mark.parametrize("cls", ALL_NOISE)
def test_silent_neurons_keep_their_rate(twin, tf, cls):
    period = tf.constant([1 / 4, np.inf, 1 / 50])
    firing = tf.constant([False, False, True])
    value = twin.noisy_rate(cls(), period, firing, tf.constant([0.3, 0.3, 0.3]), 0.02).numpy()
    assert value[:2].tolist() == [4.0, 0.0] and value[2] != 50 and np.isfinite(value).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_measured_noise_has_the_interpolated_spread(twin, tf, dtype):
    noise = MeasuredNoise((10, 20, 60), (1, 5, 3))
    rate = np.linspace(0.5, 200, 801).astype(dtype)
    u = twin.uniform(rate.shape, twin.random_keys((1, 2), 3), rate.dtype)
    value = twin.noisy_rate(noise, tf.constant(1 / rate), tf.constant(rate > 0), u).numpy()
    expected = rate + noise.spread(rate.astype(float)) * stats.norm.ppf(u.numpy())
    tolerance = {"rtol": 1e-4, "atol": 1e-3} if dtype == np.float32 else {"rtol": 1e-9}
    np.testing.assert_allclose(value, expected, **tolerance)


def test_unknown_noise_is_refused(twin, tf):
    one = tf.constant([1.0])
    with pytest.raises(ValidationError, match="no TensorFlow twin"):
        twin.noisy_rate(NoiseModel(), one, one > 0, one)


def test_gaussian_noise_is_normal(twin, tf):
    u = _draw(twin, tf, (1, 2), 3)
    value = twin.noisy_rate(GaussianNoise(10), tf.fill(u.shape, np.float32(0.01)), u > 0, u).numpy()
    assert stats.kstest((value - 100) / 10, "norm").pvalue > 1e-3


@pytest.mark.parametrize("seed, step", [((0, 0), 0), ((0, 0), 1), ((1, 0), 0), ((7, -9), 10**12)])
def test_uniform_is_uniform(twin, tf, seed, step):
    u = _draw(twin, tf, seed, step)
    assert 0 < u.min() and u.max() < 1
    assert stats.kstest(u, "uniform").pvalue > 1e-3
    # the low bits too, by counts in 256 cells of the last 8 of 23 bits
    low = np.bincount((u.astype(np.float64) * 2**23).astype(np.int64) & 255, minlength=256)
    assert stats.chisquare(low).pvalue > 1e-3


def test_neighbours_in_index_step_and_seed_are_independent(twin, tf):
    base = _draw(twin, tf, (1, 2), 0)
    others = {
        "index": np.roll(base, 1), "row": np.roll(base, 1024), "step": _draw(twin, tf, (1, 2), 1),
        "seed": _draw(twin, tf, (2, 2), 0), "second word": _draw(twin, tf, (1, 3), 0),
        "high word of step": _draw(twin, tf, (1, 2), 2**32), "swapped": _draw(twin, tf, (2, 1), 0),
    }  # fmt: skip
    for what, other in others.items():
        cells, *_ = np.histogram2d(base, other, bins=16, range=[[0, 1], [0, 1]])
        assert stats.chisquare(cells.ravel()).pvalue > 1e-4, what


def test_steps_do_not_share_a_shifted_sequence(twin, tf):
    seen = np.concatenate([_draw(twin, tf, (1, 2), step, 2000) for step in range(50)])
    pairs = np.unique(np.stack([seen[:-1], seen[1:]], 1), axis=0)
    assert len(pairs) > 0.9999 * (len(seen) - 1)


def test_uniform_is_the_same_compiled_and_in_float64(twin, tf):
    plain = _draw(twin, tf, (1, 2), 3, 1000)
    compiled = tf.function(
        lambda: twin.uniform([10, 100], twin.random_keys((1, 2), 3), tf.float64),
        jit_compile=True,
        autograph=False,
    )
    np.testing.assert_array_equal(compiled().numpy().ravel().astype(np.float32), plain)
