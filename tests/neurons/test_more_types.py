"""Adaptive, noisy, saturating and stochastic neurons: curves, twins, files, spikes."""

from __future__ import annotations

import json
import warnings

import nengo
import numpy as np
import pytest
import scipy.integrate

from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import ConversionError, DeploymentError, ValidationError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import Dense, Flatten
from nengo_lifdeep.loihi.plan import make_plan
from nengo_lifdeep.models import SpikingModel
from nengo_lifdeep.neurons import (
    NoisyLIF,
    SiegertLIF,
    SoftAdaptiveLIF,
    SoftLIF,
    ThetaRate,
    firing_threshold,
    fit_to_relu,
    neuron_from_dict,
    neuron_rate,
    neuron_slope,
    neuron_to_dict,
    rate_counterpart,
    spiking_counterpart,
)
from nengo_lifdeep.noise import AlphaRCNoise
from nengo_lifdeep.simulators import run

TRAINED = [
    SoftAdaptiveLIF(tau_n=0.05, inc_n=0.02), SoftAdaptiveLIF(inc_n=0.0), SiegertLIF(sigma_v=0.3),
    SiegertLIF(sigma_v=0.05), SiegertLIF(0.05, 0.0, 1.5), nengo.Sigmoid(0.004), nengo.Tanh(0.01),
    ThetaRate(0.003),
]  # fmt: skip
WRAPPED = [
    wrapper(base)
    for wrapper in (nengo.RegularSpiking, nengo.StochasticSpiking, nengo.PoissonSpiking)
    for base in (SoftLIF(), nengo.Tanh(0.01), nengo.LIFRate(tau_rc=0.03))
]
J = np.linspace(-2, 6, 641) + 0.0007


def spikes(neuron, currents, seconds=2.0, dt=0.001, n=100, seed=0):
    """Mean output of ``n`` neurons at each current, from the second half of a run."""
    currents = np.repeat(np.asarray(currents, float), n)
    with nengo.Network(seed=seed) as net:
        ensemble = nengo.Ensemble(
            len(currents), 1, neuron_type=neuron, gain=np.ones(len(currents)), bias=currents
        )
        probe = nengo.Probe(ensemble.neurons)
    with nengo.Simulator(net, dt=dt, progress_bar=False) as sim:
        sim.run(seconds)
    late = sim.data[probe][len(sim.data[probe]) // 2 :]
    return late.mean(axis=0).reshape(-1, n).mean(axis=1)


@pytest.mark.parametrize("neuron", [*TRAINED, *WRAPPED], ids=str)
def test_slope_is_that_of_the_rate(neuron):
    h = 1e-5
    difference = (neuron_rate(neuron, J + h) - neuron_rate(neuron, J - h)) / (2 * h)
    smooth = np.abs(J - firing_threshold(neuron)) > 0.01
    np.testing.assert_allclose(
        neuron_slope(neuron, J)[smooth], difference[smooth], rtol=1e-3, atol=1e-4
    )


@pytest.mark.parametrize("neuron", TRAINED, ids=str)
def test_rate_is_what_nengo_writes(neuron):
    found = neuron.rates(J, np.ones(1), np.zeros(1))[:, 0]
    np.testing.assert_allclose(neuron_rate(neuron, J), found, rtol=1e-9, atol=1e-9)


@pytest.mark.tf
@pytest.mark.parametrize("neuron", TRAINED, ids=str)
def test_twins(neuron):
    """float32 against float64: eps times some hundred operations, more where they cancel."""
    tf = pytest.importorskip("tensorflow")
    from nengo_lifdeep.neurons.tensorflow.activation import activation

    x = tf.constant(J, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = activation(x, neuron)
    top = np.abs(neuron_rate(neuron, J)).max()
    np.testing.assert_allclose(y, neuron_rate(neuron, J), rtol=2e-4, atol=2e-6 * top)
    slope = neuron_slope(neuron, J)
    np.testing.assert_allclose(
        tape.gradient(y, x), slope, rtol=3e-3, atol=2e-5 * np.abs(slope).max()
    )


@pytest.mark.parametrize("neuron", [*TRAINED, *WRAPPED, nengo.AdaptiveLIF(), NoisyLIF()], ids=str)
def test_files(neuron):
    record = neuron_to_dict(neuron)
    again = neuron_from_dict(json.loads(json.dumps(record)))
    assert again == neuron and type(again) is type(neuron)


def test_adaptation_settles_where_it_says():
    """`nengo.AdaptiveLIF` itself, after ten time constants, within a spike in 2.5 s.

    The mean field is exact where many spikes fall into ``tau_n``.
    """
    neuron = SoftAdaptiveLIF(tau_n=0.3, inc_n=0.02, sigma=1e-4)
    currents = [0.5, 1.5, 2.0, 5.0]
    found = spikes(spiking_counterpart(neuron), currents, seconds=5.0, n=10)
    np.testing.assert_allclose(found, neuron_rate(neuron, currents), atol=0.4, rtol=0.015)
    assert np.all(neuron_rate(neuron, [1.5, 5]) < 0.8 * neuron_rate(nengo.LIFRate(), [1.5, 5]))
    assert isinstance(rate_counterpart(nengo.AdaptiveLIF()), SoftAdaptiveLIF)


@pytest.mark.parametrize("sigma_v", [0.1, 0.3, 1.0])
def test_siegert_by_quadrature(sigma_v):
    """The textbook form, integrated adaptively by SciPy."""
    from scipy.special import log_ndtr

    for current in (0.6, 1.0, 1.7, 4.0):
        width = np.sqrt(2) * sigma_v
        integral = scipy.integrate.quad(
            lambda x: np.exp(x * x + np.log(2) + log_ndtr(np.sqrt(2) * x)),
            -current / width,
            (1 - current) / width,
        )[0]
        expected = 1 / (0.002 + 0.02 * np.sqrt(np.pi) * integral)
        assert neuron_rate(SiegertLIF(sigma_v=sigma_v), current) == pytest.approx(
            expected, rel=1e-6
        )


def test_siegert_tends_to_lif():
    currents = [0.5, 0.9, 1.1, 2.0, 10.0]
    found = neuron_rate(SiegertLIF(sigma_v=0.002), currents)
    np.testing.assert_allclose(found, neuron_rate(nengo.LIFRate(), currents), rtol=1e-3, atol=1e-9)


def test_noisy_lif_fires_at_siegerts_rate():
    """Unseen crossings between steps act as a threshold higher by 0.583 sigma_v sqrt(2 dt / tau).

    Broadie, Glasserman and Kou (1997), "A Continuity Correction for Discrete Barrier Options".
    """
    dt, sigma_v = 1e-4, 0.3
    currents = np.array([0.7, 1.0, 1.5, 3.0])
    found = spikes(NoisyLIF(sigma_v=sigma_v), currents, seconds=1.0, dt=dt, n=400)
    shift = 0.583 * sigma_v * np.sqrt(2 * dt / 0.02)
    scaled = SiegertLIF(sigma_v=sigma_v / (1 + shift))  # reset and threshold a factor apart
    expected = neuron_rate(scaled, currents / (1 + shift))
    spread = np.sqrt(
        expected / 200
    )  # of a Poisson process over 400 half seconds; more regular here
    assert np.all(np.abs(found - expected) < 4 * spread + 0.03 * expected)
    assert np.all(found < neuron_rate(SiegertLIF(sigma_v=sigma_v), currents) + 4 * spread)


@pytest.mark.parametrize("neuron", WRAPPED, ids=str)
def test_wrappers_keep_the_mean(neuron):
    currents = [-1.0, 0.9, 1.5, 4.0]
    found = spikes(neuron, currents, seconds=2.0, n=100)
    expected = neuron_rate(neuron, currents)
    bound = 4 * np.sqrt(np.abs(expected) / (100 * 1.0)) + 0.5  # a Poisson count's, over 100 s
    assert np.all(np.abs(found - expected) < bound)


def network(make_network, neuron, **options):
    layers = [Flatten(), Dense(12), Dense(8), Dense(3)]
    return make_network((2, 2, 1), layers, neuron=neuron, **options)


QUIET = [neuron for neuron in TRAINED if getattr(neuron, "sigma_v", 0) < 1]


@pytest.mark.parametrize("neuron", [*QUIET, nengo.Tanh(0.0025)], ids=str)
def test_networks_in_spikes_approach_their_rates(make_network, neuron):
    """Scores averaged over 1.5 s after synapses of 50 ms, against those at analytic rates."""
    trained = network(make_network, neuron)
    images = np.random.default_rng(0).uniform(size=(1, 2, 2, 1)).astype(np.float32)
    spiking = convert(trained, synapse=0.05)
    rates = forward(spiking, images)
    dt = 0.0005 if isinstance(neuron, SiegertLIF) else 0.001
    timing = Presentation(t_c=1.0, t_p=2.5, dt=dt)
    record = run(spiking, images, simulator="nengo", presentation=timing)
    scale = np.abs(rates["output"]).max()
    np.testing.assert_allclose(record.scores(), rates["output"], atol=0.12 * scale)


@pytest.mark.parametrize("name", ["regular", "stochastic", "poisson"])
def test_conversion_by_name(make_network, name, tmp_path):
    trained = network(make_network, SoftLIF(amplitude=0.05, noise=AlphaRCNoise(0.003)))
    model = convert(trained, synapse=0.05, neuron=name, scale_firing_rates=3.0)
    found = model.populations[0].neuron
    assert type(found).__name__.lower() == f"{name}spiking"
    assert (found.base_type.noise, found.base_type.amplitude) == (None, 1.0)
    assert SpikingModel.load(model.save(tmp_path / "m.lifdeep")).populations[0].neuron == found
    images = np.full((1, 2, 2, 1), 0.7, np.float32)
    rates = forward(fold(trained), images)["output"]
    timing = Presentation(t_c=0.5, t_p=3.0)
    scores = run(model, images, simulator="nengo", presentation=timing).scores()
    np.testing.assert_allclose(scores, rates, atol=0.15 * np.abs(rates).max())


@pytest.mark.parametrize("neuron", [*TRAINED, *WRAPPED], ids=str)
def test_scaled_rates_are_a_multiple(make_network, neuron):
    spiking = isinstance(neuron, nengo.neurons.RatesToSpikesNeuronType)
    rate = neuron.base_type if spiking else neuron
    plain, fast = (
        convert(network(make_network, rate), neuron=neuron if spiking else None,
                scale_firing_rates=f)
        for f in (1.0, 2.5)
    )  # fmt: skip
    a, b = (m.populations[0].neuron for m in (plain, fast))
    np.testing.assert_allclose(neuron_rate(b, J), 2.5 * neuron_rate(a, J), rtol=1e-9, atol=1e-9)


def test_where_they_run_and_where_not(make_network):
    images = np.full((1, 2, 2, 1), 0.5, np.float32)
    adaptive = convert(network(make_network, SoftAdaptiveLIF()))
    with pytest.raises(ConversionError, match=r"neurons1: AdaptiveLIF.*run with simulator='nengo'"):
        run(adaptive, images, simulator="events")
    plan = make_plan(convert(network(make_network, SoftLIF()), synapse=nengo.Lowpass(0.005),
                             neuron="poisson"))  # fmt: skip
    with pytest.raises(DeploymentError, match=r"neurons2: .*PoissonSpiking; the chip has"):
        plan.require()


def test_refusals(make_network):
    trained = network(make_network, SoftLIF())
    with pytest.raises(ValidationError, match="one of regular, stochastic, poisson"):
        convert(trained, neuron="random")
    with pytest.raises(ConversionError, match="no membrane that could start at random"):
        convert(trained, neuron="poisson", initial_voltage="uniform")
    with pytest.raises(ConversionError, match=r"has amplitude 0\.5; expected 1"):
        convert(trained, neuron=nengo.RegularSpiking(nengo.LIFRate(amplitude=0.5)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nested = nengo.PoissonSpiking(nengo.LIF())
    with pytest.raises(ValidationError, match="wraps LIF, which spikes by itself"):
        convert(trained, neuron=nested)
    with pytest.raises(ValidationError, match="no amplitude that could be fitted"):
        fit_to_relu(nengo.Tanh())
    for make, text in (
        (lambda: SoftAdaptiveLIF(inc_n=-1), "inc_n is -1"),
        (lambda: SiegertLIF(sigma_v=0), "sigma_v is 0"),
        (lambda: NoisyLIF(sigma_v=float("nan")), "sigma_v is nan"),
    ):
        with pytest.raises(ValidationError, match=text):
            make()


@pytest.mark.tf
@pytest.mark.parametrize(
    "neuron",
    [
        pytest.param(
            SoftAdaptiveLIF(inc_n=0.01, amplitude=0.03, noise=AlphaRCNoise(0.005)),
            marks=pytest.mark.slow,
        ),
        pytest.param(SiegertLIF(amplitude=0.03), marks=pytest.mark.slow),
        nengo.Sigmoid(1.0),
        nengo.Tanh(1.0),
    ],
    ids=str,
)
def test_they_train(neuron):
    """On 400 digits; rates are of the NumPy truth, so its twin trained for the right curve."""
    pytest.importorskip("tensorflow")
    from nengo_lifdeep import datasets, evaluate, train

    data = datasets.load("digits")
    unit = getattr(neuron, "tau_ref", 0) == 1.0
    trained = train(
        "digits-compact", data.train.take(400), neuron=neuron,
        epochs=20 if unit else 6, batch_size=50,
        learning_rate=0.01 if unit else 0.003, progress=False,
    )  # fmt: skip
    rates = evaluate(trained, data.test)
    assert rates.accuracy > 0.7
    # rates of Nengo's sigmoid and tanh are up to 1 Hz here, as suits training
    spiking = convert(trained, synapse=0.01, scale_firing_rates=200.0 if unit else 2.0)
    few = data.test.take(30)
    timing = Presentation(t_c=0.2, t_p=0.4)
    result = evaluate(spiking, few, simulator="nengo", presentation=timing, reference=trained)
    assert result.agreement > 0.8
