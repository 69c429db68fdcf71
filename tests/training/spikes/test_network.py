"""Networks over a window: gradients of all weights by hand, dropout, and the same net in spikes."""

import math

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from nengo_lifdeep.conversion.swap import convert  # noqa: E402
from nengo_lifdeep.errors import TrainingError  # noqa: E402
from nengo_lifdeep.inputs.presentation import Presentation  # noqa: E402
from nengo_lifdeep.layers import (  # noqa: E402
    AveragePooling2D,
    Branch,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Neurons,
    Shortcut,
)
from nengo_lifdeep.layers.architecture import Architecture  # noqa: E402
from nengo_lifdeep.models import TrainedModel  # noqa: E402
from nengo_lifdeep.neurons import StepLIF  # noqa: E402
from nengo_lifdeep.simulators import run  # noqa: E402
from nengo_lifdeep.training.settings.spike_based import SpikeBased  # noqa: E402
from nengo_lifdeep.training.spikes.graph import build_spike_graph  # noqa: E402
from nengo_lifdeep.training.spikes.initial import initial_charges  # noqa: E402
from nengo_lifdeep.training.spikes.units import in_seconds, in_steps  # noqa: E402

pytestmark = pytest.mark.tf

N, BATCH, LEAK = 20, 3, 0.9
NEURON = StepLIF.of_leak(LEAK)
POOL = StepLIF.of_leak(1.0, threshold=0.75)


def small(*between, bias=False):
    layers = [
        Conv2D(3, 3, padding="same", use_bias=bias), Neurons(), *between,
        AveragePooling2D(2), Neurons(POOL), Flatten(), Dense(9, use_bias=bias), Neurons(),
        Dense(4, use_bias=bias),
    ]  # fmt: skip
    return Architecture((4, 4, 2), layers, "small")


def frames(seed=0, n=N):
    rng = np.random.default_rng(seed)
    spikes = (rng.uniform(size=(BATCH, n, 4, 4, 2)) < 0.4).astype(np.float32)
    return spikes * rng.choice([-1, 1], size=(4, 4, 2), p=[0.2, 0.8]).astype(np.float32)


def graph_of(net, seed=0, gain=1.5, **options):
    method = SpikeBased(n_steps=N, **options)
    graph = build_spike_graph(net, NEURON, method)
    graph.set_weights(initial_charges(net, NEURON, gain, seed))
    return graph, method


def shown(values):
    return {"input": tf.constant(values.reshape(BATCH, len(values[0]), -1))}


def gradients(graph, inputs, labels, training=False):
    """Scores, and the gradients of the summed squared error."""
    variables = graph.variables()
    with tf.GradientTape() as tape:
        scores = graph.stages[0](inputs, training=training)["output"][:, 0]
        loss = tf.reduce_sum(tf.square(scores - tf.one_hot(labels, 4)))
    flat = {(la, k): v for la, group in variables.items() for k, v in group.items()}
    found = tape.gradient(loss, list(flat.values()))
    return scores.numpy(), {key: g.numpy() for key, g in zip(flat, found, strict=True)}


def convolved(image, kernel):
    """3 x 3, same, in plain loops."""
    rows, cols, _ = image.shape
    padded = np.pad(image, ((1, 1), (1, 1), (0, 0)))
    out = np.zeros((rows, cols, kernel.shape[-1]))
    for r in range(rows):
        for c in range(cols):
            out[r, c] = np.tensordot(padded[r : r + 3, c : c + 3], kernel, 3)
    return out


def run_unit(charge, leak, threshold):
    left, out = np.zeros(charge.shape[1:]), []
    for c in charge:
        voltage = leak * left + c
        fired = voltage > threshold
        out.append(fired.astype(float))
        left = np.where(fired, 0.0, voltage)
    return np.array(out)


def errors_of(spikes, upstream, leak, slope):
    """Spike by spike: the error of every spike, to all steps since the one before it."""
    found = np.zeros_like(upstream)
    for place in np.ndindex(spikes.shape[1:]):
        times = np.flatnonzero(spikes[(slice(None), *place)])
        if not len(times):
            continue
        n = len(spikes)
        g = 1 + (math.log(leak) * sum(leak ** (n - 1 - t) for t in times) / len(times))
        start = 0
        for t in times:
            found[(slice(start, t + 1), *place)] = slope * g * upstream[(t, *place)]
            start = t + 1
    return found


def by_hand(weights, images, labels):
    """Gradients of `small()` summed over images, spikes and weights, without TensorFlow."""
    conv, hidden, last = (weights[k]["kernel"] for k in ("conv1", "dense1", "dense2"))
    totals = {
        k: np.zeros(w.shape) for k, w in (("conv1", conv), ("dense1", hidden), ("dense2", last))
    }
    all_scores = []
    for image, label in zip(images, labels, strict=True):
        s1 = run_unit(np.array([convolved(f, conv) for f in image]), LEAK, 1.0)
        pooled = s1.reshape(N, 2, 2, 2, 2, 3).mean(axis=(2, 4))
        s2 = run_unit(pooled, 1.0, 0.75)
        s3 = run_unit(s2.reshape(N, -1) @ hidden, LEAK, 1.0)
        held = np.zeros(4)
        for row in s3 @ last:
            held = LEAK * (held + row)
        scores = held / N
        all_scores.append(scores)
        delta = np.tile(2 * (scores - np.eye(4)[label]) / N, (N, 1))
        e3 = errors_of(s3, delta @ last.T, LEAK, 1.0)
        up2 = (e3 @ hidden.T).reshape(s2.shape)
        e2 = errors_of(s2, up2, 1.0, 1.0)  # a pooling unit: factor 1, not 1 / 0.75
        up1 = np.repeat(np.repeat(e2, 2, axis=1), 2, axis=2) / 4
        e1 = errors_of(s1, up1, LEAK, 1.0)
        for t in range(N):
            totals["dense2"] += np.outer(s3[t], delta[t])
            totals["dense1"] += np.outer(s2[t].ravel(), e3[t])
            padded = np.pad(image[t], ((1, 1), (1, 1), (0, 0)))
            for r in range(4):
                for c in range(4):
                    totals["conv1"] += (
                        padded[r : r + 3, c : c + 3, :, None] * e1[t, r, c][None, None, None]
                    )
    return np.array(all_scores), totals


def test_gradients_of_all_weights_by_hand():
    graph, _ = graph_of(small())
    labels = [0, 3, 1]
    scores, found = gradients(graph, shown(frames()), labels)
    expected_scores, expected = by_hand(graph.weights(), frames(), labels)
    np.testing.assert_allclose(scores, expected_scores, atol=1e-5)
    for layer, total in expected.items():
        assert np.abs(total).max() > 0.05
        np.testing.assert_allclose(found[layer, "kernel"], total, atol=1e-4 * np.abs(total).max())


def test_the_accumulated_form_counts_input_after_the_last_spike_too():
    """One hidden layer: the difference of the two gradients is just that input."""
    net = Architecture(
        (4, 4, 2), [Flatten(), Dense(9, use_bias=False), Neurons(), Dense(4, use_bias=False)]
    )
    (exact, _), (short, _) = graph_of(net), graph_of(net, accumulated=True)
    labels = [2, 0, 1]
    scores, found = gradients(exact, shown(frames()), labels)
    same_scores, others = gradients(short, shown(frames()), labels)
    np.testing.assert_allclose(same_scores, scores, atol=1e-6)
    np.testing.assert_allclose(others["dense2", "kernel"], found["dense2", "kernel"], atol=1e-5)
    w = exact.weights()
    missing = np.zeros((32, 9))
    for image, label, score in zip(frames(), labels, scores, strict=True):
        flat = image.reshape(N, -1)
        spikes = run_unit(flat @ w["dense1"]["kernel"], LEAK, 1.0)
        delta = 2 * (score - np.eye(4)[label]) / N @ w["dense2"]["kernel"].T
        for unit in range(9):
            times = np.flatnonzero(spikes[:, unit])
            if len(times):
                g = 1 + math.log(LEAK) * sum(LEAK ** (N - 1 - t) for t in times) / len(times)
                missing[:, unit] += g * delta[unit] * flat[times[-1] + 1 :].sum(axis=0)
    assert np.abs(missing).max() > 0.05
    np.testing.assert_allclose(
        others["dense1", "kernel"] - found["dense1", "kernel"], missing, atol=2e-5
    )


def test_dropout_is_held_through_the_window():
    net = small(Dropout(0.25))
    graph, _ = graph_of(net)
    model = graph.stages[0]
    assert model._held(BATCH, False) == {} == model._held(BATCH, None)
    masks = []
    for step in range(40):
        graph.step.assign(step)
        masks.append(model._held(BATCH, True)["dropout1"].numpy())
    masks = np.array(masks)
    assert masks.shape == (40, BATCH, 4, 4, 3)  # no axis of steps: one mask for all of them
    assert set(np.unique(masks)) == {np.float32(0), np.float32(1 / 0.75)}
    assert not np.array_equal(masks[0], masks[1])
    n = masks.size
    assert masks.mean() == pytest.approx(1.0, abs=4 * math.sqrt(0.25 / 0.75 / n))
    graph.step.assign(0)
    from nengo_lifdeep.training.spikes.steps import Steps

    spikes = Steps(tf.ones((N * BATCH, 4, 4, 3)), N)
    layer = next(la for la in net.layers if isinstance(la, Dropout))
    after = model._after(layer, spikes, spikes, model._held(BATCH, True)).by_step().numpy()
    np.testing.assert_array_equal(after, np.tile(masks[0], (N, 1, 1, 1, 1)))


def model_of(graph, net, method):
    weights = in_seconds(graph.weights(), net, NEURON, method)
    leak = {"leak": LEAK}
    provenance = {"dt": method.dt, "spikes": {**method.to_dict(), **leak}}
    return TrainedModel(net, weights, NEURON, provenance=provenance)


RESIDUAL = Architecture(
    (4, 4, 2),
    [
        Conv2D(3, 3, padding="same", use_bias=False), Neurons(name="first"),
        AveragePooling2D(1, 2, name="every_second"),
        Branch("first"), Conv2D(3, 3, padding="same", use_bias=False), Neurons(),
        Conv2D(3, 2, 2, use_bias=False), Shortcut("every_second"), Shortcut("first", 3, 2),
        Neurons(), Flatten(), Dense(4, use_bias=False),
    ],
    "residual",
)  # fmt: skip


@pytest.mark.parametrize("dt", [0.001, 0.0005])
@pytest.mark.parametrize("net", [small(), small(bias=True), RESIDUAL], ids=["", "bias", "residual"])
def test_the_same_network_in_nengo_and_events(net, dt):
    """`convert` changes nothing: scores of the last step, and Nengo's spikes in `events`."""
    graph, method = graph_of(net, dt=dt)
    rng = np.random.default_rng(2)
    weights = graph.weights()
    for group in weights.values():
        if "bias" in group:
            group["bias"] = rng.normal(0, 0.1, group["bias"].shape).astype(np.float32)
    graph.set_weights(weights)
    again = in_steps(in_seconds(weights, net, NEURON, method), net, NEURON, method)
    for layer, group in weights.items():
        for name, array in group.items():
            np.testing.assert_allclose(again[layer][name], array, rtol=1e-6)
    scores = graph.stages[0](shown(frames()), training=False)["output"][:, 0].numpy()
    spiking = convert(model_of(graph, net, method))
    assert {str(c.synapse) for c in spiking.connections if c.post != "output"} == {"None"}
    timing = Presentation.as_trained(spiking.provenance)
    assert timing.n_steps == N + 1
    longer = np.concatenate([np.abs(frames()), np.zeros((BATCH, 1, 4, 4, 2), np.float32)], axis=1)
    scores = graph.stages[0](shown(np.abs(frames())), training=False)["output"][:, 0].numpy()
    judge = run(spiking, longer, presentation=timing, simulator="nengo", rasters=BATCH)
    np.testing.assert_allclose(judge.outputs[:, -1], scores, atol=2e-5)
    found = run(
        spiking, longer, presentation=timing, simulator="events", rasters=BATCH, dtype="float64"
    )
    for name in judge.rasters:
        assert len(judge.rasters[name]) > 10
        np.testing.assert_array_equal(found.rasters[name], judge.rasters[name])
    quick = run(spiking, longer, presentation=timing, simulator="events")
    np.testing.assert_allclose(quick.outputs[:, -1], scores, atol=2e-5)


def test_without_a_leak_the_mean_of_all_steps_is_the_score():
    neuron = StepLIF.of_leak(1.0)
    net = small()
    method = SpikeBased(n_steps=N)
    graph = build_spike_graph(net, neuron, method)
    graph.set_weights(initial_charges(net, neuron, 1.5))
    images = np.abs(frames())
    scores = graph.stages[0](shown(images), training=False)["output"][:, 0].numpy()
    weights = in_seconds(graph.weights(), net, neuron, method)
    provenance = {"dt": 0.001, "spikes": {**method.to_dict(), "leak": 1.0}}
    spiking = convert(TrainedModel(net, weights, neuron, provenance=provenance))
    timing = Presentation.as_trained(spiking.provenance)
    found = run(spiking, images, presentation=timing, simulator="nengo")
    np.testing.assert_allclose(found.outputs.mean(axis=1), scores, atol=2e-5)


@pytest.mark.parametrize(
    ("layers", "neuron", "text"),
    [
        ([Dense(3), Neurons(), Dense(2)], StepLIF(), "decay_input=True"),
        ([Dense(3), Neurons(StepLIF()), Dense(2)], NEURON, "neurons1.*decay_input=True"),
        ([Neurons(), Dense(3), Neurons(), Dense(2)], NEURON, "the image reaches them without"),
        ([Dense(3), Neurons(), Dense(2), Neurons()], NEURON, "comes after the last layer with"),
    ],
)
def test_what_cannot_be_trained_is_said(layers, neuron, text):
    net = Architecture((4,), layers)
    with pytest.raises(TrainingError, match=text):
        build_spike_graph(net, neuron, SpikeBased())
