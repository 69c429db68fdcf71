"""The compiled learner against its NumPy twin, bit by bit."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nengo_lifdeep.errors import TrainingError
from nengo_lifdeep.herding.learner import SpikingMLP
from nengo_lifdeep.herding.method import Herding

SIZES = (12, 9, 7, 4)


def both(method, images, targets, learning_rate=0.02):
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal(s) * 1.2 / s[0] ** 0.5
               for s in zip(SIZES[:-1], SIZES[1:], strict=True)]  # fmt: skip
    found = []
    for engine in ("compiled", "readable"):
        mlp = SpikingMLP(SIZES, method=method, learning_rate=learning_rate, weights=weights,
                         engine=engine)  # fmt: skip
        record = mlp.empty_record(len(images), method.n_steps, counts=True)
        mlp.partial_fit(images, targets, record)
        shown = mlp.show(images, 7)
        arrays = [mlp._weights, mlp._units, mlp._back, *record[:-1], *shown[:-1]]
        found.append(dict(enumerate(arrays)))
    return found


def stream():
    rng = np.random.default_rng(1)
    images = rng.random((14, 12)) * (rng.random((14, 12)) < 0.6) * 1.3
    images[:5] *= -1
    images[5:10] = np.round(images[5:10] * 4) / 4  # ties
    return images, rng.integers(0, 4, 14)


@pytest.mark.parametrize("dtype", ["float32", pytest.param("int64", marks=pytest.mark.slow)])
def test_every_variant_equals_the_twin_bit_by_bit(dtype):
    images, labels = stream()
    variants = itertools.product(("sgd", "fsgd"), (False, True), ("event", "step"),
                                 ("zero", "none", "random"))  # fmt: skip
    for rule, smoothed, order, reset in variants:
        if smoothed and dtype == "int64":
            continue
        method = Herding(6, rule, smoothed, 0.0, order, reset, reset, dtype)
        compiled, readable = both(method, images, labels)
        for name, array in readable.items():
            np.testing.assert_array_equal(compiled[name], array, err_msg=f"{method} {name}")
    assert readable[5].sum(axis=0).min() > 20  # forward spikes of every layer


def test_a_penalty_too_up_to_rounding():
    for rule in ("sgd", "fsgd"):
        method = Herding(6, rule, sparsity=0.1, order="step")
        compiled, readable = both(method, *(part[:6] for part in stream()))
        np.testing.assert_allclose(compiled[0], readable[0], rtol=1e-4, atol=0.5)


def test_values_in_place_of_labels():
    images, _ = stream()
    targets = np.random.default_rng(2).random((14, 4))
    compiled, readable = both(Herding(6), images, targets)
    np.testing.assert_array_equal(compiled[0], readable[0])


def test_weights_that_grow_without_end_are_said():
    images, labels = stream()
    mlp = SpikingMLP(SIZES, weights=[np.full(s, 5.0) for s in ((12, 9), (9, 7), (7, 4))])
    with pytest.raises(TrainingError, match="choose a smaller"):
        mlp.partial_fit(np.abs(images), labels)
