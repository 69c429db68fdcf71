"""Means over one parameter of a sweep: nothing that was measured is left out."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.sweeps import Sweep


def swept(**columns):
    """One row per seed, with these results."""
    n = len(next(iter(columns.values())))
    rows = [
        {"t": 1, "seed": i, **{k: v[i] for k, v in columns.items() if v[i] is not ...}}
        for i in range(n)
    ]
    return Sweep("mine.measure", ("t", "seed"), tuple(rows))


def test_a_run_without_a_number_leaves_those_of_the_others():
    [row] = swept(error=[2.0, None, 5.0]).over("seed").rows
    assert row["error"] == 3.5 and row["error_n"] == 2 and row["n_seed"] == 3
    assert row["error_std"] == pytest.approx(np.std([2.0, 5.0], ddof=1))
    [row] = swept(error=[2.0, None]).over("seed").rows
    assert row["error"] == 2.0 and row["error_std"] is None and row["error_n"] == 1


def test_what_only_later_runs_have_is_there():
    [row] = swept(error=[2.0, 4.0], agreement=[..., 90.0]).over("seed").rows
    assert row["error"] == 3.0 and row["agreement"] == 90.0 and row["agreement_n"] == 1


def test_text_and_booleans_that_differ_are_listed():
    [row] = swept(ok=[True, False, True], word=["a", "b", "a"], same=["x"] * 3).over("seed").rows
    assert (row["ok"], row["word"], row["same"]) == ("yes | no", "a | b", "x")


def test_a_diverged_run_shows():
    [row] = swept(error=[2.0, float("nan")]).over("seed").rows
    assert np.isnan(row["error"]) and "error_n" not in row


def test_deviations_do_not_take_the_place_of_columns():
    rows = [
        {"a": a, "seed": seed, "error": float(4 * a + seed), "error_std": 7.0}
        for a in (0, 1)
        for seed in (0, 1)
    ]
    [first, second] = Sweep("f", ("a", "seed"), tuple(rows)).over("seed").rows
    assert first["error_std"] == 7.0 and first["error_std_seed"] == pytest.approx(np.sqrt(0.5))
    plain = [{k: v for k, v in row.items() if k != "error_std"} for row in rows]
    [both] = Sweep("f", ("a", "seed"), tuple(plain)).over("seed").over("a").rows
    assert both["error"] == 2.5
    # of the means 0.5 and 4.5, not the mean of the deviations over seeds
    assert both["error_std_a"] == pytest.approx(np.std([0.5, 4.5], ddof=1))
    assert both["error_std"] == pytest.approx(np.sqrt(0.5))
