"""Noise models against quadrature, Parseval sums, and spike trains through Nengo's synapses."""

from __future__ import annotations

import warnings

import nengo
import numpy as np
import pytest

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.noise import (
    ALL_NOISE,
    AlphaNoise,
    AlphaRCNoise,
    GaussianNoise,
    LowpassNoise,
    LowpassRCNoise,
    MeasuredNoise,
    noise_from_dict,
    noise_to_dict,
)

TAU_RC = 0.02
TRAINS = [cls for cls in ALL_NOISE if cls not in (GaussianNoise, MeasuredNoise)]
RATES = np.array([0.5, 5.0, 20.0, 100.0, 300.0, 990.0])


def _phase_moments(noise, rate, tau_rc=TAU_RC):
    """Mean and variance over the phase, by midpoint panels that narrow towards the spike."""
    edges = np.concatenate([[0], np.geomspace(1e-7, 1, 20001)])
    u, w = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    value = noise.waveform(u / rate, 1 / rate, tau_rc)
    return w @ value, w @ (value - rate) ** 2


def _printed(noise, t, p, tau_rc=TAU_RC):
    """The formulas as the brief prints them, in long double."""
    t, p, ts, tr = (np.longdouble(v) for v in (t, p, noise.tau_s, tau_rc))
    q, qr, d = np.exp(-p / ts), np.exp(-p / tr), tr - ts
    decay, decay_rc = np.exp(-t / ts), np.exp(-t / tr)
    if isinstance(noise, AlphaNoise):
        return decay / ts**2 * (t / (1 - q) + p * q / (1 - q) ** 2)
    if isinstance(noise, LowpassNoise):
        return decay / (ts * (1 - q))
    if isinstance(noise, LowpassRCNoise):
        return (decay_rc / (1 - qr) - decay / (1 - q)) / d
    first = tr / d**2 * (decay_rc / (1 - qr) - decay / (1 - q))
    return first - decay * (t * (1 - q) + p * q) / (d * ts * (1 - q) ** 2)


def _power(noise, rate, tau_rc=TAU_RC):
    """Variance by Parseval: squared transfer function at the harmonics of the firing rate."""
    w2 = (2 * np.pi * rate * np.arange(1, 400_001)) ** 2
    gain = 1 / (1 + w2 * noise.tau_s**2)
    if isinstance(noise, (AlphaNoise, AlphaRCNoise)):
        gain = gain**2
    if noise.uses_tau_rc:
        gain = gain / (1 + w2 * tau_rc**2)
    # harmonics beyond the last, for the only spectrum that falls slowly (as 1/k^2)
    tail = gain[-1] * 400_000 if isinstance(noise, LowpassNoise) else 0.0
    return rate**2 * 2 * (gain.sum() + tail)


@pytest.mark.parametrize("cls", TRAINS)
@pytest.mark.parametrize("tau_s", [0.001, 0.003, 0.005, 0.1])
def test_waveform_is_the_printed_formula(cls, tau_s):
    noise = cls(tau_s)
    for rate in RATES:
        t = np.linspace(0, 1, 101) / rate
        expected = _printed(noise, t, 1 / rate).astype(float)
        np.testing.assert_allclose(
            noise.waveform(t, 1 / rate, TAU_RC), expected, rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize("cls", TRAINS)
@pytest.mark.parametrize("tau_s", [0.0005, 0.003, 0.02, 0.1])
def test_phase_mean_is_the_rate_and_variance_is_the_integral(cls, tau_s):
    noise = cls(tau_s)
    for rate in RATES:
        mean, variance = _phase_moments(noise, rate)
        assert mean == pytest.approx(rate, rel=1e-5)
        assert noise.mean(rate, TAU_RC) == rate
        assert noise.variance(rate, TAU_RC) == pytest.approx(variance, rel=1e-4)


@pytest.mark.parametrize("cls", TRAINS)
@pytest.mark.parametrize("tau_s", [0.003, 0.02, 0.1])
def test_variance_is_parsevals(cls, tau_s):
    noise = cls(tau_s)
    for rate in RATES[1:]:
        assert noise.variance(rate, TAU_RC) == pytest.approx(_power(noise, rate), rel=2e-5)


@pytest.mark.parametrize("cls", [cls for cls in TRAINS if cls.__name__.endswith("RCNoise")])
@pytest.mark.parametrize("relative", [0.0, 1e-12, 1e-7, 1e-3, -1e-12, -1e-7, -1e-3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_membrane_equal_to_synapse_is_a_smooth_limit(cls, relative, dtype):
    noise, rate = cls(0.005), dtype(80)
    t = np.linspace(0, 1, 51).astype(dtype) / rate
    period = dtype(1) / rate
    value = noise.waveform(t, period, 0.005 * (1 + relative))
    aside = [noise.waveform(t, period, 0.005 * (1 + s)).astype(float) for s in (0.01, -0.01)]
    assert value.dtype == dtype
    np.testing.assert_allclose(value, np.mean(aside, axis=0), rtol=2e-3)
    if cls is LowpassRCNoise:  # two equal lowpasses are an alpha synapse
        alpha = AlphaNoise(0.005).waveform(t, 1 / rate)
        np.testing.assert_allclose(value, alpha, rtol=2e-3)


@pytest.mark.parametrize("cls", ALL_NOISE)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_limits_of_the_period(cls, dtype):
    noise, rng = cls(), np.random.default_rng(0)
    rate = np.array([0, 1e-30, 1e-5, 1.0, 1e3, 1e8], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = noise.sample(np.tile(rate, (1000, 1)), rng, TAU_RC)
        variance = noise.variance(rate, TAU_RC)
    assert value.dtype == dtype and np.isfinite(value).all()
    assert (value[:, 0] == 0).all() and variance[0] == 0
    np.testing.assert_allclose(value[:, -1], 1e8, rtol=1e-4)
    assert np.isfinite(variance).all() and (variance >= 0).all()


@pytest.mark.parametrize("cls", TRAINS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("tau_rc", [1e-5, 0.02, 50.0])
def test_waveform_is_finite_everywhere(cls, dtype, tau_rc):
    p = np.array([1e-12, 1e-6, 1e-3, 1.0, 1e6, 1e20, np.inf], dtype)
    t = np.where(np.isinf(p), 1, p * dtype(0.5)).astype(dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = cls().waveform(t, p, tau_rc)
    assert value.dtype == dtype and np.isfinite(value).all() and (value >= 0).all()
    assert value[-1] == 0 and value[0] == pytest.approx(1e12, rel=1e-4)


@pytest.mark.parametrize("cls", TRAINS)
@pytest.mark.parametrize("tau_rc", [0.001, 0.003, 0.05])
def test_float32_agrees_with_float64(cls, tau_rc):
    p = np.geomspace(1e-5, 10, 201)
    t = p * np.linspace(0, 1, 201)
    single = cls().waveform(t.astype(np.float32), p.astype(np.float32), tau_rc)
    np.testing.assert_allclose(single, cls().waveform(t, p, tau_rc), rtol=2e-4, atol=1e-4)


@pytest.mark.parametrize("cls", ALL_NOISE)
def test_samples_have_the_mean_and_variance(cls):
    noise, n = cls(), 400_000
    rng = np.random.default_rng(1)
    for rate in (20.0, 200.0):
        value = noise.sample(np.full(n, rate), rng, TAU_RC)
        variance = float(noise.variance(rate, TAU_RC))
        assert variance > 0
        assert value.mean() == pytest.approx(rate, abs=5 * np.sqrt(variance / n))
        assert value.var() == pytest.approx(variance, rel=0.03)


@pytest.mark.parametrize("cls", TRAINS)
@pytest.mark.parametrize("interval", [40, 8])
def test_spike_trains_through_nengos_synapses(cls, interval):
    """A regular train through nengo.Lowpass/Alpha has the model's mean and variance."""
    # the time step is a fraction of the synapse, so that a spike of one step is a point
    dt, tau_s = 2e-5, 0.003
    steps = interval * 50
    train = np.zeros((round(1.0 / dt), 1))
    train[::steps] = 1 / dt
    synapse = nengo.Alpha(tau_s) if "Alpha" in cls.__name__ else nengo.Lowpass(tau_s)
    filtered = synapse.filt(train, dt=dt, y0=0)
    if cls.__name__.endswith("RCNoise"):
        filtered = nengo.Lowpass(TAU_RC).filt(filtered, dt=dt, y0=0)
    settled = filtered[-(len(train) // 2 // steps) * steps :]
    rate = 1 / (steps * dt)
    assert settled.mean() == pytest.approx(rate, rel=0.02)
    variance = float(cls(tau_s).variance(rate, TAU_RC))
    assert settled.var() == pytest.approx(variance, rel=0.02)


@pytest.mark.parametrize("cls", ALL_NOISE)
def test_silent_neurons_get_no_noise(cls):
    rate = np.array([3.0, 100.0, 3.0])
    firing = np.array([False, True, False])
    value = cls().sample(rate, np.random.default_rng(0), TAU_RC, firing)
    assert value[0] == value[2] == 3.0 and value[1] != 100.0


@pytest.mark.parametrize("cls", ALL_NOISE)
def test_same_seed_same_noise(cls):
    rate = np.full(100, 50.0)
    one, same, other = (cls().sample(rate, np.random.default_rng(s), TAU_RC) for s in (3, 3, 4))
    assert (one == same).all() and (one != other).any()


@pytest.mark.parametrize("cls", ALL_NOISE)
def test_dictionary_round_trip(cls):
    assert noise_from_dict(noise_to_dict(cls())) == cls()
    assert noise_from_dict(noise_to_dict(None)) is None


@pytest.mark.parametrize("cls", ALL_NOISE)
@pytest.mark.parametrize("value", [0, -0.001, np.nan, np.inf, "3", None, True])
def test_bad_numbers_are_refused(cls, value):
    with pytest.raises(ValidationError, match=cls.__name__):
        cls(value)


def test_own_membrane_overrides_the_neurons_and_one_is_needed():
    own = AlphaRCNoise(0.003, 0.05)
    assert own.waveform(0.001, 0.01, 0.02) == AlphaRCNoise(0.003).waveform(0.001, 0.01, 0.05)
    with pytest.raises(ValidationError, match="membrane"):
        AlphaRCNoise(0.003).waveform(0.001, 0.01)
    with pytest.raises(ValidationError, match="tau_rc"):
        AlphaRCNoise(0.003, -0.05)


@pytest.mark.parametrize("record", [{}, {"type": "Pink"}, {"type": "AlphaNoise", "q": 1}, 3])
def test_bad_records_are_refused(record):
    with pytest.raises(ValidationError, match="expected"):
        noise_from_dict(record)


def test_measured_noise_interpolates_and_stays_outside():
    noise = MeasuredNoise((10, 20, 60), (1, 5, 3))
    expected = {1.0: 1, 10.0: 1, 15.0: 3, 20.0: 5, 40.0: 4, 60.0: 3, 500.0: 3}
    for rate, spread in expected.items():
        assert float(noise.variance(rate)) == pytest.approx(spread**2)
    assert noise.rates == (10.0, 20.0, 60.0)
    assert noise_from_dict({"type": "MeasuredNoise", "rates": [1, 2], "spreads": [3, 4]}) == (
        MeasuredNoise((1, 2), (3, 4))
    )


@pytest.mark.parametrize(
    ("rates", "spreads", "message"),
    [
        ((20, 10), (1, 1), "ascending rates and one spread for each"),
        ((10, 20), (1,), "ascending rates"),
        ((), (), "numbers in Hz, 1 or more"),
        ((10, 20), (1, -1), r"spreads\[1\] is -1"),
        ((10, np.inf), (1, 1), r"rates\[1\] is inf"),
    ],
)
def test_measured_noise_refuses(rates, spreads, message):
    with pytest.raises(ValidationError, match=message):
        MeasuredNoise(rates, spreads)
