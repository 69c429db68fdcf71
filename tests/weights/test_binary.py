"""Binary weights: two values, straight-through training, the same in spikes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep import Architecture, SoftLIF, convert, datasets, train
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.layers import Conv2D, Conv2DTranspose, Dense, Flatten, LocallyConnected2D
from nengo_lifdeep.models.held import held
from nengo_lifdeep.weights import Binary
from nengo_lifdeep.weights.binary import signs
from nengo_lifdeep.weights.types import weights_from_dict

SCALES = (None, 1.0, 0.3)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("shape", [(5, 7), (3, 3, 2, 6)])
def test_a_kernel_holds_two_values(scale, shape):
    latent = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    latent.flat[0] = 0
    kind = Binary(scale)
    found = kind.held({"kernel": latent, "bias": np.ones(shape[-1])})
    size = np.mean(np.abs(latent)) if scale is None else scale / np.sqrt(np.prod(shape[:-1]))
    np.testing.assert_allclose(np.unique(found["kernel"]), [-size, size], rtol=1e-6)
    assert found["kernel"].dtype == np.float32 and (found["bias"] == 1).all()
    np.testing.assert_array_equal(np.sign(found["kernel"]), signs(latent))
    assert found["kernel"].flat[0] > 0  # the sign of 0 is 1
    np.testing.assert_array_equal(kind.held(found)["kernel"], found["kernel"])
    assert (kind.held({"kernel": 0 * latent})["kernel"] >= 0).all()
    assert weights_from_dict(kind.to_dict()) == kind and kind.describe() == "1 bit"


def test_what_is_no_scale_is_refused():
    for wrong in (0, -1.0, np.nan, "1", True):
        with pytest.raises(ValidationError, match="weights Binary: scale is"):
            Binary(wrong)
    LocallyConnected2D(3, 3, weights=Binary())
    with pytest.raises(ValidationError, match="need one kernel for all places"):
        LocallyConnected2D(3, 3, weights=Binary(1.0))


@pytest.mark.tf
@pytest.mark.parametrize("scale", SCALES)
def test_straight_through_takes_signs_forwards_and_nothing_backwards(scale):
    from nengo_lifdeep.compat import import_tensorflow
    from nengo_lifdeep.training.tensorflow.held import straight_through

    tf = import_tensorflow()
    values = np.random.default_rng(1).normal(size=(5, 7)).astype(np.float32)
    values[2, 3] = 0
    kernel, kind = tf.Variable(values), Binary(scale)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(straight_through(kernel, kind) * values)
    expected = kind.held({"kernel": values})["kernel"]
    np.testing.assert_allclose(straight_through(kernel, kind), expected, atol=1e-6)
    np.testing.assert_allclose(tape.gradient(value, kernel), values, rtol=1e-6)


@pytest.mark.tf
def test_training_with_one_bit_learns_and_returns_one_bit():
    blobs = datasets.load("blobs")
    layers = (Conv2D(4, 3), Conv2D(6, 3), Conv2DTranspose(3, 2), Flatten(),
              Dense(len(blobs.classes)))  # fmt: skip
    net = Architecture(blobs.train.image_shape, layers, "one bit")
    trained = train(
        net, blobs, neuron=SoftLIF(amplitude=0.05), weights=Binary(), epochs=4, batch_size=20,
        learning_rate=0.01, seed=1, progress=False,
    )  # fmt: skip
    for name, few in (("conv1", False), ("conv2", True), ("transposed1", True), ("dense1", False)):
        assert (len(np.unique(trained.weights[name]["kernel"])) == 2) == few
    assert trained.history["loss"][-1] < 0.8 * trained.history["loss"][0]
    assert trained.architecture.weight_kinds == dict.fromkeys(("conv2", "transposed1"), Binary())
    spiking = convert(trained)
    assert spiking.provenance["weights"]["conv2"] == Binary().to_dict()
    again = held(trained).weights["conv2"]["kernel"]
    np.testing.assert_array_equal(again, trained.weights["conv2"]["kernel"])
    floats = trained.architecture.with_weights(dict.fromkeys(("conv2", "transposed1")))
    plain = convert(dataclasses.replace(trained, architecture=floats))
    images = blobs.test.unit_images()[:20]
    expected = forward(plain, images)
    for name, activity in forward(spiking, images).items():
        np.testing.assert_array_equal(activity, expected[name])
        assert np.ptp(activity) > 0
