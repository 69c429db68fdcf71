"""Bläsche et al. (2020): every part runs on a small network, and what is asked for in vain."""

from __future__ import annotations

import pytest

pytest.importorskip("numba")

from nengo_lifdeep import experiments
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.experiments import Blaesche_2020
from nengo_lifdeep.jobs.local import run_jobs
from nengo_lifdeep.theta import TYPES


def test_what_is_known():
    module = experiments.experiment("blaesche2020")
    assert module is Blaesche_2020
    neutral = module.REFERENCE[None]
    for kind in module.MATTER:  # both ways from neutral, in opposite directions
        low, high = (module.REFERENCE[(*kind, r)][0] - neutral[0] for r in (-0.2, 0.2))
        assert low * high < 0 and min(abs(low), abs(high)) > 0.003
    assert set(module.MATTER) < set(TYPES) and set(module.DATASETS) == set(module.SIZES)


@pytest.fixture()
def plan(tmp_path, monkeypatch):
    """Degrees of 12 to 50 among 250 neurons, and one short run."""
    monkeypatch.setitem(Blaesche_2020.SIZES, "n500", Blaesche_2020.Size(250, 12, 50))
    monkeypatch.setattr(Blaesche_2020, "_DURATION", 60.0)
    monkeypatch.setattr(Blaesche_2020, "_SKIP", 20.0)
    classes = Blaesche_2020.degree_classes
    monkeypatch.setattr(Blaesche_2020, "degree_classes", lambda graph: classes(graph, 4))
    return Blaesche_2020.Reproduction("n500", tmp_path, seeds=1, n_images=1, draws=2)


def test_tables_and_pictures(plan):
    said: list[str] = []
    for table in Blaesche_2020.TABLES:
        run_jobs(plan.jobs(table), said.append)
        run_jobs(plan.jobs(table), said.append)
    assert said[-1] == "12 of 12 parts are there already"
    rows = plan.table("mixing").rows
    assert [row["type"] for row in rows[:2]] == ["neutral", "(in, in)"] and len(rows) == 9
    for row in rows[1:]:
        matters = row["published"] == "yes"
        assert (abs(row["change"]) > 0.5) == matters, row
        assert row["ends"] < row["begins"] and row["reference_near"] is None
    network = plan.table("network").rows
    assert [row["eta0"] for row in network] == 2 * [-0.3, -0.45, 0.0]
    assert [row["currents"] for row in network] == 3 * ["random"] + 3 * ["stratified"]
    assert all(abs(row["difference"]) < 15 for row in network)
    pytest.importorskip("matplotlib")
    for name, draw in Blaesche_2020.FIGURES.items():
        ax, grid = draw(plan)
        assert len(ax.figure.axes) >= 3 and len(grid.rows) >= 3, name
    assert "published: matters" in plan.table("mixing").markdown()


def test_what_it_has_not(tmp_path):
    make = Blaesche_2020.Reproduction
    with pytest.raises(ValidationError, match="no network 'mnist'; expected n2000, n5000, n500"):
        make("mnist", tmp_path)
    for given in ({"epochs": 3}, {"validation": True}, {"noises": ("alpha",)}):
        with pytest.raises(ValidationError, match="has no images, training, or noise"):
            make("n500", tmp_path, **given)
    with pytest.raises(ValidationError, match="no table 'errors'; expected one of mixing, network"):
        make("n500", tmp_path).jobs("errors")
