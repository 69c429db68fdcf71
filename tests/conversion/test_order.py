"""Orders of layers: who refuses which, before work begins, all at once and by name."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.order import convertible, foldable
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.relu import relu_to_lif
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.errors import ConversionError, TrainingError
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.layers import (
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    Flatten,
    LocallyConnected2D,
    LocalResponseNormalization,
    MaxPooling2D,
    Neurons,
    Scale,
    Shortcut,
    ZeroPadding2D,
)
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.layers.named import NAMES, architecture
from nengo_lifdeep.models import TrainedModel
from nengo_lifdeep.training import train
from nengo_lifdeep.training.initial import initial_weights
from nengo_lifdeep.training.random_features import random_features
from nengo_lifdeep.training.trainable import trainable

from .layer_by_layer import outputs

IMAGE = (6, 6, 1)
RELU = nengo.RectifiedLinear()
END = [Flatten(), Dense(2)]

SUM = r"it takes a sum of several layers. Put neurons before it"
BIAS = r"it takes weights with a bias. Put neurons before it"

#: layers after an image, the layer that is in the way, and what is said of it
ORDERS = [
    ([Conv2D(2, 3), Conv2D(2, 1), MaxPooling2D(2), Neurons(), *END], "pool1", BIAS),
    ([Conv2D(2, 3), ZeroPadding2D(1), MaxPooling2D(2), Neurons(), *END], "pool1", BIAS),
    ([LocallyConnected2D(2, 3), MaxPooling2D(2), Neurons(), *END], "pool1", BIAS),
    ([Conv2D(2, 3), LocalResponseNormalization(), Neurons(), *END], "response1", BIAS),
    ([Scale(1.0, 0.5), LocalResponseNormalization(), Neurons(), *END], "response1", BIAS),
    (
        [Conv2D(1, 3, padding="same"), Shortcut("input"), MaxPooling2D(2), Neurons(), *END],
        "pool1",
        SUM,
    ),
    ([Conv2D(2, 3, use_bias=False), Neurons(), Concatenate("conv1"), MaxPooling2D(2), Neurons(),
      *END], "pool1", SUM),
]  # fmt: skip


@pytest.mark.tf
@pytest.mark.parametrize(("layers", "where", "message"), ORDERS)
def test_every_way_in_refuses_before_it_begins(layers, where, message):
    net = Architecture(IMAGE, layers)
    assert Architecture.from_dict(net.to_dict()) == net  # shapes and names are all that it checks
    assert where in [finding.where for finding in foldable(net)]
    assert trainable(net) == foldable(net)
    pattern = rf"(?is)network 'network' cannot be .*- {where}: .*{message}"
    nothing = Split(np.zeros((4, *net.input_shape), np.float32), np.zeros(4, int))
    with pytest.raises(TrainingError, match=pattern):
        train(net, nothing, neuron=RELU)
    model = TrainedModel(net, initial_weights(net, RELU), RELU)
    for begin in (fold, convert, lambda m: evaluate(m, nothing)):
        with pytest.raises(ConversionError, match=pattern):
            begin(model)
    with pytest.raises(ConversionError, match=pattern):
        relu_to_lif(model, nothing)
    with pytest.raises(ConversionError, match=pattern):
        random_features(net, nothing, neuron=RELU)


@pytest.mark.tf
def test_the_graph_for_training_is_not_built_either():
    from nengo_lifdeep.training.graph import build_graph

    layers, where, _ = ORDERS[0]
    with pytest.raises(TrainingError, match=f"cannot be trained:\n  - {where}: "):
        build_graph(Architecture(IMAGE, layers), RELU)


def test_all_at_once():
    layers = [Conv2D(2, 3), Conv2D(2, 1), MaxPooling2D(2), BatchNormalization(),
              LocalResponseNormalization(), Neurons(), *END]  # fmt: skip
    net = Architecture(IMAGE, layers)
    assert [finding.where for finding in trainable(net)] == ["pool1", "response1"]
    with pytest.raises(ConversionError) as caught:
        convert(TrainedModel(net, initial_weights(net, RELU), RELU))
    assert str(caught.value).count("\n  - ") == 4  # neither has a counterpart in spikes


@pytest.mark.parametrize(
    "layers",
    [
        [Conv2D(2, 3), MaxPooling2D(2), BatchNormalization(), Neurons(), *END],
        [Conv2D(2, 3), AveragePooling2D(2), MaxPooling2D(2), Neurons(), *END],
        [Conv2D(2, 3, use_bias=False), ZeroPadding2D(1), LocalResponseNormalization(), *END],
        [Scale(2.0), MaxPooling2D(2), Conv2D(2, 2), Neurons(), *END],
    ],
)
def test_the_largest_of_each_window_before_neurons(layers):
    """A constant for each channel, and a factor before it, are taken exactly."""
    net = Architecture(IMAGE, layers)
    assert foldable(net) == [] and convertible(net)
    rng = np.random.default_rng(0)
    weights = {name: {key: array + rng.uniform(0, 1, array.shape).astype("f4")
                      for key, array in group.items()}
               for name, group in initial_weights(net, RELU).items()}  # fmt: skip
    model = TrainedModel(net, weights, RELU)
    image = rng.uniform(size=IMAGE).astype("f4")
    if any(isinstance(layer, LocalResponseNormalization) for layer in layers):
        return
    expected = outputs(model, image)[net.layers[-1].name]
    found = forward(fold(model), image[np.newaxis])["output"][0]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_normalisation_elsewhere_becomes_a_scale():
    end = [BatchNormalization(), *END]
    for layers in (end, [Conv2D(2, 3), Neurons(), *end],
                   [Conv2D(1, 3, padding="same"), BatchNormalization(), Neurons(),
                    Shortcut("conv1"), Neurons(), *END]):  # fmt: skip
        net = Architecture(IMAGE, layers)
        rng = np.random.default_rng(0)
        weights = {name: {key: rng.uniform(0.5, 1.5, array.shape).astype("f4")
                          for key, array in group.items()}
                   for name, group in initial_weights(net, RELU).items()}  # fmt: skip
        model = TrainedModel(net, weights, RELU)
        plain = model.without_normalization()
        kinds = [type(layer).__name__ for layer in plain.architecture.layers]
        assert "BatchNormalization" not in kinds and "Scale" in kinds
        image = rng.uniform(size=(1, *IMAGE)).astype("f4")
        expected, found = (forward(fold(each), image)["output"] for each in (model, plain))
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_network_without_neurons_runs_in_rates_only():
    net = Architecture((6,), [Dense(2)])
    assert foldable(net) == trainable(net) == []
    assert [finding.where for finding in convertible(net)] == ["network"]
    with pytest.raises(
        ConversionError, match=r"nothing in it could spike. Evaluate\(\) it in rates"
    ):
        convert(TrainedModel(net, initial_weights(net, RELU), RELU))


@pytest.mark.parametrize("name", NAMES)
def test_networks_by_name_can_be_trained_and_converted(name):
    found = convertible(architecture(name))
    if name == "gokmen2017-cnn":  # the paper's, which trains on arrays with maxima
        assert {f.where for f in found} == {"pool1", "pool2"}
        assert trainable(architecture(name)) == []
    else:
        assert found == []


def test_importers_say_what_they_build():
    """Pooling before neurons, as it was written."""
    keras = pytest.importorskip("keras")
    from nengo_lifdeep import from_keras

    model = keras.Sequential([
        keras.Input((6, 6, 1)), keras.layers.Conv2D(2, 3), keras.layers.AveragePooling2D(2),
        keras.layers.ReLU(), keras.layers.Dropout(0.1), keras.layers.Flatten(),
        keras.layers.Dense(2),
    ])  # fmt: skip
    images = np.random.default_rng(0).uniform(size=(3, 6, 6, 1)).astype("f4")
    found = forward(fold(from_keras(model)), images)["output"]
    np.testing.assert_allclose(found, model.predict(images, verbose=0), rtol=1e-5, atol=1e-6)
