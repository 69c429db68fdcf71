"""The common interface: bad input, interruption, rasters, embedding in a larger model."""

import dataclasses
import warnings

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import DataError, ValidationError
from nengo_lifdeep.exporters.nengo import SpikingNetwork
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import Conv2D, Dense, Flatten, Neurons
from nengo_lifdeep.simulators import run

SHORT = Presentation(t_p=0.03)


@pytest.fixture
def model(example):
    return convert(example[0])


def test_unknown_names_and_options(model, example):
    with pytest.raises(ValidationError, match="there is no simulator 'brian'.*nengo-dl"):
        run(model, example[1], simulator="brian")
    with pytest.raises(ValidationError, match="batch_size is 0"):
        run(model, example[1], simulator="nengo", batch_size=0)
    with pytest.raises(ValidationError, match="no simulator has an option 'batch'; .*batch_size"):
        run(model, example[1].take(1), batch=5)
    with pytest.raises(ValidationError, match="there is no population 'x'; there are neurons1"):
        model.population("x")


def test_images_that_do_not_fit(model):
    with pytest.raises(DataError, match=r"\(28, 28, 1\).*takes \(8, 8, 1\)"):
        run(model, np.zeros((2, 28, 28, 1)), simulator="nengo")
    with pytest.raises(DataError):
        run(model, np.full((2, 8, 8, 1), np.nan), simulator="nengo")
    with pytest.raises(DataError):
        run(model, np.zeros((0, 8, 8, 1)), simulator="nengo")


def test_rasters_are_the_counted_spikes(model, example):
    record = run(model, example[1].take(3), simulator="nengo", presentation=SHORT, rasters=2)
    for name, raster in record.rasters.items():
        image, step, neuron = raster.T
        assert set(image) <= {0, 1}
        assert step.max() < SHORT.n_steps
        assert neuron.max() < model.population(name).n_neurons
        np.testing.assert_array_equal(np.bincount(image), record.image_spikes[name][:2])


def test_interrupted_run_keeps_what_was_finished(model, example, monkeypatch):
    done = []
    original = nengo.Simulator.run_steps

    def interrupted(self, *args, **kwargs):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(1)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(nengo.Simulator, "run_steps", interrupted)
    record = run(model, example[1].first(5), simulator="nengo", presentation=SHORT)
    assert (record.n_images, record.n_asked, record.is_complete) == (2, 5, False)
    monkeypatch.setattr(nengo.Simulator, "run_steps", original)
    whole = run(model, example[1].first(2), simulator="nengo", presentation=SHORT)
    np.testing.assert_array_equal(record.outputs, whole.outputs)


def test_interrupted_before_the_first_image(model, example, monkeypatch):
    def interrupted(self, *args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(nengo.Simulator, "run_steps", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(model, example[1].take(5), simulator="nengo", presentation=SHORT)


def test_network_inside_a_larger_model(model, example):
    """Embedded after a relay, it gives the scores that `run` gives."""
    image = example[1].unit_images(slice(1))
    with nengo.Network(seed=0) as world:
        classifier = SpikingNetwork(model, seed=0)
        eye = nengo.Node(image.ravel())
        nengo.Connection(eye, classifier.input, synapse=None)
        scores = nengo.Probe(classifier.output)
        nengo.Probe(classifier.layers["neurons2"].neurons)
    with nengo.Simulator(world, progress_bar=False) as sim:
        sim.run_steps(SHORT.n_steps)
    alone = run(model, image, simulator="nengo", presentation=SHORT)
    np.testing.assert_allclose(sim.data[scores], alone.outputs[0], atol=1e-5)


def test_only_native_transforms(model):
    network = SpikingNetwork(model)
    kinds = {type(c.transform) for c in network.all_connections}
    assert kinds <= {
        nengo.Convolution, nengo.Dense, nengo.Sparse, nengo.transforms.NoTransform,
    }  # fmt: skip
    assert nengo.Convolution in kinds


@pytest.mark.parametrize("simulator", ["events", "nengo"])
def test_silent_neurons_give_no_warnings(make_network, simulator):
    layers = [Conv2D(2, 3), Neurons(), Flatten(), Dense(3)]
    trained = make_network((6, 6, 1), layers)
    quiet = {**trained.weights["conv1"], "bias": np.array([-0.5, -1.0], np.float32)}
    trained = dataclasses.replace(trained, weights={**trained.weights, "conv1": quiet})
    model = convert(trained, initial_voltage="uniform")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record = run(model, np.zeros((1, 6, 6, 1)), simulator=simulator)
    assert record.mean_rate == 0
