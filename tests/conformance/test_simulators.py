"""One suite, every simulator: a new simulator is tested by being in `SIMULATORS`.

What a simulator cannot do is listed with its reason, not skipped in silence.
"""

import importlib.util

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.energy import count
from nengo_lifdeep.errors import ConversionError
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten
from nengo_lifdeep.models import Connection, Population, SpikingModel
from nengo_lifdeep.neurons import NoisyLIF
from nengo_lifdeep.neurons.counterparts import neuron_rate
from nengo_lifdeep.simulators import SIMULATORS, run
from nengo_lifdeep.simulators.registry import names
from nengo_lifdeep.stages.types import DenseMatrix


def _parameter(name):
    needs = SIMULATORS[name].needs
    missing = [package for package in needs if importlib.util.find_spec(package) is None]
    marks = [pytest.mark.skipif(bool(missing), reason=f"{missing} is not installed")]
    marks += [pytest.mark.tf] * ("nengo_dl" in needs)
    marks += [pytest.mark.loihi] * ("nengo_loihi" in needs)
    return pytest.param(name, marks=marks)


every = pytest.mark.parametrize("simulator", [_parameter(name) for name in SIMULATORS])
spiking = pytest.mark.parametrize("simulator", [_parameter(name) for name in names(spikes=True)])


def bias_driven(neuron, currents):
    """Two populations without any weight: each neuron's current is its bias."""
    n = len(currents)
    bias = np.asarray(currents, np.float32)
    return SpikingModel(
        "bias driven",
        (1, 1, 1),
        (Population("first", (n,), neuron, bias), Population("second", (n,), neuron, bias)),
        (
            Connection("input", "first", (DenseMatrix((1, 1, 1), np.zeros((1, n), np.float32)),)),
            Connection("first", "second", (DenseMatrix((n,), np.zeros((n, n), np.float32)),)),
            Connection("second", "output", (DenseMatrix((n,), np.zeros((n, 2), np.float32)),)),
        ),
        np.zeros(2, np.float32),
    )


#: beyond the LIF family: these run where Nengo's own step does, and in rates
GENERAL = [
    nengo.AdaptiveLIF(tau_n=0.1, inc_n=0.01), NoisyLIF(sigma_v=0.2),
    nengo.RegularSpiking(nengo.Sigmoid(0.01)), nengo.RegularSpiking(nengo.Tanh(0.01)),
    nengo.StochasticSpiking(nengo.LIFRate()), nengo.PoissonSpiking(nengo.LIFRate()),
]  # fmt: skip


@pytest.mark.parametrize("neuron", GENERAL, ids=str)
@pytest.mark.parametrize("simulator", [_parameter(name) for name in ("rate", "nengo", "nengo-dl")])
def test_every_neuron_where_it_runs(simulator, neuron):
    """200 neurons with one current: their mean within four standard errors of a Poisson count.

    NoisyLIF misses crossings between steps, about a tenth of its spikes at these rates.
    """
    model = bias_driven(neuron, [1.8] * 200)
    if simulator == "nengo-dl" and isinstance(neuron, NoisyLIF):
        with pytest.raises(ConversionError, match="no random numbers.*simulator='nengo'"):
            run(model, np.zeros((1, 1, 1, 1), np.float32), simulator=simulator)
        return
    timing = Presentation(t_c=0.0, t_p=1.0)
    record = run(model, np.zeros((1, 1, 1, 1), np.float32), simulator=simulator,
                 presentation=timing)  # fmt: skip
    expected = float(neuron_rate(neuron, 1.8))
    low = 0.15 if isinstance(neuron, NoisyLIF) else 0.03  # adaptation starts from none
    found = float(record.layer_rates["second"].mean())
    assert found == pytest.approx(expected, abs=4 * np.sqrt(expected / 200) + low * expected)


@pytest.mark.parametrize("simulator", [_parameter(name) for name in ("nengo", "nengo-dl")])
def test_spikes_of_both_signs_do_not_cancel(simulator):
    """Half the neurons fire negative spikes: counted as spikes, in rasters and energy too."""
    neuron = nengo.RegularSpiking(nengo.Tanh(0.01))
    model = bias_driven(neuron, [1.8] * 20 + [-1.8] * 20)
    timing = Presentation(t_c=0.0, t_p=0.5)
    record = run(model, np.zeros((1, 1, 1, 1), np.float32), simulator=simulator,
                 presentation=timing, rasters=1)  # fmt: skip
    expected = abs(float(neuron_rate(neuron, 1.8)))
    for name in ("first", "second"):
        np.testing.assert_allclose(record.layer_rates[name], expected, atol=2.0)
        assert record.image_spikes[name][0] == len(record.rasters[name]) > 1500
    assert count(record, model).spikes["first"] == pytest.approx(record.image_spikes["first"][0])


@pytest.mark.parametrize("neuron", GENERAL, ids=str)
def test_events_refuses_what_it_does_not_compute(neuron):
    with pytest.raises(ConversionError, match="first: .*run with simulator='nengo'"):
        run(bias_driven(neuron, [1.0]), np.zeros((1, 1, 1, 1), np.float32))


@every
def test_constant_current_gives_the_analytic_rate(simulator):
    """Within one spike over the whole time, the finest a count can resolve."""
    neuron = nengo.LIF(tau_rc=0.02, tau_ref=0.002)
    currents = np.concatenate([[-1.0, 0.5, 0.95], np.linspace(1.05, 8, 25)])
    timing = Presentation(t_c=0, t_p=0.5)
    model = bias_driven(neuron, currents)
    record = run(model, np.zeros((1, 1, 1, 1)), simulator=simulator, presentation=timing)
    for population, rates in record.layer_rates.items():
        # Loihi rounds every interval between spikes up to whole steps
        on_chip = SIMULATORS[simulator].on_chip and population == "second"
        expected = neuron_rate(_loihi_lif(neuron) if on_chip else neuron, currents)
        assert np.count_nonzero(rates) >= 25
        # the chip's time constants are rounded to 12 bits: allow one part in a hundred there
        slack = 0.01 * expected if on_chip else 0
        np.testing.assert_array_less(abs(rates - expected), 1 / timing.t_p + slack + 1e-3)


def _loihi_lif(neuron):
    from nengo_lifdeep.compat import import_nengo_loihi

    kind = import_nengo_loihi().neurons.LoihiLIF
    return kind(tau_rc=neuron.tau_rc, tau_ref=neuron.tau_ref)


@spiking
def test_activity_converges_to_the_softlif_rates(simulator, example):
    """Longer presentations come nearer to the rates trained with; measured per population."""
    trained, test = example
    images = test.first(5)
    model = convert(trained, synapse=nengo.Lowpass(0.005))
    rates = forward(fold(trained), images.unit_images())
    correlation = []
    for t_p in (0.05, 0.4):
        record = run(
            model, images, simulator=simulator, presentation=Presentation(t_c=0.02, t_p=t_p)
        )
        for name, measured in record.layer_rates.items():
            expected = rates[name].reshape(5, -1).mean(axis=0)
            correlation.append(np.corrcoef(measured, expected)[0, 1])
    short, long = np.array(correlation).reshape(2, -1)
    assert (long > short).all()
    assert long.min() > 0.97


@every
def test_order_of_images_changes_nothing(simulator, example):
    trained, test = example
    images = test.take(7).images
    model = convert(trained, synapse=nengo.Lowpass(0.004))
    order = np.array([3, 6, 0, 1, 5, 4, 2])
    options = {"simulator": simulator, "presentation": Presentation(t_p=0.06), "batch_size": 3}
    forward_run = run(model, images, **options)
    shuffled = run(model, images[order], **options)
    np.testing.assert_allclose(shuffled.outputs, forward_run.outputs[order], rtol=1e-5, atol=1e-5)
    for name, spikes in forward_run.image_spikes.items():
        np.testing.assert_array_equal(shuffled.image_spikes[name], spikes[order])
        assert spikes.min() > 0


@every
def test_the_same_seed_gives_the_same_run(simulator, example):
    trained, test = example
    model = convert(trained, synapse=nengo.Lowpass(0.004))
    options = {"simulator": simulator, "presentation": Presentation(t_p=0.05), "seed": 3}
    first, second = (run(model, test.images[:2], **options) for _ in range(2))
    np.testing.assert_array_equal(first.outputs, second.outputs)


@every
def test_the_example_is_solved(simulator, example):
    trained, test = example
    model = convert(trained, synapse=nengo.Lowpass(0.005))
    timing = Presentation(t_c=0.05, t_p=0.15)
    judged = evaluate(
        model, test.take(40), simulator=simulator, presentation=timing, reference=trained
    )
    assert judged.accuracy >= 0.9
    assert simulator == "rate" or judged.agreement >= 0.9


@pytest.mark.tf
@pytest.mark.parametrize("synapse", [None, nengo.Lowpass(0.003), nengo.Alpha(0.003)], ids=str)
def test_nengo_dl_gives_nengos_spikes(make_network, synapse):
    """Neuron by neuron, step by step; float32 may move a spike in a thousand."""
    layers = [Conv2D(4, 3, padding="same"), AveragePooling2D(3, 2, "same"),
              Conv2D(6, 3), Flatten(), Dense(20), Dense(3)]  # fmt: skip
    model = convert(make_network((8, 8, 1), layers), synapse=synapse)
    images = np.random.default_rng(0).uniform(size=(3, 8, 8, 1))
    timing = Presentation(t_p=0.2)
    spikes = {}
    for simulator in ("nengo", "nengo-dl"):
        record = run(model, images, simulator=simulator, presentation=timing, rasters=3)
        spikes[simulator] = {k: set(map(tuple, v)) for k, v in record.rasters.items()}
        for name, raster in record.rasters.items():
            assert len(raster) == record.image_spikes[name].sum()
    for name, reference in spikes["nengo"].items():
        assert len(reference) > 30
        assert len(reference ^ spikes["nengo-dl"][name]) <= max(2, 1e-3 * len(reference))


def test_stream_without_reset_carries_state_over(example):
    trained, test = example
    model = convert(trained, synapse=0.01)
    images = test.images[:3]
    stream = run(model, images, simulator="nengo", presentation=Presentation(t_p=0.05, reset=False))
    fresh = run(model, images, simulator="nengo", presentation=Presentation(t_p=0.05))
    np.testing.assert_array_equal(stream.outputs[0], fresh.outputs[0])
    assert abs(stream.outputs[1, :5] - fresh.outputs[1, :5]).max() > 0.01


def test_random_initial_voltages_differ_by_seed(example):
    trained, test = example
    model = convert(trained, initial_voltage="uniform")
    options = {"simulator": "nengo", "presentation": Presentation(t_p=0.03, t_c=0.01)}
    first = run(model, test.images[:1], seed=0, **options)
    other = run(model, test.images[:1], seed=1, **options)
    zero = run(convert(trained), test.images[:1], **options)
    assert first.image_spikes["neurons1"][0] > zero.image_spikes["neurons1"][0]
    assert (first.outputs != other.outputs).any()
