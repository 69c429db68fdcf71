"""Numbers in the tables against counts made by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep.evaluation.rungs import Rung
from nengo_lifdeep.layers.named import architecture
from nengo_lifdeep.report.tables.evaluations import (
    architecture_table,
    evaluation_table,
    ladder_table,
    population_table,
)
from nengo_lifdeep.report.tables.published import published_tables


def test_evaluation_rows_count_what_was_answered(evaluations, images):
    rate, spikes = evaluation_table(evaluations).records()
    in_rates, in_spikes = evaluations
    wrong = {e.simulator: int(np.sum(e.predictions != images.labels)) for e in evaluations}
    assert rate["error_percent"] == pytest.approx(100 * wrong["rate"] / 12)
    assert spikes["error_percent"] == pytest.approx(100 * wrong["nengo"] / 12)
    assert spikes["points_to_rate"] == pytest.approx(100 * (wrong["nengo"] - wrong["rate"]) / 12)
    same = np.mean(in_spikes.predictions == in_rates.predictions)
    assert spikes["agreement_percent"] == pytest.approx(100 * same)
    assert rate["points_to_rate"] is None


def test_speed_is_images_times_steps_over_seconds(evaluations):
    row = evaluation_table(evaluations).records()[1]
    assert row["image_steps_per_second"] * row["seconds"] == pytest.approx(12 * 30)


def test_timing_and_units_are_below_and_above(evaluations):
    text = evaluation_table(evaluations).markdown()
    assert "t_c = 10 ms, t_p = 30 ms" in text
    assert "mean rate [Hz]" in text
    assert "bars-example" in text.splitlines()[0]


def test_a_stream_is_marked_beside_a_run_with_resets(evaluations):
    reset = evaluations[1]
    show = dataclasses.replace(reset.presentation, reset=False)
    stream = dataclasses.replace(reset, presentation=show)
    rows = evaluation_table([reset, stream]).records()
    assert [row["timing_ms"] for row in rows] == ["model's, 10, 30", "model's, 10, 30, stream"]


def test_ladder_rows_are_the_rungs(evaluations):
    rungs = [Rung("rates", evaluations[0], 0.0), Rung("spikes", evaluations[1], 8.5)]
    rows = ladder_table(rungs).records()
    assert [row["rung"] for row in rows] == ["rates", "spikes"]
    assert [row["drop_points"] for row in rows] == [0.0, 8.5]


def test_architecture_sums_equal_the_published_row():
    # Hunsberger & Eliasmith 2016, table of networks, row CIFAR-10
    last = architecture_table(architecture("hunsberger2016-cifar10")).records()[-1]
    assert last["neurons"] == 49_536
    rows = architecture_table(architecture("hunsberger2016-cifar10")).records()[:-1]
    for key in ("neurons", "weights", "synapses", "flops"):
        assert sum(row[key] or 0 for row in rows) == last[key]


def test_population_table_names_neurons_and_synapses(spiking):
    rows = population_table(spiking).records()
    assert [row["name"] for row in rows] == ["neurons1", "neurons2", "output"]
    assert rows[0]["synapse"] == "none"
    assert rows[1]["synapse"] == "alpha 2 ms"
    assert sum(row["neurons"] or 0 for row in rows) == spiking.n_neurons


def test_published_figures_in_their_units(evaluations):
    """Numbers as the papers' tables print them: mJ, ms and percent right."""
    named = dataclasses.replace(evaluations[0], data="mnist's test images")
    (grid,) = published_tables([*evaluations, named, named])
    rows = {row["work"]: row for row in grid.records()}
    renner = rows["Renner 2024"]
    assert renner["error_percent"] == pytest.approx(100 - 96.3)
    assert renner["energy_uj"] == pytest.approx(1000 * 0.0025)
    assert renner["time_ms"] == pytest.approx(0.17) and renner["device"] == "Loihi"
    assert rows["Shrestha 2021"]["energy_uj"] == pytest.approx(2470)
    papers = rows["Hunsberger & Eliasmith 2016 (arXiv 1611.05141)"]
    assert papers["error_percent"] == 0.88 and papers["energy_uj"] is None
    assert "2,470" in grid.markdown() and "Nothing of this was measured here" in grid.notes[0]
    assert published_tables(evaluations) == []


def test_rows_of_several_networks_or_data_say_so(evaluations):
    rate, spikes = evaluations
    grid = evaluation_table([rate, dataclasses.replace(spikes, model="other", data="others")])
    assert [row["model"] for row in grid.records()] == [rate.model, "other"]
    assert [row["data"] for row in grid.records()] == [rate.data, "others"]
    assert grid.title == "" and "other" in grid.markdown()
    assert evaluation_table([rate, dataclasses.replace(spikes, data="others")]).title == rate.model
    assert not {"model", "data"} & set(evaluation_table(evaluations).rows[0])
