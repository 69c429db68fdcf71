"""Times in milliseconds, steps or multiplied by dt are refused wherever they come in."""

import dataclasses

import nengo
import numpy as np
import pytest

from nengo_lifdeep import Presentation, convert, evaluate, run
from nengo_lifdeep.errors import ConversionError, UnsupportedLayerError, ValidationError
from nengo_lifdeep.models.times import check_times
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.training.random_features import trained_example


@pytest.mark.parametrize(
    "times, conversion",
    [
        ({"t_c": 20, "t_p": 100}, r"Presentation\(t_c=0.02, t_p=0.1\)"),
        ({"t_p": 100}, r"t_p=0.1\)"),
        ({"t_c": 50, "t_p": 150, "tau_s": 3}, r"t_c=0.05, t_p=0.15"),
        ({"tau_s": 5}, r"tau_s is 5 s; .*5 ms are 0.005"),
        ({"t_c": 5, "t_p": 20}, r"t_c=0.005, t_p=0.02"),
    ],
)
def test_presentations_in_milliseconds(times, conversion):
    with pytest.raises(ValidationError, match=conversion):
        Presentation(**times)


@pytest.mark.parametrize(
    "times",
    [
        {"t_c": 1, "t_p": 30},  # half a minute, 30,000 steps
        {"t_c": 0.02, "t_p": 60},
        {"t_c": 20, "t_p": 100, "dt": 1.0},  # steps as the unit of time
        {"tau_s": 1.0},
        {"t_c": 0.0, "t_p": 1e-4, "dt": 1e-6},
    ],
)
def test_long_and_short_presentations_are_taken(times):
    assert Presentation(**times).n_steps > 0


def test_synapses_and_neurons_in_milliseconds():
    trained, _ = trained_example()
    with pytest.raises(ValidationError, match=r"synapse is 5 s; .*5 ms are 0.005"):
        convert(trained, synapse=5)
    with pytest.raises(ValidationError, match=r"synapse is 20 s"):
        convert(trained, synapse=nengo.Lowpass(20))
    slow = dataclasses.replace(trained, neuron=SoftLIF(tau_rc=20, tau_ref=0.002))
    with pytest.raises(ValidationError, match=r"tau_rc of LIF is 20 s; .*20 ms are 0.02"):
        convert(slow)


def with_neuron(model, neuron):
    populations = [dataclasses.replace(p, neuron=neuron) for p in model.populations]
    return dataclasses.replace(model, populations=tuple(populations))


@pytest.mark.parametrize("simulator", ["events", "nengo"])
def test_constants_against_step_and_presentation(simulator):
    trained, test = trained_example()
    spiking = convert(trained, synapse=0.003)
    short = with_neuron(spiking, nengo.LIF(tau_rc=2e-5))
    long = with_neuron(spiking, nengo.LIF(tau_rc=20, tau_ref=0.002))
    some = test.take(2)
    with pytest.raises(ConversionError, match=r"neurons1: tau_rc is 2e-05 s.*Presentation\(dt="):
        run(short, some, simulator=simulator)
    with pytest.raises(ConversionError, match=r"neurons1: tau_rc is 20 s.*20 steps .* are 0.02"):
        evaluate(long, some, simulator=simulator)
    with pytest.raises(ConversionError, match=r"-> neurons2: synapse is 2e-05 s"):
        run(spiking, some, simulator=simulator, presentation=Presentation(tau_s=2e-5))
    assert run(short, some, simulator="rate").n_images == 2  # rates know no time
    fine = Presentation(t_c=0.0, t_p=2e-4, dt=2e-6)
    assert run(with_neuron(spiking, nengo.LIF(2e-5, 0)), some, presentation=fine).n_steps == 100


def test_limits():
    spiking = convert(trained_example()[0], synapse=0.003)
    just = with_neuron(spiking, nengo.LIF(tau_rc=0.001 / 22.9))
    check_times(just, 0.001, 0.1)
    check_times(with_neuron(spiking, nengo.LIF(tau_rc=1.0)), 0.001, 0.1)
    check_times(with_neuron(spiking, nengo.LIF(tau_rc=9.9)), 0.001, 1.0)
    with pytest.raises(ConversionError):
        check_times(with_neuron(spiking, nengo.LIF(tau_rc=10.1)), 0.001, 1.0)


def test_everywhere_else_that_times_come_in():
    """Noise, codings, deployments, operating points, and the user's own simulator."""
    from nengo_lifdeep import deploy, operating_points
    from nengo_lifdeep.exporters.nengo import SpikingNetwork
    from nengo_lifdeep.inputs.coding import BernoulliCoding, PoissonCoding
    from nengo_lifdeep.noise import AlphaNoise, LowpassRCNoise

    trained, images = trained_example()
    spiking, some = convert(trained, synapse=0.003), images.take(4)
    for kind in (AlphaNoise, LowpassRCNoise):
        with pytest.raises(ValidationError, match=r"tau_s is 3 s; .*3 ms are 0.003"):
            kind(3)
    for coding in (PoissonCoding(0.2), BernoulliCoding(0.2)):
        with pytest.raises(ValidationError, match=r"0.02 times in t_p.*0.2 kHz are max_rate=200"):
            run(spiking, some, coding=coding)
    with pytest.raises(ValidationError, match=r"synapse is 5 s"):
        deploy(trained, synapse=nengo.Lowpass(5))
    with pytest.raises(ValidationError, match=r"synapse is 3 s"):
        operating_points(trained, some, tau_s=[3])
    with pytest.raises(ValidationError, match=r"t_p=0.1\)"):
        operating_points(trained, some, tau_s=[0.003], scale_firing_rates=[1], t_p=[100])
    short = with_neuron(spiking, nengo.LIF(tau_rc=2e-5))
    with nengo.Network() as world:
        SpikingNetwork(short, np.zeros(short.input_shape).ravel())
    for network in (world, SpikingNetwork(short, np.zeros(short.input_shape).ravel())):
        with pytest.raises(ConversionError, match=r"neurons1: tau_rc is 2e-05 s"):
            nengo.Simulator(network, progress_bar=False)
    with nengo.Simulator(world, dt=2e-5, progress_bar=False, optimize=False) as sim:
        sim.run_steps(3)  # a step that fits


def graph_of(tau, metadata=None):
    nir = pytest.importorskip("nir")
    one = np.ones(2)
    made = nir.NIRGraph.from_list(
        nir.Linear(np.eye(2, 3)),
        nir.LIF(tau=tau * one, r=one, v_leak=0 * one, v_threshold=one),
        nir.Linear(np.ones((1, 2))),
    )
    made.metadata = metadata or {}
    return made


def test_nir_of_norse_and_sinabs():
    from nengo_lifdeep.importers.nir.model import from_nir

    with pytest.raises(UnsupportedLayerError, match=r"tau is 1e-05 s.*Norse.*dt=\.\.\."):
        from_nir(graph_of(0.01 * 0.001))
    with pytest.raises(UnsupportedLayerError, match=r"tau is 20 s.*20 steps.*0.02 s.*Sinabs"):
        from_nir(graph_of(20.0))
    assert from_nir(graph_of(0.02)).populations[0].neuron.tau_rc == 0.02
    # in a file's own unit of time, given, everything is consistent
    steps = from_nir(graph_of(20.0), dt=1.0, min_voltage=0)
    seconds = from_nir(graph_of(0.02), dt=0.001, min_voltage=0)
    image = np.full((1, 1, 1, 3), 1.0, np.float32)
    fired = [
        run(model, image, presentation=Presentation(t_c=0, t_p=200 * dt, dt=dt), rasters=1)
        for model, dt in ((steps, 1.0), (seconds, 0.001))
    ]
    counts = [sum(record.image_spikes.values())[0] for record in fired]
    assert counts[0] == counts[1]
    own = from_nir(graph_of(0.0005, {"nengo_lifdeep": "{}"}))  # rates scaled before `to_nir`
    assert own.populations[0].neuron.tau_rc == 0.0005


def test_command_line_in_seconds():
    typer = pytest.importorskip("typer")
    from nengo_lifdeep.cli.words import presentation_of

    for given, message in (
        ((None, 0.02, 0.1), "--t-c 20"),
        ((None, 0, 0.1), "--t-p 100"),
        ((0.005, 20, 100), "--tau-s 5"),
    ):
        with pytest.raises(typer.BadParameter, match=message):
            presentation_of(*given)
    assert presentation_of(0.5, 1, 2).tau_s == 0.0005
