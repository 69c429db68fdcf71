"""Theta neurons: exact steps, rates, what can be probed, NengoDL, and the toolkit around them."""

from __future__ import annotations

import nengo
import numpy as np
import pytest
import scipy.integrate

from nengo_lifdeep import Presentation, convert, run, to_nir, train
from nengo_lifdeep.errors import ConversionError, TrainingError, ValidationError
from nengo_lifdeep.layers import Dense, Flatten
from nengo_lifdeep.loihi.plan import make_plan
from nengo_lifdeep.models import Connection, Population, SpikingModel
from nengo_lifdeep.neurons import (
    Theta,
    ThetaPulse,
    ThetaRate,
    neuron_from_dict,
    neuron_rate,
    neuron_slope,
    neuron_to_dict,
    rate_counterpart,
    spiking_counterpart,
)
from nengo_lifdeep.neurons.theta.exact import advance, pulse
from nengo_lifdeep.stages.types import DenseMatrix
from nengo_lifdeep.training.random_features import trained_example


def simulated(neuron, currents, seconds, dt, *probed, simulator=nengo.Simulator, **options):
    """What neurons with these constant currents give: outputs, and what is probed besides."""
    n = len(currents)
    with nengo.Network(seed=0) as net:
        ensemble = nengo.Ensemble(
            n, 1, neuron_type=neuron, gain=np.ones(n), bias=np.asarray(currents, float),
            encoders=np.ones((n, 1)),
        )  # fmt: skip
        probes = [nengo.Probe(ensemble.neurons, name) for name in ("output", *probed)]
    with simulator(net, dt=dt, progress_bar=False, **options) as sim:
        sim.run(seconds, progress_bar=False)
    return [np.squeeze(sim.data[probe]) for probe in probes]


@pytest.mark.parametrize("h", [0.01, 0.3, 2.0])
def test_a_step_is_the_differential_equation(h):
    rng = np.random.default_rng(0)
    J = np.concatenate([[0.0, 1e-12, -1e-12, 900.0, -900.0], rng.normal(0, 20, 200)])
    theta = rng.uniform(-np.pi, np.pi, len(J))
    found = scipy.integrate.solve_ivp(
        lambda _, y: 1 - np.cos(y) + (1 + np.cos(y)) * J, (0, h), theta, rtol=1e-11, atol=1e-12,
        method="DOP853",
    ).y[:, -1]  # fmt: skip
    after, spikes = advance(theta, J, h)
    np.testing.assert_allclose(np.exp(1j * after), np.exp(1j * found), atol=1e-8)
    np.testing.assert_array_equal(spikes, np.floor((found + np.pi) / (2 * np.pi)))
    assert (h < 0.1 or spikes.max() >= 1) and np.all(np.abs(after) <= np.pi)


def test_currents_of_any_size_stay_numbers():
    J = np.array([1e300, -1e300, 1e-300, -1e-300, 0.0, -0.0])
    for theta in (-np.pi, -1.0, 0.0, np.pi):
        after, spikes = advance(np.full(len(J), theta), J, 0.1)
        assert np.all(np.isfinite(after)) and np.all(np.isfinite(spikes)) and np.all(spikes >= 0)


@pytest.mark.parametrize("dt", [0.001, 0.01, 0.1])
def test_periods_are_pi_over_the_root_of_the_current(dt):
    currents = np.array([0.5, 1.0, 4.0, 100.0])
    (spikes,) = simulated(Theta(tau=0.01), currents, 5.0, dt)
    np.testing.assert_allclose(spikes.mean(axis=0), np.sqrt(currents) / (np.pi * 0.01), rtol=0.01)


def test_negative_currents_are_silent():
    start = {"theta": np.full(3, -1.0)}
    (spikes,) = simulated(Theta(initial_state=start), [-1.0, -0.1, -50.0], 2.0, 0.001)
    assert spikes.sum() == 0


def test_pulses_can_be_probed():
    spikes, theta, pulses = simulated(Theta(0.01), [4.0, -1.0], 0.2, 0.001, "theta", "pulse")
    np.testing.assert_allclose(pulses, 2 / 3 * (1 - np.cos(theta)) ** 2, atol=1e-12)
    assert pulses[:, 0].max() > 2.6  # near 8/3 at every spike
    sent, again, fired = simulated(ThetaPulse(0.01), [4.0, -1.0], 0.2, 0.001, "theta", "fired")
    np.testing.assert_array_equal(again, theta)
    np.testing.assert_array_equal(sent, pulses)
    np.testing.assert_allclose(fired / 0.001, spikes)
    assert abs(pulse(np.linspace(-np.pi, np.pi, 1000, endpoint=False)).mean() - 1) < 1e-12


def test_gain_and_bias_in_closed_form():
    rates, intercepts = np.array([20.0, 100.0, 400.0]), np.array([-0.9, 0.0, 0.5])
    for neuron in (Theta(0.02), ThetaRate(0.005)):
        gain, bias = neuron.gain_bias(rates, intercepts)
        np.testing.assert_allclose(gain + bias, (np.pi * neuron.tau * rates) ** 2)
        np.testing.assert_allclose(gain * intercepts + bias, 0, atol=1e-9)
        back = neuron.max_rates_intercepts(gain, bias)
        np.testing.assert_allclose(back[0], rates)
        np.testing.assert_allclose(back[1], intercepts, atol=1e-12)
    with pytest.raises(ValidationError, match=r"max_rates are .* above 0 Hz"):
        Theta().gain_bias([0.0], [0.0])
    with pytest.raises(ValidationError, match=r"intercepts are .* below 1"):
        Theta().gain_bias([10.0], [1.0])


def test_a_default_ensemble_represents():
    with nengo.Network(seed=0) as net:
        ensemble = nengo.Ensemble(200, 1, neuron_type=Theta())
        nengo.Connection(nengo.Node(0.5), ensemble)
        probe = nengo.Probe(ensemble, synapse=0.05)
    with nengo.Simulator(net, progress_bar=False) as sim:
        sim.run(0.5, progress_bar=False)
    assert abs(sim.data[probe][-200:].mean() - 0.5) < 0.05


def test_the_table_knows_them():
    rate, spiking = ThetaRate(0.02, amplitude=0.5), Theta(0.02, amplitude=0.5)
    assert spiking_counterpart(rate) == spiking == spiking_counterpart(spiking)
    assert rate_counterpart(spiking) == rate
    for neuron in (rate, spiking):
        assert neuron_from_dict(neuron_to_dict(neuron)) == neuron
    J = np.linspace(-1, 5, 601) + 0.003
    np.testing.assert_allclose(neuron_rate(spiking, J), rate.rates(J, 1, 0)[:, 0])
    difference = (neuron_rate(rate, J + 1e-6) - neuron_rate(rate, J - 1e-6)) / 2e-6
    np.testing.assert_allclose(neuron_slope(rate, J), difference, rtol=1e-4, atol=1e-7)
    with pytest.raises(ValidationError, match="it sends pulses, not spikes; use"):
        neuron_to_dict(ThetaPulse())


@pytest.mark.parametrize("cls", [Theta, ThetaPulse, ThetaRate])
@pytest.mark.parametrize("name", ["tau", "amplitude"])
@pytest.mark.parametrize("value", [0, -1.0, np.nan, np.inf, "1", True, None])
def test_bad_numbers_are_refused(cls, name, value):
    with pytest.raises(ValidationError, match=rf"{cls.__name__}\.{name} is"):
        cls(**{name: value})


@pytest.fixture()
def spiking(make_network):
    """Random weights, the rate's neuron replaced by theta neurons."""
    layers = [Flatten(), Dense(12), Dense(8), Dense(3)]
    trained = make_network((2, 2, 1), layers, neuron=ThetaRate(0.01, amplitude=0.02))
    return lambda **options: convert(trained, synapse=0.01, **options)


IMAGES = np.random.default_rng(0).uniform(size=(3, 2, 2, 1)).astype(np.float32)
SHOWN = Presentation(t_c=0.02, t_p=0.1)


@pytest.mark.tf
@pytest.mark.parametrize("start", ["zero", "uniform"])
def test_simulators_agree(spiking, start, tmp_path):
    """NengoDL computes with float32: eps times hundred steps, where the last bit moves no spike."""
    model = spiking(initial_voltage=start, scale_firing_rates=2.0)
    assert [p.neuron for p in model.populations] == [Theta(0.005)] * 2
    assert type(model).load(model.save(tmp_path / "m.lifdeep")).populations[0].neuron == Theta(
        0.005
    )
    one, other = (
        run(model, IMAGES, simulator=name, presentation=SHOWN, seed=3, progress=False)
        for name in ("nengo", "nengo-dl")
    )
    assert all(rates.sum() > 0 for rates in one.layer_rates.values())
    np.testing.assert_allclose(other.outputs, one.outputs, atol=1e-3 * np.abs(one.outputs).max())


def test_random_angles_differ_between_images(spiking):
    same = np.repeat(IMAGES[:1], 2, axis=0)
    zero, uniform = (
        run(spiking(initial_voltage=start), same, simulator="nengo", presentation=SHOWN).outputs
        for start in ("zero", "uniform")
    )
    np.testing.assert_array_equal(zero[0], zero[1])
    assert np.abs(uniform[0] - uniform[1]).max() > 0


def test_refused_by_name_where_there_is_no_theta_neuron(spiking):
    digits = trained_example()[1]
    with pytest.raises(ConversionError, match=r"Theta.* not one of the neurons .*'events'"):
        run(spiking(), IMAGES, simulator="events", presentation=SHOWN)
    with pytest.raises(ConversionError, match=r"Theta"):
        to_nir(spiking(), "theta.nir")
    assert any(
        "Theta" in finding.found and finding.severity == "error"
        for finding in make_plan(spiking()).findings
    )
    with pytest.raises(TrainingError, match=r"Theta\(\) spikes .* train with ThetaRate\(\)"):
        train("digits-compact", digits, neuron=Theta())
    with pytest.raises(ValidationError, match=r"neuron type is ThetaPulse"):
        train("digits-compact", digits, neuron=ThetaPulse())


@pytest.mark.tf
@pytest.mark.parametrize(
    "neuron, probed",
    [(Theta(0.01, amplitude=0.5), ("theta", "pulse")), (ThetaPulse(0.01), ("theta", "fired"))],
    ids=["Theta", "ThetaPulse"],
)
def test_native_in_nengo_dl(neuron, probed):
    """float32 angles drift by eps in every step; exactly at a spike one more or less may count."""
    from nengo_lifdeep.compat import import_nengo_dl
    from nengo_lifdeep.neurons.tensorflow.nengo_dl import register

    dl = import_nengo_dl()
    register()
    table = dl.neuron_builders.SimNeuronsBuilder.TF_NEURON_IMPL
    assert issubclass(table[type(neuron)], dl.neuron_builders.TFNeuronBuilder)
    currents = np.linspace(-3, 30, 40)
    numpy = simulated(neuron, currents, 0.1, 0.001, *probed)
    dl_found = simulated(neuron, currents, 0.1, 0.001, *probed, simulator=dl.Simulator)
    for mine, theirs in zip(numpy, dl_found, strict=True):
        mean, unit = np.abs(mine).mean(), np.abs(mine).max() / 100
        assert mean > 0
        np.testing.assert_allclose(theirs.mean(axis=0), mine.mean(axis=0), atol=1.01 * unit)
    angle, other = numpy[1], dl_found[1]
    np.testing.assert_allclose(np.exp(1j * other), np.exp(1j * angle), atol=2e-3)


@pytest.mark.tf
def test_gradients_pass_in_nengo_dl():
    """Training a connection to theta neurons moves its weights, by the rate's slope."""
    from nengo_lifdeep.compat import import_nengo_dl, import_tensorflow
    from nengo_lifdeep.neurons.tensorflow.nengo_dl import register

    dl, tf = import_nengo_dl(), import_tensorflow()
    register()
    with nengo.Network(seed=0) as net:
        source = nengo.Node([1.0])
        ensemble = nengo.Ensemble(1, 1, neuron_type=Theta(0.01), gain=[1.0], bias=[3.0])
        nengo.Connection(source, ensemble.neurons, transform=[[1.0]], synapse=None)
        probe = nengo.Probe(ensemble.neurons)
    with dl.Simulator(net, progress_bar=False) as sim:
        with tf.GradientTape() as tape:
            outputs = sim.keras_model([np.ones((1, 1, 1)), np.ones((1, 1))], training=True)
            loss = tf.reduce_sum(outputs[0])
        found = tape.gradient(loss, sim.keras_model.trainable_weights)
    del probe
    slope = neuron_slope(ThetaRate(0.01), 4.0)
    assert any(np.isclose(g.numpy().ravel(), slope, rtol=1e-5).any() for g in found)


@pytest.mark.parametrize(
    "simulator", ["nengo", "nengo-dl", pytest.param("loihi", marks=pytest.mark.loihi)]
)
def test_from_rest_the_first_spike_takes_a_whole_interval(simulator):
    """``pi tau / sqrt(J)`` from minus pi to pi: at J = 1 and 10 ms in step 32, then in step 63."""
    model = SpikingModel(
        "one", (1, 1, 1),
        (Population("first", (1,), Theta(0.01), np.ones(1, np.float32)),
         Population("second", (1,), nengo.LIF(), np.zeros(1, np.float32))),
        (Connection("input", "first", (DenseMatrix((1, 1, 1), np.zeros((1, 1), np.float32)),)),
         Connection("first", "second", (DenseMatrix((1,), np.ones((1, 1), np.float32)),)),
         Connection("second", "output", (DenseMatrix((1,), np.ones((1, 2), np.float32)),))),
        np.zeros(2, np.float32),
    )  # fmt: skip
    record = run(
        model, np.zeros((3, 1, 1, 1), np.float32), simulator=simulator, rasters=3,
        presentation=Presentation(t_c=0.01, t_p=0.07),
    )  # fmt: skip
    steps = 1 + record.rasters["first"][:, 1].reshape(3, -1)  # the first ends after 1 ms
    assert steps.tolist() == [[32, 63]] * 3
