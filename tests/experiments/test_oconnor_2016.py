"""O'Connor & Welling (2016): published figures, every part runs, and what it has not."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")

from nengo_lifdeep import experiments
from nengo_lifdeep.datasets.base import Dataset, Split
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.experiments import OConnor_2016
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
    monkeypatch.setattr(OConnor_2016, "load", lambda name: few)
    monkeypatch.setattr(OConnor_2016, "_TIMES", (1, 3))
    plan = OConnor_2016.Reproduction(
        "mnist", tmp_path, seeds=1, epochs=1, n_images=40, progress=False, hidden=(200,)
    )
    said: list[str] = []
    for table in ("errors", "steps"):
        run_jobs(plan.jobs(table), said.append)
    run_jobs(plan.jobs("errors"), said.append)
    assert said[-1] == "6 of 6 parts are there already"
    text = plan.table("errors").markdown()
    assert "2.34" in text and "784-200-200-10, spiking FSGD, seed 0" in text
    axes, grid = OConnor_2016.FIGURES["steps"](plan)
    assert len(grid.rows) == 4 and axes.get_ylabel() == "error [%]"
    additions = [row["additions"] for row in grid.rows[:2]]
    assert additions[1] > 2 * additions[0] > 0


def test_what_it_has_not():
    with pytest.raises(ValidationError, match="no recipe for 'svhn' of oconnor2016"):
        OConnor_2016.Reproduction("svhn", "somewhere")
    with pytest.raises(ValidationError, match="no table of noise"):
        OConnor_2016.Reproduction("mnist", "somewhere", noises=("none",))
    with pytest.raises(ValidationError, match="no table 'noise'"):
        OConnor_2016.Reproduction("mnist", "somewhere").jobs("noise")
