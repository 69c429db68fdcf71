"""Skatchkovsky et al. (2020): every part runs on small digits, a process is killed, and limits."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

pytest.importorskip("numba")

from nengo_lifdeep import experiments
from nengo_lifdeep.datasets import load
from nengo_lifdeep.datasets.base import Dataset
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.experiments import settings
from nengo_lifdeep.experiments.federated import Skatchkovsky_2020 as module
from nengo_lifdeep.jobs.local import run_jobs


@pytest.mark.slow
def test_trained_tabled_and_drawn(tmp_path, monkeypatch):
    digits = load("digits")
    small = Dataset("mnist", digits.train, digits.test, digits.classes)
    monkeypatch.setattr(settings, "load", lambda name: small)
    monkeypatch.setattr(module, "_PERIODS", (None, 8, 80))
    monkeypatch.setattr(module, "_RATED", (0.1,))
    plan = module.Reproduction(
        "mnist", tmp_path, seeds=1, n_images=40, recipe=module.Recipe(1, 20, 0.01)
    )
    said: list[str] = []
    with pytest.warns(UserWarning, match="without device 'sees 0 and 1': the process"):
        for table in module.TABLES:
            run_jobs(plan.jobs(table), said.append)
    periods, rates, devices = (plan.table(table) for table in module.TABLES)
    apart, often, seldom = periods.rows
    assert apart["accuracy"] == 50 and apart["kilobytes"] == 0
    assert often["accuracy"] > 80 and often["kilobytes"] == 10 * seldom["kilobytes"]
    assert all(row["rate"] == 0.1 for row in rates.rows) and len(rates.rows) == 4
    assert [row["left_out"] for row in devices.rows] == [0, 0, 10]
    assert devices.rows[1]["accuracy"] > devices.rows[0]["accuracy"]
    axes, grid = module.FIGURES["loss"](plan)
    assert axes.get_yscale() == "log" and len(grid.rows) == 60
    axes, grid = module.FIGURES["rates"](plan)
    assert len(axes.lines) == 1 and grid.rows == rates.rows
    assert "another program" in periods.markdown()
    run_jobs(plan.jobs("periods"), said.append)
    assert said[-1] == "3 of 3 parts are there already"


def test_every_digit_is_on_one_device():
    data = load("digits")
    classes = tuple(range(10))
    given = module._devices(
        data.train, classes, module.Scheme(10, 80), module.Recipe(1, 40, 0.01), seed=3
    )
    seen = np.concatenate([device.films.images for device in given])
    assert len(np.unique(seen.reshape(len(seen), -1), axis=0)) == len(seen) == 400
    assert [np.unique(device.labels).tolist() for device in given][8:] == [[8, 9], [0, 9]]
    assert given[9].name == "sees 9 and 0"


def test_what_it_has_not(tmp_path):
    assert experiments.experiment("skatchkovsky2020") is module
    with pytest.raises(ValidationError, match="no recipe for 'svhn'"):
        module.Reproduction("svhn", tmp_path)
    with pytest.raises(ValidationError, match="no table of noise"):
        module.Reproduction("mnist", tmp_path, noises=("none",))
    plan = module.Reproduction("mnist", tmp_path, epochs=3)
    assert plan.recipe == dataclasses.replace(module.Recipe(), epochs=3)
    assert len({job.result for job in plan.jobs("rates")}) == len(plan.jobs("rates")) == 24
    with pytest.raises(ValidationError, match="no table 'errors'"):
        plan.jobs("errors")
    assert json.dumps([scheme.name for scheme in plan.schemes("devices")]) == (
        '["10-devices-apart", "10-devices-period-80", "10-devices-period-80-killed"]'
    )
