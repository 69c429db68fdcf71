"""Linear layers in every place: the graph for training gives what they say, and their gradients."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep.compat import import_nengo_dl, import_tf_keras
from nengo_lifdeep.training.graph import build_graph
from tests.conversion.layer_by_layer import outputs
from tests.conversion.networks import IMAGE, NETWORKS, images, network

pytestmark = pytest.mark.tf

RELU = nengo.RectifiedLinear()

#: every kind of layer, in every place, and every way of reading another
NAMES = [
    "normalised image", "normalised after pool", "pool before neurons", "local", "padded",
    "cropped", "dilated", "upsampled", "transposed", "scaled", "ends in neurons", "ends in a map",
    "sum with the image", "before activation", "branches", "dense block", "beside each other",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_output_equals_layer_by_layer(name):
    model = network(name, RELU)
    graph = build_graph(model.architecture, RELU)
    with import_nengo_dl().Simulator(graph.network, minibatch_size=2, progress_bar=False) as sim:
        graph.set_weights(model.weights)
        found = sim.predict(images().reshape(2, 1, -1))[graph.output][:, 0]
    last = model.architecture.layers[-1].name
    expected = [outputs(model, image)[last] for image in images()]
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-5)


def functional(model):
    """The network "dense block" or "before activation" as ordinary code of Keras writes it."""
    layers = import_tf_keras().layers
    x = image = layers.Input(IMAGE)
    known = {"input": image}
    for layer in model.architecture.layers:
        kind, name = type(layer).__name__, layer.name
        if kind == "Neurons":
            x = layers.ReLU(name=name)(x)
        elif kind == "Conv2D":
            x = layers.Conv2D(layer.filters, layer.kernel_size, padding=layer.padding, name=name)(x)
        elif kind == "BatchNormalization":
            x = layers.BatchNormalization(
                momentum=layer.momentum, epsilon=layer.epsilon, name=name
            )(x)
        elif kind == "AveragePooling2D":
            x = layers.AveragePooling2D(layer.pool_size, layer.strides, layer.padding)(x)
        elif kind == "Shortcut":
            x = layers.Add()([x, known[layer.source]])
        elif kind == "Concatenate":
            x = layers.Concatenate()([x, known[layer.source]])
        elif kind == "Branch":
            x = known[layer.source]
        elif kind == "Flatten":
            x = layers.Flatten()(x)
        else:
            x = layers.Dense(layer.units, name=name)(x)
        known[name] = x
    keras_model = import_tf_keras().Model(image, x)
    for name, arrays in model.weights.items():
        for variable in keras_model.get_layer(name).variables:
            variable.assign(arrays[variable.name.rpartition("/")[2].partition(":")[0]])
    return keras_model


@pytest.mark.parametrize("name", ["before activation", "dense block", "branches"])
def test_one_step_as_in_keras(name):
    """Same loss, same optimiser: the same weights after a step, moving averages too."""
    model = network(name, RELU)
    keras = import_tf_keras()
    rng = np.random.default_rng(5)
    x, y = images(8), rng.normal(size=(8, 3)).astype("f4")
    twin = functional(model)
    twin.compile(keras.optimizers.SGD(0.01), "mse")
    twin.fit(x, y, batch_size=8, epochs=1, verbose=0)
    graph = build_graph(model.architecture, RELU)
    with import_nengo_dl().Simulator(graph.network, minibatch_size=8, progress_bar=False) as sim:
        graph.set_weights(model.weights)
        sim.compile(optimizer=keras.optimizers.SGD(0.01), loss={graph.output: "mse"})
        sim.fit(x.reshape(8, 1, -1), {graph.output: y[:, np.newaxis]}, epochs=1, verbose=0)
        found = graph.weights()
    moved = 0.0
    for layer, arrays in found.items():
        for variable in twin.get_layer(layer).variables:
            key = variable.name.rpartition("/")[2].partition(":")[0]
            expected = variable.numpy()
            moved = max(moved, float(np.abs(expected - model.weights[layer][key]).max()))
            np.testing.assert_allclose(arrays[key], expected, rtol=1e-4, atol=1e-5)
    assert moved > 1e-3


def test_all_names_are_networks():
    assert set(NAMES) <= NETWORKS.keys()
