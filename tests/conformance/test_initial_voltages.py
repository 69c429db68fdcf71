"""Initial voltages: random ones have one draw per image; the same wherever the network is run."""

from __future__ import annotations

import dataclasses
import importlib.util

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.exporters.nengo import SpikingNetwork
from nengo_lifdeep.inputs.inputs import Inputs
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.models.initial_voltages import initial_voltages
from nengo_lifdeep.simulators import run

TIMING = Presentation(t_c=0.0, t_p=0.04)
_no_dl = importlib.util.find_spec("nengo_dl") is None

SIMULATORS = [
    pytest.param("events", {"dtype": "float64"}, id="events"),
    pytest.param("events", {"dtype": "float64", "engine": "numpy"}, id="numpy"),
    pytest.param("events", {}, id="float32"),
    pytest.param("nengo", {}, id="nengo"),
    pytest.param(
        "nengo-dl", {}, id="nengo-dl",
        marks=[pytest.mark.tf, pytest.mark.skipif(_no_dl, reason="nengo_dl is not installed")],
    ),
]  # fmt: skip
every = pytest.mark.parametrize(("simulator", "options"), SIMULATORS)


def example_input(model):
    return np.zeros(int(np.prod(model.input_shape)))


def spikes(model, images, simulator, options, **more):
    if isinstance(images, np.ndarray):
        more["presentation"] = TIMING
    record = run(model, images, simulator=simulator, rasters=len(images), **options, **more)
    return {k: set(map(tuple, rows.tolist())) for k, rows in record.rasters.items()}


@pytest.fixture(scope="module")
def model(example):
    return convert(example[0], synapse=nengo.Lowpass(0.004), initial_voltage="uniform")


def test_voltages_are_uniform_and_inside_the_interval(model):
    drawn = np.concatenate(list(initial_voltages(model, 0, np.arange(40)).values()), axis=1)
    assert drawn.dtype == np.float32
    assert drawn.min() >= 0 and drawn.max() < 1
    n = drawn.size
    assert abs(drawn.mean() - 0.5) < 4 * np.sqrt(1 / 12 / n)
    rows = np.corrcoef(drawn)  # images among each other, each of about 500 neurons
    assert abs(rows[np.triu_indices(40, 1)]).max() < 6 / np.sqrt(drawn.shape[1])


def test_a_draw_depends_on_seed_and_position_alone(model):
    some = initial_voltages(model, 3, [7, 2])
    for name, rows in initial_voltages(model, 3, np.arange(10)).items():
        np.testing.assert_array_equal(some[name], rows[[7, 2]])
        assert (initial_voltages(model, 4, [7])[name] != rows[7]).any()


@every
def test_every_simulator_starts_from_the_same(model, example, simulator, options):
    images = example[1].images[:4]
    truth = spikes(model, images, "nengo", {}, seed=5)
    found = spikes(model, images, simulator, options, seed=5)
    for name, expected in truth.items():
        moved = len(expected ^ found[name])
        single = simulator == "nengo-dl" or options == {}
        assert moved <= (max(2, 2e-3 * len(expected)) if single and simulator != "nengo" else 0)
        assert len(expected) > 100


@every
def test_every_simulator_starts_half_way(model, example, simulator, options):
    half = dataclasses.replace(model, initial_voltage="half")
    images = np.repeat(example[1].images[:2], 2, axis=0)
    truth = spikes(half, images, "nengo", {})
    found = spikes(half, images, simulator, options)
    resting = dataclasses.replace(model, initial_voltage="zero")
    at_rest = spikes(resting, images[:1], "events", {})
    for name, expected in truth.items():
        single = simulator == "nengo-dl" or options == {}
        allowed = max(2, 2e-3 * len(expected)) if single and simulator != "nengo" else 0
        assert len(expected ^ found[name]) <= allowed
        by_image = [{row[1:] for row in found[name] if row[0] == i} for i in range(4)]
        assert by_image[0] == by_image[1] and by_image[2] == by_image[3]
        assert len(at_rest[name]) < len(by_image[0])


def test_half_is_half_of_every_threshold(model):
    half = dataclasses.replace(model, initial_voltage="half")
    for rows in initial_voltages(half, 0, [3, 4]).values():
        assert rows.shape[0] == 1 and (rows == 0.5).all() and rows.dtype == np.float32
    ensembles = SpikingNetwork(half, example_input(half)).layers
    for ensemble in ensembles.values():
        assert ensemble.neuron_type.initial_state["voltage"] == nengo.dists.Choice([0.5])


@every
def test_the_same_image_starts_differently_at_every_position(model, example, simulator, options):
    images = np.repeat(example[1].images[:1], 3, axis=0)
    first = spikes(model, images, simulator, options)["neurons1"]
    per_image = [{row[1:] for row in first if row[0] == i} for i in range(3)]
    assert per_image[0] != per_image[1] != per_image[2]


@every
def test_batches_and_order_change_nothing(model, example, simulator, options):
    inputs = Inputs.of(model, example[1].images[:7], TIMING)
    whole = spikes(model, inputs, simulator, options)
    parts = spikes(model, inputs, simulator, options, batch_size=3)
    assert whole == parts
    order = [4, 0, 6]
    chosen = spikes(model, inputs.take(order), simulator, options, batch_size=2)
    for name, rows in chosen.items():
        for place, image in enumerate(order):
            assert {r[1:] for r in rows if r[0] == place} == {
                r[1:] for r in whole[name] if r[0] == image
            }


@pytest.mark.parametrize("options", [{}, {"engine": "numpy"}], ids=str)
def test_a_stream_starts_where_its_first_image_does(model, example, options):
    timing = Presentation(t_c=0.0, t_p=0.03, reset=False)
    inputs = Inputs.of(model, example[1].images[:5], timing).take([3, 1, 2])
    truth = spikes(model, inputs, "nengo", {}, seed=2)
    assert spikes(model, inputs, "events", {"dtype": "float64", **options}, seed=2) == truth


@pytest.mark.parametrize("indices", [[0, 1], [0, -1, 2], [0.0, 1.0, 2.0], "abc"], ids=str)
def test_positions_are_checked(example, indices):
    with pytest.raises(ValidationError, match="positions of the images"):
        Inputs(example[1].images[:3], TIMING, indices=indices)
