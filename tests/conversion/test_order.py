"""Orders of layers: who refuses which, before work begins, all at once and by name."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.order import convertible, foldable
from nengo_lifdeep.conversion.relu import relu_to_lif
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.errors import (
    ConversionError,
    TrainingError,
    UnsupportedLayerError,
    ValidationError,
)
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.layers import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Neurons,
    Shortcut,
)
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.layers.named import NAMES, architecture
from nengo_lifdeep.models import TrainedModel
from nengo_lifdeep.training import train
from nengo_lifdeep.training.initial import initial_weights
from nengo_lifdeep.training.random_features import random_features
from nengo_lifdeep.training.trainable import trainable

IMAGE = (6, 6, 1)
RELU = nengo.RectifiedLinear()

#: shape, layers, the layer that is in the way, and what is said of it
ORDERS = [
    ((6,), [Neurons(), Dense(2)], "neurons1", "neurons need a layer with weights before them"),
    ((6,), [Dense(3), Neurons(), Neurons(), Dense(2)], "neurons2", "neurons need a layer with"),
    (
        (6,),
        [Dense(4), Dense(3), Neurons(), Dense(2)],
        "dense2",
        r"two layers with weights follow each other, Dense 4 \(dense1\) and Dense 3",
    ),
    ((6,), [Dense(3), Neurons()], "neurons1", "the last layer must be a layer with weights"),
    ((6,), [BatchNormalization(), Dense(2)], "norm1", "it stands after Flatten. It can be folded"),
    (IMAGE, [BatchNormalization(), Flatten(), Dense(2)], "norm1", "it stands after the input"),
    (
        (6,),
        [Dense(3), Neurons(), BatchNormalization(), Dense(2)],
        "norm1",
        "it stands after Neurons.*before the neurons",
    ),
    (
        IMAGE,
        [Conv2D(2, 3), AveragePooling2D(2), Neurons(), Flatten(), Dense(2)],
        "pool1",
        "no neurons stand between conv1 and AveragePooling2D 2/2 valid. Put it after the neurons",
    ),
    (
        (6,),
        [Dense(3), Dropout(), Neurons(), Dense(2)],
        "dropout1",
        "no neurons stand between dense1 and Dropout 0.5. Put it after the neurons",
    ),
    ((6,), [Dense(2), Dropout()], "dropout1", "no neurons stand between dense1 and Dropout 0.5"),
    (
        IMAGE,
        [Conv2D(2, 3), Neurons(), Conv2D(2, 1), Flatten(), Shortcut("neurons1"), Neurons()],
        "shortcut1",
        "put it directly after a layer with weights",
    ),
    ((6,), [Dense(3), Dense(3), Shortcut("neurons1")], "shortcut1", "the last layer must be a"),
]


def built(shape, layers):
    """The architecture, with flat shapes where a Shortcut needs them."""
    if any(isinstance(layer, Shortcut) for layer in layers) and shape == IMAGE:
        layers = [Flatten(), Dense(3), Neurons(), Dense(3), Neurons(), Shortcut("neurons1"),
                  Neurons(), Dense(2)]  # fmt: skip
    return Architecture(shape, layers)


@pytest.mark.tf
@pytest.mark.parametrize(("shape", "layers", "where", "message"), ORDERS)
def test_every_way_in_refuses_before_it_begins(shape, layers, where, message):
    net = built(shape, layers)
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

    with pytest.raises(
        TrainingError, match="cannot be trained:\n  - neurons3: .*\n  - shortcut1: "
    ):
        build_graph(built(IMAGE, [Shortcut("neurons1")]), RELU)


def test_all_at_once_in_the_order_of_the_rules():
    net = Architecture(
        IMAGE,
        [
            Conv2D(2, 3), AveragePooling2D(2), Neurons(), BatchNormalization(), Dropout(0.2),
            Flatten(), Dense(4), Dense(3), Neurons(), Neurons(),
        ],
    )  # fmt: skip
    assert [finding.where for finding in trainable(net)] == [
        "neurons3", "dense2", "norm1", "pool1", "neurons3",
    ]  # fmt: skip
    with pytest.raises(ConversionError) as caught:
        convert(TrainedModel(net, initial_weights(net, RELU), RELU))
    assert str(caught.value).count("\n  - ") == 5


def test_normalisation_elsewhere_is_not_folded_by_itself():
    end = [BatchNormalization(), Flatten(), Dense(2)]
    for layers in (end, [Conv2D(2, 3), Neurons(), *end]):
        net = Architecture(IMAGE, layers)
        model = TrainedModel(net, initial_weights(net, RELU), RELU)
        with pytest.raises(ValidationError, match="layer 'norm1': it stands after .*folded only"):
            model.without_normalization()


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
    assert convertible(architecture(name)) == []


def test_importers_ask_before_they_build():
    keras = pytest.importorskip("keras")
    from nengo_lifdeep import from_keras
    from nengo_lifdeep.importers.keras.model import architecture_from_keras

    model = keras.Sequential([
        keras.Input((6, 6, 1)), keras.layers.Conv2D(2, 3), keras.layers.AveragePooling2D(2),
        keras.layers.ReLU(), keras.layers.Dropout(0.1), keras.layers.Flatten(),
        keras.layers.Dense(2),
    ])  # fmt: skip
    for read in (from_keras, architecture_from_keras):
        with pytest.raises(
            UnsupportedLayerError, match="(?s)average_pooling2d.*Put it after the neurons"
        ):
            read(model)
