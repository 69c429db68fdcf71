"""Gradients of whole networks against finite differences, and against sums over spikes."""

import math

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from nengo_lifdeep.compat import import_tf_keras  # noqa: E402
from nengo_lifdeep.layers import (  # noqa: E402
    AveragePooling2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Neurons,
)
from nengo_lifdeep.layers.architecture import Architecture  # noqa: E402
from nengo_lifdeep.neurons import StepLIF  # noqa: E402
from nengo_lifdeep.training.settings.spike_based import SpikeBased  # noqa: E402
from nengo_lifdeep.training.spikes import membrane  # noqa: E402
from nengo_lifdeep.training.spikes import network as spike_network  # noqa: E402
from nengo_lifdeep.training.spikes.graph import build_spike_graph  # noqa: E402

pytestmark = pytest.mark.tf

#: no voltage of a leaky neuron is nearer to its threshold, so that rounding decides no spike
MARGIN = 1e-4
POOL = StepLIF.of_leak(1.0, threshold=0.75)
LABELS = (1, 0)


def network(dropout=None):
    """Two hidden layers and a pool that fires between them."""
    layers = [
        Conv2D(2, 3, padding="same", use_bias=False), Neurons(),
        *([] if dropout is None else [Dropout(dropout)]),
        AveragePooling2D(2), Neurons(POOL), Flatten(), Dense(4, use_bias=False), Neurons(),
        Dense(2, use_bias=False),
    ]  # fmt: skip
    return Architecture((4, 4, 1), layers, "differences")


def graph_of(net, n, leak, seed, **options):
    graph = build_spike_graph(net, StepLIF.of_leak(leak), SpikeBased(n_steps=n, **options))
    rng = np.random.default_rng(seed)
    spread = {"conv1": (0.15, 0.6), "dense1": (0.2, 0.6), "dense2": (0.0, 0.7)}
    graph.set_weights(
        {
            layer: {"kernel": rng.normal(*spread[layer], group["kernel"].shape)}
            for layer, group in graph.weights().items()
        }
    )
    images = (rng.random((len(LABELS), n, 4, 4, 1)) < 0.5) * rng.choice([1, 1, 1, -1], (4, 4, 1))
    return graph, images.astype(float)


def loss_of(graph, images, training=False):
    kind = graph.variables()["dense2"]["kernel"].dtype
    shown = tf.constant(images.reshape(*images.shape[:2], -1), kind)
    scores = graph.stages[0]({"input": shown}, training=training)["output"][:, 0]
    return tf.reduce_sum(tf.square(scores - tf.one_hot(LABELS, 2, dtype=kind))), scores


def gradients(graph, images, training=False):
    kernels = {layer: group["kernel"] for layer, group in graph.variables().items()}
    with tf.GradientTape() as tape:
        loss, scores = loss_of(graph, images, training)
    found = tape.gradient(loss, list(kernels.values()))
    return scores.numpy(), {k: g.numpy() for k, g in zip(kernels, found, strict=True)}


def slope(graph, images, layer, direction, size=1e-5):
    """Two-sided finite difference of the loss as a layer's weights move in a direction."""
    kernel = graph.variables()[layer]["kernel"]
    held, ends = kernel.numpy(), []
    for sign in (1, -1):
        kernel.assign(held + sign * size * direction)
        ends.append(float(loss_of(graph, images)[0]))
    kernel.assign(held)
    return (ends[0] - ends[1]) / (2 * size)


def directions(shape, n=4):
    return np.random.default_rng(1).normal(size=(n, *shape))


@pytest.fixture(autouse=True)
def uncompiled():
    """Steps of so few neurons take less time than their compilation."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def double():
    keras = import_tf_keras()
    before = keras.backend.floatx()
    keras.backend.set_floatx("float64")
    yield
    keras.backend.set_floatx(before)


@pytest.fixture
def smooth(monkeypatch):
    """Spikes that are sigmoids of the voltage, of the steepness of the surrogate derivative."""

    def fires(voltage, rule):
        return tf.sigmoid(rule.alpha * (voltage - rule.threshold))

    def step(voltage, charge, rule):
        reached = rule.leak * voltage + charge
        spikes = fires(reached, rule)
        return spikes, reached, reached * (1 - spikes)

    monkeypatch.setattr(membrane, "fires", fires)
    for module in (membrane, spike_network):
        monkeypatch.setattr(module, "step", step)
    membrane._kernels.cache_clear()
    yield
    membrane._kernels.cache_clear()


def test_surrogate_gradients_are_the_derivatives_of_a_network_of_smooth_spikes(double, smooth):
    """With sigmoids for spikes, forward and backward, nothing is approximate: slopes are
    finite differences, through convolution, pool, resets, leaks and read-out."""
    options = {"derivative": "sigmoid", "alpha": 3.0, "through_reset": True}
    graph, images = graph_of(network(), 4, 0.8, 0, **options)
    _, found = gradients(graph, images)
    for layer, gradient in found.items():
        assert gradient.dtype == np.float64
        assert np.abs(gradient).max() > 0.01
        for each in directions(gradient.shape):
            expected = slope(graph, images, layer, each)
            assert (gradient * each).sum() == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_without_the_path_through_resets_smooth_spikes_have_another_derivative(double, smooth):
    """What the check above would find: a gradient that leaves a path out."""
    graph, images = graph_of(network(), 4, 0.8, 0, derivative="sigmoid", alpha=3.0)
    _, found = gradients(graph, images)
    each = directions(found["conv1"].shape)[0]
    expected = slope(graph, images, "conv1", each)
    assert expected != 0
    assert abs((found["conv1"] * each).sum() / expected - 1) > 0.01


def windows(image, n):
    """All 3 x 3 pieces of every step, ``(n, 4, 4, 9)``, zeros around the image."""
    padded = np.pad(image[..., 0], ((0, 0), (1, 1), (1, 1)))
    return np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2)).reshape(n, 4, 4, 9)


def fired(charge, leak, threshold):
    """Spikes of all units in float64; pools, of quarters and thirds of spikes, are exact."""
    left, out = np.zeros(charge.shape[1:]), []
    for c in charge:
        voltage = leak * left + c
        assert threshold < 1 or np.abs(voltage - threshold).min() >= MARGIN
        out.append((voltage > threshold).astype(float))
        left = np.where(out[-1] > 0, 0.0, voltage)
    return np.array(out)


def forward(weights, image, leak, mask):
    """Spikes of the three populations, and the 3 x 3 pieces of the image."""
    n = len(image)
    pieces = windows(image, n)
    s1 = fired(pieces @ weights["conv1"]["kernel"].reshape(9, 2).astype(float), leak, 1.0)
    pooled = (s1 * mask).reshape(n, 2, 2, 2, 2, 2).mean(axis=(2, 4))
    s2 = fired(pooled, 1.0, 0.75)
    s3 = fired(s2.reshape(n, -1) @ weights["dense1"]["kernel"].astype(float), leak, 1.0)
    return pieces, s1, s2, s3


def sensitivities(spikes, leak):
    """``1 + ln(l) F / N`` of every unit, spike by spike; 0 of those that never fired."""
    found = np.zeros(spikes.shape[1:])
    for place in np.ndindex(found.shape):
        ages = len(spikes) - 1 - np.flatnonzero(spikes[(slice(None), *place)])
        if len(ages):
            found[place] = 1 + math.log(leak) * sum(leak**age for age in ages) / len(ages)
    return found


def shared(spikes, upstream, factor):
    """All input of an interval has the error of the spike that ends it."""
    found = np.zeros(spikes.shape)
    for place in np.ndindex(spikes.shape[1:]):
        start = 0
        for t in np.flatnonzero(spikes[(slice(None), *place)]):
            found[(slice(start, t + 1), *place)] = factor[place] * upstream[(t, *place)]
            start = t + 1
    return found


def whole(spikes, upstream, factor):
    """The accumulated form: one error for every step, before and after spikes."""
    return np.broadcast_to(factor * upstream[0], spikes.shape)


def by_hand(weights, images, leak, masks, rule):
    """Gradients of all weights in float64, without TensorFlow."""
    totals = {k: np.zeros(group["kernel"].shape) for k, group in weights.items()}
    hidden, last = (weights[k]["kernel"].astype(float) for k in ("dense1", "dense2"))
    n = images.shape[1]
    for image, label, mask in zip(images, LABELS, masks, strict=True):
        pieces, s1, s2, s3 = forward(weights, image, leak, mask)
        score = sum(leak ** (n - t) * s3[t] @ last for t in range(n)) / n
        delta = np.tile(2 * (score - np.eye(2)[label]) / n, (n, 1))
        e3 = rule(s3, delta @ last.T, sensitivities(s3, leak))
        e2 = rule(s2, (e3 @ hidden.T).reshape(s2.shape), s2.any(axis=0).astype(float))
        up1 = np.repeat(np.repeat(e2, 2, axis=1), 2, axis=2) / 4 * mask
        e1 = rule(s1, up1, sensitivities(s1, leak))
        totals["dense2"] += s3.T @ delta
        totals["dense1"] += s2.reshape(n, -1).T @ e3
        totals["conv1"] += np.einsum("trcp,trcf->pf", pieces, e1).reshape(3, 3, 1, 2)
    return totals


@pytest.mark.parametrize("dropout", [None, 0.25])
@pytest.mark.parametrize("rule", [shared, whole])
def test_both_published_forms_by_hand(rule, dropout):
    """All steps and the accumulated one, whose dropout is the same mask in every step."""
    n, leak = 15, 0.9
    graph, images = graph_of(network(dropout), n, leak, 0, accumulated=rule is whole)
    masks = np.ones((2, 4, 4, 2))
    if dropout:
        masks = graph.stages[0]._held(2, True)["dropout1"].numpy().astype(float)
        assert 0 < (masks == 0).mean() < 1
    _, found = gradients(graph, images, training=dropout is not None)
    expected = by_hand(graph.weights(), images, leak, masks, rule)
    for layer, total in expected.items():
        assert np.abs(total).max() > 0.02
        np.testing.assert_allclose(found[layer], total, atol=1e-5 * np.abs(total).max(), rtol=1e-4)


@pytest.mark.parametrize("leak", [1.0, 0.9])
def test_the_read_outs_published_gradient_is_the_derivative_without_leak_only(double, leak):
    """Its weights move no spike, so finite differences are exact: ``l^(n - t + 1)`` per step.

    The published gradient leaves that factor out, 0.66 of it with a leak of 0.9 and 25 steps.
    """
    n = 25
    graph, images = graph_of(network(), n, leak, 0)
    scores, found = gradients(graph, images)
    exact = np.zeros_like(found["dense2"])
    ages = leak ** np.arange(n, 0, -1)
    for image, score, label in zip(images, scores, LABELS, strict=True):
        s3 = forward(graph.weights(), image, leak, 1.0)[-1]
        exact += np.outer(ages @ s3, 2 * (score - np.eye(2)[label]) / n)
    for each in directions(exact.shape):
        expected = slope(graph, images, "dense2", each)
        assert (exact * each).sum() == pytest.approx(expected, rel=1e-6, abs=1e-9)
    away = np.linalg.norm(found["dense2"] - exact) / np.linalg.norm(found["dense2"])
    assert away == pytest.approx(0.0 if leak == 1 else 0.66, abs=1e-7 if leak == 1 else 0.04)
