"""Draws of binary weights: frequencies, limits, the step of the Bayesian rule, by other means."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from nengo_lifdeep.weights.draws import (
    bayes_step,
    bernoulli,
    logistic_noise,
    natural_factor,
    natural_parameter,
    probability,
    relaxed,
)

LATENTS = (-1.5, -0.3, 0.0, 0.7, 2.0)


def _relaxed(latent, temperature, n=40_000, dtype="float64", seed=0):
    values = np.full(n, latent, dtype)
    noise = logistic_noise((n,), np.random.default_rng(seed), dtype)
    return relaxed(values, noise, temperature), noise


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("latent", LATENTS)
def test_frequencies_of_one_are_sigmoids_of_twice_the_latent(latent, dtype):
    n, expected = 40_000, 1 / (1 + np.exp(-2 * latent))
    values = np.full(n, latent, dtype)
    drawn = bernoulli(values, np.random.default_rng(1))
    cold, _ = _relaxed(latent, 1e-3, n, dtype)
    assert set(np.unique(drawn)) == {-1, 1} and drawn.dtype == cold.dtype == dtype
    assert np.mean(np.abs(cold) > 0.999) > 0.98
    np.testing.assert_allclose(probability(values), expected, rtol=1e-6)
    bound = 4 * np.sqrt(expected * (1 - expected) / n)
    assert abs(np.mean(drawn > 0) - expected) < bound
    assert abs(np.mean(cold > 0) - expected) < bound


def test_at_temperature_one_without_a_preference_weights_are_uniform():
    found, _ = _relaxed(0.0, 1.0)
    assert stats.kstest(found, "uniform", args=(-1, 2)).pvalue > 0.01
    hot, _ = _relaxed(0.0, 2.0)
    assert stats.kstest(hot, "uniform", args=(-1, 2)).pvalue < 1e-6


@pytest.mark.parametrize("temperature", [0.5, 1.0])
@pytest.mark.parametrize("latent", LATENTS)
def test_the_factor_is_the_derivative_by_the_mean(latent, temperature):
    weights, noise = _relaxed(latent, temperature, n=200)
    step = 1e-6
    ends = [
        relaxed(np.arctanh(np.full(200, np.tanh(latent) + s)), noise, temperature)
        for s in (-step, step)
    ]
    numeric = (ends[1] - ends[0]) / (2 * step)
    found = natural_factor(np.full(200, latent), noise, temperature)
    np.testing.assert_allclose(found, numeric, rtol=1e-4, atol=1e-6)
    closed = (1 - weights**2) / (temperature * (1 - np.tanh(latent) ** 2))
    np.testing.assert_allclose(found, closed, rtol=1e-7, atol=1e-12)


def test_the_factor_at_temperature_one_is_bounded_and_has_a_finite_mean():
    for latent in (0.0, 1.0, 3.0, 6.0):
        noise = logistic_noise((100_000,), np.random.default_rng(0), "float64")
        factor = natural_factor(np.full(noise.shape, latent), noise, 1.0)
        assert factor.max() <= np.cosh(latent) ** 2 * (1 + 1e-9)
        np.testing.assert_allclose(factor, (np.cosh(latent) / np.cosh(latent + noise)) ** 2)
    mean = integrate.quad(  # over the noise, whose density is 1 / (2 cosh^2)
        lambda d: (np.cosh(6.0) / np.cosh(6.0 + d)) ** 2 / (2 * np.cosh(d) ** 2), -30, 30,
        points=[-6, 0], limit=200,
    )[0]  # fmt: skip
    assert mean == pytest.approx(2 * (6 - 1), rel=0.01)
    cut = natural_factor(np.full(noise.shape, 6.0), noise, 1.0, most=20)
    assert cut.max() == 20 and np.mean(cut == 20) > 1e-3


def test_large_latents_give_finite_float32():
    latent = np.array([-200, -30, 0, 30, 200], np.float32)
    noise = logistic_noise((5,), np.random.default_rng(0), "float32")
    for temperature in (0.1, 1.0):
        factor = natural_factor(latent, noise, temperature, 20.0)
        assert factor.dtype == np.float32 and np.isfinite(factor).all() and (factor >= 0).all()
        logs = 2 * (
            np.abs(latent.astype(float)) - np.abs(latent + noise.astype(float)) / temperature
        )
        expected = np.minimum(np.exp(np.minimum(logs[[0, 1, 3, 4]], 50)) / temperature, 20)
        np.testing.assert_allclose(factor[[0, 1, 3, 4]], expected, rtol=1e-3, atol=1e-30)


def test_noise_is_finite_at_the_ends():
    class Ends:
        def random(self, shape, dtype):
            return np.array([0.0, 1 - np.finfo(dtype).epsneg], dtype)

    for dtype in ("float32", "float64"):
        assert np.isfinite(logistic_noise((2,), Ends(), dtype)).all()


def test_one_step_is_the_rule_and_without_gradient_it_tends_to_the_prior():
    rng = np.random.default_rng(3)
    w, g, delta = rng.normal(size=(3, 50))
    eta, rho, tau, p = 0.3, 0.02, 0.7, 0.8
    b, mu = np.tanh((w + delta) / tau), np.tanh(w)
    w0 = 0.5 * np.log(p / (1 - p))
    expected = (1 - eta * rho) * w - eta * (g * (1 - b**2) / (tau * (1 - mu**2)) - rho * w0)
    found = bayes_step(w, g * natural_factor(w, delta, tau), eta, rho, p)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert natural_parameter(p) == w0
    t, now = 40, w
    for _ in range(t):
        now = bayes_step(now, np.zeros_like(w), eta, rho, p)
    np.testing.assert_allclose(now - w0, (1 - eta * rho) ** t * (w - w0), rtol=1e-9)


def test_the_divergence_has_the_natural_gradient_of_the_rule():
    def divergence(w, w0):
        q, p = 1 / (1 + np.exp(-2 * w)), 1 / (1 + np.exp(-2 * w0))
        return q * np.log(q / p) + (1 - q) * np.log((1 - q) / (1 - p))

    w, w0, step = 0.6, -0.4, 1e-5
    slope = (divergence(w + step, w0) - divergence(w - step, w0)) / (2 * step)
    assert slope / (1 - np.tanh(w) ** 2) == pytest.approx(w - w0, rel=1e-6)
