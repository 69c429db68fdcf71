"""A stream without end: memory, and a kill in the middle."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import tracemalloc

import numpy as np
import pytest

from nengo_lifdeep.models import ProbabilisticModel
from nengo_lifdeep.probabilistic.learner import OnlineLearner

INPUTS, STEPS = 400, 100


def part(number, n=50):
    rng = np.random.default_rng(number)
    films = (rng.random((n, STEPS, INPUTS)) < 0.05).astype(np.int8)
    return films, rng.integers(0, 2, n)


def test_memory_is_flat_over_a_million_events():
    learner = OnlineLearner(ProbabilisticModel.initial((INPUTS,), 2), dtype="float64")
    learner.partial_fit(*part(0))
    held, events, sizes = _held(learner), 0, []
    tracemalloc.start()
    for number in range(1, 11):
        films, labels = part(number)
        learner.partial_fit(films, labels)
        events += int(films.sum())
        del films, labels
        sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert events > 990_000 and _held(learner) == held
    assert max(sizes) - sizes[0] < 50_000


def _held(learner):
    return {name: array.nbytes for name, array in learner._network.arrays().items()}


CHILD = """
import sys
import numpy as np
from pathlib import Path
from nengo_lifdeep.models import ProbabilisticModel
from nengo_lifdeep.probabilistic.learner import OnlineLearner
path, n = Path(sys.argv[1]), int(sys.argv[2])
if path.exists():
    learner = OnlineLearner.load(path)
else:
    model = ProbabilisticModel.initial((10,), 3, 3, 2, topology="recurrent")
    learner = OnlineLearner(model, engine="readable")
while learner.n_steps < n:
    rng = np.random.default_rng(learner.n_steps)
    films = (rng.random((1, 20, 10)) < 0.2) * rng.integers(1, 3, (1, 20, 10))
    learner.partial_fit(films, rng.integers(0, 3, 1))
    learner.save(path)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL")
def test_a_stream_that_was_killed_goes_on_bit_by_bit(tmp_path):
    def command(path, n):
        return [sys.executable, "-c", CHILD, str(path), str(n)]

    killed, whole = tmp_path / "killed.lifdeep", tmp_path / "whole.lifdeep"
    child = subprocess.Popen(command(killed, 10**9))
    deadline = time.monotonic() + 120
    while not killed.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.1)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    n = OnlineLearner.load(killed).n_steps + 200
    for path in (killed, whole):
        subprocess.run(command(path, n), check=True)
    again, never = OnlineLearner.load(killed), OnlineLearner.load(whole)
    assert again.n_steps == never.n_steps == n
    for name, array in never._network.arrays().items():
        np.testing.assert_array_equal(again._network.arrays()[name], array, err_msg=name)
