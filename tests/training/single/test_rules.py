"""The paper's network on some of MNIST: arrays break its training, noise management repairs it."""

from __future__ import annotations

import os

import nengo
import numpy as np
import pytest

from nengo_lifdeep import datasets, train
from nengo_lifdeep.evaluation.array_reads import through_arrays
from nengo_lifdeep.weights import CrossPoint, Device, Pulses, Read

pytest.importorskip("numba")
DATA = os.environ.get("NENGO_LIFDEEP_DATA")

IDEAL = CrossPoint(Device(bound=None), Read(0, None), Read(0, None), Pulses(None))


@pytest.mark.slow
@pytest.mark.skipif(DATA is None, reason="NENGO_LIFDEEP_DATA names no folder with MNIST")
def test_noise_management_repairs_what_bound_management_does_not():
    mnist = datasets.load("mnist")
    test = mnist.test.take(2000)
    kinds = {
        "float": IDEAL,
        "baseline": CrossPoint(),
        "bound management": CrossPoint(forward=Read(bound_management=True)),
        "noise management": CrossPoint(backward=Read(noise_management=True)),
    }
    errors = {}
    for name, kind in kinds.items():
        trained = train(
            "gokmen2017-cnn", mnist.train.take(3000), weights=kind, neuron=nengo.Tanh(tau_ref=1.0),
            epochs=2, batch_size=1, learning_rate=0.01, kernel_initializer="glorot", progress=False,
        )  # fmt: skip
        scores = through_arrays(trained, test.unit_images())
        errors[name] = np.mean(scores.argmax(axis=1) != test.labels)
    assert errors["float"] < 0.08
    assert errors["baseline"] >= 2.5 * errors["float"]
    assert errors["bound management"] >= 2.5 * errors["float"]
    assert errors["noise management"] <= 1.75 * errors["float"]
