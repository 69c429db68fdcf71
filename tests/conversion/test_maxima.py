"""Max pooling and response normalisation: they train, run in rates, and have no spikes."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.order import convertible, foldable
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.relu import relu_to_lif
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.datasets.synthetic import bars
from nengo_lifdeep.errors import ConversionError
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.evaluation.rungs import ladder
from nengo_lifdeep.exporters.nengo import SpikingNetwork
from nengo_lifdeep.layers import (
    AveragePooling2D,
    Conv2D,
    Dense,
    Flatten,
    LocalResponseNormalization,
    MaxPooling2D,
    Neurons,
)
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.models import SpikingModel, TrainedModel
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.simulators import run
from nengo_lifdeep.simulators.registry import names
from nengo_lifdeep.training import train
from nengo_lifdeep.training.initial import initial_weights

SOFT = SoftLIF(0.022, 0.002, 0.02, 0.063)
#: a normalisation so strong that a wrong amplitude would show
STRONG = LocalResponseNormalization(1, 1.0, 0.5, 0.75)
MAXIMA = Architecture(
    (8, 8, 1),
    [Conv2D(6, 3, padding="same"), MaxPooling2D(3, 2, "same"), STRONG, Conv2D(6, 2), STRONG,
     AveragePooling2D(2, 1), MaxPooling2D(2, 1), Flatten(), Dense(4)],
    "maxima",
)  # fmt: skip


@pytest.fixture(scope="module")
def task():
    return bars(flip=0.02).dataset(n_train=600, n_test=40, seed=0)


def untrained(neuron=SOFT, net=MAXIMA):
    return TrainedModel(net, initial_weights(net, neuron, 2.0), neuron)


@pytest.mark.tf
@pytest.mark.parametrize("neuron", [SOFT, nengo.RectifiedLinear(amplitude=0.4)])
def test_what_is_trained_is_what_runs_in_rates(neuron):
    from nengo_lifdeep.compat import import_nengo_dl
    from nengo_lifdeep.training.graph import build_graph

    model = untrained(neuron)
    images = np.random.default_rng(0).random((5, 8, 8, 1), dtype=np.float32)
    graph = build_graph(MAXIMA, neuron)
    simulator = import_nengo_dl().Simulator(graph.network, minibatch_size=5, progress_bar=False)
    with simulator as sim:
        graph.set_weights(model.weights)
        found = sim.predict(images.reshape(5, 1, -1))[graph.output][:, 0]
    scores = forward(fold(model), images)["output"]
    assert np.std(scores) > 0.01
    np.testing.assert_allclose(found, scores, rtol=2e-4, atol=2e-4)


@pytest.mark.tf
def test_it_trains_is_saved_and_evaluated(task, tmp_path):
    net = Architecture(
        (8, 8, 1),
        [Conv2D(8, 3), MaxPooling2D(2), LocalResponseNormalization(), Flatten(), Dense(30),
         Dense(4)],
    )  # fmt: skip
    model = train(
        net, task, neuron=SOFT, epochs=10, batch_size=50, learning_rate=0.003, progress=False
    )
    again = TrainedModel.load(model.save(tmp_path / "maxima.lifdeep"))
    assert again.architecture == net
    result = evaluate(again, task.test)
    assert result.accuracy > 0.8  # four classes: chance is 0.25
    folded = fold(again)
    loaded = SpikingModel.load(folded.save(tmp_path / "folded.lifdeep"))
    x = task.test.unit_images()
    np.testing.assert_array_equal(forward(loaded, x)["output"], forward(folded, x)["output"])


def test_conversion_names_every_such_layer_and_the_remedy(task):
    assert foldable(MAXIMA) == []
    assert [f.where for f in convertible(MAXIMA)] == ["pool1", "response1", "response2", "pool3"]
    message = (
        "(?s)'maxima' cannot be turned into spikes:.*pool1: .*AveragePooling2D.*"
        "response1: .*response2: .*pool3: "
    )
    relu = untrained(nengo.RectifiedLinear())
    for refuse in (convert, lambda m: relu_to_lif(m, task.test), lambda m: ladder(m, task.test)):
        with pytest.raises(ConversionError, match=message):
            refuse(relu)


@pytest.mark.loihi
@pytest.mark.tf
@pytest.mark.parametrize("simulator", names(spikes=True))
def test_simulators_of_spikes_refuse_it(simulator, task):
    message = "MaxPool between 'neurons1' and 'neurons2'.*ResponseNorm.*AveragePooling2D"
    with pytest.raises(ConversionError, match=message):
        run(fold(untrained()), task.test.take(1), simulator=simulator)


@pytest.mark.loihi
def test_so_do_nengo_the_chip_and_nir():
    from nengo_lifdeep import deploy, to_nir

    folded = fold(untrained())
    for refuse in (SpikingNetwork, to_nir, deploy):
        with pytest.raises(ConversionError, match="MaxPool between 'neurons1' and 'neurons2'"):
            refuse(folded)
    with pytest.raises(ConversionError, match="pool1: .*AveragePooling2D"):
        deploy(untrained())


def test_before_the_neurons_maxima_run_and_normalisation_of_a_constant_is_refused():
    """A response of biases bends what neurons get; the largest of shifted values is shifted."""
    net = Architecture((8, 8, 1), [Conv2D(6, 3), MaxPooling2D(2), STRONG, Neurons(), Flatten(),
                                   Dense(2)])  # fmt: skip
    assert [f.where for f in foldable(net)] == ["response1"]
