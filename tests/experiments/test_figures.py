"""The papers' figures: theory against simulation in numbers, and files for all of them."""

from __future__ import annotations

import csv
import dataclasses
import json

import nengo
import numpy as np
import pytest
from typer.testing import CliRunner

from nengo_lifdeep.cli.app import app
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.experiments import Hunsberger_2016
from nengo_lifdeep.experiments.figures import FIGURES, figure
from nengo_lifdeep.experiments.recipe import Recipe
from nengo_lifdeep.experiments.regular_trains import filtered_trains


@pytest.fixture
def plan(tmp_path):
    return Hunsberger_2016.Reproduction("mnist", tmp_path, seeds=1)


def test_closed_forms_are_what_simulated_neurons_do(plan):
    axes, numbers = figure("variance", plan)
    rows = numbers.records()
    assert len(rows) == 2 * 4 * 7
    assert max(abs(row["off"]) for row in rows) < 3
    assert len(axes.figure.axes) == 2 and axes.get_xlabel() == "firing rate [Hz]"


def test_alpha_rc_noise_is_distributed_as_membranes_are(plan):
    for row in figure("membrane", plan)[1].records():
        width = row["m95"] - row["m5"]
        for share in (5, 25, 50, 75, 95):
            assert row[f"s{share}"] == pytest.approx(row[f"m{share}"], abs=0.03 * width)


def test_response_is_softest_for_the_widest_sigma(plan):
    rows = {row["current"]: row for row in figure("response", plan)[1].records()}
    assert rows[0.9]["LIF"] == 0 < rows[0.9]["SoftLIF, sigma 0.01"]
    assert rows[0.9]["SoftLIF, sigma 0.02"] < rows[0.9]["SoftLIF, sigma 0.1"]
    assert rows[2.0]["LIF"] == pytest.approx(rows[2.0]["SoftLIF, sigma 0.1"], rel=0.01)


def test_simulated_trains_have_their_rates():
    rates = np.array([10.0, 40.0, 125.0])
    value = filtered_trains(rates, nengo.Lowpass(0.005), membrane=True, seed=1)
    np.testing.assert_allclose(value.mean(axis=0), rates, rtol=0.01)


@pytest.mark.tf
def test_command_draws_all_of_them(tmp_path, monkeypatch):
    digits = Recipe("digits", "digits-compact", epochs=10, batch_size=50)
    monkeypatch.setattr(Hunsberger_2016, "_RECIPES", {**Hunsberger_2016._RECIPES, "mnist": digits})
    command = ["reproduce", "hunsberger2016", "--figure", "all", "--quick", "--quiet"]
    done = CliRunner().invoke(app, [*command, "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    folder = tmp_path / "hunsberger2016" / "quick" / "mnist"
    for name in FIGURES:
        assert (folder / f"figure-{name}.png").read_bytes().startswith(b"\x89PNG")
        assert b"<svg" in (folder / f"figure-{name}.svg").read_bytes()
        with (folder / f"figure-{name}.csv").open() as file:
            lines = list(csv.DictReader(file))
        assert len(lines) == len(json.loads((folder / f"figure-{name}.json").read_text())) > 0
    plan = Hunsberger_2016.Reproduction("mnist", folder.parent, epochs=1, n_images=1000)
    rates = figure("rates", plan)[1].records()
    assert [row["layer"] for row in rates] == ["neurons1", "neurons2", "neurons3"]
    for row in figure("trade-off", dataclasses.replace(plan))[1].records():
        times = row["tau"] / 1e3, row["t_c"] / 1e3, row["t_p"] / 1e3
        assert row["error"] == pytest.approx(plan.main().error(*times))
    unknown = CliRunner().invoke(app, ["reproduce", "hunsberger2016", "--figure", "cat"])
    assert unknown.exit_code == 2 and "no figure 'cat'" in unknown.output
    with pytest.raises(ValidationError, match="no table 'figures'"):
        plan.table("figures")
