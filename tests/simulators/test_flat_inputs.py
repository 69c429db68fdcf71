"""Rows of features through everything: training, all simulators, files, the command line."""

import dataclasses

import nengo
import numpy as np
import pytest

from nengo_lifdeep import Presentation, Split, convert, deploy, evaluate, operating_points, run
from nengo_lifdeep.analysis.diagnosis import diagnose
from nengo_lifdeep.datasets.bundled.digits import load_digits
from nengo_lifdeep.errors import DataError, ValidationError
from nengo_lifdeep.inputs.coding import BernoulliCoding
from nengo_lifdeep.layers import Dense, Neurons
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.models import Connection, Population, SpikingModel, TrainedModel
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.stages.types import DenseMatrix
from nengo_lifdeep.training.random_features import random_features

LAYERS = [Dense(40), Neurons(), Dense(30), Neurons(), Dense(10)]
SHORT = Presentation(t_c=0.01, t_p=0.04)


@pytest.fixture(scope="module")
def digits():
    """scikit-learn's digits as it gives them: rows of 64 features."""
    data = load_digits()
    return tuple(Split(s.images.reshape(-1, 64), s.labels) for s in (data.train, data.test))


@pytest.fixture(scope="module")
def trained(digits):
    return random_features(Architecture((64,), LAYERS), digits[0], neuron=SoftLIF(amplitude=0.05))


@pytest.fixture(scope="module")
def spiking(trained):
    return convert(trained, synapse=nengo.Lowpass(0.005), scale_firing_rates=3)


EVERYWHERE = [
    ("rate", {}), ("events", {}), ("events", {"engine": "numpy"}), ("nengo", {}),
    pytest.param("nengo-dl", {}, marks=pytest.mark.tf),
    pytest.param("loihi", {}, marks=pytest.mark.loihi),
    pytest.param("loihi-exact", {}, marks=pytest.mark.loihi),
]  # fmt: skip


@pytest.mark.parametrize(("simulator", "options"), EVERYWHERE)
def test_every_simulator(spiking, digits, simulator, options):
    """Rows, images of one pixel, and images read row by row: the same outputs, and no chance."""
    rows = digits[1].take(4)
    options = {"simulator": simulator, "presentation": SHORT, **options}
    outputs = [
        run(spiking, images, **options).outputs
        for images in (rows, rows.images.reshape(4, 64), rows.images.reshape(4, 8, 8, 1))
    ]
    np.testing.assert_array_equal(outputs[0], outputs[1])
    np.testing.assert_array_equal(outputs[0], outputs[2])
    assert np.any(outputs[0] != outputs[0][:1])
    assert evaluate(spiking, rows, **options).n_images == 4


@pytest.mark.parametrize("simulator", ["events", "nengo"])
def test_frames_of_features(spiking, digits, simulator):
    rows = digits[1].images[:2].reshape(2, 64)
    still = run(spiking, rows, simulator=simulator, presentation=SHORT)
    frames = np.repeat(rows[:, np.newaxis], SHORT.n_steps, axis=1)
    moving = run(spiking, frames, simulator=simulator, presentation=SHORT)
    # the same currents, summed in another order
    np.testing.assert_allclose(moving.outputs, still.outputs, atol=1e-3)
    coded = run(spiking, rows, simulator=simulator, presentation=SHORT, coding=BernoulliCoding(200))
    assert coded.outputs.shape == still.outputs.shape
    with pytest.raises(DataError, match="39 frames per image"):
        run(spiking, frames[:, 1:], simulator=simulator, presentation=SHORT)


def test_rows_that_do_not_fit(spiking):
    with pytest.raises(DataError, match=r"\(1, 1, 63\) .*takes \(1, 1, 64\)"):
        run(spiking, np.zeros((2, 63), np.float32))
    with pytest.raises(DataError, match=r"\(8, 8, 3\)"):  # of three channels no order is certain
        run(spiking, np.zeros((2, 8, 8, 3), np.float32))


@pytest.mark.loihi
def test_onto_the_chip(trained, digits):
    deployment = deploy(trained, images=digits[0].take(20), presentation=SHORT)
    result = deployment.evaluate(digits[1].take(4), check=1)
    assert any("0 of" in note for note in result.notes)


def test_points_and_diagnosis(trained, spiking, digits):
    some = digits[1].take(40)
    found = operating_points(trained, some, tau_s=[0.003], scale_firing_rates=[2], t_p=[0.05])
    assert len(found.points) == 3 and found.rate_accuracy > 0.4
    assert diagnose(spiking, some, presentation=SHORT).layers


def test_files_and_nir(trained, spiking, digits, tmp_path):
    pytest.importorskip("nir")
    from nengo_lifdeep.exporters.nir.graph import to_nir
    from nengo_lifdeep.importers.nir.model import from_nir

    rows = digits[1].take(3)
    again = SpikingModel.load(spiking.save(tmp_path / "net"))
    assert again.input_shape == spiking.input_shape == (1, 1, 64)
    expected = run(spiking, rows, presentation=SHORT).outputs
    np.testing.assert_array_equal(run(again, rows, presentation=SHORT).outputs, expected)
    assert TrainedModel.load(trained.save(tmp_path / "rates")).architecture == trained.architecture
    plain = dataclasses.replace(spiking, populations=tuple(
        dataclasses.replace(p, neuron=nengo.LIF(p.neuron.tau_rc, tau_ref=0))
        for p in spiking.populations
    ))  # fmt: skip
    back = from_nir(to_nir(plain), min_voltage=0)
    assert back.input_shape == (1, 1, 64)
    one, two = (run(m, rows, presentation=SHORT, dtype="float64").outputs for m in (plain, back))
    np.testing.assert_allclose(two, one, rtol=1e-3, atol=0.3)


def test_command_line(trained, tmp_path):
    """The images of a data set are read row by row."""
    pytest.importorskip("typer")
    from typer.testing import CliRunner

    from nengo_lifdeep.cli.app import app

    model = trained.save(tmp_path / "flat")
    words = ("--data", "digits", "--n", "40")
    for command in (
        ("evaluate", model, *words, "--simulator", "rate"), ("evaluate", model, *words),
        ("diagnose", model, *words), ("info", model), ("energy", model, *words),
        ("convert", model, "--out", tmp_path / "spikes.lifdeep"),
    ):  # fmt: skip
        done = CliRunner().invoke(app, [str(word) for word in command])
        assert done.exit_code == 0, (command, done.output)


def by_hand(shape):
    one = (DenseMatrix((16,), np.ones((16, 4), np.float32)),)
    two = (DenseMatrix((4,), np.ones((4, 2), np.float32)),)
    return SpikingModel(
        "by hand", shape, (Population("a", (4,), nengo.LIF(), np.zeros(4)),),
        (Connection("input", "a", one), Connection("a", "output", two)), np.zeros(2),
    )  # fmt: skip


@pytest.mark.parametrize("simulator", ["rate", "events", "nengo"])
def test_a_spiking_model_by_hand(simulator):
    model = by_hand((16,))
    assert model.input_shape == (1, 1, 16)
    rows = np.linspace(0, 1, 32, dtype=np.float32).reshape(2, 16)
    assert run(model, rows, simulator=simulator).outputs.any()
    with pytest.raises(ValidationError, match=r"input_shape is \(4, 4\); expected \(units,\) or"):
        by_hand((4, 4))


@pytest.mark.tf
def test_training(digits):
    from nengo_lifdeep import train

    net = train(
        Architecture((64,), [Dense(60), Neurons(), Dense(10)]), digits[0],
        neuron=SoftLIF(amplitude=0.05), epochs=2, learning_rate=0.01, progress=False,
    )  # fmt: skip
    spikes = convert(net, synapse=0.003, scale_firing_rates=3)
    assert evaluate(net, digits[1]).accuracy > 0.6
    assert evaluate(spikes, digits[1]).accuracy > 0.6
