"""O'Connor & Welling (2016): published figures, every part runs, and what it has not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba")

from nengo_lifdeep import TrainedModel, experiments
from nengo_lifdeep.datasets.base import Dataset, Split
from nengo_lifdeep.energy.additions import additions_per_image, count_additions
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.experiments import OConnor_2016, settings
from nengo_lifdeep.experiments.oconnor.recipes import RULES, Recipe
from nengo_lifdeep.herding.running import present
from nengo_lifdeep.jobs.local import run_jobs


def test_the_published_figures():
    errors = experiments.experiment("oconnor2016").ERRORS
    assert errors["paper"] == {"sgd": 3.6, "fsgd": 2.07}
    assert errors[200, "fsgd"] == (2.34, 2.20) and errors[200, "sgd"][0] == 2.68


@pytest.mark.slow
def test_trained_and_tabled(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    images = rng.uniform(size=(300, 28, 28, 1)).astype(np.float32)
    labels = np.arange(300) % 10
    few = Dataset("mnist", Split(images[:200], labels[:200]), Split(images[200:], labels[200:]),
                  tuple("0123456789"))  # fmt: skip
    monkeypatch.setattr(settings, "load", lambda name: few)
    monkeypatch.setattr(OConnor_2016, "_TIMES", (1, 3))
    monkeypatch.setattr(OConnor_2016, "RULES", {name: RULES[name] for name in ("relu", "fsgd")})
    monkeypatch.setattr(OConnor_2016, "_SHOWN", (("fsgd", "event"), ("fsgd", "step")))
    plan = OConnor_2016.Reproduction(
        "mnist", tmp_path, seeds=2, epochs=1, n_images=40, progress=False, hidden=(200,)
    )
    said: list[str] = []
    for table in ("errors", "steps", "ink"):
        run_jobs(plan.jobs(table), said.append)
    run_jobs(plan.jobs("errors"), said.append)
    assert said[-1] == "8 of 8 parts are there already"
    grid = plan.table("errors")
    assert "2.34" in grid.markdown() and "784-200-200-10, spiking FSGD, seed 1" in grid.markdown()
    first, second, mean = (row["measured"] for row in grid.rows[3:])
    assert mean == pytest.approx((first + second) / 2)
    axes, grid = OConnor_2016.FIGURES["steps"](plan)
    assert len(grid.rows) == 4 and axes.get_ylabel() == "error [%]"
    additions = [row["additions"] for row in grid.rows[:2]]
    assert additions[1] > 2 * additions[0] > 0
    assert all(row["lowest"] <= row["error"] <= row["highest"] for row in grid.rows)
    axes, grid = OConnor_2016.FIGURES["ink"](plan)
    assert axes.get_xlabel() == "sum of the pixels"
    blank, *tenths = grid.rows
    assert blank["additions"] == 0 and sum(row["n_images"] for row in tenths) == 40
    assert tenths[0]["ink"] < tenths[-1]["ink"] and tenths[0]["additions"] > 0
    trained = TrainedModel.load(tmp_path / "mnist/200-fsgd-1-epochs/seed0/trained.lifdeep")
    record = present(trained, few.test.take(40), 10, "event")
    whole = count_additions(record, trained).total_events
    assert additions_per_image(record, trained).mean() == pytest.approx(whole)
    assert np.mean(plan.result((200, "fsgd", 0), "ink")["additions"]) == pytest.approx(whole)


def test_rules_and_their_rates():
    assert [name for name, rule in RULES.items() if rule.falls] == ["relu-falling", "fsgd-step"]
    assert {RULES[name].fires for name in ("relu", "sgd", "fsgd")} == {"event"}
    rates = [Recipe(epochs=4).rate(epoch) for epoch in range(4)]
    assert rates[0] == 0.01 and sorted(rates, reverse=True) == rates
    plan = OConnor_2016.Reproduction("mnist", Path("somewhere"))
    networks = list(plan.networks())
    assert len(networks) == 4 * 3 + 1 + 4 and len(set(networks)) == len(networks)
    jobs = plan.jobs("steps")
    assert len({job.name for job in jobs}) == len(jobs) == 3 * 3 * 7 + 2 * 3


def test_what_it_has_not():
    with pytest.raises(ValidationError, match="no recipe for 'svhn' of oconnor2016"):
        OConnor_2016.Reproduction("svhn", "somewhere")
    with pytest.raises(ValidationError, match="no table of noise"):
        OConnor_2016.Reproduction("mnist", "somewhere", noises=("none",))
    with pytest.raises(ValidationError, match="no table 'noise'"):
        OConnor_2016.Reproduction("mnist", "somewhere").jobs("noise")
