"""Small networks and films."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.models.probabilistic import ProbabilisticModel
from nengo_lifdeep.models.raised_cosines import RaisedCosines


@pytest.fixture
def films():
    """Films of random events, and labels: ``films(n, steps, inputs, values)``."""

    def make(n=5, steps=30, inputs=6, values=1, rate=0.1, seed=0):
        rng = np.random.default_rng(seed)
        there = rng.random((n, steps, inputs)) < rate
        return there * rng.integers(1, values + 1, there.shape), rng.integers(0, 3, n)

    return make


@pytest.fixture
def small():
    """A network of 6 inputs and 3 visible circuits: ``small(n_hidden, n_values)``."""

    def make(n_hidden=0, n_values=1, topology="feedforward", seed=1, **settings):
        settings = {"spread": 0.5, "basis": RaisedCosines(4, 10, 1.0), **settings}
        return ProbabilisticModel.initial(
            (6,), 3, n_hidden, n_values, topology=topology, seed=seed, **settings
        )

    return make
