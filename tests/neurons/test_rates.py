"""Rates and slopes against finite differences, Nengo, NengoLoihi and high-precision arithmetic."""

from __future__ import annotations

import math
import warnings
from decimal import Decimal, getcontext

import nengo
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import trapezoid

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.neurons import rates
from nengo_lifdeep.neurons.loihi import loihi_rates

TAUS = {"tau_rc": 0.02, "tau_ref": 0.002}
SIGMAS = (0.005, 0.02, 0.1, 1.0)

SMOOTH = [
    (f"softlif-{sigma}", lambda J, s=sigma: rates.softlif_rate(J, **TAUS, sigma=s),
     lambda J, s=sigma: rates.softlif_slope(J, **TAUS, sigma=s), np.linspace(-5, 50, 2503))
    for sigma in SIGMAS
] + [
    ("lif", lambda J: rates.lif_rate(J, **TAUS), lambda J: rates.lif_slope(J, **TAUS),
     np.linspace(1.01, 50, 1003)),
    ("linear", rates.rectified_linear_rate, rates.rectified_linear_slope,
     np.linspace(-5.01, 5, 100)),
]  # fmt: skip

ALL = {
    "softlif": lambda J: rates.softlif_rate(J, **TAUS, sigma=0.005),
    "softlif-wide": lambda J: rates.softlif_rate(J, **TAUS, sigma=1.0),
    "softlif-tiny": lambda J: rates.softlif_rate(J, **TAUS, sigma=1e-6),
    "softlif slope": lambda J: rates.softlif_slope(J, **TAUS, sigma=0.005),
    "softlif-tiny slope": lambda J: rates.softlif_slope(J, **TAUS, sigma=1e-6),
    "softlif no refractory": lambda J: rates.softlif_rate(J, 0.02, 0.0, 0.02),
    "lif": lambda J: rates.lif_rate(J, **TAUS),
    "lif slope": lambda J: rates.lif_slope(J, **TAUS),
    "linear": rates.rectified_linear_rate,
    "linear slope": rates.rectified_linear_slope,
    "loihi lif": lambda J: loihi_rates.loihi_lif_rate(J, **TAUS),
    "loihi lif slope": lambda J: loihi_rates.loihi_lif_slope(J, **TAUS),
    "loihi if": loihi_rates.loihi_integrate_and_fire_rate,
    "loihi if slope": loihi_rates.loihi_integrate_and_fire_slope,
}


@pytest.mark.parametrize("rate, slope, J", [row[1:] for row in SMOOTH], ids=[r[0] for r in SMOOTH])
def test_slope_is_the_derivative(rate, slope, J):
    # fourth-order central differences; the step keeps truncation below 1e-6 even at sigma 0.005
    h = 2e-5
    difference = (8 * (rate(J + h) - rate(J - h)) - rate(J + 2 * h) + rate(J - 2 * h)) / (12 * h)
    np.testing.assert_allclose(slope(J), difference, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("sigma", SIGMAS)
def test_softlif_rate_matches_many_digits(sigma):
    getcontext().prec = 600
    for J in (-5.0, 0.0, 0.5, 0.99, 1.0, 1.01, 2.0, 50.0):
        s = Decimal(sigma)
        p = s * (1 + ((Decimal(J) - 1) / s).exp()).ln()
        exact = 1 / (Decimal("0.002") + Decimal("0.02") * (1 + 1 / p).ln())
        assert float(exact) == pytest.approx(
            float(rates.softlif_rate(J, **TAUS, sigma=sigma)), rel=1e-12
        )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("function", ALL.values(), ids=ALL.keys())
def test_finite_and_quiet_over_the_whole_range(function, dtype):
    close = 1 + np.array([-1, 1]) * np.finfo(dtype).eps
    J = np.concatenate([[-1e4, 1e4, 0.0], close, np.linspace(-1e4, 1e4, 999)])
    J = np.concatenate([J, np.linspace(-3, 3, 4001), [1e-30, -1e-30]]).astype(dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = function(J)
    assert value.dtype == dtype and value.shape == J.shape
    assert np.isfinite(value).all() and (value >= 0).all()


@pytest.mark.parametrize("function", ALL.values(), ids=ALL.keys())
def test_nan_is_not_hidden(function):
    assert np.isnan(function(np.nan))


@pytest.mark.parametrize("name", ["softlif", "softlif-wide", "softlif slope", "lif"])
def test_float32_agrees_with_float64(name):
    J = np.linspace(-4, 20, 4001).astype(np.float32)
    J = J[np.abs(J - 1) > 1e-3]
    np.testing.assert_allclose(ALL[name](J), ALL[name](J.astype(np.float64)), rtol=5e-6)


@settings(deadline=None)
@given(
    J=st.floats(-100, 100), step=st.floats(1e-6, 10), sigma=st.floats(1e-3, 2),
    tau_rc=st.floats(1e-3, 0.2), tau_ref=st.floats(0, 0.01),
)  # fmt: skip
def test_rates_grow_with_current(J, step, sigma, tau_rc, tau_ref):
    pair = np.array([J, J + step])
    below = rates.softlif_rate(pair, tau_rc, tau_ref, sigma)
    assert below[1] >= below[0] * (1 - 1e-13)
    hard = rates.lif_rate(pair, tau_rc, tau_ref)
    assert hard[1] >= hard[0] * (1 - 1e-13)
    loihi = loihi_rates.loihi_lif_rate(pair, tau_rc, tau_ref)
    assert loihi[1] >= loihi[0]
    assert np.all(rates.softlif_slope(pair, tau_rc, tau_ref, sigma) >= 0)


@settings(deadline=None)
@given(J=st.floats(-50, 50), tau_rc=st.floats(1e-3, 0.2), tau_ref=st.floats(1e-4, 0.01))
def test_softlif_tends_to_lif(J, tau_rc, tau_ref):
    # the softplus exceeds max(J - 1, 0) by at most sigma log 2, and log(1 + 1/p) only shrinks
    hard = rates.lif_rate(J, tau_rc, tau_ref)
    gaps = [float(rates.softlif_rate(J, tau_rc, tau_ref, s) - hard) for s in (1e-1, 1e-3, 1e-6)]
    assert all(gap >= -1e-9 for gap in gaps)
    assert gaps[0] + 1e-12 >= gaps[1] >= gaps[2] - 1e-12
    bound = 1 / (tau_ref + tau_rc * math.log1p(1 / (1e-6 * math.log(2) + max(J - 1, 0)))) - hard
    assert gaps[2] <= bound + 1e-9


def test_lif_rate_is_nengos():
    J = np.linspace(-2, 30, 1001)
    expected = nengo.LIFRate(**TAUS).rates(J, 1, 0)[:, 0]
    np.testing.assert_allclose(rates.lif_rate(J, **TAUS), expected, rtol=1e-12)


def test_lif_rate_is_counted_in_spikes():
    J = np.array([0.5, 1.2, 2.0, 5.0, 20.0])
    with nengo.Network() as net:
        ens = nengo.Ensemble(
            J.size, 1, neuron_type=nengo.LIF(**TAUS), gain=np.ones(J.size), bias=J,
            encoders=np.ones((J.size, 1)),
        )  # fmt: skip
        probe = nengo.Probe(ens.neurons)
    with nengo.Simulator(net, progress_bar=False, seed=0) as sim:
        sim.run(2.0)
    counts = sim.data[probe].sum(axis=0) * sim.dt
    assert (counts > 0).sum() == 4
    # one spike in two seconds is the unit; the last interval may be cut
    np.testing.assert_allclose(counts / 2.0, rates.lif_rate(J, **TAUS), atol=1.0, rtol=1e-3)


def test_period_of_silence_is_infinite():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rates.period([0.0, 4.0]).tolist() == [np.inf, 0.25]


@pytest.mark.parametrize("tau_rc, tau_ref", [(0.02, 0.002), (0.05, 0.001), (0.0123, 0.0026)])
def test_loihi_lif_spikes_at_whole_steps(tau_rc, tau_ref):
    J = np.linspace(0, 40, 2001)
    rate = loihi_rates.loihi_lif_rate(J, tau_rc, tau_ref)
    steps = 1000 / rate[rate > 0]
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-9)
    real = loihi_rates.discretized_time_constants(tau_rc, tau_ref, 0.001)
    assert np.all(rate <= rates.lif_rate(J, *real) + 1e-9)


@pytest.mark.loihi
@pytest.mark.parametrize("tau_rc, tau_ref", [(0.02, 0.002), (0.05, 0.001), (0.0123, 0.0026)])
def test_loihi_rates_are_nengo_loihis(tau_rc, tau_ref):
    from nengo_lifdeep.compat import import_nengo_loihi

    loihi = import_nengo_loihi().neurons
    J = np.linspace(-1, 40, 2001)
    lif = loihi.LoihiLIF(tau_rc=tau_rc, tau_ref=tau_ref)
    x, gain, bias = J[:, None], np.ones(1), np.zeros(1)
    expected = loihi.loihi_lif_rates(lif, x, gain, bias, 0.001)[:, 0]
    np.testing.assert_allclose(loihi_rates.loihi_lif_rate(J, tau_rc, tau_ref), expected, rtol=1e-12)
    linear = loihi.LoihiSpikingRectifiedLinear()
    J = np.linspace(-100, 1500, 2001)
    expected = loihi.loihi_spikingrectifiedlinear_rates(linear, J[:, None], gain, bias, 0.001)
    np.testing.assert_allclose(
        loihi_rates.loihi_integrate_and_fire_rate(J), expected[:, 0], rtol=1e-12
    )


def test_loihi_slope_is_that_of_the_middle_curve():
    J = np.linspace(1.5, 6, 20001)
    climbed = trapezoid(loihi_rates.loihi_lif_slope(J, **TAUS), J)
    stairs = loihi_rates.loihi_lif_rate(J, **TAUS)
    assert climbed == pytest.approx(stairs[-1] - stairs[0], rel=0.1)


@pytest.mark.parametrize("tau_rc", [1e-5, 20.0])
def test_loihi_refuses_a_decay_it_cannot_store(tau_rc):
    with pytest.raises(ValidationError, match="12 bits"):
        loihi_rates.loihi_lif_rate(2.0, tau_rc, 0.002)
