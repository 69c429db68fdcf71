"""The network that NengoDL trains computes what the layers say, and nothing besides."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep.compat import import_nengo_dl
from nengo_lifdeep.errors import TrainingError, ValidationError
from nengo_lifdeep.layers import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    LocallyConnected2D,
    Shortcut,
)
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.layers.windows import window_geometry
from nengo_lifdeep.neurons import SoftLIF, neuron_rate
from nengo_lifdeep.training.graph import build_graph
from nengo_lifdeep.training.initial import initial_weights

pytestmark = pytest.mark.tf

MIXED = Architecture(
    (7, 6, 2),
    (
        Conv2D(4, (3, 2), strides=2, padding="same", groups=2),
        BatchNormalization(),
        AveragePooling2D(2, 1, padding="same"),
        LocallyConnected2D(3, 2, padding="valid"),
        Dropout(0.3),
        Flatten(),
        Dense(5, use_bias=False),
        Dense(3),
    ),
)


def _windows(image, layer, size):
    """Every output pixel with the part of the image, inside the border, that it sees."""
    strides = layer.strides
    (rows, top), (cols, left) = (
        window_geometry(image.shape[a], size[a], strides[a], layer.padding) for a in (0, 1)
    )
    for r in range(rows):
        for c in range(cols):
            for i in range(size[0]):
                for j in range(size[1]):
                    y, x = r * strides[0] - top + i, c * strides[1] - left + j
                    if 0 <= y < image.shape[0] and 0 <= x < image.shape[1]:
                        yield r, c, i, j, image[y, x]


def _apply(layer, w, x, neuron):
    """One layer on one image, written as loops over the definition."""
    kind = type(layer).__name__
    if kind == "Neurons":
        return neuron_rate(neuron, x)
    if kind == "Flatten":
        return x.reshape(-1)
    if kind == "Dense":
        return x @ w["kernel"] + w.get("bias", 0)
    if kind == "BatchNormalization":
        scale = w["gamma"] / np.sqrt(w["moving_variance"] + layer.epsilon)
        return (x - w["moving_mean"]) * scale + w["beta"]
    if kind == "Dropout":
        return x
    out = np.zeros(layer.output_shape(x.shape))
    if kind == "AveragePooling2D":
        seen = np.zeros_like(out)
        for r, c, _, _, value in _windows(x, layer, layer.pool_size):
            out[r, c] += value
            seen[r, c] += 1
        return out / seen
    for r, c, i, j, value in _windows(x, layer, layer.kernel_size):
        if kind == "LocallyConnected2D":
            at = (i * layer.kernel_size[1] + j) * len(value)
            out[r, c] += value @ w["kernel"][r, c, at : at + len(value)]
        else:
            n_in, n_out = len(value) // layer.groups, layer.filters // layer.groups
            for g in range(layer.groups):
                part = slice(g * n_out, (g + 1) * n_out)
                out[r, c, part] += value[g * n_in : (g + 1) * n_in] @ w["kernel"][i, j, :, part]
    return out + w.get("bias", 0)


def _random_weights(architecture, neuron, rng):
    weights = initial_weights(architecture, neuron)
    for group in weights.values():
        for name, array in group.items():
            noise = rng.normal(size=array.shape, scale=0.2)
            group[name] = (array + (abs(noise) if "variance" in name else noise)).astype("float32")
    return weights


def _simulator(graph, batch):
    return import_nengo_dl().Simulator(graph.network, minibatch_size=batch, progress_bar=False)


RESIDUAL = Architecture(
    (7, 6, 2),
    (
        Conv2D(4, 3, padding="same"),
        Conv2D(4, 3, padding="same"),
        BatchNormalization(),
        Shortcut("neurons1"),
        Conv2D(3, 3, strides=2, padding="same"),
        Shortcut("neurons2", 3, 2),
        Shortcut("neurons1", 3, 2),
        AveragePooling2D(2),
        Flatten(),
        Dense(3),
    ),
)


@pytest.mark.parametrize("architecture", [MIXED, RESIDUAL], ids=["mixed", "residual"])
@pytest.mark.parametrize(
    "neuron", [nengo.RectifiedLinear(), nengo.LIFRate(amplitude=0.05), SoftLIF(amplitude=0.05)]
)
def test_output_equals_definition(architecture, neuron):
    rng = np.random.default_rng(0)
    weights = _random_weights(architecture, neuron, rng)
    images = rng.random((4, *architecture.input_shape), dtype=np.float32)
    graph = build_graph(architecture, neuron)
    with _simulator(graph, 4) as sim:
        graph.set_weights(weights)
        found = sim.predict(images.reshape(4, 1, -1))[graph.output][:, 0]
        kept = graph.weights()
    expected = []
    for image in images.astype(np.float64):
        value, known = image, {}
        for layer in architecture.layers:
            w = weights.get(layer.name, {})
            if isinstance(layer, Shortcut):
                added = known[layer.source]
                value = value + (added[:: layer.strides[0], :: layer.strides[1]] @ w["kernel"][0, 0]
                                 if w else added)  # fmt: skip
                continue
            value = known[layer.name] = _apply(layer, w, value, neuron)
        expected.append(value)
    assert np.std(expected) > 0.01
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-4)
    for layer, group in weights.items():
        for name, array in group.items():
            np.testing.assert_array_equal(kept[layer][name], array)


def test_nengo_adds_nothing_of_its_own():
    graph = build_graph(MIXED, nengo.RectifiedLinear())
    with _simulator(graph, 2) as sim:
        core = sim.tensor_graph
        assert not core.base_arrays_init["trainable"]  # all parameters are the layers' own
        assert not core.base_arrays_init["non_trainable"]  # no bias or gain is added to currents
        assert set(core.signals.read_types) == {"identity"}  # nothing is sliced or gathered
        assert set(core.signals.write_types) == {"assign"}
        trained = {id(v) for v in sim.keras_model.trainable_variables}
        ours = [v for g in graph.variables().values() for k, v in g.items() if "moving" not in k]
        assert trained == {id(v) for v in ours}


def test_one_node_per_population():
    graph = build_graph(MIXED, SoftLIF())
    assert [stage.name for stage in graph.stages] == [
        "conv1_norm1", "pool1_local1", "dropout1_flatten1_dense1", "dense2",
    ]  # fmt: skip
    assert list(graph.ensembles) == ["neurons1", "neurons2", "neurons3"]
    sizes = [ensemble.n_neurons for ensemble in graph.ensembles.values()]
    assert sizes == [4 * 3 * 4, 3 * 2 * 3, 5]


def test_weights_of_a_wrong_shape_are_refused():
    graph = build_graph(MIXED, SoftLIF())
    weights = initial_weights(MIXED, SoftLIF())
    weights["conv1"]["kernel"] = weights["conv1"]["kernel"][:1]
    with _simulator(graph, 2), pytest.raises(ValidationError, match="'conv1': kernel.*shape"):
        graph.set_weights(weights)


def test_neuron_without_gradient_is_refused():
    with pytest.raises(TrainingError, match="no TensorFlow implementation"):
        build_graph(MIXED, nengo.AdaptiveLIFRate())


def test_dropout_is_a_function_of_seed_and_step():
    from nengo_lifdeep.compat import import_tensorflow
    from nengo_lifdeep.training.tensorflow.simple import StatelessDropout

    tf = import_tensorflow()
    step = tf.Variable(3, dtype=tf.int64)
    ones = tf.ones((50, 200))
    first = StatelessDropout(Dropout(0.25), step, seed=1)(ones, training=True).numpy()
    again = StatelessDropout(Dropout(0.25), step, seed=1)(ones, training=True).numpy()
    np.testing.assert_array_equal(first, again)
    step.assign(4)
    later = StatelessDropout(Dropout(0.25), step, seed=1)(ones, training=True).numpy()
    assert (first != later).any()
    assert set(np.unique(first)) == {0, np.float32(1 / 0.75)}
    # share of silenced inputs: binomial with n = 10,000, five standard deviations
    assert abs((first == 0).mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / first.size)
    layer = StatelessDropout(Dropout(0.25), step, seed=1)
    np.testing.assert_array_equal(layer(ones, training=False), ones)
