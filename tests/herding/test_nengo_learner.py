"""The learner in Nengo: the same spikes and weights as the twin's, step by step."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep.errors import ConversionError, DataError, ValidationError
from nengo_lifdeep.herding.learner import SpikingMLP
from nengo_lifdeep.herding.method import Herding
from nengo_lifdeep.herding.nengo_learner import learner_network

SIZES, T, N = (6, 5, 4, 3), 8, 6


@pytest.mark.parametrize("rule", ["sgd", "fsgd"])
def test_the_same_spikes_and_weights_step_by_step(rule):
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal(s) * 1.4 / s[0] ** 0.5
               for s in zip(SIZES[:-1], SIZES[1:], strict=True)]  # fmt: skip
    images, labels = rng.random((N, 6)), rng.integers(0, 3, N)
    method = Herding(T, rule, order="step", dtype="float64")
    mlp = SpikingMLP(SIZES, method=method, learning_rate=0.3, weights=weights, engine="readable")
    mlp.set_residues(np.zeros(18), rng.uniform(-0.4, 0.4, 18))
    built, dt = learner_network(mlp, images, labels), 0.001
    with nengo.Simulator(built.network, dt=dt, progress_bar=False) as simulator:
        simulator.run_steps(N * T + 1)
    ends = np.cumsum(SIZES)
    spikes = [simulator.data[p][: N * T].reshape(N, T, -1) * dt for p in built.spikes]
    drive = simulator.data[built.drive][: N * T].reshape(N, T, -1) * dt
    errors = [simulator.data[p][: N * T].reshape(N, T, -1) * dt for p in built.errors]
    learned = 0
    for k in range(N):
        for layer, probe in enumerate(built.weights):
            used = simulator.data[probe][k * T].T
            np.testing.assert_allclose(used, mlp.weights[layer], atol=1e-12)
        record = mlp.empty_record(1, T, counts=True)
        mlp.partial_fit(images[k : k + 1], labels[k : k + 1], record)
        np.testing.assert_allclose(
            np.cumsum(drive[k], axis=0), record.outputs[0] / mlp.spike, atol=1e-9
        )
        for mine, theirs in zip(spikes, np.split(record.counts[0], ends[:-1]), strict=True):
            np.testing.assert_allclose(mine[k].sum(axis=0), theirs, atol=1e-9)
        found = np.split(record.error_counts[0], ends[:-1])[1:]
        for mine, theirs in zip(errors, found, strict=True):
            np.testing.assert_allclose(mine[k].sum(axis=0), theirs, atol=1e-9)
            learned += np.abs(theirs).sum()
    for layer, probe in enumerate(built.weights):
        last = simulator.data[probe][-1].T
        np.testing.assert_allclose(last, mlp.weights[layer], atol=1e-12)
        assert np.abs(last - weights[layer]).max() > 1e-3
    assert learned > 30


def test_what_nengo_has_not_is_refused():
    for method in (Herding(), Herding(order="step", backward_reset="zero"), Herding(None)):
        with pytest.raises(ConversionError, match="no Nengo network"):
            learner_network(SpikingMLP((3, 2), method=method), np.zeros((1, 3)), [0])
    net = SpikingMLP((3, 2), method=Herding(order="step"))
    for arguments, error, text in (
        ((None, np.zeros((1, 3)), [0]), ValidationError, "mlp is None"),
        ((net, np.zeros((1, 3)), [0, 1]), DataError, "1 image and 2 labels"),
        ((net, np.zeros((0, 3)), []), DataError, "no images"),
        ((net, np.zeros((1, 3)), [0], 0), ValidationError, "dt is 0"),
        ((net, np.zeros((1, 3)), [0], float("nan")), ValidationError, "dt is nan"),
    ):
        with pytest.raises(error, match=text):
            learner_network(*arguments)
