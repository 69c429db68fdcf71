"""Neurons that take the steps of other simulators: event engine and Nengo agree spike by spike."""

import math

import numpy as np
import pytest

from nengo_lifdeep.errors import ConversionError, ValidationError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.models import Connection, Population, SpikingModel
from nengo_lifdeep.neurons import StepLIF, neuron_from_dict, neuron_rate, neuron_to_dict
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
]


def network(neuron):
    rng = np.random.default_rng(0)
    gain = 100.0 if math.isinf(neuron.tau_mem) else 1.0
    weights = [rng.normal(scale=s, size=n) for s, n in
               ((gain, (8, 12)), (0.03 * gain**0.5, (12, 9)), (1.0, (9, 3)))]  # fmt: skip
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
