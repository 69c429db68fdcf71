"""Linear layers in every place: the folded network computes what its layers do, one by one."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.order import convertible
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.relu import relu_to_lif
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.models import SpikingModel, TrainedModel

from .layer_by_layer import outputs
from .networks import NETWORKS, images, network

RELU = nengo.RectifiedLinear(amplitude=0.5)


@pytest.mark.parametrize("name", NETWORKS)
def test_folded_is_layer_by_layer(name):
    model = network(name, RELU)
    assert convertible(model.architecture) == []
    folded = fold(model)
    found = forward(folded, images())
    for i, image in enumerate(images()):
        expected = outputs(model, image)
        last = expected[model.architecture.layers[-1].name]
        np.testing.assert_allclose(found["output"][i], last, rtol=2e-5, atol=2e-5)
        for population in folded.populations:
            rates = 0.5 * found[population.name][i].ravel()
            assert (rates > 0).mean() > 0.2, f"{population.name} is silent: nothing is tested"
            np.testing.assert_allclose(
                rates, expected[population.name].ravel(), rtol=2e-5, atol=2e-5
            )


@pytest.mark.parametrize("name", NETWORKS)
def test_files_hold_them(name, tmp_path):
    model = network(name, RELU)
    assert Architecture.from_dict(model.architecture.to_dict()) == model.architecture
    loaded = fold(TrainedModel.load(model.save(tmp_path / "trained.lifdeep")))
    again = SpikingModel.load(loaded.save(tmp_path / "spiking.lifdeep"))
    expected = forward(fold(model), images())["output"]
    np.testing.assert_array_equal(forward(again, images())["output"], expected)


def test_what_merges_is_one_stage():
    """Stages of each connection, as the simulators see them."""
    found = {
        name: [[type(s).__name__ for s in c.stages] for c in fold(network(name, RELU)).connections]
        for name in NETWORKS
    }
    conv, dense, pool = ["Convolution"], ["DenseMatrix"], ["AveragePool"]
    assert found["normalised image"] == [conv, dense]
    assert found["normalised after neurons"] == [conv, conv, dense]
    assert found["normalised after pool"] == [conv, dense, dense]
    assert found["pool before neurons"] == [conv + pool, dense]
    assert found["padded"] == [["Placement", *conv], conv, dense]
    assert found["sum after pools"] == [conv + pool, conv, conv + pool, dense]
    assert found["the same twice"] == [conv, conv, dense]
    assert found["ends in neurons"] == [conv, dense, ["Elementwise"]]
    assert found["branches"] == [conv, pool + conv, conv, conv, conv, dense]


@pytest.mark.parametrize("name", ["branches", "before activation", "scaled", "pool before neurons"])
def test_relu_to_lif(name):
    """Scales before and after each population leave what the network computes."""
    relu = network(name, nengo.RectifiedLinear())
    lif = relu_to_lif(relu, images(20), high=4.0)
    assert type(lif.neuron).__name__ == "SoftLIF"
    expected = forward(fold(relu), images(20))["output"]
    found = forward(fold(lif), images(20))["output"]
    spread = np.abs(expected - expected.mean(axis=0)).max()
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.9
    assert np.isfinite(spread) and spread > 0
