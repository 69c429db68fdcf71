"""A network read through its arrays: without flaws the network, with noise as much as asked."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.errors import ConversionError, ValidationError
from nengo_lifdeep.evaluation.array_reads import through_arrays
from nengo_lifdeep.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D, Neurons, Shortcut
from nengo_lifdeep.weights import CrossPoint, Device, Pulses, Read

IDEAL = CrossPoint(Device(bound=None), Read(0, None), Read(0, None), Pulses(None))
LAYERS = (
    Conv2D(3, 3, 2, "same"),
    Neurons(), Conv2D(4, 2, dilation_rate=2, use_bias=False), Neurons(), MaxPooling2D(2),
    Dropout(0.5), Flatten(), Dense(7), Neurons(), Dense(5),
)  # fmt: skip
IMAGES = np.random.default_rng(0).random((130, 14, 14, 2)).astype(np.float32)


def with_kinds(trained, kinds):
    return dataclasses.replace(trained, architecture=trained.architecture.with_weights(kinds))


def test_ideal_reads_are_the_network(make_network):
    trained = make_network((14, 14, 2), LAYERS)
    expected = forward(fold(trained), trained.preprocessing(IMAGES))["output"]
    for kinds in (IDEAL, {"conv2": IDEAL}, {"dense1": IDEAL, "conv1": IDEAL}):
        found = through_arrays(with_kinds(trained, kinds), IMAGES)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(through_arrays(trained, IMAGES), expected, rtol=1e-4, atol=1e-4)
    assert through_arrays(trained, IMAGES[:0]).shape == (0, 5)


def test_noise_of_the_last_read(make_network):
    trained = make_network((14, 14, 2), LAYERS)
    noisy = dataclasses.replace(IDEAL, forward=Read(0.5, None))
    model = with_kinds(trained, {"dense2": noisy})
    expected = through_arrays(trained, IMAGES)
    one, again, other = (through_arrays(model, IMAGES, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert (one != other).all()
    errors = one - expected
    assert errors.std() == pytest.approx(0.5, rel=4 / np.sqrt(2 * errors.size))


def test_what_is_no_chain_is_refused(make_network):
    layers = [Conv2D(2, 3, padding="same"), Neurons(), Conv2D(2, 3, padding="same"),
              Shortcut("neurons1"), Neurons(), Flatten(), Dense(3)]  # fmt: skip
    with pytest.raises(ConversionError, match="reads 'neurons1'; only chains"):
        through_arrays(make_network((6, 6, 1), layers), IMAGES)
    with pytest.raises(ValidationError, match="trained is"):
        through_arrays("a network", IMAGES)
