"""Inputs that change over time, in every simulator that can show them.

A simulator that cannot is listed with its reason and has to refuse.
"""

import dataclasses
import importlib.util

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.exporters.nengo import SpikingNetwork
from nengo_lifdeep.inputs.coding import BernoulliCoding, FunctionCoding, PoissonCoding
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten
from nengo_lifdeep.simulators import SIMULATORS, run
from nengo_lifdeep.simulators.registry import names

STATIC_ONLY = names(takes_time=False)
TIMED = names(takes_time=True)


def _parameter(name):
    needs = SIMULATORS[name].needs
    missing = [package for package in needs if importlib.util.find_spec(package) is None]
    marks = [pytest.mark.skipif(bool(missing), reason=f"{missing} is not installed")]
    marks += [pytest.mark.tf] * ("nengo_dl" in needs)
    return pytest.param(name, marks=marks)


timed = pytest.mark.parametrize("simulator", [_parameter(name) for name in TIMED])
others = pytest.mark.parametrize("simulator", [_parameter(n) for n in TIMED if n != "nengo"])

TIMING = Presentation(t_c=0.05, t_p=0.2)


def flicker(t, images):
    """Bright and dark for 20 ms each."""
    return images * (1.0 + (t % 0.04 < 0.02))


@pytest.fixture
def model(make_network):
    layers = [Conv2D(4, 3, padding="same"), AveragePooling2D(3, 2, "same"),
              Conv2D(6, 3), Flatten(), Dense(20), Dense(3)]  # fmt: skip
    return convert(make_network((8, 8, 1), layers), synapse=nengo.Alpha(0.003))


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(size=(3, 8, 8, 1))


@pytest.fixture
def frames(images):
    """Every image moves one pixel to the right every 5 ms."""
    moves = np.arange(TIMING.n_steps) // 5
    return np.stack([np.roll(images, move, axis=2) for move in moves], axis=1)


def single_spikes(record):
    return {name: set(map(tuple, raster)) for name, raster in record.rasters.items()}


def assert_same_spikes(record, reference, n_least=30):
    """Neuron by neuron, step by step; float32 may move a spike in a thousand."""
    found, expected = single_spikes(record), single_spikes(reference)
    assert set(found) == set(expected)
    for name, spikes in expected.items():
        assert len(spikes) > n_least
        assert len(spikes ^ found[name]) <= max(2, 1e-3 * len(spikes)), name


@timed
def test_frames_that_stand_still_are_the_static_image(simulator, model, images):
    options = {"simulator": simulator, "presentation": TIMING, "rasters": 3}
    still = np.repeat(images[:, None], TIMING.n_steps, axis=1)
    shown, static = run(model, still, **options), run(model, images, **options)
    np.testing.assert_allclose(shown.outputs, static.outputs, rtol=1e-5, atol=1e-5)
    assert_same_spikes(shown, static)


@pytest.mark.parametrize("reset", [True, False])
def test_nengo_plays_frames_as_nengos_own_process_does(reset, model, frames):
    """`PresentInput` is upstream's; its first frame is on at t = dt.

    In a stream without reset the frames of an image are counted from that image's onset.
    """
    timing = dataclasses.replace(TIMING, reset=reset)
    frames = frames[: 1 if reset else 3]
    record = run(model, frames, simulator="nengo", presentation=timing, rasters=3)
    pixels = frames.astype(np.float32).reshape(len(frames) * TIMING.n_steps, -1)
    network = SpikingNetwork(model, nengo.processes.PresentInput(pixels, TIMING.dt), seed=0)
    with network:
        probes = {name: nengo.Probe(e.neurons) for name, e in network.layers.items()}
        scores = nengo.Probe(network.output)
    with nengo.Simulator(network, progress_bar=False) as sim:
        sim.run_steps(len(pixels), progress_bar=False)
    outputs = record.outputs.reshape(len(pixels), -1)
    np.testing.assert_allclose(outputs, sim.data[scores], rtol=1e-6, atol=1e-6)
    for name, probe in probes.items():
        step, neuron = np.nonzero(sim.data[probe])
        image, frame = np.divmod(step, TIMING.n_steps)
        expected = set(zip(image, frame, neuron, strict=True))
        assert single_spikes(record)[name] == expected


@others
@pytest.mark.parametrize(
    "coding",
    [None, BernoulliCoding(200, seed=1), PoissonCoding(2000), FunctionCoding(flicker)],
    ids=str,
)
def test_every_simulator_gives_nengos_spikes(simulator, coding, model, images, frames):
    shown = frames if coding is None else images
    options = {"presentation": TIMING, "coding": coding, "rasters": 3, "batch_size": 2}
    reference = run(model, shown, simulator="nengo", **options)
    record = run(model, shown, simulator=simulator, **options)
    assert_same_spikes(record, reference)
    for name, spikes in record.image_spikes.items():
        assert spikes.sum() == len(record.rasters[name])


@timed
def test_a_change_is_answered(simulator, model, images):
    """Negative control: other input from 100 ms on, other output after it, and only there."""
    late = FunctionCoding(lambda t, images: images * (t < 0.1005))
    options = {"simulator": simulator, "presentation": TIMING}
    changed = run(model, images, coding=late, **options).outputs
    static = run(model, images, **options).outputs
    np.testing.assert_allclose(changed[:, :100], static[:, :100], rtol=1e-5, atol=1e-5)
    assert (abs(changed[:, 100:] - static[:, 100:]).max(axis=(1, 2)) > 0.1).all()


@timed
def test_the_batch_changes_nothing(simulator, model, images):
    options = {"simulator": simulator, "presentation": TIMING, "coding": BernoulliCoding(200)}
    whole = run(model, images, **options, batch_size=3)
    parts = run(model, images, **options, batch_size=2)
    np.testing.assert_allclose(parts.outputs, whole.outputs, rtol=1e-5, atol=1e-5)
    for name, spikes in whole.image_spikes.items():
        np.testing.assert_array_equal(parts.image_spikes[name], spikes)
    assert whole.notes[-1] == "input: BernoulliCoding(max_rate=200, seed=0)"


@pytest.mark.parametrize("simulator", STATIC_ONLY)
def test_the_others_refuse(simulator, example):
    model = convert(example[0], synapse=nengo.Lowpass(0.005))
    still = np.zeros((1, 200, 8, 8, 1))
    message = f"simulator '{simulator}' shows no input that changes over time, but got .*use sim"
    with pytest.raises(ValidationError, match=message):
        run(model, still, simulator=simulator, presentation=TIMING)
    with pytest.raises(ValidationError, match="PoissonCoding"):
        run(model, still[:, 0], simulator=simulator, coding=PoissonCoding(100))
