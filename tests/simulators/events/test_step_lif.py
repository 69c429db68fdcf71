"""Neurons that take the steps of other simulators: event engine and Nengo agree spike by spike."""

import math

import nengo
import numpy as np
import pytest

from nengo_lifdeep.errors import ConversionError, ValidationError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.models import Connection, Population, SpikingModel
from nengo_lifdeep.neurons import (
    StepLIF,
    firing_threshold,
    neuron_from_dict,
    neuron_rate,
    neuron_to_dict,
    rate_counterpart,
)
from nengo_lifdeep.neurons.stepping.numbers import step_numbers
from nengo_lifdeep.simulators import run
from nengo_lifdeep.stages.types import DenseMatrix

SUBTRACTING = {"reset": "subtract", "several": True, "reaches": True}
NEURONS = [
    StepLIF(),
    StepLIF(reset="subtract"),
    StepLIF(exact=True, reset="subtract next"),
    StepLIF(**SUBTRACTING, min_voltage=-1.0),
    StepLIF(math.inf, **SUBTRACTING),
    StepLIF(tau_syn=0.005),
    StepLIF(tau_syn=0.005, exact=True, reset="subtract"),
    StepLIF(0.01, tau_syn=0.001),  # forgets its current in every step
    StepLIF(threshold=0.75, reset="subtract"),
    StepLIF(exact=True, reset="subtract next", threshold=1.5),
    StepLIF(0.02, decay_input=False),
    StepLIF.of_leak(0.9, threshold=0.8),
    StepLIF.of_leak(1.0, threshold=0.75, reaches=True),
]


def network(neuron):
    rng = np.random.default_rng(0)
    gain = 100.0 if math.isinf(neuron.tau_mem) or not neuron.decay_input else 1.0
    second = 0.03 * gain**0.5 if neuron.decay_input else 1.5
    weights = [rng.normal(scale=s, size=n) for s, n in
               ((gain, (8, 12)), (second, (12, 9)), (1.0, (9, 3)))]  # fmt: skip
    shapes = (1, 1, 8), (12,), (9,)
    names = "input", "a", "b", "output"
    return SpikingModel(
        "steps", (1, 1, 8),
        tuple(Population(n, (k,), neuron, rng.normal(size=k)) for n, k in (("a", 12), ("b", 9))),
        tuple(Connection(names[i], names[i + 1], (DenseMatrix(shapes[i], weights[i]),))
              for i in range(3)),
        np.zeros(3),
    )  # fmt: skip


@pytest.mark.parametrize("moving", [False, True])
@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize("neuron", NEURONS, ids=repr)
def test_same_spikes_as_nengo(neuron, reset, moving):
    model, rng = network(neuron), np.random.default_rng(1)
    shape = (3, 60, 1, 1, 8) if moving else (3, 1, 1, 8)
    images = rng.uniform(size=shape).astype(np.float32)
    timing = Presentation(t_c=0.0, t_p=0.06, reset=reset)
    judge = run(model, images, presentation=timing, simulator="nengo", rasters=3)
    for options in ({}, {"dtype": "float64"}, {"engine": "numpy"}, {"route": "dense"}):
        found = run(model, images, presentation=timing, simulator="events", rasters=3, **options)
        for name in ("a", "b"):
            assert judge.image_spikes[name].min() > 0
            np.testing.assert_array_equal(found.rasters[name], judge.rasters[name])
        scale = np.abs(judge.outputs).max()
        np.testing.assert_allclose(found.outputs, judge.outputs, atol=1e-5 * scale)


@pytest.mark.parametrize("neuron", NEURONS, ids=repr)
def test_written_down_and_read(neuron, tmp_path):
    assert neuron_from_dict(neuron_to_dict(neuron)) == neuron
    network(neuron).save(tmp_path / "net.lifdeep")
    assert SpikingModel.load(tmp_path / "net.lifdeep").populations[1].neuron == neuron


def test_rates_are_those_of_whole_steps():
    """Reset to zero: the first step n with 1 - k^n > 1 / J; by subtraction without leak: J."""
    steps = math.floor(math.log(1 - 1 / 3) / math.log(0.95)) + 1
    assert neuron_rate(StepLIF(), 3.0) == pytest.approx(1000 / steps)
    free = StepLIF(math.inf, reset="subtract")
    np.testing.assert_allclose(neuron_rate(free, [-5.0, 0.0, 130.0]), [0, 0, 130], rtol=2e-3)
    assert neuron_rate(StepLIF(), 0.99) == 0


def test_out_of_bounds():
    for options, text in (
        ({"tau_mem": 0}, "tau_mem is 0"),
        ({"tau_mem": math.nan}, "tau_mem is nan"),
        ({"tau_syn": -0.1}, "tau_syn is -0.1"),
        ({"tau_syn": []}, "tau_syn"),
        ({"tau_mem": [0.01, 0.0]}, r"tau_mem is .*above 0 s"),
        ({"tau_mem": [[0.01]]}, "tau_mem"),
        ({"min_voltage": 0.5}, "min_voltage is 0.5"),
        ({"reset": "nowhere"}, "reset is 'nowhere'"),
        ({"several": True}, "several is True with reset='zero'"),
        ({**SUBTRACTING, "threshold": 2.0}, "threshold=2"),
        ({"threshold": 0.0}, "threshold is 0"),
        ({"threshold": math.inf}, "threshold is inf"),
        ({"decay_input": 1}, "decay_input is 1"),
    ):
        with pytest.raises(ValidationError, match=text):
            StepLIF(**options)
    with pytest.raises(ValidationError, match="step of 0.05 s is longer than a time constant"):
        step_numbers(StepLIF(0.02), 0.05)
    assert step_numbers(StepLIF(0.02, exact=True), 0.05).kept == pytest.approx(math.exp(-2.5))


def test_no_second_synapse_in_the_event_engine():
    import dataclasses

    import nengo

    model = network(StepLIF(tau_syn=0.005))
    connections = list(model.connections)
    connections[1] = dataclasses.replace(connections[1], synapse=nengo.Lowpass(0.01))
    both = dataclasses.replace(model, connections=tuple(connections))
    with pytest.raises(ConversionError, match=r"'b' filters its current itself \(tau_syn\)"):
        run(both, np.ones((1, 1, 1, 8), np.float32), simulator="events")


def test_a_leak_per_step_becomes_seconds_at_one_border():
    neuron = StepLIF.of_leak(0.9, dt=0.002)
    found = step_numbers(neuron, 0.002)
    assert found.kept == pytest.approx(0.9, rel=1e-12)
    assert found.gain == 0.002  # a spike is 1/dt high: weight 1 adds 1
    assert math.isinf(StepLIF.of_leak(1.0).tau_mem)
    for leak in (0.0, 1.1, math.nan):
        with pytest.raises(ValidationError, match="leak is"):
            StepLIF.of_leak(leak)


def reference(leak, threshold, reaches, charges):
    """Section by section as the paper's network computes it, one unit, in Python's numbers."""
    voltage, spikes, voltages = 0.0, [], []
    for charge in charges:
        voltage = voltage + charge
        fired = voltage >= threshold if reaches else voltage > threshold
        voltage = 0.0 if fired else voltage
        voltages.append(voltage)
        voltage = leak * voltage
        spikes.append(int(fired))
    return spikes, voltages


def stepped(neuron, charges, dt=0.001):
    voltage, current, output = np.zeros(1), np.zeros(1), np.zeros(1)
    spikes, voltages = [], []
    for charge in charges:
        neuron.step(dt, np.array([charge / dt]), output, voltage, current)
        spikes.append(round(float(output[0] * dt)))
        voltages.append(float(voltage[0]))
    return spikes, voltages


@pytest.mark.parametrize("leak", [1.0, 0.99, 0.9, 0.5])
@pytest.mark.parametrize(("threshold", "reaches"), [(1.0, False), (0.75, True)])
def test_the_voltages_of_the_paper(leak, threshold, reaches):
    charges = np.random.default_rng(0).normal(0.2, 0.4, 200)
    spikes, voltages = stepped(StepLIF.of_leak(leak, threshold, reaches), charges)
    expected = reference(leak, threshold, reaches, charges)
    assert 5 < sum(spikes) < 150
    assert spikes == expected[0]
    np.testing.assert_allclose(voltages, expected[1], atol=1e-12)


@pytest.mark.parametrize(("charge", "leak"), [(0.3, 1.0), (0.07, 1.0), (0.06, 0.9), (0.11, 0.9)])
def test_constant_charge(charge, leak):
    """Without leak every floor(threshold / c) + 1 steps; with it only if c / (1 - l) is above 1."""
    spikes, _ = stepped(StepLIF.of_leak(leak), [charge] * 300)
    times = np.flatnonzero(spikes)
    if leak == 1:
        assert set(np.diff(times)) == {math.floor(1 / charge) + 1}
    else:
        assert bool(len(times)) == (charge / (1 - leak) > 1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("reaches", "needed"), [(False, 4), (True, 3)])
def test_pooling_units_need_four_quarters_or_three(reaches, needed, dtype):
    """Strictly above 0.75 is four spikes of a window of 2 x 2; as `>=` it is three."""
    from nengo_lifdeep.stages.types import AveragePool

    relay = StepLIF.of_leak(1.0, threshold=0.5)
    unit = StepLIF.of_leak(1.0, threshold=0.75, reaches=reaches)
    model = SpikingModel(
        "pool", (2, 2, 1),
        (Population("a", (2, 2, 1), relay, np.zeros(1)),
         Population("b", (1, 1, 1), unit, np.zeros(1))),
        (Connection("input", "a", (DenseMatrix((2, 2, 1), 1000 * np.eye(4)),)),
         Connection("a", "b", (AveragePool((2, 2, 1), (2, 2), "valid", (2, 2)),)),
         Connection("b", "output", (DenseMatrix((1, 1, 1), np.ones((1, 1))),))),
        np.zeros(1),
    )  # fmt: skip
    frames = np.zeros((4, 12, 2, 2, 1), np.float32)
    for n in range(4):  # n + 1 pixels lit: so many quarters in every step
        frames[n].reshape(12, 4)[:, : n + 1] = 1
    timing = Presentation(t_c=0.0, t_p=0.012)
    for simulator, options in (("nengo", {}), ("events", {"dtype": dtype})):
        found = run(model, frames, presentation=timing, simulator=simulator, **options)
        expected = [12 // -(-needed // (n + 1)) for n in range(4)]
        assert found.image_spikes["b"].tolist() == expected


def test_the_rate_of_a_threshold_of_its_own():
    """Twice the threshold needs twice the current; without `decay_input` 1 / tau_mem of it."""
    J = np.array([0.5, 1.5, 3.0])
    plain = neuron_rate(StepLIF(0.02, exact=True), J)
    double = neuron_rate(StepLIF(0.02, exact=True, threshold=2.0), 2 * J)
    np.testing.assert_allclose(double, plain)
    whole = StepLIF(0.02, exact=True, decay_input=False)
    np.testing.assert_allclose(neuron_rate(whole, J * -math.expm1(-0.05) / 0.001), plain, rtol=1e-9)
    gain, bias = whole.gain_bias([100.0], [0.0])
    rates, starts = whole.max_rates_intercepts(gain, bias)
    np.testing.assert_allclose([rates[0], starts[0]], [100.0, 0.0], atol=1e-9)
    assert firing_threshold(whole) == pytest.approx(1 / 0.02)
    with pytest.raises(ValidationError, match="has no rate neuron"):
        rate_counterpart(whole)


def test_membranes_start_below_their_own_threshold():
    import dataclasses

    from nengo_lifdeep.models.initial_voltages import initial_voltages

    model = network(StepLIF.of_leak(0.9, threshold=0.5))
    model = dataclasses.replace(model, initial_voltage="uniform")
    start = initial_voltages(model, 0, range(50))["a"]
    assert 0.45 < start.max() < 0.5


def test_time_constants_of_another_number_of_neurons_are_refused():
    two = StepLIF([0.02, 0.03])
    found = two.rates(np.linspace(0, 3, 5), gain=[1.0, 1.0], bias=[0.0, 0.0])
    single = [StepLIF(tau).rates(np.linspace(0, 3, 5), 1.0, 0.0)[:, 0] for tau in (0.02, 0.03)]
    np.testing.assert_array_equal(found, np.transpose(single))
    with pytest.raises(ValidationError, match="2 time constants for 1 neuron;"):
        two.rates(np.linspace(0, 3, 5), 1.0, 0.0)
    with nengo.Network() as net:
        nengo.Ensemble(3, 1, neuron_type=two, gain=np.ones(3), bias=np.ones(3))
    with pytest.raises(ValidationError, match="2 time constants for 3 neurons"):
        nengo.Simulator(net, progress_bar=False)
