"""Weights in few bits: steps, what the chip makes of them, straight-through training, refusals."""

from __future__ import annotations

import nengo
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nengo_lifdeep import Architecture, SoftLIF, TrainedModel, committee, convert, datasets, train
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.layers import (
    AveragePooling2D,
    BatchNormalization,
    Branch,
    Concatenate,
    Conv2D,
    Dense,
    Flatten,
    LocallyConnected2D,
    Neurons,
    Shortcut,
)
from nengo_lifdeep.layers.named import architecture, with_batch_normalization
from nengo_lifdeep.models.held import quantize_weights
from nengo_lifdeep.training.random_features import untrained
from nengo_lifdeep.weights.rounded import Rounded, rounded, steps_of


@given(st.integers(2, 16), st.integers(0, 99))
def test_rounded_is_the_nearest_step(bits, seed):
    kernel = np.random.default_rng(seed).normal(size=(3, 3, 2, 4)).astype(np.float64)
    steps = np.linspace(-1, 1, 2 * steps_of(bits) + 1) * np.abs(kernel).max()
    nearest = np.abs(kernel[..., np.newaxis] - steps).min(axis=-1)  # by trying all of them
    found = rounded(kernel, bits)
    np.testing.assert_allclose(np.abs(found - kernel), nearest, atol=1e-12)
    assert np.abs(found).max() == pytest.approx(np.abs(kernel).max())
    assert (rounded(0 * kernel, bits) == 0).all()


@pytest.mark.loihi
def test_eight_bits_are_what_nengo_loihi_stores():
    """Its integers for the rounded kernel are our steps: nothing is lost once more."""
    from nengo_lifdeep.compat import import_nengo_loihi

    nengo_loihi = import_nengo_loihi()
    rng = np.random.default_rng(0)
    matrix = rounded(rng.normal(size=(12, 9)), 8)
    with nengo.Network(seed=0) as net:
        neuron = nengo_loihi.neurons.LoihiLIF()
        pre, post = (
            nengo.Ensemble(n, 1, neuron_type=neuron, gain=np.ones(n), bias=np.ones(n))
            for n in (9, 12)
        )
        nengo.Connection(pre.neurons, post.neurons, transform=matrix, synapse=0.005)
    with nengo_loihi.Simulator(net, target="sim", progress_bar=False) as sim:
        blocks = [block for block in sim.model.blocks if block.n_neurons == 12]
        stored = np.array([np.ravel(w) for w in blocks[0].synapses[0].weights]).T
    steps = np.round(matrix / np.abs(matrix).max() * steps_of(8))
    assert np.array_equal(stored, stored.astype(int))
    np.testing.assert_array_equal(stored / np.abs(stored).max() * steps_of(8), steps)


def test_bits_by_layer():
    net = architecture("digits-compact")
    assert net.weight_kinds == {}
    assert net.with_weights(Rounded(4)).weight_kinds == dict.fromkeys(
        ("conv2", "dense1"), Rounded(4)
    )
    assert net.with_weights({"conv1": Rounded(3)}).weight_kinds == {"conv1": Rounded(3)}
    assert net.with_weights(Rounded(4)).with_weights({"conv2": None, "dense1": None}) == net
    with pytest.raises(ValidationError, match="'conv9'.*has weights in conv1, conv2"):
        net.with_weights({"conv9": Rounded(3)})
    for wrong in (4, "4 bits", Rounded):
        with pytest.raises(ValidationError, match=r"weights is .*such as Rounded\(4\)"):
            net.with_weights(wrong)
    for wrong in (1, 17, 4.0, True):
        with pytest.raises(ValidationError, match="weights Rounded: bits is"):
            Rounded(wrong)
    with pytest.raises(ValidationError, match="'norm2' after it.*without_normalization"):
        with_batch_normalization(net).with_weights(Rounded(4))


@pytest.mark.tf
def test_in_networks_with_branches_only_what_lies_between_neurons_is_rounded():
    """All that read pixels, and all that end in scores, are the host's and stay floats."""
    layers = [
        Conv2D(4, 3, padding="same", name="a"), Conv2D(4, 3, padding="same", name="a2"), Neurons(),
        Conv2D(4, 3, name="b"), Neurons(), Flatten(), Dense(3, name="scores_a"),
        Branch("input"), Conv2D(4, 3, padding="same", name="c"), Concatenate("neurons1"),
        Neurons(), Conv2D(4, 3, name="d"), Neurons(), Flatten(), Dense(3, name="scores_d"),
        Shortcut("scores_a"),
    ]  # fmt: skip
    net = Architecture((8, 8, 1), layers)
    assert list(net.with_weights(Rounded(4)).weight_kinds) == ["b", "d"]
    ends = Architecture((8, 8, 1), [*layers[:5], Flatten(), Dense(3, name="last"), Neurons()])
    assert list(ends.with_weights(Rounded(4)).weight_kinds) == ["b", "last"]


def test_a_committee_is_rounded_where_its_members_are():
    """Whichever comes first: members side by side, or rounding."""
    members = [untrained("digits-compact", seed=seed) for seed in range(2)]
    together = quantize_weights(committee(members), 3)
    assert list(together.architecture.weight_kinds) == [
        "m1_conv2", "m1_dense1", "m2_conv2", "m2_dense1",
    ]  # fmt: skip
    coarse = committee([quantize_weights(member, 3) for member in members])
    assert together.architecture == coarse.architecture
    assert together.fingerprint == coarse.fingerprint


def test_straight_through_rounds_forwards_and_not_backwards():
    from nengo_lifdeep.compat import import_tensorflow
    from nengo_lifdeep.training.tensorflow.held import straight_through

    tf = import_tensorflow()
    values = np.random.default_rng(1).normal(size=(5, 7)).astype(np.float32)
    kernel = tf.Variable(values)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(straight_through(kernel, Rounded(3)) * values)
    np.testing.assert_allclose(straight_through(kernel, Rounded(3)), rounded(values, 3), atol=1e-6)
    np.testing.assert_allclose(tape.gradient(value, kernel), values, rtol=1e-6)
    assert straight_through(kernel, None) is kernel
    assert not straight_through(tf.zeros(3), Rounded(3)).numpy().any()


@pytest.mark.tf
def test_training_in_three_bits_learns_and_returns_three_bits(tmp_path):
    blobs = datasets.load("blobs")
    size = blobs.train.image_shape
    net = Architecture(
        size, (Conv2D(4, 3), Conv2D(6, 3), LocallyConnected2D(3, 3), Flatten(),
               Dense(len(blobs.classes))), "few bits"
    )  # fmt: skip
    options = {"neuron": SoftLIF(amplitude=0.05), "progress": False, "batch_size": 20, "seed": 1}
    trained = train(net, blobs, epochs=4, weights=Rounded(3), learning_rate=0.01, **options)
    for name, few in (("conv1", False), ("conv2", True), ("local1", True), ("dense1", False)):
        assert (len(np.unique(trained.weights[name]["kernel"])) <= 7) == few
    assert trained.history["loss"][-1] < 0.8 * trained.history["loss"][0]
    assert trained.architecture.weight_kinds == {"conv2": Rounded(3), "local1": Rounded(3)}
    assert TrainedModel.load(trained.save(tmp_path / "few")).architecture == trained.architecture
    # what was trained is what is returned: the rounded network has the last loss's accuracy
    again = quantize_weights(trained, 3)
    np.testing.assert_allclose(
        again.weights["conv2"]["kernel"], trained.weights["conv2"]["kernel"], rtol=1e-6
    )


def test_without_normalization_is_the_same_function(make_network):
    trained = make_network(
        (9, 8, 2),
        [
            Conv2D(4, 3, use_bias=False), BatchNormalization(), Neurons(), AveragePooling2D(2),
            LocallyConnected2D(3, 2), BatchNormalization(), Neurons(), Flatten(), Dense(5),
        ],
    )  # fmt: skip
    plain = trained.without_normalization()
    kinds = [type(layer).__name__ for layer in plain.architecture.layers]
    assert "BatchNormalization" not in kinds
    images = np.random.default_rng(0).random((6, 9, 8, 2)).astype(np.float32)
    expected, found = (forward(convert(network), images) for network in (trained, plain))
    for name, activity in expected.items():
        np.testing.assert_allclose(found[name], activity, rtol=1e-4, atol=1e-4)
    assert plain.without_normalization().architecture == plain.architecture
