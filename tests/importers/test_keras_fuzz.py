"""Random Keras graphs of all layers, orders and attributes: equal to Keras, or refused."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep import Preprocessing, Presentation, convert, from_keras, run
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


#: steps that settle, and steps of the short and of the long window
SETTLED, SHORT, LONG = 500, 500, 2000


def in_spikes(seeds, number):
    """Errors over a short and a long window, of the spread of the scores, of so many graphs."""
    errors = []
    for seed in seeds:
        net, images, expected = outcome(seed)
        if net is None or not any(layer.fires for layer in net.architecture.layers):
            continue
        model = convert(net, synapse=0.02, scale_firing_rates=100)
        timing = Presentation(t_c=SETTLED / 1000, t_p=(SETTLED + LONG) / 1000)
        outputs = run(model, images, presentation=timing, dtype="float64").outputs
        assert outputs.shape[1] == LONG
        spread = np.ptp(expected) + np.abs(expected).max()
        errors.append([
            np.abs(outputs[:, :n].mean(1) - expected).max() / spread for n in (SHORT, LONG)
        ])  # fmt: skip
        if len(errors) == number:
            break
    assert len(errors) == number
    return np.array(errors)


def check_spikes(errors):
    """Regular spikes: a window four times as long has an error a quarter as large."""
    assert errors[:, 1].max() < 0.1
    assert np.median(errors[:, 1]) < 0.01
    assert errors[:, 1].mean() < 0.5 * errors[:, 0].mean()


def test_a_few_graphs_in_spikes():
    check_spikes(in_spikes(range(3000, 3040), 8))


@pytest.mark.slow
def test_a_hundred_graphs_in_spikes():
    check_spikes(in_spikes(range(3000, 3400), 100))
