"""Random Keras graphs of all layers, orders and attributes: equal to Keras, or refused."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep import Preprocessing, from_keras
from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.errors import UnsupportedLayerError

from .conftest import keras_named
from .keras_graphs import Grower

pytestmark = pytest.mark.tf


def outcome(seed):
    """The imported network, images, Keras's scores; None for what is refused."""
    keras = keras_named("tf_keras" if seed % 3 == 0 else "keras")
    model = Grower(keras, seed).model()
    x = np.random.default_rng(seed).uniform(size=(3, *model.input_shape[1:])).astype(np.float32)
    expected = np.asarray(model(x, training=False)).reshape(len(x), -1)
    try:
        net = from_keras(model, preprocessing=Preprocessing())
    except UnsupportedLayerError as error:
        return None, str(error), expected
    return net, x.reshape(len(x), *net.architecture.input_shape), expected


def compare(seeds):
    """How many were imported, all of them equal."""
    imported = 0
    for seed in seeds:
        net, images, expected = outcome(seed)
        if net is None:
            continue
        found = forward(fold(net), net.preprocessing(images))["output"].reshape(len(images), -1)
        limit = 1e-4 * max(np.abs(expected).max(), 1e-3)
        np.testing.assert_allclose(found, expected, atol=limit, err_msg=f"seed {seed}")
        imported += 1
    return imported


def test_a_few_dozen_graphs():
    assert compare(range(36)) >= 30


@pytest.mark.slow
def test_a_thousand_graphs():
    assert compare(range(1000, 2000)) >= 900
