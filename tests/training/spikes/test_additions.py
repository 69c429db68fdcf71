"""Normalisation, scales, biases, rounding, rate targets and the read-out's own leak, on spikes."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from nengo_lifdeep.conversion.swap import convert  # noqa: E402
from nengo_lifdeep.datasets.base import Split  # noqa: E402
from nengo_lifdeep.errors import TrainingError  # noqa: E402
from nengo_lifdeep.inputs.presentation import Presentation  # noqa: E402
from nengo_lifdeep.layers import BatchNormalization, Dense, Flatten, Neurons, Scale  # noqa: E402
from nengo_lifdeep.layers.architecture import Architecture  # noqa: E402
from nengo_lifdeep.models import TrainedModel  # noqa: E402
from nengo_lifdeep.neurons import StepLIF  # noqa: E402
from nengo_lifdeep.simulators import run  # noqa: E402
from nengo_lifdeep.training import train  # noqa: E402
from nengo_lifdeep.training.rate_targets import RateBand  # noqa: E402
from nengo_lifdeep.training.settings.spike_based import SpikeBased  # noqa: E402
from nengo_lifdeep.training.spikes.graph import build_spike_graph  # noqa: E402
from nengo_lifdeep.training.spikes.units import in_seconds, in_steps  # noqa: E402
from nengo_lifdeep.weights.rounded import Rounded, steps_of  # noqa: E402

pytestmark = pytest.mark.tf

N, BATCH, DT = 16, 5, 0.002
NEURON = StepLIF.of_leak(0.9, dt=DT)


def network(*before, bias=True, between=()):
    """Two layers of neurons after ``before``, on 2 x 3 pixels."""
    layers = [
        *before, Flatten(), Dense(8, use_bias=bias), *between, Neurons(),
        Dense(7, use_bias=bias), Neurons(), Dense(3, use_bias=bias),
    ]  # fmt: skip
    return Architecture((2, 3, 1), layers, "additions")


def random_weights(net, graph, seed=0, low=0.0):
    """Weights per step that let most neurons fire."""
    rng = np.random.default_rng(seed)
    found = {}
    for layer, group in graph.weights().items():
        found[layer] = {
            k: rng.normal(0.1 + low, 0.5, v.shape).astype("f4") for k, v in group.items()
        }
        if "moving_variance" in group:
            found[layer]["moving_variance"] = rng.uniform(0.3, 2, 8).astype("f4")
            found[layer]["gamma"] = rng.uniform(0.5, 1.5, 8).astype("f4")
        if "bias" in group:
            found[layer]["bias"] = rng.uniform(0.1, 0.3, group["bias"].shape).astype("f4") + low
    return found


def frames(seed=0):
    return (np.random.default_rng(seed).random((BATCH, N, 2, 3, 1)) < 0.5).astype("f4")


def scores_of(graph, shown, training=False):
    inputs = {"input": tf.constant(shown.reshape(BATCH, N, -1))}
    return graph.stages[0](inputs, training=training)["output"][:, 0]


@pytest.mark.parametrize(
    ("net", "options"),
    [
        (network(between=[BatchNormalization()]), {}),
        (network(between=[BatchNormalization(epsilon=0.1)], bias=False), {"read_out_leak": 1.0}),
        (network(between=[Scale(0.7, 20.0)]), {"read_out_leak": 0.5}),
        (network(Scale(2.0, -0.5), between=[Scale(1.5)]), {"derivative": "arctan"}),
    ],
    ids=["normalisation", "normalisation, mean of steps", "scale, short read-out", "image"],
)
def test_it_spikes_as_it_was_trained(net, options, tmp_path):
    """Scores of the training's own window, and those of `nengo.Simulator` after conversion."""
    method = SpikeBased(n_steps=N, dt=DT, **options)
    graph = build_spike_graph(net, NEURON, method)
    graph.set_weights(random_weights(net, graph))
    shown = frames()
    scores = scores_of(graph, shown).numpy()
    assert scores.std() > 0.03
    weights = in_seconds(graph.weights(), net, NEURON, method)
    leak = method.read_out_leak or 0.9
    record = {"dt": DT, "spikes": {**method.to_dict(), "leak": leak}}
    trained = TrainedModel(net, weights, NEURON, provenance=record)
    spiking = convert(TrainedModel.load(trained.save(tmp_path / "net.lifdeep")))
    timing = Presentation.as_trained(spiking.provenance)
    longer = np.concatenate([shown, shown[:, -1:]], axis=1)[:, : timing.n_steps]
    found = run(spiking, longer, presentation=timing, simulator="nengo").outputs
    held = found.mean(axis=1) if leak == 1 else found[:, -1]
    np.testing.assert_allclose(held, scores, rtol=1e-4, atol=1e-4)


def test_seconds_and_steps_are_inverse():
    net = network(between=[BatchNormalization()])
    method = SpikeBased(n_steps=N, dt=DT)
    graph = build_spike_graph(net, NEURON, method)
    given = random_weights(net, graph)
    back = in_steps(in_seconds(given, net, NEURON, method), net, NEURON, method)
    assert list(back) == list(given)
    for layer, group in given.items():
        for name, array in group.items():
            np.testing.assert_allclose(back[layer][name], array, rtol=1e-4, atol=1e-6)


def test_normalisation_is_over_images_and_steps():
    net = network(between=[BatchNormalization(momentum=0.5)], bias=False)
    graph = build_spike_graph(net, NEURON, SpikeBased(n_steps=N))
    weights = random_weights(net, graph)
    graph.set_weights(weights)
    shown = frames()
    scores_of(graph, shown, training=True)
    charges = shown.reshape(-1, 6) @ weights["dense1"]["kernel"]
    found = graph.weights()["norm1"]
    before = weights["norm1"]
    for name, value in (("moving_mean", charges.mean(0)), ("moving_variance", charges.var(0))):
        np.testing.assert_allclose(found[name], (before[name] + value) / 2, rtol=1e-4, atol=1e-5)


def test_accumulated_errors_reach_biases():
    """Where every neuron fires in the last step they equal those of the recursion (no input after
    it), biases included: they come in every step."""
    net = network()
    found = []
    for accumulated in (False, True):
        method = SpikeBased(n_steps=N, accumulated=accumulated)
        graph = build_spike_graph(net, NEURON, method)
        weights = random_weights(net, graph, low=1.2)
        graph.set_weights({k: {n: np.abs(v) for n, v in g.items()} for k, g in weights.items()})
        variables = graph.variables()
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(scores_of(graph, np.ones_like(frames()))))
        flat = [v for group in variables.values() for v in group.values()]
        found.append([loss, *tape.gradient(loss, flat)])
    assert len(found[0]) == 7
    for one, other in zip(*found, strict=True):
        assert np.abs(one).max() > 0
        np.testing.assert_allclose(one, other, rtol=2e-5)


def test_accumulated_normalisation_is_refused():
    net = network(between=[BatchNormalization()])
    with pytest.raises(TrainingError, match="norm1 normalises over all steps of the window"):
        trained(net, method=SpikeBased(n_steps=4, accumulated=True))


def trained(net, method=None, **options):
    rng = np.random.default_rng(0)
    data = Split(rng.random((64, 2, 3, 1), np.float32), rng.integers(0, 3, 64), "noise")
    return train(
        net, data, neuron=NEURON, method=method or SpikeBased(n_steps=8, dt=DT),
        batch_size=16, learning_rate=0.01, loss="sum_of_squares", progress=False, **options,
    )  # fmt: skip


@pytest.mark.parametrize("accumulated", [False, True])
def test_rate_targets_add_the_distance_of_rates_from_their_band(accumulated):
    """In Hz, by the spikes of all steps; the gradient lowers the weights of neurons above it."""
    net, band = network(), RateBand(0, 60, 1e-3)
    method = SpikeBased(n_steps=N, dt=DT, accumulated=accumulated)
    graph = build_spike_graph(net, NEURON, method, bands={"neurons1": band})
    weights = random_weights(net, graph)
    graph.set_weights(weights)
    shown, model = frames(), graph.stages[0]
    with tf.GradientTape() as tape:
        scores_of(graph, shown)
        (added,) = model.losses
    charges = shown.reshape(BATCH, N, 6) @ weights["dense1"]["kernel"] + weights["dense1"]["bias"]
    rates = np.zeros(8)
    held = np.zeros((BATCH, 8))
    for t in range(N):
        held = 0.9 * held + charges[:, t]
        rates += (held > 1).mean(axis=0) / (N * DT)
        held[held > 1] = 0
    over = np.maximum(rates - 60, 0)
    assert (over > 0).sum() > 3 and (over == 0).any()
    assert float(added) == pytest.approx(1e-3 * (over**2).mean(), rel=1e-4)
    found = tape.gradient(added, graph.variables()["dense1"]["bias"]).numpy()
    assert (found[over > 0] > 0).all() and (found[over == 0] == 0).all()


def test_training_with_rounded_weights_and_rate_targets():
    bits = {"dense1": 3, "dense2": 4}
    model = trained(
        network(),
        epochs=2,
        weights={name: Rounded(number) for name, number in bits.items()},
        rate_targets={"dense1": (0, 20, 1e-3)},
    )
    for name, number in bits.items():
        kernel = model.weights[name]["kernel"]
        steps = kernel / (np.abs(kernel).max() / steps_of(number))
        np.testing.assert_allclose(steps, np.round(steps), atol=1e-4)
        assert len(np.unique(np.round(steps))) > 3
    assert model.history["loss"][1] < model.history["loss"][0]
