"""Rows of synapses and their runs against one synapse after the other."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep import convert, pretrained, simulators
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.simulators.loihi_exact import program
from nengo_lifdeep.simulators.loihi_exact.rows import Rows


def charges(sources, targets, weights, n_sources, n_targets):
    """What a spike of every source brings to every compartment, synapse by synapse."""
    found = np.zeros((n_sources, n_targets), np.int64)
    for source, target, weight in zip(sources, targets, weights, strict=True):
        found[source, target] += weight
    return found


def charges_of_runs(rows, n_sources, n_targets):
    found = np.zeros((n_sources, n_targets), np.int64)
    runs = rows.runs
    for source in range(n_sources):
        for run in range(runs.rows[source], runs.rows[source + 1]):
            first, begin, n = runs.targets[run], runs.begins[run], runs.lengths[run]
            assert n > 0 and not found[source, first : first + n].any()  # each is reached once
            found[source, first : first + n] = runs.weights[begin : begin + n]
    return found


@pytest.mark.parametrize("seed", range(5))
def test_runs_bring_what_the_synapses_bring(seed):
    rng = np.random.default_rng(seed)
    sources, targets = rng.integers(0, 9, 300), rng.integers(0, 70, 300)
    weights = rng.integers(1, 6, 300)  # few values, so that runs are alike; no sum is 0
    rows = Rows.of(sources, targets, weights, 12)
    expected = charges(sources, targets, weights, 12, 70)
    np.testing.assert_array_equal(charges_of_runs(rows, 12, 70), expected)
    assert len(rows.weights) == np.count_nonzero(expected)
    assert len(rows.runs.weights) < len(rows.weights)
    for source in range(12):
        row = slice(rows.starts[source], rows.starts[source + 1])
        assert (np.diff(rows.targets[row]) > 0).all()


def test_equal_runs_are_kept_once_and_no_others():
    row = np.array([5, -3, 8])
    sources = np.repeat([0, 1, 2], 3)
    targets = np.array([0, 1, 2, 10, 11, 12, 20, 21, 22])
    runs = Rows.of(sources, targets, np.concatenate([row, row, row + 1]), 3).runs
    assert runs.targets.tolist() == [0, 10, 20] and runs.lengths.tolist() == [3, 3, 3]
    assert runs.begins[0] == runs.begins[1] != runs.begins[2]
    assert len(runs.weights) == 6


def test_no_synapses_at_all():
    none = np.zeros(0, np.int64)
    runs = Rows.of(none, none, none, 4).runs
    assert runs.rows.tolist() == [0] * 5 and not len(runs.targets) and not len(runs.weights)


def test_rows_that_do_not_fit_are_refused():
    two = np.ones(2, np.int32)
    with pytest.raises(ValidationError, match="rows of 2 weights have 1 targets"):
        Rows(np.array([0, 2]), two[:1], two)
    with pytest.raises(ValidationError, match="starts of rows go down"):
        Rows(np.array([0, 2, 1, 2]), two, two)


@pytest.mark.loihi
def test_synapses_take_12_bytes_each(monkeypatch):
    """Large networks have hundreds of millions; nothing of them stays where they were collected."""
    given, of = [], Rows.of
    monkeypatch.setattr(Rows, "of", lambda *args: given.append(args[:3]) or of(*args))
    builders, build = [], program._Builder
    monkeypatch.setattr(program, "_Builder", lambda n: builders.append(build(n)) or builders[-1])
    model = convert(pretrained.load("digits-compact"), synapse=nengo.Lowpass(0.005))
    simulators.run(model, np.zeros((1, 8, 8, 1), np.uint8), simulator="loihi-exact")
    assert len(given) == len(builders) == 2 and all(len(arrays[0]) for arrays in given)
    assert {array.dtype for arrays in given for array in arrays} == {np.dtype(np.int32)}
    assert not any(each.sources or each.targets or each.weights for each in builders)
